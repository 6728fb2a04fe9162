// The shop in numbers: its owner sees the days, the works and a file; a creator his own works and how far their learners come.
import type { Page } from "@playwright/test";
import { fits, isAccessible } from "./axe";
import { expect, test } from "./shop";

async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

async function enter(page: Page, login: string, password: string) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status, { login, password });
	expect(status).toBeLessThan(300);
}

test("the owner reads the days as a picture, by keys, as a table and as a file", async ({ page }, info) => {
	await enter(page, process.env.SEED_ADMIN!, process.env.SEED_ADMIN_PASSWORD!);
	await page.goto("/admin/numbers");
	await expect(page.getByRole("heading", { name: "店铺数据", level: 1 })).toBeVisible();
	const picture = page.getByRole("slider", { name: /收入/ });
	await picture.focus();
	await page.keyboard.press("End");
	await expect(picture).toHaveAttribute("aria-valuenow", "30");
	await expect(picture).toHaveAttribute("aria-valuetext", /¥/);
	await page.getByText("以表格显示").first().click();
	await expect(page.getByRole("region", { name: "按天 · 以表格显示" }).getByRole("row")).toHaveCount(31);
	await page.getByText("最近 7 天").click();
	await expect(page.getByRole("region", { name: "按天 · 以表格显示" }).getByRole("row")).toHaveCount(8);
	await isAccessible(page);
	await fits(page);
	await shot(page, `numbers-${info.project.name}`);
	const file = await page.request.get("/api/admin/numbers/days.csv?days=7");
	expect((await file.text()).split("\r\n")).toHaveLength(9);
	expect((await file.body()).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
});

test("a creator sees his own works and no one else's", async ({ page }, info) => {
	await enter(page, process.env.SEED_CREATOR!, process.env.SEED_PASSWORD!);
	await page.goto("/studio");
	await page.getByRole("link", { name: "数据", exact: true }).click();
	await expect(page.getByRole("heading", { name: "我的作品数据", level: 1 })).toBeVisible();
	await isAccessible(page);
	expect((await page.request.get("/api/admin/numbers")).status()).toBe(403);
	const { items } = (await (await page.request.get("/api/studio/works")).json()) as { items: { id: number }[] };
	await page.goto(`/studio/numbers/${items[0]!.id}`);
	await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
	await isAccessible(page);
	await shot(page, `work-numbers-${info.project.name}`);
});
