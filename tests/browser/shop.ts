// What every journey needs: works to choose from, people, the payer's phone, and a page that reports broken policies.
import { type APIRequestContext, type Locator, type Page, test as base, expect } from "@playwright/test";

export { expect };

export interface Work {
	id: number;
	title: string;
	url: string;
	price: number;
	language: string;
	kind: string;
	author: { slug: string };
}

/** Where a page breaks its own Content-Security-Policy, throws, or loses an asset. */
export async function watchFaults(page: Page, faults: string[] = []): Promise<string[]> {
	await page.exposeFunction("reportFault", (fault: string) => faults.push(`${fault} at ${page.url()}`));
	await page.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", (event) => {
			void (window as never as { reportFault(fault: string): void }).reportFault(`policy: ${event.violatedDirective} ${event.blockedURI}`);
		});
	});
	page.on("pageerror", (error) => faults.push(`error: ${error.message} at ${page.url()}`));
	page.on("response", (response) => new URL(response.url()).pathname.startsWith("/assets/") && response.status() >= 400 && faults.push(`lost: ${response.url()}`));
	return faults;
}

/** Fails a test whose page has faults. */
export const test = base.extend<{ faults: string[] }>({
	faults: [async ({ page }, use) => {
		const faults = await watchFaults(page);
		await use(faults);
		expect(faults).toEqual([]);
	}, { auto: true }],
});

const seeded = process.env.SEED_WORKS ? new Set(process.env.SEED_WORKS.split(",")) : null;

export async function works(request: APIRequestContext, query = ""): Promise<Work[]> {
	const answer = await request.get(`/api/works?limit=50${query}`);
	expect(answer.ok()).toBe(true);
	const { items } = (await answer.json()) as { items: Work[] };
	return seeded ? items.filter((work) => seeded.has(String(work.id))) : items;
}
export async function paidWork(request: APIRequestContext): Promise<Work> {
	return (await works(request)).find((work) => work.price > 0 && work.language === "zh-CN")!;
}
export async function freeWork(request: APIRequestContext): Promise<Work> {
	return (await works(request, "&free=1"))[0]!;
}

export const password = "correct horse battery";
let made = 0;
export const newLogin = () => `reader-${Date.now()}-${process.pid}-${++made}@example.org`;

/** Can this site send codes to mail addresses? Then they are the first way in, and what is bought is bought by who has proven one. */
export async function sendsCodes(request: APIRequestContext): Promise<boolean> {
	return ((await (await request.get("/api/auth/ways")).json()) as { mail: boolean }).mail;
}

/** The newest code that arrived for this login, of those that are not among the `old` ones. */
export async function codeFor(request: APIRequestContext, login: string, old: string[] = []): Promise<string> {
	let code = "";
	await expect.poll(async () => {
		const answer = await request.get(`${process.env.SANDBOX_URL}/sandbox/api/messages?to=${encodeURIComponent(login)}`);
		const { items } = (await answer.json()) as { items: { code?: string }[] };
		code = items.find((item) => item.code && !old.includes(item.code))?.code ?? "";
		return code;
	}, { message: `a code for ${login}` }).not.toBe("");
	return code;
}

/** Signs up through the page's own cookies: proven where the site can send codes, with a password in any case. */
export async function signUp(page: Page, login = newLogin()): Promise<string> {
	await page.goto("/login");
	const post = (path: string, body: object) => page.evaluate(async ([to, what]) => {
		const answer = await fetch(to, { method: "POST", headers: { "Content-Type": "application/json" }, body: what });
		return answer.status;
	}, [path, JSON.stringify(body)] as const);

	if (!(await sendsCodes(page.request))) {
		expect(await post("/api/users", { login, password })).toBe(201);
		return login;
	}
	expect(await post("/api/auth/codes", { login, purpose: "sign_in" })).toBe(202);
	expect(await post("/api/auth/code-session", { login, code: await codeFor(page.request, login) })).toBe(201);
	expect(await post("/api/me/password", { new: password })).toBe(204);
	return login;
}

/** Fills in the form that stands there. */
export async function signIn(page: Page, login: string, secret = password) {
	if (await sendsCodes(page.request))
		await page.getByRole("button", { name: "用密码登录" }).click();
	await page.getByLabel("手机号或邮箱").fill(login);
	await page.getByLabel("密码", { exact: true }).fill(secret);
	await page.getByRole("button", { name: "登录", exact: true }).click();
}

/** A newcomer at the till: two fields and one click, with codes and without. */
export async function comeIn(page: Page, login: string, hand: { fill(where: Locator, text: string): Promise<void>; click(where: Locator): Promise<void> }) {
	await hand.fill(page.getByLabel("手机号或邮箱"), login);
	if (!(await sendsCodes(page.request))) {
		await hand.fill(page.getByLabel("密码", { exact: true }), password);
		await hand.click(page.getByRole("button", { name: "继续付款" }));
		return;
	}
	await hand.click(page.getByRole("button", { name: "获取验证码" }));
	await expect(page.getByLabel("验证码")).toBeFocused();
	await hand.fill(page.getByLabel("验证码"), await codeFor(page.request, login));
}
export const plainly = { fill: (where: Locator, text: string) => where.fill(text), click: (where: Locator) => where.click() };

/** Gives a free work to who is signed in. */
export async function take(page: Page, work: Work) {
	await page.goto(`/checkout/${work.id}`);
	await expect(page).toHaveURL(new RegExp(`/learn/${work.id}/`));
}

/** The payer's phone, a device of its own: what stands behind a code is asked of the order, as a camera would read it. */
export async function payByPhone(page: Page, order: number) {
	const { payment } = (await (await page.request.get(`/api/orders/${order}`)).json()) as { payment: { code_url?: string } };
	const code = /[?&]pr=([^&]+)/.exec(payment.code_url ?? "")?.[1];
	expect(code, "an order with a code to scan").toBeTruthy();
	const device = await page.context().browser()!.newContext({ locale: "zh-CN" });
	const phone = await device.newPage();
	await phone.goto(`${process.env.SANDBOX_URL}/sandbox/pay/${code}`);
	// a window that is closed at once would take its request along
	await Promise.all([phone.waitForResponse((answer) => answer.request().method() === "POST"), phone.locator('button[value="pay"]').click()]);
	await device.close();
}

export async function orderShown(page: Page): Promise<number> {
	const number = await page.locator(".order-number .num").textContent();
	return Number(number);
}
