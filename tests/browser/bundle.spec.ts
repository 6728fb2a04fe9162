// Several works at one price: the owner puts two of his own together and publishes them; a buyer sees what is in it and what is saved,
// pays once, finds both works on the shelf, and gives all of it back.
import type { Browser, Page } from "@playwright/test";
import { isAccessible, wcag } from "./axe";
import { expect, payByPhone, signUp, test } from "./shop";

async function clean(page: Page) {
	await isAccessible(page, wcag);
}

/** For whoever wants to look: SHOTS names a folder. */
async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

async function ownerPage(browser: Browser): Promise<Page> {
	const page = await (await browser.newContext({ baseURL: process.env.BASE_URL, locale: "zh-CN", viewport: test.info().project.use.viewport })).newPage();
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		return (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status;
	}, { login: process.env.SEED_OWNER!, password: process.env.SEED_OWNER_PASSWORD! });
	expect(status).toBeLessThan(300);
	return page;
}

/** A course of one written lesson, published. */
async function publish(page: Page, title: string, price: number) {
	await page.evaluate(async ([name, fen]) => {
		const send = async (method: string, path: string, body: object) => (await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json();
		const work = await send("POST", "/api/studio/works", { kind: "course", title: name, language: "zh-CN" });
		const section = await send("POST", `/api/studio/works/${work.id}/sections`, { title: "一" });
		const lesson = await send("POST", `/api/studio/sections/${section.added}/lessons`, { title: "第一讲" });
		const doc = { type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text: "正文" }] }] };
		await send("PUT", `/api/studio/lessons/${lesson.added}/draft`, { version: 1, doc, quizzes: [] });
		await send("PATCH", `/api/studio/works/${work.id}`, { price: fen, summary: "一门短课。" });
		await send("POST", `/api/studio/works/${work.id}/publish`, {});
	}, [title, price] as const);
}

test("two works are sold as one, bought by one payment, and go back together", async ({ page, browser }, info) => {
	const mark = `${info.project.name}-${Date.now() % 1_000_000}`;
	const [first, second, name] = [`速写 ${mark}`, `水彩 ${mark}`, `画画套装 ${mark}`];
	const owner = await ownerPage(browser);
	await publish(owner, first, 3000);
	await publish(owner, second, 2000);

	await owner.goto("/studio");
	await owner.getByRole("button", { name: "新建" }).first().click();
	const dialog = owner.getByRole("dialog");
	await dialog.getByText("套装", { exact: true }).click();
	await dialog.getByLabel("标题").fill(name);
	await dialog.getByRole("button", { name: "创建" }).click();
	await expect(owner.getByRole("heading", { level: 1, name })).toBeVisible();
	const id = Number(/works\/(\d+)/.exec(owner.url())![1]);
	await expect(owner.getByText("还没有放入作品")).toBeVisible();
	await owner.getByRole("link", { name: "发布", exact: true }).first().click();
	await expect(owner.getByText("至少两部正在出售的作品")).toBeVisible();
	await owner.getByRole("link", { name: "包含的作品" }).click();
	const find = owner.getByLabel("按标题找");
	for (const title of [first, second]) {
		if (await find.isVisible())
			await find.fill(title);
		await owner.getByRole("button", { name: `放入: ${title}` }).click();
		await expect(owner.getByRole("button", { name: `删除: ${title}` })).toBeVisible();
	}
	await expect(owner.getByText("套装还没有定价")).toBeVisible();
	await owner.getByRole("button", { name: `上移: ${second}` }).click();
	await expect(owner.locator("[data-bundled]").first()).toContainText(second);
	await owner.getByRole("link", { name: "价格与规则" }).click();
	await owner.getByLabel("价格（元）").fill("40");
	await expect(owner.getByText("每部作品按它自己的学习期限开通")).toBeVisible();
	await owner.getByRole("button", { name: "保存", exact: true }).click();
	await expect(owner.getByText("已保存")).toBeVisible();
	await owner.getByRole("link", { name: "包含的作品" }).click();
	await expect(owner.getByText("省 ¥10")).toBeVisible();
	await clean(owner);
	await shot(owner, `bundle-studio-${info.project.name}`);
	await owner.getByRole("link", { name: "发布", exact: true }).first().click();
	await owner.getByRole("button", { name: "确认发布" }).click();
	await expect(owner.locator(".published")).toBeVisible();
	await shot(owner, `bundle-published-${info.project.name}`);

	const work = (await (await page.request.get(`/api/works/${id}`)).json()) as { url: string; saved: number; works: { id: number; url: string }[] };
	expect(work.saved).toBe(1000);
	await page.goto(work.works[0]!.url);
	await expect(page.locator("ul.bundled").getByRole("link", { name })).toBeVisible();
	await signUp(page);
	await page.goto(work.url);
	const inside = page.locator(".work__body .cards").first();
	await expect(inside.getByRole("link", { name: first })).toBeVisible();
	await expect(inside.getByRole("link", { name: second })).toBeVisible();
	await expect(page.locator("dl.bundled")).toContainText("¥50");
	await expect(page.locator("dl.bundled")).toContainText("¥10");
	await clean(page);
	await shot(page, `bundle-page-${info.project.name}`);

	const placed = page.waitForResponse((response) => response.url().endsWith("/api/orders") && response.request().method() === "POST");
	await page.goto(`/checkout/${id}`);
	const order = (await (await placed).json()) as { id: number; parts: { amount: number }[] };
	expect(order.parts.map((part) => part.amount)).toEqual([1600, 2400]);
	await expect(page.getByText("包含 2 部作品")).toBeVisible();
	await clean(page);
	await shot(page, `bundle-checkout-${info.project.name}`);
	await page.evaluate(async (one) => {
		await fetch(`/api/orders/${one}/payments`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ channel: "wechat", way: "native" }) });
	}, order.id);
	await payByPhone(page, order.id);
	await expect(page).toHaveURL(/\/me$/);
	await expect(page.getByRole("link", { name: first, exact: true })).toBeVisible();
	await expect(page.getByRole("link", { name: second, exact: true })).toBeVisible();
	await expect(page.getByRole("link", { name })).toHaveCount(0);
	await shot(page, `bundle-shelf-${info.project.name}`);

	await page.goto("/me/orders");
	await page.getByRole("button", { name: /申请退款/ }).click();
	const refund = page.getByRole("dialog", { name: "申请退款" });
	await refund.getByLabel("理由").fill("买错了");
	await refund.getByRole("button", { name: /^确认退款 ¥/ }).click();
	await expect(refund).toHaveCount(0);
	await expect.poll(async () => ((await (await page.request.get(`/api/orders/${order.id}`)).json()) as { state: string }).state, { timeout: 60_000 }).toBe("REFUNDED");
	expect((await page.request.get(`/api/learn/${work.works[0]!.id}`)).status()).toBe(402);
	expect((await page.request.get(`/api/learn/${work.works[1]!.id}`)).status()).toBe(402);
	await page.goto("/me");
	await expect(page.locator(`a[href^="/learn/${work.works[0]!.id}"]`)).toHaveCount(0);
	await owner.context().close();
});
