// The desk: a learner is found by mail and by order, is given a course and reads why on the shelf, is shut out and let in again; a table of
// learners goes in, orders come out; the channel's bill of a day stands beside the book.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { isAccessible, wcag } from "./axe";
import { expect, freeWork, paidWork, signUp, test } from "./shop";

async function clean(page: Page) {
	await isAccessible(page, wcag);
	const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	expect(overflow).toBeLessThanOrEqual(0);
}
async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${test.info().project.name}-${name}.png`, fullPage: true });
}
async function signIn(page: Page, login: string, password: string) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		return (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status;
	}, { login, password });
	expect(status).toBe(201);
}
const boss = (page: Page) => signIn(page, process.env.SEED_ADMIN!, process.env.SEED_ADMIN_PASSWORD!);

test("a learner is found, given a course, shut out and let in again", async ({ page, browser }) => {
	const learner = await (await browser.newContext()).newPage();
	const login = await signUp(learner);
	const work = await paidWork(page.request);
	await boss(page);
	await page.goto("/staff/desk");
	await page.getByRole("searchbox", { name: /手机号/ }).fill(login);
	await page.getByRole("button", { name: "查找", exact: true }).click();
	const people = page.getByRole("region", { name: "学员", exact: true });
	await expect(people.getByRole("link")).toHaveCount(1);
	await expect(people).not.toContainText(login); // masked
	await clean(page);
	await shot(page, "found");
	await people.getByRole("link").click();
	await page.getByRole("button", { name: "显示完整号码（会记入日志）" }).click();
	await expect(page.getByText(login)).toBeVisible();

	await page.getByRole("button", { name: "开通课程" }).click();
	const give = page.getByRole("dialog");
	await give.getByLabel("课程").selectOption(String(work.id));
	await give.getByLabel("有效期").selectOption("days");
	await give.getByLabel("天数").fill("7");
	await give.getByLabel("理由").fill("比赛一等奖");
	await clean(page);
	await shot(page, "give");
	await give.getByRole("button", { name: "开通", exact: true }).click();
	await expect(page.getByRole("region", { name: "学习权限" })).toContainText("比赛一等奖");
	await learner.goto("/me");
	await expect(learner.getByRole("link", { name: work.title }).first()).toBeVisible();
	await expect(learner.getByText("比赛一等奖")).toBeVisible();

	await page.getByRole("button", { name: `收回 ${work.title}` }).click();
	await page.getByRole("dialog").getByLabel("理由").fill("发错人了");
	await page.getByRole("dialog").getByRole("button", { name: "收回", exact: true }).click();
	await expect(page.getByText("已失效")).toBeVisible();
	expect((await learner.request.get(`/api/learn/${work.id}`)).status()).toBe(402);

	await page.getByRole("button", { name: "封禁", exact: true }).click();
	await page.getByRole("dialog").getByLabel("理由").fill("卖账号");
	await page.getByRole("dialog").getByRole("button", { name: "封禁", exact: true }).click();
	await expect(page.getByText(/被封禁，理由：卖账号/)).toBeVisible();
	await clean(page);
	await shot(page, "person");
	expect((await learner.request.get("/api/me")).status()).toBe(401);
	await page.getByRole("button", { name: "解除封禁", exact: true }).click();
	await page.getByRole("dialog").getByLabel("理由").fill("误会");
	await page.getByRole("dialog").getByRole("button", { name: "解除封禁", exact: true }).click();
	await expect(page.getByText(/被封禁，理由/)).toHaveCount(0);
});

test("a table of learners is looked at, mended, and given all or nothing", async ({ page, browser }) => {
	const learner = await (await browser.newContext()).newPage();
	const login = await signUp(learner);
	const later = `later-${Date.now()}-${test.info().project.name}@example.org`;
	const work = await paidWork(page.request);
	const table = (rows: string) => ({ name: "名单.csv", mimeType: "text/csv", buffer: Buffer.from(`邮箱,姓名\r\n${rows}`) });
	await boss(page);
	await page.goto("/staff/desk/imports");
	await page.getByLabel("CSV 文件").setInputFiles(table(`${login},张三\r\nnot-a-mail,李四\r\n`));
	await page.getByLabel(/^课程/).selectOption(String(work.id));
	await page.getByRole("button", { name: "先看看" }).click();
	await expect(page.getByText("1 行有误，一行都不会开通")).toBeVisible();
	await expect(page.getByText("第 1 列：不是手机号或邮箱")).toBeVisible();
	await expect(page.getByText("第 3 行")).toBeVisible();
	await clean(page);
	await shot(page, "import-wrong");
	await page.getByRole("button", { name: "放弃这份表格" }).click();
	await page.getByLabel("CSV 文件").setInputFiles(table(`${login},张三\r\n${later},李四\r\n`));
	await page.getByRole("button", { name: "先看看" }).click();
	await expect(page.getByText("2 行可以开通")).toBeVisible();
	await page.getByLabel("理由").fill("秋季班");
	await page.getByRole("button", { name: "全部开通（2 行）" }).click();
	await expect(page.getByText("已导入 2 行")).toBeVisible();
	await shot(page, "import-done");
	await expect.poll(async () => (await learner.request.get(`/api/learn/${work.id}`)).status()).toBe(200);
	const late = await (await browser.newContext()).newPage();
	await signUp(late, later);
	const me = (await (await late.request.get("/api/me")).json()) as { verified: boolean };
	if (me.verified)
		await expect.poll(async () => (await late.request.get(`/api/learn/${work.id}`)).status()).toBe(200);
});

test("orders come out as a file, and a creator sees no numbers", async ({ page, browser }) => {
	const learner = await (await browser.newContext()).newPage();
	await signUp(learner);
	const work = await freeWork(page.request);
	const order = await learner.evaluate(async (id) => {
		const headers = { "Content-Type": "application/json", "Idempotency-Key": String(Math.random()).slice(2) };
		return ((await (await fetch("/api/orders", { method: "POST", headers, body: JSON.stringify({ work: id }) })).json()) as { id: number }).id;
	}, work.id);
	await boss(page);
	await page.goto("/staff/desk");
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "导出订单" }).click()]);
	const csv = readFileSync(await file.path(), "utf8");
	expect(csv.startsWith("\ufeff\"订单号\",")).toBe(true);
	expect(csv).toContain(String(order));
	await signIn(page, process.env.SEED_CREATOR!, process.env.SEED_PASSWORD!);
	await page.goto("/staff/desk");
	await expect(page.getByRole("searchbox", { name: /手机号/ })).toBeVisible();
	await expect(page.getByRole("button", { name: "导出订单" })).toHaveCount(0);
	await expect(page.locator("main")).not.toContainText("***");
	await clean(page);
});

test("the bill of a day stands beside the book", async ({ page }) => {
	await boss(page);
	await page.goto("/staff/bills");
	await page.getByRole("button", { name: "取账单并核对" }).click();
	const day = page.locator("main ul.rows > li").first();
	await expect(day).toContainText(/一致|不一致/);
	await expect(day.getByRole("table")).toBeVisible();
	await clean(page);
	await shot(page, "bills");
});
