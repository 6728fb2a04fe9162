// How the owner lays the shop out: picks on the home page, categories in a tree.
import type { Page } from "@playwright/test";
import { isSound } from "./axe";
import { expect, payByPhone, signUp, test, works } from "./shop";

async function signInOwner(page: Page) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		return (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status;
	}, { login: process.env.SEED_OWNER!, password: process.env.SEED_OWNER_PASSWORD! });
	expect(status).toBeLessThan(300);
}
/** For whoever wants to look: SHOTS names a folder. */
async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}
async function save(page: Page) {
	await page.getByRole("button", { name: "保存", exact: true }).click();
	await expect(page.getByText(/^已保存，/)).toBeVisible();
}

test("the owner picks works by hand, and the home page shows them in that order", async ({ page }, info) => {
	const [first, second] = (await works(page.request)).filter((work) => work.language === "zh-CN");
	await signInOwner(page);
	await page.goto("/admin/settings/picks");
	const slot = page.locator("section").filter({ has: page.getByRole("heading", { name: "精选", exact: true }) });
	await expect(slot.getByRole("searchbox")).toBeVisible();
	for (let left = await slot.getByRole("listitem").count(); left > 0; left--)
		await slot.getByRole("button", { name: /^删除/ }).first().click();
	for (const work of [first!, second!]) {
		await slot.getByRole("searchbox").fill(work.title.slice(0, 8));
		await slot.getByRole("button", { name: new RegExp(work.title.slice(0, 8)) }).first().click();
	}
	await expect(slot.getByRole("listitem")).toHaveCount(2);
	await slot.getByRole("button", { name: `下移: ${first!.title}` }).click();
	await expect(slot.getByRole("listitem").first()).toContainText(second!.title);
	await slot.getByLabel("这一栏的标题", { exact: true }).fill("店主推荐");
	await shot(page, `picks-${info.project.name}`);
	await save(page);
	await isSound(page);
	await page.goto("/");
	const shelf = page.getByRole("region", { name: "店主推荐" });
	await expect(shelf.getByRole("article").first()).toContainText(second!.title);
	await expect(shelf.getByRole("article").last()).toContainText(first!.title);
	await shot(page, `home-${info.project.name}`);
	await isSound(page);
});

test("categories stand in the owner's order, in two levels, and an old address goes on leading somewhere", async ({ page, browser }, info) => {
	const made = `甲${Date.now() % 100000}`;
	await signInOwner(page);
	await page.goto("/admin/settings/categories");
	await page.getByLabel("新分类").fill(made);
	await page.getByRole("button", { name: "添加", exact: true }).click();
	const row = (name: string) => page.locator("[data-row]").filter({ hasText: name });
	await expect(row(made)).toBeVisible();
	const second = (await page.locator("[data-row] .category__name > span:first-child").nth(1).textContent())!;
	await page.getByRole("button", { name: `上移: ${second}` }).click();
	await expect(page.locator("[data-row]").first()).toContainText(second);
	// below the first one
	await row(made).locator(".category__name").click();
	await page.getByLabel("上级分类").selectOption({ label: second });
	await shot(page, `categories-${info.project.name}`);
	await isSound(page);
	await page.getByRole("button", { name: "保存", exact: true }).click();
	await expect(page.locator(".category--below").filter({ hasText: made })).toBeVisible();
	await page.goto("/");
	await expect(page.locator(".topics li").first()).toContainText(second);
	// merged: nothing of it is left but its address
	await page.goto("/admin/settings/categories");
	await row(made).locator(".category__name").click();
	await page.getByLabel("并入另一个分类").selectOption({ label: second });
	await page.getByRole("button", { name: "并入", exact: true }).click();
	await page.getByRole("dialog").getByRole("button", { name: "并入", exact: true }).click();
	await expect(row(made)).toHaveCount(0);
	const visitor = await browser.newPage();
	await visitor.goto(`/courses?category=${encodeURIComponent(made)}`);
	await expect(visitor.getByRole("article").first()).toBeVisible();
	await visitor.close();
});

test("behind a payment stands how to reach the teacher, until it is closed", async ({ page }, info) => {
	await signInOwner(page);
	await page.evaluate(async () => {
		const look = await (await fetch("/api/settings/look")).json();
		const canvas = new OffscreenCanvas(8, 8);
		canvas.getContext("2d")!.fillRect(0, 0, 4, 4);
		const bytes = await canvas.convertToBlob({ type: "image/png" });
		const kept = await (await fetch("/api/studio/pictures", { method: "POST", headers: { "Content-Type": "image/png" }, body: bytes })).json();
		const value = { ...look.value, teacher_image: `/media/${kept.blob}`, teacher_text: { zh: "加老师进学习群" } };
		await fetch("/api/settings/look", { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ version: look.version, value }) });
		await fetch("/api/sessions/current", { method: "DELETE" });
	});
	const work = (await works(page.request)).find((one) => one.price > 0 && one.language === "zh-CN")!;
	await signUp(page);
	const order = await page.evaluate(async (body) => {
		const headers = { "Content-Type": "application/json", "Idempotency-Key": String(Math.random()).slice(2) };
		const placed = await (await fetch("/api/orders", { method: "POST", headers, body: JSON.stringify(body) })).json();
		await fetch(`/api/orders/${placed.id}/payments`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ channel: "wechat", way: "native" }) });
		return placed.id as number;
	}, { work: work.id, price: work.price });
	await payByPhone(page, order);
	await expect.poll(async () => (await (await page.request.get(`/api/orders/${order}`)).json()).state).toBe("PAID");
	await page.goto(`/learn/${work.id}`);
	const card = page.getByRole("complementary", { name: "加老师" });
	await expect(card).toContainText("加老师进学习群");
	await shot(page, `teacher-${info.project.name}`);
	await isSound(page);
	await card.getByRole("button", { name: "不再显示" }).click();
	await expect(card).toHaveCount(0);
	await page.reload();
	await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
	await expect(card).toHaveCount(0);
});
