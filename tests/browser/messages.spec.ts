// Messages: a learner asks, the author is told, follows the message to the question and answers; the learner's bell says so until it is
// read. And what one is told is one's own choice.
import { type APIRequestContext, type Browser, type Page } from "@playwright/test";
import { isAccessible, isSound } from "./axe";
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

/** A free course of one lesson, with a name of its own. */
async function publish(by: APIRequestContext, boss: APIRequestContext) {
	const headers = { Origin: base };
	const send = async (path: string, data: unknown, method = "POST") => {
		const answer = await by.fetch(path, { method, data, headers });
		expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
		return (await answer.json()) as { id: number; sections: { id: number; lessons: { id: number; key: string; version: number }[] }[] };
	};
	const title = `消息课 ${Date.now()}-${process.pid}`;
	const work = (await send("/api/studio/works", { kind: "course", title, language: "zh-CN" })).id;
	await send(`/api/studio/works/${work}`, { price: 0, summary: "一门会有人提问的课。" }, "PATCH");
	const found = await send(`/api/studio/works/${work}/draft`, undefined);
	const section = found.sections[0]?.id ?? (await send(`/api/studio/works/${work}/sections`, { title: "全部" })).sections[0]!.id;
	const lesson = (await send(`/api/studio/sections/${section}/lessons`, { title: "第一讲" })).sections[0]!.lessons.at(-1)!;
	await send(`/api/studio/lessons/${lesson.id}/draft`, { version: lesson.version || 1, doc: { type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text: "正文。" }] }] }, quizzes: [] }, "PUT");
	await send(`/api/studio/works/${work}/publish`, {});
	await boss.post(`/api/works/${work}/state`, { headers, data: { to: "published" } });
	return { work, title, key: lesson.key };
}

const bell = (page: Page) => page.locator("#bell");

test("a question is told to the author, its answer to the learner, until it is read", async ({ page, browser }) => {
	test.setTimeout(120_000);
	const author = await signedIn(browser, process.env.SEED_CREATOR!, process.env.SEED_PASSWORD!);
	const boss = await signedIn(browser, process.env.SEED_ADMIN!, process.env.SEED_ADMIN_PASSWORD!);
	const course = await publish(author.request, boss.request);
	await boss.close();

	await signUp(page);
	await page.goto(`/checkout/${course.work}`);
	await expect(page).toHaveURL(new RegExp(`/learn/${course.work}/`));
	await page.goto("/me/messages");
	await expect(page.getByRole("link", { name: new RegExp(`${course.title}.*已开通`) })).toBeVisible();
	await expect(bell(page)).toHaveAttribute("data-count", /^[12]$/); /* a password was set too, where people come in by a code */
	await page.getByRole("button", { name: "全部已读" }).click();
	await expect(bell(page)).not.toHaveAttribute("data-count");
	await isSound(page);

	await page.goto(`/learn/${course.work}/${course.key}`);
	await page.getByRole("button", { name: "提一个问题" }).click();
	const words = `这里为什么？${Date.now()}`;
	await page.getByRole("textbox", { name: /哪里没听懂|写得越具体/ }).fill(words);
	await page.getByRole("button", { name: "发布问题" }).click();
	await expect(page.locator(".question", { hasText: words })).toBeVisible();

	await author.page.goto("/me/messages");
	await author.page.getByRole("link", { name: new RegExp(`${course.title}.*新提问`) }).click();
	await expect(author.page).toHaveURL(/\/studio\/inbox\?question=/);
	const waiting = author.page.locator(".question", { hasText: words });
	await waiting.getByRole("button", { name: "回答" }).click();
	await waiting.getByRole("textbox").fill("因为如此。");
	await waiting.getByRole("button", { name: "发布回答" }).click();
	await expect(waiting.getByText("因为如此")).toBeVisible();
	await author.close();

	await page.goto("/");
	await expect(bell(page)).toHaveAttribute("data-count", "1"); /* on the server's pages too */
	await bell(page).click();
	const answered = page.getByRole("link", { name: new RegExp(`${course.title}.*新回答`) });
	await expect(answered).toBeVisible();
	await expect(bell(page)).toHaveAttribute("data-count", "1");
	await isAccessible(page);
	await answered.click();
	await expect(page).toHaveURL(new RegExp(`/learn/${course.work}/.*question=`));
	await expect(page.getByText("因为如此")).toBeVisible();
	await page.goto("/me/messages");
	await expect(answered).toBeVisible();
	await expect(bell(page)).not.toHaveAttribute("data-count");
});

test("what one is told by which channel is kept", async ({ page }) => {
	await signUp(page);
	await page.goto("/me/messages");
	await page.getByRole("link", { name: "消息设置" }).click();
	const wish = page.getByRole("checkbox", { name: "回答与回复: 站内" });
	await expect(wish).toBeChecked();
	await expect(page.getByRole("checkbox", { name: "订单与权限: 站内" })).toBeDisabled();
	const kept = page.waitForResponse((answer) => answer.url().endsWith("/api/me/notification-preferences") && answer.request().method() === "PUT");
	await wish.click();
	expect((await kept).status()).toBe(200);
	await page.reload();
	await expect(wish).not.toBeChecked();
	await isSound(page);
});
