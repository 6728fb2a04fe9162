import { expect, freeWork, paidWork, signIn, signUp, take, test } from "./shop";

test("a lesson is read, finished, and the next one opens", async ({ page, request }) => {
	const work = await freeWork(request);
	await signUp(page);
	await take(page, work);
	const first = page.url();
	await expect(page.locator(".doc > *").first()).toBeVisible();
	await page.getByRole("button", { name: "完成并继续" }).click();
	await expect(page).not.toHaveURL(first);
	await page.goto("/me");
	await expect(page.getByRole("progressbar", { name: new RegExp(work.title) })).toHaveAttribute("value", /[1-9]/);
});

test("a work that is not owned says where its free lessons are read", async ({ page, request }) => {
	const work = await paidWork(request);
	await signUp(page);
	for (const path of [`/learn/${work.id}`, `/learn/${work.id}/no-such-lesson`]) {
		await page.goto(path);
		await expect(page.locator(".empty")).toContainText("试读");
		await expect(page.getByRole("link", { name: "立即购买" })).toHaveAttribute("href", `/checkout/${work.id}`);
	}
	await page.getByRole("link", { name: "介绍页" }).click();
	await expect(page).toHaveURL(work.url);
});

test("the place in a lesson is kept on another device", async ({ page, request, browser, contextOptions }) => {
	const work = await freeWork(request);
	const login = await signUp(page);
	await take(page, work);
	await page.waitForLoadState("networkidle");
	const saved = page.waitForResponse((answer) => answer.url().includes("/progress") && answer.ok());
	await page.evaluate(() => window.scrollTo({ top: document.documentElement.scrollHeight * 0.5, behavior: "instant" }));
	await saved;
	const { resume } = (await (await page.request.get(`/api/learn/${work.id}`)).json()) as { resume: { key: string; position: number } };
	expect(resume.position).toBeGreaterThan(0.1);

	const other = await browser.newContext(contextOptions);
	const device = await other.newPage();
	await device.goto(`/login?next=/learn/${work.id}`);
	await signIn(device, login);
	await expect(device).toHaveURL(new RegExp(`/learn/${work.id}/`));
	await expect.poll(() => device.evaluate(() => window.scrollY)).toBeGreaterThan(100);
	await other.close();
});

test("a quiz is taken and marked, with the reason", async ({ page, request }) => {
	const work = await freeWork(request);
	await signUp(page);
	await take(page, work);
	const { sections } = (await (await page.request.get(`/api/learn/${work.id}`)).json()) as { sections: { lessons: { key: string; quiz_count: number }[] }[] };
	const lesson = sections.flatMap((section) => section.lessons).find((one) => one.quiz_count > 0)!;
	await page.goto(`/learn/${work.id}/${lesson.key}`);
	const quiz = page.locator("form.quiz").first();
	await quiz.getByRole("button", { name: "交卷" }).click();
	await expect(quiz.getByText(/没答/)).toBeVisible();
	for (const item of await quiz.locator("fieldset").all()) {
		const option = item.locator('input[type="radio"], input[type="checkbox"]').first();
		if (await option.count())
			await option.check();
		else
			await item.locator("input").fill("1");
	}
	await quiz.getByRole("button", { name: "交卷" }).click();
	await expect(quiz.getByText(/答对 \d+ 题，共 \d+ 题/)).toBeVisible();
	await expect(quiz.locator(".mark").first()).toBeVisible();
	await quiz.getByRole("button", { name: "再做一次" }).click();
	await expect(quiz.locator(".mark")).toHaveCount(0);
});

test("who is not signed in is led back to the lesson after signing in", async ({ page, request }) => {
	const work = await freeWork(request);
	const login = await signUp(page);
	await take(page, work);
	const lesson = page.url();
	await page.context().clearCookies();
	await page.goto(lesson);
	await signIn(page, login);
	await expect(page).toHaveURL(lesson);
});

test("a wrong password is said next to the field", async ({ page }) => {
	const login = await signUp(page);
	await page.context().clearCookies();
	await page.goto("/login");
	await signIn(page, login, "not this one at all");
	await expect(page.getByText("账号或密码不对")).toBeVisible();
	await expect(page.getByLabel("密码", { exact: true })).toBeFocused();
	await expect(page.getByLabel("手机号或邮箱")).toHaveValue(login);
});

test("the contents are at hand: beside the text, or in a sheet", async ({ page, request, isMobile }) => {
	const work = await freeWork(request);
	await signUp(page);
	await take(page, work);
	if (isMobile)
		await page.getByRole("button", { name: "目录" }).click();
	const outline = page.getByRole("navigation", { name: "目录" }).filter({ has: page.locator("ol") });
	await expect(outline.getByRole("link").first()).toBeVisible();
	await expect(outline.locator('[aria-current="page"]')).toHaveCount(1);
	if (isMobile) {
		await page.keyboard.press("Escape");
		await expect(outline).toBeHidden();
	}
});
