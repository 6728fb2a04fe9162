// A recording from its upload to its buyer: it plays, goes on where one stopped, and a stranger with its address gets nothing.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { expect, orderShown, payByPhone, signUp, test } from "./shop";

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const base = process.env.BASE_URL!;

interface Staff {
	request: APIRequestContext;
	close: () => Promise<void>;
}

async function signIn(browser: Browser, login: string, password: string): Promise<Staff> {
	const context = await browser.newContext({ baseURL: base, extraHTTPHeaders: { Origin: base } });
	expect((await context.request.post("/api/sessions", { data: { login, password } })).status()).toBeLessThan(300);
	return { request: context.request, close: () => context.close() };
}

function recording(name: string, ...how: string[]): Buffer {
	const folder = mkdtempSync(join(tmpdir(), "media-"));
	try {
		execFileSync("ffmpeg", ["-nostdin", "-v", "error", ...how, join(folder, name)]);
		return readFileSync(join(folder, name));
	} finally {
		rmSync(folder, { recursive: true });
	}
}
const film = () => recording("film.mp4", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=30", "-f", "lavfi", "-i", "sine=frequency=440:duration=30",
	"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac");
const sound = () => recording("sound.mp3", "-f", "lavfi", "-i", "sine=frequency=330:duration=20");

async function upload(creator: Staff, name: string, bytes: Buffer): Promise<number> {
	const tus = { "Tus-Resumable": "1.0.0" };
	const begun = await creator.request.post("/api/uploads", {
		headers: { ...tus, "Upload-Length": String(bytes.length), "Upload-Metadata": `filename ${Buffer.from(name).toString("base64")}` },
	});
	expect(begun.status()).toBe(201);
	const address = begun.headers().location!;
	const sent = await creator.request.patch(address, {
		headers: { ...tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream" },
		data: bytes,
	});
	expect(sent.status()).toBe(204);
	return Number(address.split("/").pop());
}

async function ready(creator: Staff, asset: number) {
	await expect.poll(async () => ((await (await creator.request.get(`/api/assets/${asset}`)).json()) as { state: string }).state, { timeout: 60_000 }).toBe("ready");
}

interface Sold {
	work: number;
	price: number;
	key: string;
	free: string;
	film: number;
}

/** A course of one lesson to try and one to buy, both with recordings. */
async function publish(browser: Browser): Promise<Sold> {
	const creator = await signIn(browser, process.env.SEED_CREATOR!, process.env.SEED_PASSWORD!);
	const admin = await signIn(browser, process.env.SEED_ADMIN!, process.env.SEED_ADMIN_PASSWORD!);
	const send = async (path: string, data: unknown, method = "POST") => {
		const answer = await creator.request.fetch(path, { method, data });
		expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
		return (await answer.json()) as { id: number; version: number; sections: { id: number; lessons: { id: number; key: string; version: number }[] }[] };
	};
	const [filmed, spoken] = [await upload(creator, "第 1 讲.mp4", film()), await upload(creator, "sound.mp3", sound())];
	const words = await upload(creator, "words.vtt", Buffer.from("WEBVTT\n\n00:00.000 --> 00:20.000\n你好\n"));
	for (const one of [filmed, spoken, words])
		await ready(creator, one);
	expect((await creator.request.patch(`/api/assets/${words}`, { data: { captions_of: filmed, language: "zh-CN" } })).status()).toBe(200);

	const work = (await send("/api/studio/works", { kind: "video", title: `录像课 ${Date.now()}`, language: "zh-CN" })).id;
	await send(`/api/studio/works/${work}`, { price: 1900, summary: "一门录像课。" }, "PATCH");
	const found = await send(`/api/studio/works/${work}/draft`, undefined);
	const section = found.sections[0]?.id ?? (await send(`/api/studio/works/${work}/sections`, { title: "全部" })).sections[0]!.id;
	let lessons = (await send(`/api/studio/sections/${section}/lessons`, { title: "试看" })).sections[0]!.lessons;
	lessons = (await send(`/api/studio/sections/${section}/lessons`, { title: "正课" })).sections[0]!.lessons;
	const [free, paid] = lessons.slice(-2) as [(typeof lessons)[0], (typeof lessons)[0]];
	const node = (type: string, asset: number, title: string) => ({ type, attrs: { asset, title } });
	await send(`/api/studio/lessons/${free.id}`, { free: true }, "PATCH");
	await send(`/api/studio/lessons/${free.id}/draft`, { version: free.version || 1, doc: { type: "doc", content: [node("video", filmed, "开头")] }, quizzes: [] }, "PUT");
	await send(`/api/studio/lessons/${paid.id}/draft`, {
		version: paid.version || 1,
		doc: { type: "doc", content: [node("video", filmed, "第一讲"), node("audio", spoken, "录音")] },
		quizzes: [],
	}, "PUT");
	await send(`/api/studio/works/${work}/publish`, {});
	await admin.request.post(`/api/works/${work}/state`, { data: { to: "published" } });
	await creator.close();
	await admin.close();
	return { work, price: 1900, key: paid.key, free: free.key, film: filmed };
}

let sold: Sold;
test.beforeAll(async ({ browser }) => {
	test.setTimeout(180_000);
	sold = await publish(browser);
});

async function buy(page: Page) {
	await signUp(page);
	await page.goto(`/checkout/${sold.work}`);
	await expect(page.getByRole("img", { name: /微信支付二维码/ })).toBeVisible();
	await payByPhone(page, await orderShown(page));
	await expect(page).toHaveURL(new RegExp(`/learn/${sold.work}`), { timeout: 30_000 });
}

/** The seller gives all of the newest order back: its access ends. */
async function giveBack(page: Page, browser: Browser) {
	const order = ((await (await page.request.get("/api/orders")).json()) as { items: { id: number }[] }).items[0]!.id;
	const seller = await signIn(browser, process.env.SEED_CREATOR!, process.env.SEED_PASSWORD!);
	const sale = (await (await seller.request.get(`/api/sales/${order}`)).json()) as { rest: number; version: string };
	const given = await seller.request.post(`/api/sales/${order}/refunds`, {
		headers: { "Idempotency-Key": `back-${order}` },
		data: { amount: sale.rest, version: sale.version, reason: "退给你", ends_access: true },
	});
	expect(given.ok(), await given.text()).toBe(true);
	await seller.close();
}

const second = (page: Page) => page.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime);

test("a buyer watches, and goes on where he stopped; a stranger with the address gets nothing", async ({ page, browser, isMobile }) => {
	test.skip(isMobile, "a phone pays otherwise; its player is looked at below");
	await buy(page);
	await page.goto(`/learn/${sold.work}/${sold.key}`);
	const player = page.getByRole("group", { name: "第一讲" });
	await player.getByRole("button", { name: "播放", exact: true }).click();
	await expect.poll(() => second(page)).toBeGreaterThan(0.5);

	await page.locator("h1").first().focus();
	await page.keyboard.press("k");
	await expect(player.getByRole("button", { name: "播放", exact: true })).toBeVisible();
	const kept = page.waitForResponse((answer) => answer.url().includes(`/media/${sold.film}`) && answer.request().method() === "PUT" && answer.ok());
	await page.keyboard.press("l");
	await page.keyboard.press(">");
	await expect(player.getByLabel("播放速度")).toHaveValue("1.25");
	await page.keyboard.press("k");
	await expect.poll(() => second(page)).toBeGreaterThan(11);
	await page.keyboard.press("k");
	await kept;
	await page.keyboard.press("c");
	await expect(player.getByRole("button", { name: "字幕" })).toHaveAttribute("aria-pressed", "true");
	await expect.poll(() => page.locator("video").evaluate((video: HTMLVideoElement) => video.textTracks[0]?.activeCues?.length ?? 0)).toBe(1);
	expect((await new AxeBuilder({ page }).withTags(tags).analyze()).violations).toEqual([]);

	await page.reload();
	await expect.poll(() => second(page)).toBeGreaterThan(11);
	await expect(page.getByLabel("播放速度").first()).toHaveValue("1.25");

	const address = (await page.locator("video").getAttribute("src"))!;
	expect((await page.request.get(address, { headers: { Range: "bytes=0-99" } })).status()).toBe(206);
	const stranger = await browser.newContext({ baseURL: base });
	expect((await stranger.request.get(address)).status()).toBe(403);
	const other = await stranger.newPage();
	await signUp(other);
	expect((await stranger.request.get(address)).status()).toBe(403);
	expect((await stranger.request.get(`/api/works/${sold.work}/lessons/${sold.key}`)).status()).toBe(402);
	await stranger.close();
	await giveBack(page, browser);
	await expect.poll(async () => (await page.request.get(address, { headers: { Range: "bytes=0-99" } })).status(), { timeout: 20_000 }).toBe(403);
});

test("a sleep timer waits for the end, and says so", async ({ page, isMobile }) => {
	test.skip(isMobile, "bought on a desktop");
	await buy(page);
	await page.goto(`/learn/${sold.work}/${sold.key}`);
	const player = page.getByRole("group", { name: "第一讲" });
	await player.getByRole("button", { name: "播放", exact: true }).click();
	await player.getByLabel("定时关闭").selectOption("15");
	await expect(player.getByText(/^1[45]:\d\d$/)).toBeVisible();
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/sleep.png` });
	await player.getByLabel("定时关闭").selectOption("end");
	await page.locator("video").evaluate((video: HTMLVideoElement) => (video.currentTime = video.duration - 0.5));
	await expect(player.getByText("定时到了，已经暂停。")).toBeVisible();
	await expect(player.getByLabel("定时关闭")).toHaveValue("off");
	expect((await new AxeBuilder({ page }).withTags(tags).analyze()).violations).toEqual([]);
});

test("another device is asked about", async ({ page, isMobile }) => {
	test.skip(isMobile, "bought on a desktop");
	await buy(page);
	await page.goto(`/learn/${sold.work}/${sold.key}`);
	await expect(page.locator("video")).toBeVisible();
	await expect.poll(() => page.locator("video").evaluate((video: HTMLVideoElement) => video.readyState)).toBeGreaterThan(0);
	const put = (position_ms: number) => page.evaluate(async ([path, at]) => {
		await fetch(path as string, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ position_ms: at, device: "a phone" }) });
		document.dispatchEvent(new Event("visibilitychange"));
	}, [`/api/learn/${sold.work}/media/${sold.film}`, position_ms] as const);
	await put(21_000);
	await page.getByRole("button", { name: "从那里继续" }).click();
	await expect.poll(() => second(page)).toBeGreaterThan(20.5);
});

test("a free lesson plays for anybody, without script", async ({ browser }) => {
	const context = await browser.newContext({ baseURL: base, javaScriptEnabled: false, locale: "zh-CN" });
	const page = await context.newPage();
	const work = (await (await context.request.get(`/api/works/${sold.work}`)).json()) as { url: string };
	await page.goto(`${work.url}/${sold.free}`);
	await expect(page.locator("video[controls] track[srclang='zh-CN']")).toHaveCount(1);
	const address = (await page.locator("video").getAttribute("src"))!;
	expect((await context.request.get(address, { headers: { Range: "bytes=0-9" } })).status()).toBe(206);
	expect((await context.request.get(address.replace("u=0", "u=1"))).status()).toBe(403);
	await context.close();
});

test("many files are uploaded at once, looked at, and deleted", async ({ page, isMobile }) => {
	const signedIn = await page.request.post("/api/sessions", { data: { login: process.env.SEED_CREATOR!, password: process.env.SEED_PASSWORD! } });
	expect(signedIn.ok()).toBe(true);
	await page.goto("/studio/files");
	const mark = `${Date.now()}${isMobile ? "p" : "d"}`;
	await page.locator('input[type="file"]').setInputFiles([
		{ name: `10 ${mark}.mp4`, mimeType: "video/mp4", buffer: film() },
		{ name: `2 ${mark}.txt`, mimeType: "text/plain", buffer: Buffer.from("你好") },
		{ name: `3 ${mark}.mp4`, mimeType: "video/mp4", buffer: Buffer.from("PK\x03\x04 no film at all") },
		{ name: `4 ${mark}.exe`, mimeType: "application/octet-stream", buffer: Buffer.from("MZ") },
	]);
	const queue = page.getByRole("list", { name: "上传" }).getByRole("listitem");
	await expect(queue).toHaveCount(4);
	await expect(queue.nth(0)).toContainText("2 "); /* in the order of their numbers */
	await expect(queue.nth(0)).toContainText("已上传");
	await expect(queue.nth(1)).toContainText("内容和它的扩展名不符");
	await expect(queue.nth(2)).toContainText("不收");
	await expect(queue.nth(3)).toContainText("已上传");
	const files = page.getByRole("list", { name: "录像与文件" }).getByRole("listitem");
	/* by its own button: a captions file names every film that it could belong to */
	const uploaded = files.filter({ has: page.getByRole("button", { name: `删除：10 ${mark}.mp4` }) });
	await expect(uploaded.getByText("可用")).toBeVisible({ timeout: 60_000 });
	await uploaded.getByRole("button", { name: "查看" }).click();
	await expect(uploaded.locator("video")).toBeVisible();
	expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
	expect((await new AxeBuilder({ page }).withTags(tags).analyze()).violations).toEqual([]);
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/files-${isMobile ? "phone" : "desk"}.png`, fullPage: true });
	await page.getByRole("button", { name: `删除：10 ${mark}.mp4` }).click();
	await expect(uploaded).toHaveCount(0);
});
