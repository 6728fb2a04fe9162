// An author writes a text course from nothing, with the clicks counted; nothing that was typed is lost; readers find it.
import { type Browser, type Page, type BrowserContextOptions } from "@playwright/test";
import { isSound } from "./axe";
import { expect, signUp, take, test } from "./shop";

async function enter(page: Page) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		const answer = await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
		return answer.status;
	}, { login: process.env.SEED_OWNER, password: process.env.SEED_OWNER_PASSWORD });
	expect(status).toBe(201);
}
const editor = (page: Page) => page.getByRole("textbox", { name: "正文" });
const saved = (page: Page) => expect(page.locator(".save")).toHaveAttribute("data-state", "saved");

/** A course with one lesson, made by the API through the page's own cookies. */
async function begin(page: Page, title: string, text: string): Promise<{ work: number; lesson: number; url: string }> {
	await enter(page);
	return page.evaluate(async ([name, words]) => {
		const ask = async (method: string, path: string, body: unknown) => {
			const answer = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
			return (await answer.json()) as { id: number; added: number; url: string };
		};
		const work = await ask("POST", "/api/studio/works", { kind: "course", title: name, language: "zh-CN" });
		const section = await ask("POST", `/api/studio/works/${work.id}/sections`, { title: "第一章" });
		const lesson = await ask("POST", `/api/studio/sections/${section.added}/lessons`, { title: "第一讲" });
		const doc = { type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text: words }] }] };
		await ask("PUT", `/api/studio/lessons/${lesson.added}/draft`, { version: 1, doc, quizzes: [] });
		await ask("PATCH", `/api/studio/works/${work.id}`, { price: 0 });
		return { work: work.id, lesson: lesson.added, url: work.url };
	}, [title, text] as const);
}
const mark = () => `${Date.now()}${Math.floor(Math.random() * 1000)}`;

async function stranger(browser: Browser, contextOptions: BrowserContextOptions): Promise<Page> {
	return (await browser.newContext(contextOptions)).newPage();
}

test("a text course from nothing: four clicks, three fields, and a reader finds it", async ({ page, browser, contextOptions }) => {
	const title = `手冲咖啡 ${mark()}`;
	let clicks = 0;
	const click = async (name: string, role: "button" | "link" = "button") => {
		clicks++;
		await page.getByRole(role, { name, exact: true }).first().click();
	};
	await enter(page);
	await page.goto("/studio");
	await click("新建");
	await page.getByLabel("标题").fill(title);
	await click("创建");
	await editor(page).pressSequentially("水温九十二度，");
	await editor(page).pressSequentially("闷蒸三十秒。");
	await saved(page);
	await click("发布", "link");
	await page.getByLabel("价格（元）").fill("0");
	await expect(page.locator(".desk__sentence")).toContainText(`《${title}》将现在免费向所有人发布`);
	await click("确认发布");
	await expect(page.locator(".published")).toContainText("已发布");
	expect(clicks).toBe(4);

	const reader = await stranger(browser, contextOptions);
	await signUp(reader);
	await reader.goto("/courses?sort=new");
	await reader.getByRole("link", { name: title }).first().click();
	await reader.getByRole("main").getByRole("link", { name: "第一讲" }).click();
	await expect(reader.locator(".doc")).toContainText("水温九十二度，闷蒸三十秒。");
	await reader.context().close();
});

test("what was typed survives a reload, and a line that is down", async ({ page, context }) => {
	const { work, lesson } = await begin(page, `保存 ${mark()}`, "开头");
	await page.goto(`/studio/works/${work}/lessons/${lesson}`);
	await editor(page).press("End");
	await editor(page).pressSequentially("，接着写");
	await saved(page);
	await page.reload();
	await expect(editor(page)).toContainText("开头，接着写");

	await context.setOffline(true);
	await editor(page).press("End");
	await editor(page).pressSequentially("，断网时写的");
	await expect(page.locator(".save")).toHaveAttribute("data-state", "offline");
	await context.setOffline(false);
	await saved(page);
	await page.reload();
	await expect(editor(page)).toContainText("断网时写的");
});

test("a second tab is told, and can take over", async ({ page, context }) => {
	const { work, lesson } = await begin(page, `两个窗口 ${mark()}`, "甲");
	const address = `/studio/works/${work}/lessons/${lesson}`;
	await page.goto(address);
	await expect(editor(page)).toBeVisible();
	const second = await context.newPage();
	await second.goto(address);
	await expect(second.locator(".save")).toContainText("另一个窗口");
	await expect(second.locator(".editor__text")).toHaveAttribute("contenteditable", "false");
	await second.getByRole("button", { name: "在这里继续写" }).click();
	await editor(second).press("End");
	await editor(second).pressSequentially("乙");
	await saved(second);
	await expect(page.locator(".save")).toContainText("另一个窗口");
	await second.close();
});

test("a revision and an edition keep a reader's progress", async ({ page, browser, contextOptions }) => {
	const { work, lesson, url } = await begin(page, `版本 ${mark()}`, "第一稿");
	const publish = (body: unknown) => page.evaluate(async ([id, how]) => (await fetch(`/api/studio/works/${id}/publish`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(how) })).status, [work, body] as const);
	expect(await publish({})).toBe(200);
	const reader = await stranger(browser, contextOptions);
	await signUp(reader);
	await take(reader, { id: work } as never);
	await reader.getByRole("button", { name: /完成/ }).click();
	await expect(reader.locator("#finished")).toBeVisible();

	await page.goto(`/studio/works/${work}/lessons/${lesson}`);
	await editor(page).press("End");
	await editor(page).pressSequentially("，改过");
	await saved(page);
	await page.getByRole("link", { name: "发布", exact: true }).first().click();
	await page.getByLabel("更新说明").fill("改了一个错字");
	await page.getByRole("button", { name: "确认发布" }).click();
	await expect(page.locator(".history")).toContainText("改了一个错字");
	await page.goto(`/studio/works/${work}`);
	await page.getByRole("button", { name: /添加一讲/ }).click();
	await page.getByLabel("这一讲的标题").fill("第二讲");
	await page.keyboard.press("Enter");
	await editor(page).pressSequentially("新的一讲");
	await saved(page);
	await page.getByRole("link", { name: "发布", exact: true }).first().click();
	await page.getByRole("radio", { name: /新版/ }).check();
	await page.getByRole("button", { name: "确认发布" }).click();
	await expect(page.locator(".desk__facts")).toContainText("第 2 版");

	await reader.goto(`/learn/${work}`);
	await expect(reader.getByRole("progressbar").first()).toHaveAttribute("value", "50");
	const note = reader.getByRole("complementary", { name: "版本" });
	await expect(note).toContainText("更新到了第 2 版");
	await isSound(reader);
	await note.getByLabel("版本").selectOption({ label: "第 1 版" });
	await expect(note).toContainText("你留在第 1 版，最新是第 2 版");
	await expect(reader.getByRole("progressbar").first()).toHaveAttribute("value", "100");
	await reader.reload();
	await expect(reader.getByRole("progressbar").first()).toHaveAttribute("value", "100");
	await isSound(reader);
	await note.getByLabel("版本").selectOption({ label: "第 2 版（最新）" });
	await expect(reader.getByRole("progressbar").first()).toHaveAttribute("value", "50");
	await note.getByRole("button", { name: "知道了" }).click();
	await reader.reload();
	await expect(reader.getByRole("progressbar").first()).toHaveAttribute("value", "50");
	await expect(note).toHaveCount(0);
	await reader.goto(url);
	await expect(reader.locator(".history")).toContainText("改了一个错字");
	await reader.context().close();
});

test("scripts in any field are only text", async ({ page }) => {
	const bad = `<img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`;
	const { work, lesson, url } = await begin(page, `${bad.slice(0, 60)} ${mark()}`, bad);
	await page.evaluate(async ([id, words]) => {
		const doc = { type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text: words }] }] };
		const body = { subtitle: words.slice(0, 150), summary: words, category: words.slice(0, 50), tags: [words], for_whom: [words], description: doc };
		await fetch(`/api/studio/works/${id}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
		await fetch(`/api/studio/works/${id}/publish`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ changes: words }) });
	}, [work, bad] as const);
	for (const path of ["/studio", `/studio/works/${work}`, `/studio/works/${work}/lessons/${lesson}`, `/studio/works/${work}/details`, `/studio/works/${work}/publish`, url, "/courses?sort=new"]) {
		await page.goto(path);
		await expect(page.getByText("onerror").first()).toBeVisible();
		expect(await page.locator("main img[src='x'], main script").count()).toBe(0);
		expect(await page.title()).not.toBe("pwned");
	}
});

test("Markdown files become lessons, and the outline moves by keys", async ({ page }) => {
	const { work } = await begin(page, `导入 ${mark()}`, "x");
	await page.goto(`/studio/works/${work}`);
	await page.getByLabel("选文件", { exact: true }).setInputFiles([
		{ name: "2-后来.md", mimeType: "text/markdown", buffer: Buffer.from("# 后来\n\n**重点：**在此") },
		{ name: "1-先前.md", mimeType: "text/markdown", buffer: Buffer.from("先前") },
	]);
	const outline = page.getByRole("navigation", { name: "目录" });
	await expect(outline.getByRole("link")).toHaveText(["第一讲", "先前", "后来"]);
	await outline.getByRole("link", { name: "后来" }).focus();
	await page.keyboard.press("Alt+ArrowUp");
	await expect(outline.getByRole("link")).toHaveText(["第一讲", "后来", "先前"]);
	await expect(outline.getByRole("link", { name: "后来" })).toBeFocused();
	await outline.getByRole("link", { name: "后来" }).click();
	await expect(page.locator(".editor__text strong")).toHaveText("重点：");
});

test("a file is uploaded beside the text and stands in it", async ({ page }) => {
	const { work, lesson } = await begin(page, `附件 ${mark()}`, "见附件");
	await page.goto(`/studio/works/${work}/lessons/${lesson}`);
	await editor(page).press("End");
	await page.getByRole("button", { name: "文件（视频、音频、PDF、附件）" }).click();
	const name = `material-${mark()}.txt`;
	await page.getByRole("dialog").locator('input[type="file"]').setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from("参考资料") });
	await page.getByRole("button", { name: `插入: ${name}` }).click();
	await expect(page.locator(".editor__text .asset")).toHaveText(name.replace(".txt", ""));
	await saved(page);
	await page.reload();
	await expect(page.locator(".editor__text .asset")).toHaveCount(1);
});
