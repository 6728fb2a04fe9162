// What is recommended, why, and that no is no: a work's page for everybody, the home page for whoever is signed in, the switches.
import type { Page } from "@playwright/test";
import { isAccessible } from "./axe";
import { expect, paidWork, signUp, test } from "./shop";

/** For whoever wants to look: SHOTS names a folder. */
async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

test("a work's page says what else there is and why, and tells that it was looked at", async ({ page }, info) => {
	const work = await paidWork(page.request);
	const told = page.waitForRequest((request) => request.url().endsWith("/api/events") && request.method() === "POST");
	await page.goto(work.url);
	const { items } = (await told).postDataJSON() as { items: { kind: string; work?: number; shown?: number; place: string }[] };
	expect(items[0]).toMatchObject({ kind: "view", work: work.id });
	const also = page.locator("#also");
	await expect(also.getByRole("heading", { name: "相关推荐" })).toBeVisible();
	await expect(also.locator(".also__why").first()).not.toBeEmpty();
	expect(await also.locator("[data-shown]").getAttribute("data-shown")).toBe(String(items[0]!.shown));
	await isAccessible(page);
	await shot(page, `also-${info.project.name}`);
	const clicked = page.waitForRequest((request) => request.url().endsWith("/api/events") && (request.postData() ?? "").includes("\"click\""));
	await also.getByRole("link").first().click();
	expect(((await clicked).postDataJSON() as { items: object[] }).items[0]).toMatchObject({ kind: "click", shown: items[0]!.shown, position: 1 });
});

test("not this one, switched off, and deleted", async ({ page }, info) => {
	await signUp(page);
	await page.goto((await paidWork(page.request)).url);
	await expect.poll(async () => ((await (await page.request.get("/api/me/events")).json()) as { count: number }).count).toBeGreaterThan(0);
	await page.goto("/");
	const row = page.locator("#for-you");
	await expect(row.getByRole("heading", { name: "猜你想学" })).toBeVisible();
	await row.locator("summary").first().click();
	await expect(row.getByText("没有付费排位").first()).toBeVisible();
	await shot(page, `for-you-${info.project.name}`);
	await row.getByRole("button", { name: /不感兴趣/ }).first().click();
	await expect(row.getByText("以后不再推荐")).toBeVisible();

	await page.goto("/me/privacy");
	const wishes = page.getByRole("region", { name: "个性化推荐" });
	await expect(wishes.getByRole("button", { name: /重新推荐/ })).toBeVisible();
	await wishes.getByLabel("按我的记录推荐").uncheck();
	await expect(wishes.getByText("推荐对所有人都一样")).toBeVisible();
	const record = page.getByRole("region", { name: "行为记录" });
	await record.getByLabel("记录我的浏览和学习行为").uncheck();
	await expect(record.getByText("已停止记录")).toBeVisible();
	await record.getByRole("button", { name: "删除全部记录" }).click();
	await expect(record.getByText("没有记录")).toBeVisible();
	await isAccessible(page);
	await shot(page, `privacy-${info.project.name}`);
	const list = (await (await page.request.get("/api/recommendations?place=home")).json()) as { personal: boolean };
	expect(list.personal).toBe(false);
});
