// Who sent whom: a learner shares a course by link and poster, a friend comes by it and takes it, the author sees the source.
import type { Page } from "@playwright/test";
import { fits, isAccessible } from "./axe";
import { expect, freeWork, paidWork, signUp, test } from "./shop";

/** For whoever wants to look: SHOTS names a folder. */
async function shot(page: Page, name: string, project: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}-${project}.png` });
}

async function signIn(page: Page, login: string, password: string) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		return (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status;
	}, { login, password });
	expect(status).toBeLessThan(300);
}

const meta = (page: Page, name: string) => page.locator(`meta[property="${name}"], meta[name="${name}"]`).getAttribute("content");

test("what a link shows: a picture of the size that others ask for, a price", async ({ page }) => {
	const work = await paidWork(page.request);
	await page.goto(work.url);
	expect(await meta(page, "og:type")).toBe("product");
	expect(await meta(page, "og:title")).toBe(work.title);
	expect(await meta(page, "og:url")).toBe(new URL(work.url, page.url()).href);
	expect(await meta(page, "og:description")).toBeTruthy();
	expect(await meta(page, "og:locale")).toBe("zh_CN");
	expect(await meta(page, "twitter:card")).toBe("summary_large_image");
	expect(await meta(page, "product:price:amount")).toBe((work.price / 100).toFixed(2));
	expect(await meta(page, "product:price:currency")).toBe("CNY");
	const size = async () => {
		const image = (await meta(page, "og:image"))!;
		expect(new URL(image).origin).toBe(new URL(page.url()).origin);
		return page.evaluate(async (src) => {
			const img = new Image();
			img.src = src;
			await img.decode();
			return `${img.naturalWidth}x${img.naturalHeight}`;
		}, image);
	};
	expect(await size()).toBe(`${await meta(page, "og:image:width")}x${await meta(page, "og:image:height")}`);
	await page.goto("/");
	expect(await meta(page, "og:type")).toBe("website");
	expect(await size()).toBe("1200x630");
});

test("a link, a poster, a friend, and the author's table", async ({ page, browser }, info) => {
	const work = await freeWork(page.request);
	await signUp(page);
	await page.goto(work.url);
	await page.getByRole("button", { name: "分享" }).click();
	const sheet = page.getByRole("dialog", { name: "分享给朋友" });
	const link = sheet.getByRole("textbox", { name: "分享链接" });
	await expect(link).toHaveValue(/\/s\/[2-9a-z]{8}$/);
	await expect(sheet.getByText("你的专属链接")).toBeVisible();
	await sheet.getByRole("button", { name: "生成海报" }).click();
	const poster = sheet.getByRole("img", { name: /海报/ });
	await expect(poster).toBeVisible();
	await expect.poll(() => poster.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(750);
	await expect(sheet.getByRole("link", { name: "保存图片" })).toHaveAttribute("download", `${work.title}.jpg`);
	await isAccessible(page);
	await fits(page);
	await shot(page, "sheet", info.project.name);
	const url = await link.inputValue();
	await sheet.getByRole("button", { name: "关闭" }).click();
	await expect(sheet).toBeHidden();

	const friend = await browser.newContext();
	const there = await friend.newPage();
	await there.goto(url);
	await expect(there).toHaveURL(work.url);
	const cookie = (await friend.cookies()).find((one) => one.name === "source")!;
	expect([cookie.httpOnly, cookie.sameSite]).toEqual([true, "Lax"]);
	await signUp(there);
	const placed = await there.evaluate(async (id) => {
		const headers = { "Content-Type": "application/json", "Idempotency-Key": String(Math.random()).slice(2) };
		return (await fetch("/api/orders", { method: "POST", headers, body: JSON.stringify({ work: id }) })).status;
	}, work.id);
	expect(placed).toBe(201);
	await friend.close();

	const desk = await browser.newContext({ viewport: page.viewportSize() });
	const owner = await desk.newPage();
	await signIn(owner, process.env.SEED_OWNER!, process.env.SEED_OWNER_PASSWORD!);
	await owner.goto("/studio/sources");
	await expect(owner.getByRole("heading", { name: "来源", level: 1 })).toBeVisible();
	const row = owner.getByRole("row").filter({ has: owner.locator(`a[href="/s/${url.split("/").pop()}/qr.svg"]`) });
	await expect(row.getByRole("cell").nth(2)).toHaveText("1");
	await expect(row.getByRole("cell").nth(3)).toHaveText("1");
	await expect(row.getByRole("cell").nth(4)).toHaveText("1");
	const name = `门口海报 ${Date.now()}`;
	await owner.getByLabel("来源名称").fill(name);
	await owner.getByRole("button", { name: "新建来源" }).click();
	await expect(owner.getByRole("row").nth(1)).toContainText(name);
	const sheetFile = await owner.request.get("/api/studio/sources.csv");
	expect(await sheetFile.text()).toContain(name);
	await isAccessible(owner);
	await fits(owner);
	await shot(owner, "sources", info.project.name);
	await desk.close();
});

test("inside WeChat its own menu is named; who is not signed in shares the page itself", async ({ browser, page }) => {
	const work = await paidWork(page.request);
	const context = await browser.newContext({ userAgent: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0.50" });
	const phone = await context.newPage();
	await phone.goto(work.url);
	await phone.getByRole("button", { name: "分享" }).click();
	const sheet = phone.getByRole("dialog", { name: "分享给朋友" });
	await expect(sheet.getByText("点右上角")).toBeVisible();
	await expect(sheet.getByRole("button", { name: "用手机分享" })).toBeHidden();
	await expect(sheet.getByRole("textbox", { name: "分享链接" })).toHaveValue(new URL(work.url, phone.url()).href);
	await context.close();
});
