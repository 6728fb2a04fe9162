// The first week of a shop, on the site that the owner opened before (setup.spec.ts): recordings and texts become a course, it is
// priced and published; a stranger on a phone pays inside WeChat, watches on from where they stopped, and gets half of it back.
// Each helper is one step, and the next one begins where the last one ended. Words are those of the message tables.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { isSound } from "./axe";
import { expect, password, test } from "./shop";
import { word } from "./words";

const owner = "owner@example.cn";
const names = Array.from({ length: 10 }, (_, i) => `${i + 1} 第 ${i + 1} 课.mp4`);
const price = 1990;

test.use({ locale: process.env.JOURNEY_LANGUAGE === "en" ? "en-US" : "zh-CN" });
test.describe.configure({ mode: "serial" });

let folder = "";
test.beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "round-"));
	const film = join(folder, "film.mp4");
	execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=5:duration=20", "-f", "lavfi", "-i", "sine=frequency=440:duration=20",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", film]);
	for (const name of names)
		writeFileSync(join(folder, name), readFileSync(film));
	mkdirSync(join(folder, "notes"));
	writeFileSync(join(folder, "notes", "01-water.md"), "# 水温\n\n九十二度。\n");
	writeFileSync(join(folder, "notes", "02-grind.md"), "# 研磨\n\n像粗砂糖。\n");
});
test.afterAll(() => rmSync(folder, { recursive: true }));

async function comeBack(page: Page) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body })).status,
		JSON.stringify({ login: owner, password }));
	expect(status).toBe(201);
}
async function beginAWork(page: Page) {
	await page.goto("/studio");
	await page.getByRole("button", { name: word("studio.new"), exact: true }).first().click();
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("radio", { name: word("kind.video") }).check();
	await dialog.getByLabel(word("studio.work_title")).fill("手冲入门");
	await dialog.getByRole("button", { name: word("studio.create"), exact: true }).click();
	await expect(page.getByRole("textbox", { name: word("studio.text") })).toBeVisible();
}
/** Ten at once, in the order of their numbers whichever is there first; the empty lesson that stood ready is gone. */
async function dropRecordings(page: Page) {
	await page.getByLabel(word("studio.drop_files"), { exact: true }).setInputFiles(names.map((name) => join(folder, name)));
	const outline = page.getByRole("navigation", { name: word("studio.outline") });
	const lessons = outline.getByRole("link");
	await expect(lessons).toHaveCount(10, { timeout: 60_000 });
	await expect(lessons).toHaveText(names.map((name) => name.replace(/^\d+ |\.mp4$/g, "")));
	await isSound(page);
}
async function dropTexts(page: Page) {
	await page.getByLabel(word("studio.drop_folder"), { exact: true }).setInputFiles(join(folder, "notes"));
	const lessons = page.getByRole("navigation", { name: word("studio.outline") }).getByRole("link");
	await expect(lessons).toHaveCount(12);
	await expect(lessons.nth(10)).toHaveText("水温");
}
/** Returns the address of the work's page. */
async function priceAndPublish(page: Page): Promise<{ id: number; url: string }> {
	const id = Number(/\/works\/(\d+)/.exec(page.url())![1]);
	await page.goto(`/studio/works/${id}/price`);
	await page.getByLabel(word("studio.price_yuan")).fill(String(price / 100));
	await page.getByRole("button", { name: word("studio.save"), exact: true }).click();
	await expect(page.getByRole("status").filter({ hasText: word("studio.saved") })).toBeVisible();
	await page.getByRole("link", { name: word("studio.tab_publish"), exact: true }).first().click();
	await page.getByRole("button", { name: word("studio.confirm") }).click();
	await expect(page.locator(".published")).toBeVisible();
	await isSound(page);
	const { url } = (await (await page.request.get(`/api/works/${id}`)).json()) as { url: string };
	return { id, url };
}

/** The owner makes a poster; returns the address that somebody else's reader of codes finds in it. */
async function sharePoster(page: Page, work: { url: string }): Promise<string> {
	await page.goto(work.url);
	await page.getByRole("button", { name: word("poster.share"), exact: true }).click();
	const sheet = page.getByRole("dialog", { name: word("poster.share_title") });
	await sheet.getByRole("button", { name: word("poster.make"), exact: true }).click();
	const poster = sheet.getByRole("img", { name: word("poster.alt") });
	await expect.poll(() => poster.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(750);
	const picture = await page.request.get(new URL((await poster.getAttribute("src"))!, page.url()).href);
	writeFileSync(join(folder, "poster.jpg"), await picture.body());
	const address = execFileSync("zbarimg", ["-q", "--raw", join(folder, "poster.jpg")], { encoding: "utf8" }).trim();
	expect(address).toMatch(/\/s\/[2-9a-z]{8}$/);
	return address;
}

interface Call {
	package: string;
}
/** A phone of its own, inside WeChat: its bridge is what WeChat gives a page there. */
async function takeAPhone(browser: Browser): Promise<Page> {
	const device = await browser.newContext({
		baseURL: process.env.BASE_URL!, locale: test.info().project.use.locale, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true,
		userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.49",
	});
	const page = await device.newPage();
	const sandbox = process.env.SANDBOX_URL!;
	await page.exposeFunction("bridge", async (call: Call) => {
		const shown = await page.request.post(`${sandbox}/sandbox/api/jsapi`, { data: call });
		expect(shown.status()).toBe(200);
		const { page: path } = (await shown.json()) as { page: string };
		expect((await page.request.post(`${sandbox}${path}`, { form: { do: "pay" } })).ok()).toBe(true);
		return "ok";
	});
	await page.addInitScript(() => {
		const there = window as unknown as { bridge(call: unknown): Promise<string>; WeixinJSBridge: unknown };
		there.WeixinJSBridge = {
			invoke: (name: string, call: unknown, done: (answer: { err_msg: string }) => void) => void there.bridge(call).then((end) => done({ err_msg: `${name}:${end}` })),
		};
	});
	return page;
}
async function payInsideWeChat(phone: Page, scanned: string, work: { id: number; url: string }) {
	await phone.goto(scanned);
	await expect(phone).toHaveURL(work.url);
	await phone.locator(`a[href*="/checkout/${work.id}"]`).first().click();
	await phone.getByRole("link", { name: "小红" }).click();
	await expect(phone.locator("svg.qr, img[src*='qr.svg']")).toHaveCount(0);
	await phone.getByRole("button", { name: new RegExp(word("checkout.pay_phone").split("{price}")[0]!.trim()) }).click();
	await expect(phone).toHaveURL(new RegExp(`/learn/${work.id}`), { timeout: 30_000 });
}
const second = (page: Page) => page.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime);
async function watchOnFromWhereItStopped(phone: Page) {
	await expect(phone.locator("video")).toBeVisible();
	const kept = phone.waitForResponse((answer) => answer.url().includes("/media/") && answer.request().method() === "PUT" && answer.ok());
	await phone.getByRole("button", { name: word("media.play"), exact: true }).first().click();
	await phone.locator("video").evaluate((video: HTMLVideoElement) => { video.currentTime = 12; });
	await expect.poll(() => second(phone)).toBeGreaterThan(12.2);
	await phone.getByRole("button", { name: word("media.pause"), exact: true }).first().click();
	await kept;
	await phone.reload();
	await expect.poll(() => second(phone)).toBeGreaterThan(11.5);
}
/** At this second of the recording; the owner finds it in the inbox, and the answer stands under the lesson. */
async function askAndAnswer(phone: Page, page: Page) {
	const question = "水温九十二度以上会怎样？";
	await phone.getByRole("button", { name: word("talk.ask"), exact: true }).click();
	await phone.getByLabel(word("talk.your_question")).fill(question);
	await phone.getByRole("button", { name: word("talk.send_question"), exact: true }).click();
	await expect(phone.getByText(question)).toBeVisible();
	await isSound(phone);
	await page.goto("/studio/inbox");
	await expect(page.getByText(question)).toBeVisible();
	await page.getByRole("button", { name: word("talk.answer"), exact: true }).click();
	await page.getByLabel(word("talk.your_answer")).fill("会苦。");
	await page.getByRole("button", { name: word("talk.send_answer"), exact: true }).click();
	await expect(page.getByText("会苦。")).toBeVisible();
	await isSound(page);
	await phone.reload();
	await expect(phone.getByText("会苦。")).toBeVisible();
}
/** Who has studied a fifth of it may judge it; the author answers under it, on the page that all can read. */
async function review(phone: Page, page: Page, work: { id: number; url: string }) {
	for (let i = 0; i < 3; i++) {
		const at = phone.url();
		await phone.getByRole("button", { name: word("learn.finish"), exact: true }).click();
		await expect(phone).not.toHaveURL(at);
	}
	await phone.goto(`/me/review/${work.id}`);
	await phone.locator(".stars label").last().click();
	await phone.getByRole("textbox", { name: word("talk.review.words") }).fill("照着做，第二天就喝上了。");
	await phone.getByRole("button", { name: word("talk.review.send") }).click();
	await expect(phone.getByText(word("talk.review.kept"))).toBeVisible();
	await isSound(phone);
	await page.goto(work.url);
	await expect(page.locator(".review", { hasText: "照着做" })).toBeVisible();
	await isSound(page);
}
async function exportTheOrders(page: Page) {
	await page.goto("/staff/desk");
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: word("desk.lists.orders") }).click()]);
	const csv = readFileSync(await file.path(), "utf8");
	expect(csv.startsWith("\ufeff")).toBe(true);
	expect(csv).toContain("手冲入门");
	expect(csv).toContain("19.90");
	await isSound(page);
}
/** The owner gives half back; the learner keeps access, and sees it. */
async function giveHalfBack(page: Page, phone: Page) {
	await phone.goto("/me/orders");
	const order = (await (await phone.request.get("/api/orders")).json()) as { items: { id: number }[] };
	const number = order.items[0]!.id;
	await page.goto("/studio/refunds");
	await page.getByLabel(word("refund.find")).fill(String(number));
	await page.getByRole("button", { name: word("refund.find_button"), exact: true }).click();
	await page.getByRole("button", { name: word("refund.give"), exact: true }).first().click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel(word("refund.amount")).fill("9.95");
	await dialog.getByRole("button", { name: new RegExp(word("refund.confirm").split("{amount}")[0]!.trim()) }).click();
	await expect(dialog).toHaveCount(0);
	await expect.poll(async () => (await (await phone.request.get(`/api/orders/${number}`)).json()) as object, { timeout: 30_000 }).toMatchObject({ state: "PART_REFUNDED", refunded: price / 2 });
	await phone.reload();
	await isSound(phone);
}
/** Paid is what the learner paid, by the day of payment; what went back stands beside it. */
async function seeTheMonth(page: Page) {
	await page.goto("/admin/numbers");
	const fact = (name: string) => page.locator(".stat", { has: page.getByText(word(`insight.fact.${name}`), { exact: true }) });
	await expect(fact("revenue")).toContainText("19.90");
	await expect(fact("refunded")).toContainText("9.95");
	await expect(page.getByRole("region", { name: new RegExp(word("insight.works")) }).getByRole("row", { name: /手冲入门/ })).toContainText("19.90");
	await isSound(page);
}

const zhifang = (...args: string[]) => execFileSync(process.env.PROGRAM!, args, { encoding: "utf8", input: "" });
const place = (folderName: string, database: string) => ["--data", folderName, ...(database ? ["--database", database] : [])];

/** While the site serves, into an empty place: nothing is missing there, and the books are the same to the fen. */
function bringItBack() {
	const [site, restored] = [place(process.env.DATA!, process.env.DATABASE!), place(process.env.RESTORED!, process.env.RESTORED_DATABASE!)];
	const file = join(folder, "shop.backup");
	zhifang("backup", "--to", file, ...site);
	zhifang("restore", file, ...restored);
	zhifang("check", ...restored);
	expect(zhifang("ledger", "verify", ...restored)).toBe(zhifang("ledger", "verify", ...site));
}

test("the first week", async ({ page, browser }) => {
	test.setTimeout(300_000);
	await comeBack(page);
	await beginAWork(page);
	await dropRecordings(page);
	await dropTexts(page);
	const work = await priceAndPublish(page);
	const phone = await takeAPhone(browser);
	await payInsideWeChat(phone, await sharePoster(page, work), work);
	await watchOnFromWhereItStopped(phone);
	await askAndAnswer(phone, page);
	await review(phone, page, work);
	await giveHalfBack(page, phone);
	await exportTheOrders(page);
	await seeTheMonth(page);
	bringItBack();
	await phone.context().close();
});
