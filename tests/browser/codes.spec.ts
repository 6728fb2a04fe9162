// Coming in by a code, where the site can send one: the sandbox's inbox is the visitor's.
import AxeBuilder from "@axe-core/playwright";
import { codeFor, comeIn, expect, newLogin, paidWork, password, plainly, sendsCodes, signIn, test } from "./shop";

test.beforeEach(async ({ request }) => test.skip(!(await sendsCodes(request)), "this site sends no codes"));

const another = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

async function isAccessible(page: import("@playwright/test").Page) {
	const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
	expect(violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(" | ")}`)).toEqual([]);
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(await page.evaluate(() => innerWidth));
}

test("a wrong code is said at its field, which keeps the focus; a pasted message is right", async ({ page }) => {
	const login = newLogin();
	await page.goto("/login");
	await page.getByLabel("手机号或邮箱").fill("nobody");
	await page.getByRole("button", { name: "获取验证码" }).click();
	await expect(page.getByText("请填手机号或邮箱")).toBeVisible();
	await page.getByLabel("手机号或邮箱").fill(login);
	await page.keyboard.press("Enter");
	const field = page.getByLabel("验证码");
	await expect(field).toBeFocused();
	await expect(field).toHaveAttribute("autocomplete", "one-time-code");
	await isAccessible(page);
	const code = await codeFor(page.request, login);
	await page.keyboard.type(another(code));
	await expect(page.getByText("验证码不对或已过期")).toBeVisible();
	await expect(field).toBeFocused();
	await isAccessible(page);
	await field.fill(`【知坊】您的验证码是 ${code}，10 分钟内有效。`);
	await expect(page).toHaveURL(/\/me$/);
});

test("a code is good for one sign-in", async ({ page, browser, contextOptions }) => {
	const login = newLogin();
	await page.goto("/login");
	await comeIn(page, login, plainly);
	await expect(page).toHaveURL(/\/me$/);
	const other = await browser.newContext(contextOptions);
	const device = await other.newPage();
	await device.goto("/login");
	await device.getByLabel("手机号或邮箱").fill(login);
	await device.getByRole("button", { name: "获取验证码" }).click();
	// one a minute: what was sent a moment ago has been used
	await expect(device.getByText(/请等 \d+ 秒再试/)).toBeVisible();
	await other.close();
});

test("who joined by a password proves the address before he buys", async ({ page, request }) => {
	const login = newLogin(), work = await paidWork(request);
	await page.goto("/join");
	await page.getByRole("button", { name: "用密码登录" }).click();
	await page.getByRole("button", { name: "注册" }).click();
	await page.getByLabel("手机号或邮箱").fill(login);
	await page.getByLabel("密码", { exact: true }).fill(password);
	await page.getByRole("button", { name: "注册" }).click();
	await expect(page).toHaveURL(/\/me$/);
	await page.goto(`/checkout/${work.id}`);
	await expect(page.getByRole("heading", { name: "先验证，再购买" })).toBeVisible();
	await expect(page.getByLabel("验证码")).toBeFocused();
	await isAccessible(page);
	await page.keyboard.type(await codeFor(page.request, login));
	await expect(page.locator(".order-number")).toBeVisible();
	await expect(page.getByRole("heading", { name: "先验证，再购买" })).toHaveCount(0);
});

test("the settings: an address is added, the old one goes, and a password is set", async ({ page }) => {
	const login = newLogin(), added = newLogin();
	await page.goto("/login?next=/me/settings");
	await comeIn(page, login, plainly);
	const logins = page.getByRole("region", { name: "登录方式" });
	await expect(logins.getByText("已验证")).toHaveCount(1);
	await logins.getByRole("button", { name: "添加手机号或邮箱" }).click();
	await logins.getByLabel("手机号或邮箱").fill(added);
	await page.keyboard.press("Enter");
	await expect(logins.getByLabel("验证码")).toBeFocused();
	await isAccessible(page);
	await page.keyboard.type(await codeFor(page.request, added));
	await expect(logins.getByText("已验证")).toHaveCount(2);
	await logins.getByRole("button", { name: "移除" }).first().click();
	await logins.getByRole("button", { name: "移除", exact: true }).last().click();
	await expect(logins.getByText("已验证")).toHaveCount(1);
	await page.getByLabel("新密码").fill(password);
	await page.getByRole("button", { name: "设置密码" }).click();
	await expect(page.getByLabel("现在的密码")).toBeVisible();
	await page.context().clearCookies();
	await page.goto("/login");
	await signIn(page, added);
	await expect(page).toHaveURL(/\/me$/);
});

test("a forgotten password", async ({ page }) => {
	const login = newLogin();
	await page.goto("/login");
	await comeIn(page, login, plainly);
	await expect(page).toHaveURL(/\/me$/);
	const first = await codeFor(page.request, login);
	await page.context().clearCookies();
	await page.goto("/login");
	await page.getByRole("button", { name: "用密码登录" }).click();
	await page.getByRole("link", { name: "忘记密码？" }).click();
	await expect(page.getByRole("heading", { name: "重设密码" })).toBeVisible();
	await page.getByLabel("手机号或邮箱").fill(login);
	await isAccessible(page);
	// one a minute for a login, whatever for: the page says how long, and another address goes at once
	await page.getByRole("button", { name: "获取验证码" }).click();
	await expect(page.getByText(/请等 \d+ 秒再试/)).toBeVisible();
	const nobody = newLogin();
	await page.getByLabel("手机号或邮箱").fill(nobody);
	await page.getByRole("button", { name: "获取验证码" }).click();
	await expect(page.getByLabel("验证码")).toBeFocused();
	await expect(page.getByText(`如果 ${nobody} 有账号`)).toBeVisible();
	await isAccessible(page);
	await page.getByLabel("验证码").fill(first);
	await page.getByLabel("新密码").fill(password);
	await page.getByRole("button", { name: "设置新密码并登录" }).click();
	await expect(page.getByText("验证码不对或已过期")).toBeVisible();
	await expect(page.getByLabel("验证码")).toBeFocused();
});
