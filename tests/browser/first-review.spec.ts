// A creator's first work waits for the staff: looked at, sent back with a reason, sent in again, published.
import AxeBuilder from "@axe-core/playwright";
import type { Browser } from "@playwright/test";
import { expect, test } from "./shop";

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function signedIn(browser: Browser, login: string, password: string) {
	const base = new URL(process.env.BASE_URL!).origin;
	const context = await browser.newContext({ baseURL: base, locale: "zh-CN", extraHTTPHeaders: { Origin: base } });
	expect((await context.request.post("/api/sessions", { data: { login, password } })).ok()).toBe(true);
	return context;
}

test("a first work is looked at, sent back with a reason, and published", async ({ browser }, info) => {
	const creator = await signedIn(browser, process.env.SEED_CREATOR!, process.env.SEED_PASSWORD!);
	const title = `待审 ${info.project.name} ${Date.now()}`;
	const send = async (path: string, data: unknown, method = "POST") => {
		const answer = await creator.request.fetch(path, { method, data });
		expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
		return (await answer.json()) as { id: number; state: string; sections: { id: number; lessons: { id: number; version: number }[] }[] };
	};
	const work = (await send("/api/studio/works", { kind: "course", title, language: "zh-CN" })).id;
	await send(`/api/studio/works/${work}`, { price: 0, summary: "一门课。" }, "PATCH");
	const found = await send(`/api/studio/works/${work}/draft`, undefined);
	const section = found.sections[0]?.id ?? (await send(`/api/studio/works/${work}/sections`, { title: "全部" })).sections[0]!.id;
	const lesson = (await send(`/api/studio/sections/${section}/lessons`, { title: "第一课" })).sections[0]!.lessons.at(-1)!;
	const doc = { type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text: "正文。" }] }] };
	await send(`/api/studio/lessons/${lesson.id}/draft`, { version: lesson.version || 1, doc, quizzes: [] }, "PUT");
	expect((await send(`/api/studio/works/${work}/publish`, {})).state).toBe("in-review");

	const staff = await signedIn(browser, process.env.SEED_ADMIN!, process.env.SEED_ADMIN_PASSWORD!);
	const page = await staff.newPage();
	await page.goto("/staff/works");
	const row = page.getByRole("listitem").filter({ hasText: title });
	const preview = staff.waitForEvent("page");
	await row.getByRole("button", { name: "预览" }).click();
	await expect((await preview).getByText("正文。")).toBeVisible();
	await row.getByRole("button", { name: "退回修改" }).click();
	await row.getByLabel("退回的理由").fill("请写明适合谁。");
	expect((await new AxeBuilder({ page }).withTags(tags).analyze()).violations).toEqual([]);
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/works-${info.project.name}.png` });
	await row.getByRole("button", { name: "退回", exact: true }).click();
	await expect(row).toHaveCount(0);

	const mine = await creator.newPage();
	await mine.goto(`/studio/works/${work}/publish`);
	await expect(mine.getByText(/审核退回了.*理由：请写明适合谁。/)).toBeVisible();
	if (process.env.SHOTS)
		await mine.screenshot({ path: `${process.env.SHOTS}/sent-back-${info.project.name}.png` });
	expect((await send(`/api/studio/works/${work}/publish`, {})).state).toBe("in-review");
	await page.reload();
	await row.getByRole("button", { name: "通过并上架" }).click();
	await expect(row).toHaveCount(0);
	expect((await (await creator.request.get(`/api/works/${work}`)).json()) as object).toMatchObject({ title });
	await creator.close();
	await staff.close();
});
