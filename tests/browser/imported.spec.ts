// A course as found in the wild, imported from its folder of Markdown: its pictures, quizzes and links in front of a reader.
import { expect, signUp, take, test, works } from "./shop";

const title = /IoT/;
const lesson = "1-getting-started/lessons/1-introduction-to-iot";

test("its pictures are shown, its links lead to its own lessons, its quiz is marked", async ({ page, request }) => {
	const work = (await works(request)).find((one) => title.test(one.title));
	test.skip(!work, "../shared is not here");
	await signUp(page);
	await take(page, work!);
	await page.goto(`/learn/${work!.id}/${lesson}`);
	const doc = page.locator(".doc").first();
	await expect(doc.getByRole("heading").first()).toBeVisible();

	const pictures = doc.locator('img[src^="/media/"]');
	expect(await pictures.count()).toBeGreaterThan(0);
	for (const picture of await pictures.all()) {
		await picture.scrollIntoViewIfNeeded();
		await expect.poll(() => picture.evaluate((one: HTMLImageElement) => one.complete && one.naturalWidth)).toBeGreaterThan(1);
	}

	const quiz = page.locator("form.quiz").first();
	for (const item of await quiz.locator("fieldset").all())
		await item.locator('input[type="radio"], input[type="checkbox"]').first().check();
	await quiz.getByRole("button", { name: "交卷" }).click();
	await expect(quiz.getByText(/答对 \d+ 题，共 \d+ 题/)).toBeVisible();

	const link = doc.locator(`a[href*="${lesson}/pi"], a[href$="/pi"]`).first();
	await link.click();
	await expect(page).toHaveURL(new RegExp(`${lesson}/pi$`));
	await expect(page.getByRole("heading", { level: 1 })).toHaveText("树莓派");
});

test("a stranger reads it without script as well", async ({ browser, request }) => {
	const work = (await works(request)).find((one) => title.test(one.title));
	test.skip(!work, "../shared is not here");
	const plain = await browser.newContext({ javaScriptEnabled: false });
	const page = await plain.newPage();
	await page.goto(`${work!.url}/${lesson}`);
	await expect(page.locator('.doc img[src^="/media/"]').first()).toBeVisible();
	await page.locator('.doc a[href$="/pi"]').first().click();
	await expect(page.getByRole("heading", { level: 1 })).toHaveText("树莓派");
	await plain.close();
});
