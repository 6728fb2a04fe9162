// The owner's first evening: two-step sign-in by a code that this file computes for itself (RFC 6238), a colleague invited, and all of
// one's own data. What changes the administrator of the whole site is done once, so on the desktop alone.
import { createHmac } from "node:crypto";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, password, signUp, test } from "./shop";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function bytesOf(base32: string): Buffer {
	let bits = "";
	for (const sign of base32)
		bits += alphabet.indexOf(sign).toString(2).padStart(5, "0");
	return Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
}
function totp(secret: Buffer, step: number): string {
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(step));
	const hash = createHmac("sha1", secret).update(counter).digest();
	const at = hash[19]! & 15;
	return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
const stepNow = () => Math.floor(Date.now() / 30_000);

test("this file's codes are those of RFC 6238", () => {
	expect(totp(Buffer.from("12345678901234567890"), Math.floor(59 / 30))).toBe("287082");
	expect(totp(Buffer.from("12345678901234567890"), Math.floor(1_111_111_109 / 30))).toBe("081804");
});

async function shot(page: Page, name: string) {
	if (process.env.PEOPLE_PICTURES)
		await page.screenshot({ path: `${process.env.PEOPLE_PICTURES}/${test.info().project.name}-${name}.png`, fullPage: true });
}
async function isAccessible(page: Page) {
	const { violations } = await new AxeBuilder({ page }).analyze();
	expect(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(", ")}`)).toEqual([]);
	const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	expect(overflow).toBeLessThanOrEqual(0);
}

/** By password, also where codes by mail come first. */
async function enter(page: Page, login: string, secret: string) {
	const byPassword = page.getByRole("button", { name: "用密码登录" });
	const field = page.locator("input[name=password]");
	await expect(byPassword.or(field).first()).toBeVisible();
	if (await byPassword.isVisible())
		await byPassword.click();
	await page.getByLabel("手机号或邮箱").fill(login);
	await field.fill(secret);
	await page.getByRole("button", { name: "登录", exact: true }).click();
}
async function signIn(page: Page, login: string, secret: string) {
	await page.goto("/login");
	await enter(page, login, secret);
}

async function setUp(page: Page): Promise<{ secret: Buffer; codes: string[]; used: number }> {
	await page.goto("/me/security");
	await page.getByRole("main").getByRole("button", { name: "开启两步验证" }).click();
	await expect(page.getByAltText("两步验证的二维码")).toBeVisible();
	expect(await page.getByAltText("两步验证的二维码").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(20);
	const secret = bytesOf((await page.locator(".enrol__secret").textContent())!.replaceAll(" ", ""));
	await isAccessible(page);
	await shot(page, "enrol");
	await page.getByLabel("验证码").fill("000000");
	await page.getByRole("button", { name: "确认开启" }).click();
	await expect(page.getByText("验证码不对")).toBeVisible();
	const used = stepNow();
	await page.getByLabel("验证码").fill(totp(secret, used));
	await page.getByRole("button", { name: "确认开启" }).click();
	await expect(page.locator(".codes li")).toHaveCount(10);
	await isAccessible(page);
	await shot(page, "codes");
	const codes = await page.locator(".codes li").allTextContents();
	await page.getByRole("button", { name: "我存好了" }).click();
	await expect(page.getByText("还有 10 个恢复码可用")).toBeVisible();
	return { secret, codes, used };
}

test("two-step sign-in: set up, asked for, once a code, and a recovery code", async ({ page }) => {
	const login = await signUp(page);
	const { secret, codes, used } = await setUp(page);
	await shot(page, "security");
	await page.context().clearCookies();
	await signIn(page, login, password);
	await expect(page.getByRole("heading", { name: "再确认一次是你" })).toBeVisible();
	await isAccessible(page);
	await shot(page, "second-step");
	// the code that confirmed is used up; six digits send themselves
	await page.getByLabel("验证码").fill(totp(secret, used));
	await expect(page.getByText("验证码不对")).toBeVisible();
	await page.getByLabel("验证码").fill(totp(secret, used + 1));
	await expect(page).toHaveURL(/\/me$/);
	await page.context().clearCookies();
	await signIn(page, login, password);
	await page.getByLabel("验证码").fill(codes[0]!.toLowerCase());
	await page.getByRole("button", { name: "登录", exact: true }).click();
	await expect(page).toHaveURL(/\/me$/);
	await page.goto("/me/security");
	await expect(page.getByText("还有 9 个恢复码可用")).toBeVisible();
});

test("one's own data as a ZIP, and a deletion that is called off", async ({ page }) => {
	await signUp(page);
	await page.goto("/me/settings");
	await page.getByRole("link", { name: "隐私与数据" }).click();
	await expect(page.getByRole("heading", { name: "导出我的数据" })).toBeVisible();
	await expect(page.getByText("版本 2026-01")).toHaveCount(1);
	await expect(page.getByText("版本 2026-11")).toHaveCount(1);
	await isAccessible(page);
	await shot(page, "privacy");
	await page.getByRole("button", { name: "整理我的数据" }).click();
	const link = page.getByRole("link", { name: "下载 ZIP" });
	await expect(link).toBeVisible({ timeout: 30_000 });
	const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
	expect(download.suggestedFilename()).toBe("my-data.zip");
	const bytes = await (await download.createReadStream()).toArray();
	expect(Buffer.concat(bytes as Buffer[]).subarray(0, 2).toString()).toBe("PK");
	await page.getByLabel(/我明白/).check();
	await page.getByRole("button", { name: "申请注销" }).click();
	await expect(page.getByText("账号将在").first()).toBeVisible();
	await isAccessible(page);
	await shot(page, "deletion");
	await page.getByRole("main").getByRole("button", { name: "不注销了" }).click();
	await expect(page.getByRole("button", { name: "申请注销" })).toBeVisible();
	await expect(page.getByText("账号将在")).toHaveCount(0);
});

test("the owner invites a colleague, who signs in there and has the role", async ({ page, browser }) => {
	test.skip(test.info().project.name !== "desktop", "the site has one administrator");
	await signIn(page, process.env.SEED_ADMIN!, process.env.SEED_ADMIN_PASSWORD!);
	await expect(page).toHaveURL(/\/me$/);
	await expect(page.getByText("你能管理别人的数据和钱")).toBeVisible();
	await page.goto("/me/settings");
	await page.getByRole("link", { name: "成员", exact: true }).click();
	await expect(page.getByRole("heading", { name: "现在的成员" })).toBeVisible();
	await page.getByLabel("角色", { exact: true }).selectOption("analyst");
	await page.getByRole("button", { name: "生成邀请链接" }).click();
	const link = await page.locator(".link-line code").textContent();
	await isAccessible(page);
	await shot(page, "people");
	const theirs = await browser.newContext({ locale: "zh-CN", baseURL: process.env.BASE_URL });
	const other = await theirs.newPage();
	const login = await signUp(other);
	await theirs.clearCookies();
	await other.goto(link!);
	await expect(other.getByRole("heading", { name: "站长 邀请你担任“分析员”" })).toBeVisible();
	await isAccessible(other);
	await shot(other, "invitation");
	await enter(other, login, password);
	await expect(other).toHaveURL(/\/me\/security$/);
	await expect(other.getByText("你能管理别人的数据和钱")).toBeVisible();
	await shot(other, "staff-hint");
	const again = await theirs.newPage();
	await again.goto(link!);
	await expect(again.getByText("这个邀请已经用过")).toBeVisible();
	await theirs.close();
	await page.reload();
	await expect(page.getByText(/已接受/)).toBeVisible();
});
