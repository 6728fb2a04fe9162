import { expect, paidWork, test } from "./shop";

test("suggestions are chosen with the keyboard", async ({ page, request }) => {
	const work = await paidWork(request);
	await page.goto("/");
	const box = page.locator(".hero input[name=keyword]");
	await box.click();
	await box.pressSequentially(work.title.slice(0, 2), { delay: 40 });
	const list = page.getByRole("listbox").locator("visible=true");
	await expect(list.getByRole("option").first()).toBeVisible();
	await box.press("ArrowDown");
	await expect(list.getByRole("option").first()).toHaveAttribute("aria-selected", "true");
	await box.press("Escape");
	await expect(list).toHaveCount(0);
	await box.press("Enter");
	await expect(page).toHaveURL(/\/search\?keyword=/);
	await expect(page.getByRole("heading", { level: 3 }).first()).toBeVisible();
});

test("results follow the typing, marked, without a new page", async ({ page, request }) => {
	const work = await paidWork(request);
	await page.goto("/search");
	await page.evaluate(() => ((window as never as { same: boolean }).same = true));
	await page.locator(".seek--page input").click();
	await page.locator(".seek--page input").pressSequentially(work.title.slice(0, 3), { delay: 40 });
	await expect(page.locator(".hit").first()).toBeVisible();
	await expect(page.locator(".hit mark").first()).toBeVisible();
	await expect(page).toHaveURL(new RegExp(`keyword=${encodeURIComponent(work.title.slice(0, 3)).replace(/%20/g, "(\\+|%20)")}`));
	expect(await page.evaluate(() => (window as never as { same?: boolean }).same)).toBe(true);
	await page.getByRole("button", { name: "只看免费" }).click();
	await expect(page).toHaveURL(/free=1/);
});

test.describe("without script", () => {
	test.use({ javaScriptEnabled: false });

	test("the application says what it needs, where one sees it", async ({ page }) => {
		await page.goto("/login");
		const box = await page.locator("noscript p").first().boundingBox();
		expect(box && box.y + box.height).toBeLessThan(page.viewportSize()!.height / 2);
		await expect(page.getByRole("link", { name: "首页" })).toBeVisible();
	});

	test("search, filters and pages are links and forms", async ({ page, request }) => {
		const work = await paidWork(request);
		await page.goto("/");
		await page.locator(".hero input[name=keyword]").fill(work.title);
		await page.locator(".hero input[name=keyword]").press("Enter");
		await expect(page.locator(".hit a").first()).toHaveText(work.title);
		await page.locator(".hit a").first().click();
		await expect(page.getByRole("heading", { level: 1 })).toHaveText(work.title);
		await expect(page.getByRole("link", { name: "立即购买" }).first()).toHaveAttribute("href", `/checkout/${work.id}`);
		await page.goto("/courses");
		await page.getByRole("link", { name: "只看免费" }).click();
		await expect(page).toHaveURL(/free=1/);
		await expect(page.locator(".card .price").first()).toHaveText("免费");
	});
});

test("who comes from an English page goes on in English, whatever the browser prefers", async ({ page, request, isMobile }) => {
	const work = await paidWork(request);
	await page.goto("/en/");
	await page.locator(isMobile ? ".phone a[href$='/me']" : ".head a[href$='/login']").click();
	await expect(page.locator("html")).toHaveAttribute("lang", "en");
	await expect(page).toHaveURL(/\/login/);
	await expect(page.getByRole("heading", { level: 1 })).toHaveText("Welcome back");
	await page.goto(`/en/checkout/${work.id}`);
	await expect(page).toHaveURL(new RegExp(`/checkout/${work.id}$`));
	await expect(page.locator("html")).toHaveAttribute("lang", "en");
});

test("the banner of a demonstration leads to where payments are played through", async ({ page }) => {
	for (const path of ["/", "/en/courses", "/login"]) {
		await page.goto(path);
		await expect(page.locator(".banner a")).toHaveAttribute("href", `${process.env.SANDBOX_URL}/sandbox/`);
		expect(await page.locator(".banner").textContent()).toMatch(/[。.] \S+/); // a space before the link
	}
});

test("pages that search engines list say what is on them", async ({ page }) => {
	for (const path of ["/", "/courses", "/en/courses"]) {
		await page.goto(path);
		expect((await page.locator("meta[name=description]").getAttribute("content"))!.length).toBeGreaterThan(20);
	}
});

test("a free preview is read without an account", async ({ page, request }) => {
	const work = await paidWork(request);
	await page.goto(work.url);
	await page.locator(".contents a").first().click();
	await expect(page.locator(".doc > *").first()).toBeVisible();
	await expect(page.locator(".offer a")).toHaveAttribute("href", `/checkout/${work.id}`);
});

test("the theme is chosen and kept", async ({ page }) => {
	await page.goto("/");
	const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	await page.getByRole("button", { name: "切换深浅色" }).click();
	await expect.poll(() => page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(before);
	await page.reload();
	expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(before);
});
