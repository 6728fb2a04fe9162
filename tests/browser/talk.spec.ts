// People talk about a work: a question at a second, its answer by the creator, a note while the recording plays, a review, a report that
// hides until somebody has looked; and whatever is typed anywhere, no script runs.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { isAccessible } from "./axe";
import { expect, signUp, test } from "./shop";

const base = process.env.BASE_URL!;

interface Staff {
	request: APIRequestContext;
	open: () => Promise<Page>;
	close: () => Promise<void>;
}
async function staff(browser: Browser, login: string, password: string): Promise<Staff> {
	const context = await browser.newContext({ baseURL: base, locale: "zh-CN" });
	const page = await context.newPage();
	await page.goto("/login");
	const status = await page.evaluate(async (body) => (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status, { login, password });
	expect(status).toBeLessThan(300);
	await page.close();
	return { request: context.request, open: () => context.newPage(), close: () => context.close() };
}
const creator = (browser: Browser) => staff(browser, process.env.SEED_CREATOR!, process.env.SEED_PASSWORD!);
const admin = (browser: Browser) => staff(browser, process.env.SEED_ADMIN!, process.env.SEED_ADMIN_PASSWORD!);

function film(): Buffer {
	const folder = mkdtempSync(join(tmpdir(), "talk-"));
	try {
		execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=5:duration=60", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", join(folder, "film.mp4")]);
		return readFileSync(join(folder, "film.mp4"));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

interface Draft {
	id: number;
	sections: { id: number; lessons: { id: number; key: string; version: number }[] }[];
}

/** A free course of three lessons, the first with a recording. */
async function publish(by: Staff, boss: Staff) {
	const headers = { Origin: base };
	const send = async (path: string, data: unknown, method = "POST") => {
		const answer = await by.request.fetch(path, { method, data, headers });
		expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
		return (await answer.json()) as Draft;
	};
	const tus = { "Tus-Resumable": "1.0.0", Origin: base };
	const bytes = film();
	const begun = await by.request.post("/api/uploads", { headers: { ...tus, "Upload-Length": String(bytes.length), "Upload-Metadata": `filename ${Buffer.from("film.mp4").toString("base64")}` } });
	const address = begun.headers().location!;
	expect((await by.request.patch(address, { headers: { ...tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream" }, data: bytes })).status()).toBe(204);
	const asset = Number(address.split("/").pop());
	await expect.poll(async () => ((await (await by.request.get(`/api/assets/${asset}`)).json()) as { state: string }).state, { timeout: 60_000 }).toBe("ready");

	const work = (await send("/api/studio/works", { kind: "video", title: `讨论课 ${Date.now()}`, language: "zh-CN" })).id;
	await send(`/api/studio/works/${work}`, { price: 0, summary: "一门可以讨论的课。" }, "PATCH");
	const found = await send(`/api/studio/works/${work}/draft`, undefined);
	const section = found.sections[0]?.id ?? (await send(`/api/studio/works/${work}/sections`, { title: "全部" })).sections[0]!.id;
	let lessons: Draft["sections"][0]["lessons"] = [];
	for (const title of ["第一讲", "第二讲", "第三讲"])
		lessons = (await send(`/api/studio/sections/${section}/lessons`, { title })).sections[0]!.lessons;
	for (const lesson of lessons)
		await send(`/api/studio/lessons/${lesson.id}/draft`, { version: lesson.version || 1, doc: { type: "doc", content: lesson.id === lessons.at(-3)!.id ? [{ type: "video", attrs: { asset, title: "第一讲" } }] : [] }, quizzes: [] }, "PUT");
	await send(`/api/studio/works/${work}/publish`, {});
	await boss.request.post(`/api/works/${work}/state`, { headers, data: { to: "published" } });
	return { work, key: lessons.at(-3)!.key };
}

let course: { work: number; key: string; url: string };
test.beforeAll(async ({ browser }) => {
	test.setTimeout(180_000);
	const [by, boss] = [await creator(browser), await admin(browser)];
	const made = await publish(by, boss);
	course = { ...made, url: ((await (await by.request.get(`/api/works/${made.work}`)).json()) as { url: string }).url };
	await by.close();
	await boss.close();
});

async function join_(page: Page) {
	const login = await signUp(page);
	await page.goto(`/checkout/${course.work}`);
	await expect(page).toHaveURL(new RegExp(`/learn/${course.work}/`));
	return login;
}
async function learner(browser: Browser) {
	const context = await browser.newContext({ baseURL: base, locale: "zh-CN" });
	const page = await context.newPage();
	await join_(page);
	return { page, close: () => context.close() };
}
const lesson = () => `/learn/${course.work}/${course.key}`;
const put = (page: Page, path: string, body: object) => page.evaluate(async ([to, what]) => (await fetch(to, { method: "PUT", headers: { "Content-Type": "application/json" }, body: what })).status, [path, JSON.stringify(body)] as const);

test("a question at a second is answered by the creator, and the learner sees it", async ({ page, browser }) => {
	await join_(page);
	await page.goto(lesson());
	const video = page.locator("video");
	await expect.poll(() => video.evaluate((one: HTMLVideoElement) => one.readyState)).toBeGreaterThan(0);
	await video.evaluate((one: HTMLVideoElement) => void (one.currentTime = 42));
	await expect(page.getByText("0:42").first()).toBeVisible();
	await page.getByRole("button", { name: "提一个问题" }).click();
	const words = `这里为什么？${Date.now()}`;
	await page.getByRole("textbox", { name: /哪里没听懂|写得越具体/ }).fill(words);
	await expect(page.getByRole("checkbox", { name: /0:42/ })).toBeChecked();
	await page.getByRole("button", { name: "发布问题" }).click();
	const asked = page.locator(".question", { hasText: words });
	await expect(asked.getByRole("button", { name: "跳到 0:42" })).toBeVisible();

	const by = await creator(browser);
	const desk = await by.open();
	await desk.goto("/studio/inbox");
	const waiting = desk.locator(".question", { hasText: words });
	await waiting.getByRole("button", { name: "回答" }).click();
	await waiting.getByRole("textbox").fill("因为如此。见 https://example.org/a");
	await waiting.getByRole("button", { name: "发布回答" }).click();
	await expect(waiting.getByText("因为如此")).toBeVisible();
	await isAccessible(desk);
	await by.close();

	await page.reload();
	await expect(asked.getByText("因为如此")).toBeVisible();
	await expect(asked.locator(".tag", { hasText: "作者" })).toBeVisible();
	await expect(asked.getByRole("link", { name: "https://example.org/a" })).toHaveAttribute("rel", /nofollow/);
	await asked.getByRole("button", { name: "这条解决了问题" }).click();
	await expect(asked.locator(".tag", { hasText: "已解决" })).toBeVisible();
	await isAccessible(page);
});

test("N notes the second while the recording plays on; notes are found and taken away", async ({ page }) => {
	await join_(page);
	await page.goto(lesson());
	const video = page.locator("video");
	await expect.poll(() => video.evaluate((one: HTMLVideoElement) => one.readyState)).toBeGreaterThan(0);
	await video.evaluate(async (one: HTMLVideoElement) => {
		one.currentTime = 7;
		one.muted = true;
		await one.play();
	});
	await page.locator("h1").first().focus();
	await page.keyboard.press("n");
	const field = page.getByRole("textbox", { name: "笔记" });
	await expect(field).toBeFocused();
	const kept = page.waitForResponse((answer) => answer.url().includes("/api/me/notes/") && answer.request().method() === "PUT" && answer.ok());
	await page.keyboard.type("new note");
	expect(await video.evaluate((one: HTMLVideoElement) => one.paused)).toBe(false);
	await kept;
	await expect(field).toHaveValue("new note");
	await isAccessible(page);
	await page.getByRole("link", { name: "全部笔记" }).click();
	const search = page.getByRole("main").getByRole("search");
	await search.getByRole("searchbox").fill("NEW");
	await search.getByRole("button", { name: "搜索" }).click();
	await expect(page.getByText("new note")).toBeVisible();
	const exported = await page.request.get("/api/me/notes.md");
	expect(await exported.text()).toMatch(/\*\*0:\d\d\*\* new note/);
	await isAccessible(page);
	await page.getByRole("link", { name: /^0:\d\d/ }).click();
	await expect.poll(() => video.evaluate((one: HTMLVideoElement) => one.currentTime)).toBeGreaterThan(6);
});

test("a review waits for a fifth of the work, stands on the page, and three reports hold it until staff has looked", async ({ page, browser }) => {
	test.setTimeout(240_000);
	await join_(page);
	await page.goto(`/me/review/${course.work}`);
	await expect(page.getByText("学完 20% 以上就能评价了")).toBeVisible();
	expect(await put(page, `/api/learn/${course.work}/progress`, { key: course.key, position: 1, done: true })).toBe(200);
	await page.reload();
	await page.locator(".stars label", { hasText: "4 星" }).click();
	const words = `讲得清楚 ${Date.now()}`;
	await page.getByRole("textbox").fill(words);
	await isAccessible(page);
	await page.getByRole("button", { name: "发布评价" }).click();
	await expect(page.getByText("评价已保存")).toBeVisible();
	await page.goto(course.url);
	const shown = page.locator(".review", { hasText: words });
	await expect(shown.getByRole("img", { name: "4 星" })).toBeVisible();
	await isAccessible(page);

	const by = await creator(browser);
	const inbox = await by.open();
	await inbox.goto("/studio/inbox");
	await inbox.getByRole("link", { name: "评价", exact: true }).click();
	const waiting = inbox.locator(".question", { hasText: words });
	await expect(waiting.getByRole("img", { name: "4 星" })).toBeVisible();
	await waiting.getByRole("button", { name: "回复" }).click();
	await expect(waiting.getByRole("textbox", { name: "你的回复" })).toBeFocused();
	await inbox.keyboard.type("谢谢你");
	await isAccessible(inbox);
	await waiting.getByRole("button", { name: "发布回复" }).click();
	await expect(waiting.getByText("谢谢你")).toBeVisible();
	await expect(waiting.getByRole("button", { name: "修改" })).toBeFocused();
	await inbox.keyboard.press("Enter");
	await waiting.getByRole("textbox", { name: "你的回复" }).fill("谢谢，下一版会更好");
	await waiting.getByRole("button", { name: "保存" }).click();
	await expect(waiting.getByText("谢谢，下一版会更好")).toBeVisible();
	await isAccessible(inbox);
	await by.close();
	await page.reload();
	await expect(shown.locator(".review__reply").getByText("谢谢，下一版会更好")).toBeVisible();
	const report = (await shown.getByRole("link", { name: "举报" }).getAttribute("href"))!;

	for (let i = 0; i < 3; i++) {
		const one = await learner(browser);
		await one.page.goto(report);
		await one.page.getByRole("radio", { name: "广告或刷屏" }).check();
		await one.page.getByRole("button", { name: "提交举报" }).click();
		await expect(one.page.getByText("已收到，管理员会查看。")).toBeVisible();
		await one.close();
	}
	await page.goto(course.url);
	await expect(shown).toHaveCount(0);

	const boss = await admin(browser);
	const desk = await boss.open();
	await desk.goto("/staff/reports");
	const item = desk.locator(".question", { hasText: words });
	await isAccessible(desk);
	await item.getByRole("button", { name: "隐藏…" }).click();
	await item.getByRole("button", { name: "广告或刷屏" }).click();
	await expect(item).toHaveCount(0);
	await page.goto(`/me/review/${course.work}`);
	await expect(page.getByText(/已被管理员隐藏.*广告或刷屏/)).toBeVisible();
	await desk.getByRole("button", { name: "已隐藏" }).click();
	await item.getByRole("button", { name: "恢复显示" }).click();
	await expect(item).toHaveCount(0);
	await boss.close();
	await page.goto(course.url);
	await expect(shown).toBeVisible();
});

const corpus = [
	"<script>window.__ran = 1</script>", "<img src=x onerror=window.__ran=1>", "\"><svg onload=window.__ran=1>", "'><iframe srcdoc='<script>parent.__ran=1</script>'>",
	"javascript:window.__ran=1", "[x](javascript:window.__ran=1)", "https://a.cn/\"onmouseover=\"window.__ran=1", "https://a.cn/'><script>window.__ran=1</script>",
	"{{constructor.constructor('window.__ran=1')()}}", "${window.__ran=1}", "</textarea><script>window.__ran=1</script>", "</script><script>window.__ran=1</script>",
	"<details open ontoggle=window.__ran=1>", "<math><mtext><style><img src=x onerror=window.__ran=1>", "\u202e<script>\u202dwindow.__ran=1</script>", "data:text/html,<script>window.__ran=1</script>",
	"<a href=\"javascript:window.__ran=1\">x</a>", "&lt;script&gt;window.__ran=1&lt;/script&gt;", "<base href=//evil.example>", "<form action=javascript:window.__ran=1><button>x",
];

test("whatever is typed into any field, no script runs", async ({ page, browser }) => {
	test.setTimeout(240_000);
	const all = corpus.join("\n");
	const dialogs: string[] = [];
	const watch = (one: Page) => one.on("dialog", (dialog) => {
		dialogs.push(dialog.message());
		void dialog.dismiss();
	});
	const quiet = async (one: Page) => {
		await one.waitForLoadState("networkidle");
		expect(await one.evaluate(() => (window as never as { __ran?: number }).__ran)).toBeUndefined();
		expect(dialogs).toEqual([]);
	};
	watch(page);
	await join_(page);
	await page.goto(lesson());
	await put(page, `/api/learn/${course.work}/progress`, { key: course.key, position: 1, done: true });
	const made = await page.evaluate(async ([work, key, text]) => {
		const headers = { "Content-Type": "application/json", "Idempotency-Key": String(Math.random()).slice(2) };
		const send = (path: string, method: string, body: object) => fetch(path, { method, headers, body: JSON.stringify(body) });
		const question = (await (await send(`/api/works/${work}/questions`, "POST", { lesson: key, text })).json()) as { id: number };
		const statuses = [
			(await send(`/api/questions/${question.id}/answers`, "POST", { text })).status,
			(await send(`/api/works/${work}/review`, "PUT", { stars: 5, text })).status,
			(await send("/api/me/notes/attack", "PUT", { work, lesson: key, text, revision: 1 })).status,
		];
		return { question: question.id, statuses };
	}, [course.work, course.key, all] as const);
	expect(made.statuses).toEqual([201, 200, 200]);
	for (const path of [lesson(), course.url, "/me/notes", `/me/review/${course.work}`, `/me/post/${made.question}`]) {
		await page.goto(path);
		await expect(page.locator(path.includes("/review/") ? "textarea" : "main").first()).toBeVisible();
		await quiet(page);
		expect(await page.evaluate(() => document.body.textContent!.includes("window.__ran") || [...document.querySelectorAll("textarea")].some((one) => one.value.includes("window.__ran")))).toBe(true);
	}
	const one = await learner(browser);
	await one.page.evaluate(async ([id, words]) => fetch(`/api/posts/${id}/reports`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ reason: "other", words: String(words).slice(0, 500) }) }), [made.question, all] as const);
	await one.close();
	const [by, boss] = [await creator(browser), await admin(browser)];
	for (const [who, path] of [[by, "/studio/inbox"], [boss, "/staff/reports"]] as const) {
		const desk = await who.open();
		watch(desk);
		await desk.goto(path);
		await expect(desk.getByText("window.__ran").first()).toBeVisible();
		await quiet(desk);
	}
	await by.close();
	await boss.close();
});
