// Every route: no accessibility violation with no rule switched off, nothing wider than a 320 px screen, roles and names.
import { isAccessible, isSound } from "./axe";
import { expect, freeWork, paidWork, sendsCodes, signIn, signUp, take, test } from "./shop";

for (const path of ["/", "/courses", "/courses?free=1", "/search", "/search?keyword=c", "/search?keyword=zzzzqqqq", "/help", "/terms", "/privacy", "/refund-policy", "/login", "/join", "/reset", "/no-such-page"])
	for (const language of ["", "/en"])
		test(`${language}${path}`, async ({ page, context, baseURL }) => {
			if (language)
				await context.addCookies([{ name: "language", value: "en", url: baseURL! }]);
			await page.goto(/^\/(login|join|reset)/.test(path) ? path : `${language}${path}`);
			await isSound(page);
			await expect(page.locator("html")).toHaveAttribute("lang", language ? "en" : "zh-CN");
		});

test("a work, its author and a free lesson", async ({ page, request }) => {
	const work = await paidWork(request);
	for (const path of [work.url, `/author/${work.author.slug}`]) {
		await page.goto(path);
		await isSound(page);
	}
	await page.goto(work.url);
	await page.locator(".contents a").first().click();
	await isSound(page);
});

test("checkout: a newcomer's sheet, its complaints, and the payment", async ({ page, request }) => {
	const work = await paidWork(request);
	await page.goto(`/checkout/${work.id}`);
	await expect(page.getByLabel("手机号或邮箱")).toBeVisible();
	await isSound(page);
	await page.getByLabel("手机号或邮箱").fill("nobody");
	if (!(await sendsCodes(request)))
		await page.getByLabel("密码", { exact: true }).fill("x");
	await page.getByRole("button", { name: /继续付款|获取验证码/ }).click();
	await expect(page.locator(".field__why").first()).toBeVisible();
	await isAccessible(page);
	await signUp(page);
	await page.goto(`/checkout/${work.id}`);
	await expect(page.locator(".order-number")).toBeVisible();
	await isSound(page);
});

test("the learner's pages", async ({ page, request }) => {
	await signUp(page);
	await page.goto("/me");
	await isSound(page);
	await take(page, await freeWork(request));
	await isSound(page);
	for (const path of ["/me", "/me/orders", "/me/settings", "/studio"]) {
		await page.goto(path);
		await isSound(page);
	}
});

test("contents in a sheet", async ({ page, request, isMobile }) => {
	test.skip(!isMobile, "beside the text on a computer");
	await signUp(page);
	await take(page, await freeWork(request));
	await page.getByRole("button", { name: "目录" }).click();
	await expect(page.getByRole("dialog", { name: "目录" })).toBeVisible();
	await isAccessible(page);
});

test("a creator's studio", async ({ page }) => {
	const { SEED_CREATOR, SEED_PASSWORD } = process.env;
	test.skip(!SEED_CREATOR || !SEED_PASSWORD, "no creator's account was given");
	await page.goto("/login?next=/studio");
	await signIn(page, SEED_CREATOR!, SEED_PASSWORD!);
	await expect(page.getByRole("heading", { name: "作品" })).toBeVisible();
	await expect(page.getByText("可提现")).toBeVisible();
	await isSound(page);
});
