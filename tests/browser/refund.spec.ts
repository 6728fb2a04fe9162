// Money back: the buyer asks inside the rule and sees it come back; the seller gives half by three clicks.
import type { Browser, Page } from "@playwright/test";
import { isAccessible, wcag } from "./axe";
import { expect, payByPhone, signUp, test, works, type Work } from "./shop";

async function clean(page: Page) {
	await isAccessible(page, wcag);
}

/** For whoever wants to look: SHOTS names a folder. */
async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}

/** The paying device is a computer here, whatever the test runs on: it shows a code that another device scans. */
async function buy(page: Page, browser: Browser, work: Work): Promise<number> {
	const placed = await page.evaluate(async (body) => {
		const headers = { "Content-Type": "application/json", "Idempotency-Key": String(Math.random()).slice(2) };
		const order = await (await fetch("/api/orders", { method: "POST", headers, body: JSON.stringify(body) })).json();
		await fetch(`/api/orders/${order.id}/payments`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ channel: "wechat", way: "native" }) });
		return order.id as number;
	}, { work: work.id, price: work.price });
	await payByPhone(page, placed);
	await expect.poll(async () => (await (await page.request.get(`/api/orders/${placed}`)).json()).state).toBe("PAID");
	return placed;
}

async function sold(page: Page): Promise<Work> {
	const mine = (await (await page.request.get("/api/studio/works")).json()) as { items: { id: number }[] };
	const found = (await works(page.request)).find((work) => work.price > 0 && mine.items.some((one) => one.id === work.id));
	return found!;
}

async function signIn(page: Page) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		return (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status;
	}, { login: process.env.SEED_CREATOR!, password: process.env.SEED_PASSWORD! });
	expect(status).toBeLessThan(300);
}

async function paidWork(page: Page): Promise<Work> {
	return (await works(page.request)).find((work) => work.price > 0 && work.language === "zh-CN")!;
}

test("inside the rule the whole price comes back, and the work closes", async ({ page, browser }, info) => {
	await signUp(page);
	const work = await paidWork(page);
	await page.goto(work.url);
	await expect(page.getByText("可自动全额退款")).toBeVisible();
	const order = await buy(page, browser, work);
	await page.goto("/me/orders");
	await page.getByRole("button", { name: /申请退款/ }).click();
	const dialog = page.getByRole("dialog", { name: "申请退款" });
	await expect(dialog.getByText("可自动全额退款")).toBeVisible();
	await expect(dialog.getByText("你已经学了 0%")).toBeVisible();
	await clean(page);
	await shot(page, `ask-${info.project.name}`);
	await dialog.getByLabel("理由").fill("买错了");
	await dialog.getByRole("button", { name: /^确认退款 ¥/ }).click();
	await expect(dialog).toHaveCount(0);
	await expect(page.getByText(/正在原路退回|已退回/)).toBeVisible();
	await shot(page, `asked-${info.project.name}`);
	await expect(async () => {
		await page.reload();
		await expect(page.getByText(/已退回 ¥/)).toBeVisible({ timeout: 2_000 });
	}).toPass({ timeout: 30_000 });
	await expect(page.getByText("已退款", { exact: true })).toBeVisible();
	await expect(page.getByRole("link", { name: "去学习" })).toHaveCount(0);
	await expect(page.getByRole("button", { name: /申请退款/ })).toHaveCount(0);
	await clean(page);
	await shot(page, `back-${info.project.name}`);
	expect((await page.request.get(`/api/learn/${work.id}`)).status()).toBe(402);
	const again = await (await page.request.get(`/api/orders/${order}/refund-quote`)).json();
	expect(again).toMatchObject({ way: "none", why: "nothing-left", rest: 0 });
});

test("the seller gives half with three clicks", async ({ page, browser }, info) => {
	test.skip(!process.env.SEED_CREATOR || !process.env.SEED_PASSWORD, "no creator's account was given");
	const seller = await (await browser.newContext({ locale: "zh-CN", viewport: page.viewportSize(), baseURL: new URL(process.env.BASE_URL!).origin })).newPage();
	await signIn(seller);
	const work = await sold(seller);
	await signUp(page);
	const order = await buy(page, browser, work);

	await seller.goto("/studio");
	await seller.getByRole("link", { name: "退款处理" }).click();
	await clean(seller);
	let clicks = 0;
	const click = async (name: string | RegExp) => {
		clicks++;
		await seller.getByRole("button", { name }).click();
	};
	await seller.getByLabel("按订单号查找").fill(String(order));
	await click("查找");
	await shot(seller, `found-${info.project.name}`);
	await click("退款");
	const dialog = seller.getByRole("dialog");
	await expect(dialog.getByText("作者收入减少")).toBeVisible();
	await dialog.getByLabel("退款金额（元）").fill("1.234");
	await expect(dialog.getByText("最多两位小数")).toBeVisible();
	await expect(dialog.getByRole("button", { name: "退款" })).toBeDisabled();
	const half = Math.floor(work.price / 2);
	await dialog.getByLabel("退款金额（元）").fill((half / 100).toFixed(2));
	await clean(seller);
	await shot(seller, `give-${info.project.name}`);
	await click(/^确认退款 ¥/);
	await expect(dialog).toHaveCount(0);
	expect(clicks).toBe(3);
	await seller.getByRole("button", { name: "全部" }).click();
	await expect(seller.getByRole("listitem").filter({ hasText: String(order) }).first()).toBeVisible();
	await shot(seller, `given-${info.project.name}`);

	await page.goto("/me/orders");
	await expect(async () => {
		await page.reload();
		await expect(page.getByText("部分退款", { exact: true })).toBeVisible({ timeout: 2_000 });
	}).toPass({ timeout: 30_000 });
	await expect(page.getByRole("link", { name: "去学习" })).toBeVisible();
	expect((await page.request.get(`/api/learn/${work.id}`)).status()).toBe(200);
	const left = await (await page.request.get(`/api/orders/${order}`)).json();
	expect(left).toMatchObject({ state: "PART_REFUNDED", refunded: half });
	await seller.context().close();
});

test("a request outside the rule waits, and a refusal says why", async ({ page, browser }, info) => {
	test.skip(!process.env.SEED_CREATOR || !process.env.SEED_PASSWORD, "no creator's account was given");
	const seller = await (await browser.newContext({ locale: "zh-CN", viewport: page.viewportSize(), baseURL: new URL(process.env.BASE_URL!).origin })).newPage();
	await signIn(seller);
	const work = await sold(seller);
	await signUp(page);
	const order = await buy(page, browser, work);
	// all of it is studied
	const state = (await (await page.request.get(`/api/learn/${work.id}`)).json()) as { sections: { lessons: { key: string }[] }[] };
	await page.evaluate(async ({ id, keys }) => {
		for (const key of keys)
			await fetch(`/api/learn/${id}/progress`, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key, position: 1, done: true }) });
	}, { id: work.id, keys: state.sections.flatMap((section) => section.lessons.map((lesson) => lesson.key)) });
	await page.goto("/me/orders");
	await page.getByRole("button", { name: /申请退款/ }).click();
	await expect(page.getByText("由卖家决定，最多退")).toBeVisible();
	await expect(page.getByText("你已经学了 100%")).toBeVisible();
	await shot(page, `review-${info.project.name}`);
	await page.getByLabel("理由").fill("讲得太快");
	await page.getByRole("button", { name: "提交申请" }).click();
	await expect(page.getByText(/等卖家处理/)).toBeVisible();

	await seller.goto("/studio/refunds");
	const row = seller.getByRole("listitem").filter({ hasText: String(order) });
	await expect(row.getByText("讲得太快")).toBeVisible();
	await clean(seller);
	await shot(seller, `list-${info.project.name}`);
	await row.getByRole("button", { name: "处理" }).click();
	await seller.getByRole("button", { name: "拒绝申请" }).click(); // not with the words that say yes
	await expect(seller.getByText("请写明拒绝的理由")).toBeVisible();
	await expect(seller.getByLabel("给买家的说明")).toBeFocused();
	await seller.getByLabel("给买家的说明").fill("您已学完全部内容");
	await clean(seller);
	await shot(seller, `decide-${info.project.name}`);
	await seller.getByRole("button", { name: "拒绝申请" }).click();
	await expect(row).toHaveCount(0);
	await page.reload();
	await expect(page.getByText("退款申请没有通过：您已学完全部内容")).toBeVisible();
	await expect(page.getByRole("link", { name: "去学习" })).toBeVisible();
	await seller.context().close();
});

test("the page to pay says the same words as the work's page", async ({ page }, info) => {
	const work = await paidWork(page);
	await page.goto(work.url);
	const words = (await page.getByRole("link", { name: /可自动全额退款/ }).first().textContent())!.trim();
	await signUp(page);
	await page.goto(`/checkout/${work.id}`);
	await expect(page.getByRole("link", { name: words })).toBeVisible();
	await shot(page, `checkout-${info.project.name}`);
});
