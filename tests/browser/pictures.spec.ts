// The pictures of the README, made anew from the demo: PICTURES=docs/pictures sh tests/browser/run.sh build pictures --project=desktop
import type { Page } from "@playwright/test";
import { expect, freeWork, orderShown, signUp, take, test, works } from "./shop";

const folder = process.env.PICTURES;
test.skip(!folder, "pictures are made on demand");

async function picture(page: Page, name: string) {
	await page.waitForLoadState("networkidle");
	await page.evaluate(async () => {
		await document.fonts.ready;
		(document.activeElement as HTMLElement | null)?.blur();
	});
	await page.screenshot({ path: `../${folder}/${name}.png`, animations: "disabled", caret: "hide" });
}

for (const language of ["zh-CN", "en"]) {
	const prefix = language === "en" ? "/en" : "";
	test.describe(language, () => {
		test.beforeEach(({ context, baseURL }) => context.addCookies([{ name: "language", value: language, url: baseURL! }]));

		test("home and search", async ({ page }) => {
			await page.goto(`${prefix}/`);
			await picture(page, `home.${language}`);
			await page.goto(`${prefix}/search?keyword=${language === "en" ? "numbers" : "gailv"}`);
			await expect(page.locator(".hit mark").first()).toBeVisible();
			await picture(page, `search.${language}`);
		});

		test("a work, its order, a lesson", async ({ page, request }) => {
			const work = (await works(request)).find((one) => one.price > 0 && one.language === language)!;
			await page.goto(prefix + work.url);
			await picture(page, `work.${language}`);
			await signUp(page);
			await page.goto(`/checkout/${work.id}`);
			await expect(page.getByRole("img", { name: /二维码|QR/ })).toBeVisible();
			expect(await orderShown(page)).toBeGreaterThan(0);
			await picture(page, `checkout.${language}`);
		});

		test("a lesson on a phone, in the dark", async ({ page, request }) => {
			await signUp(page);
			await page.setViewportSize({ width: 412, height: 860 });
			await page.emulateMedia({ colorScheme: "dark" });
			await take(page, await freeWork(request));
			await expect(page.locator(".doc > *").first()).toBeVisible();
			await picture(page, `lesson.${language}`);
		});
	});
}
