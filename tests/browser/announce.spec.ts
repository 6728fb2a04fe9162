// Told to many: the owner announces something to who owns a work, and takes it back; the author changes the work and says what; whoever
// owns it sees it at the bell. Told to the owners of a work of its own, so that no other journey's bell rings.
import { type APIRequestContext, type Browser, type Page } from "@playwright/test";
import { isSound } from "./axe";
import { expect, signUp, test } from "./shop";

const base = process.env.BASE_URL!;

async function signedIn(browser: Browser, login: string, password: string) {
	const context = await browser.newContext({ baseURL: base, locale: "zh-CN" });
	const page = await context.newPage();
	await page.goto("/login");
	const status = await page.evaluate(async (body) => (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status, { login, password });
	expect(status).toBeLessThan(300);
	return { page, request: context.request, close: () => context.close() };
}

interface Written {
	id: number;
	version: number;
	added: number;
}
async function send(by: APIRequestContext, path: string, data: unknown, method = "POST") {
	const answer = await by.fetch(path, { method, data, headers: { Origin: base } });
	expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
	return (await answer.json()) as Written;
}
const doc = (text: string) => ({ type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text }] }] });

/** A free course of one lesson. */
async function publish(by: APIRequestContext, title: string) {
	const work = (await send(by, "/api/studio/works", { kind: "course", title, language: "zh-CN" })).id;
	await send(by, `/api/studio/works/${work}`, { price: 0, summary: "一门会更新的课。" }, "PATCH");
	const section = (await send(by, `/api/studio/works/${work}/sections`, { title: "全部" })).added;
	const lesson = (await send(by, `/api/studio/sections/${section}/lessons`, { title: "第一讲" })).added;
	const { version } = await send(by, `/api/studio/lessons/${lesson}/draft`, { version: 1, doc: doc("正文。"), quizzes: [] }, "PUT");
	await send(by, `/api/studio/works/${work}/publish`, {});
	return { work, lesson, version };
}

/** It comes by a job: looked at until it is there. */
async function seen(page: Page, name: RegExp) {
	const link = page.getByRole("link", { name });
	await expect(async () => {
		await page.goto("/me/messages");
		await expect(link).toBeVisible({ timeout: 2000 });
	}).toPass();
	return link;
}

test("what is announced and what is changed reaches who owns a work", async ({ page, browser }) => {
	test.setTimeout(180_000);
	const owner = await signedIn(browser, process.env.SEED_OWNER!, process.env.SEED_OWNER_PASSWORD!);
	const mark = `${Date.now()}-${process.pid}`;
	const [title, news] = [`更新课 ${mark}`, `周五直播 ${mark}`];
	const course = await publish(owner.request, title);
	await signUp(page);
	await page.goto(`/checkout/${course.work}`);
	await expect(page).toHaveURL(new RegExp(`/learn/${course.work}/`));

	await owner.page.goto("/staff/desk/announcements");
	await owner.page.getByLabel("标题").fill(news);
	await owner.page.getByLabel("内容", { exact: true }).fill("晚上八点，讲作业。\n记得来。");
	await owner.page.getByRole("radio", { name: "拥有某个作品的人" }).check();
	await owner.page.getByLabel("哪个作品").selectOption({ label: title });
	await expect(owner.page.getByText("现在有 1 人")).toBeVisible();
	await isSound(owner.page);
	await owner.page.getByRole("button", { name: "发布公告" }).click();
	await owner.page.getByRole("dialog").getByRole("button", { name: "发布公告" }).click();
	const row = owner.page.getByRole("listitem").filter({ hasText: news });
	await expect(row.getByText("已发送")).toBeVisible();
	await expect(row.getByText("1 人收到")).toBeVisible();

	await page.goto("/");
	await expect(page.locator("#bell")).toHaveAttribute("data-count", /\d/);
	await seen(page, new RegExp(`公告：${news}`));
	await expect(page.getByText("晚上八点，讲作业。")).toBeVisible();

	await send(owner.request, `/api/studio/lessons/${course.lesson}/draft`, { version: course.version, doc: doc("改过的正文。"), quizzes: [] }, "PUT");
	await send(owner.request, `/api/studio/works/${course.work}/publish`, { edition: true, changes: `换了例子 ${mark}` });
	const changed = await seen(page, new RegExp(`《${title}》有更新`));
	await expect(page.getByText(`换了例子 ${mark}`)).toBeVisible();
	await isSound(page);
	await changed.click();
	await expect(page).toHaveURL(/#changes$/);
	await expect(page.locator("#changes").getByText(`换了例子 ${mark}`)).toBeVisible();

	await row.getByRole("button", { name: "撤回" }).click();
	await owner.page.getByRole("dialog").getByRole("button", { name: "撤回" }).click();
	await expect(row.getByText("已撤回")).toBeVisible();
	await owner.close();
	await seen(page, /一条公告已被撤回/);
	await expect(page.getByText("晚上八点")).toHaveCount(0);
});
