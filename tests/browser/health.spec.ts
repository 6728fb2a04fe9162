// The shop's health: its owner reads the verdicts, sees a letter that really failed (nobody lives at refused.example) and tries it again,
// and has a message of the payment channel done again, which changes nothing.
import type { Page } from "@playwright/test";
import { isSound } from "./axe";
import { expect, paidWork, payByPhone, sendsCodes, signUp, test, type Work } from "./shop";

async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

/** By the API, so that the owner is fresh and no form stands in the way. */
async function enter(page: Page) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status,
		{ login: process.env.SEED_ADMIN!, password: process.env.SEED_ADMIN_PASSWORD! });
	expect(status).toBeLessThan(300);
}

/** The paying device is a computer here, whatever the test runs on: it shows a code that another device scans. */
async function buy(page: Page, work: Work): Promise<number> {
	const order = await page.evaluate(async (body) => {
		const headers = { "Content-Type": "application/json", "Idempotency-Key": String(Math.random()).slice(2) };
		const placed = await (await fetch("/api/orders", { method: "POST", headers, body: JSON.stringify(body) })).json();
		await fetch(`/api/orders/${placed.id}/payments`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ channel: "wechat", way: "native" }) });
		return placed.id as number;
	}, { work: work.id, price: work.price });
	await payByPhone(page, order);
	return order;
}

interface Job {
	id: number;
	kind: string;
	tries: number;
	why?: string;
}
const jobs = async (page: Page) => ((await (await page.request.get("/api/health/jobs")).json()) as { items: Job[] }).items;

/** The invitation that this run sends to nobody: of all that failed, the one that was not there before. One run at a time does this. */
async function failedLetter(page: Page): Promise<number> {
	const old = new Set((await jobs(page)).map((one) => one.id));
	const login = `nobody-${Date.now()}@refused.example`;
	const status = await page.evaluate(async (to) => (await fetch("/api/staff/invitations", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ grant: "analyst", login: to }) })).status, login);
	expect(status).toBe(201);
	let mine: Job | undefined;
	await expect.poll(async () => (mine = (await jobs(page)).find((one) => one.kind === "notify-invited" && !old.has(one.id)))?.why, { timeout: 30_000 }).toBe("mail-recipient-refused");
	return mine!.id;
}
/** Its tries; undefined while it runs, when it is not among what failed. */
const triesOf = async (page: Page, id: number) => (await jobs(page)).find((one) => one.id === id)?.tries;

test("the owner reads how the shop is", async ({ page }, info) => {
	await enter(page);
	await page.goto("/admin/settings");
	await page.getByRole("link", { name: "店铺健康" }).click();
	await expect(page.getByRole("heading", { name: "店铺健康", level: 1 })).toBeVisible();
	for (const part of ["后台任务", "磁盘与程序", "访问与错误", "慢查询"])
		await page.getByRole("heading", { name: part, level: 2, exact: true }).click();
	await expect(page.getByText("每分钟")).toBeVisible();
	await expect(page.getByRole("region", { name: "慢查询" })).toContainText("select");
	await isSound(page);
	await shot(page, `health-${info.project.name}`);
});

test("a letter that failed is shown and tried again", async ({ page }, info) => {
	test.skip(info.project.name !== "desktop", "a failed letter does not say whose it is: of two runs at once neither would know its own");
	test.skip(!(await sendsCodes(page.request)), "this site sends no mail");
	await enter(page);
	const id = await failedLetter(page);
	const row = page.locator(`[data-job="${id}"]`);
	/** It is tried again by itself too, and is not listed while it runs: so what is looked for is looked for on a fresh page, until it is there. */
	const open = async () => {
		await page.goto("/admin/health");
		await page.getByRole("heading", { name: "后台任务", exact: true }).click();
		await expect(row).toContainText("会自己再试", { timeout: 5000 });
	};
	await expect(async () => {
		await open();
		const failing = page.locator('[data-line="jobs-failing"]');
		await expect(failing).toContainText("会自己再试", { timeout: 1000 });
		await expect(failing).toContainText("怎么办：", { timeout: 1000 });
	}).toPass({ timeout: 60_000 });
	await expect(row).toContainText("发邀请");
	await expect(row).toContainText("邮件服务器拒绝这个收件地址");
	await expect(page.getByText("refused.example")).toHaveCount(0);
	await isSound(page);
	await shot(page, `failed-${info.project.name}`);
	let tries: number | undefined;
	await expect(async () => { // where it began to run by itself just then, the press is refused
		await open();
		tries = await triesOf(page, id);
		expect(tries).toBeDefined();
		await row.getByRole("button", { name: "再试一次" }).click();
		await expect(page.getByText("「发邀请」已经排上，马上再试。")).toBeVisible({ timeout: 5000 });
	}).toPass({ timeout: 60_000 });
	await expect.poll(async () => (await triesOf(page, id)) ?? 0, { timeout: 60_000 }).toBeGreaterThan(tries!);
	await expect(open).toPass({ timeout: 60_000 });
});

test("a message that was booked is done again, and nothing changes", async ({ page, browser, contextOptions }, info) => {
	const work = await paidWork(page.request);
	await signUp(page);
	const order = await buy(page, work);
	const device = await browser.newContext(contextOptions);
	const theirs = await device.newPage();
	await enter(theirs);
	interface Message { id: number; payable: number; state: string; number: string }
	let mine: Message | undefined;
	await expect.poll(async () => (mine = ((await (await theirs.request.get("/api/health/notifications")).json()) as { items: Message[] }).items.find((one) => one.payable === order))?.state, { timeout: 30_000 }).toBe("APPLIED");
	await theirs.goto("/admin/health");
	await theirs.getByRole("heading", { name: "支付渠道的通知" }).click();
	const row = theirs.locator(`[data-number="${mine!.number}"]`);
	await expect(row).toContainText(`订单 ${order}`);
	await row.getByRole("button", { name: "重新处理" }).click();
	await expect(theirs.getByText(`${mine!.number}：早已入账，什么都没有变。`)).toBeVisible();
	await expect(row).toContainText("已入账");
	await expect(row).toContainText("重新处理过");
	await isSound(theirs);
	await shot(theirs, `told-${info.project.name}`);
	await device.close();
});
