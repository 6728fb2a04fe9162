// What every journey needs: works to choose from, people, the payer's phone, and a page that reports broken policies.
import { type APIRequestContext, type Page, test as base, expect } from "@playwright/test";

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

/** Fails a test whose page broke its own Content-Security-Policy, threw, or lost an asset. */
export const test = base.extend<{ faults: string[] }>({
	faults: [async ({ page }, use) => {
		const faults: string[] = [];
		await page.exposeFunction("reportFault", (fault: string) => faults.push(fault));
		await page.addInitScript(() => {
			document.addEventListener("securitypolicyviolation", (event) => {
				void (window as never as { reportFault(fault: string): void }).reportFault(`policy: ${event.violatedDirective} ${event.blockedURI}`);
			});
		});
		page.on("pageerror", (error) => faults.push(`error: ${error.message} at ${page.url()}`));
		page.on("response", (response) => response.url().includes("/assets/") && response.status() >= 400 && faults.push(`lost: ${response.url()}`));
		await use(faults);
		expect(faults).toEqual([]);
	}, { auto: true }],
});

export async function works(request: APIRequestContext, query = ""): Promise<Work[]> {
	const answer = await request.get(`/api/works?limit=50${query}`);
	expect(answer.ok()).toBe(true);
	return ((await answer.json()) as { items: Work[] }).items;
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

/** Signs up through the page's own cookies. */
export async function signUp(page: Page, login = newLogin()): Promise<string> {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		const answer = await fetch("/api/users", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
		return answer.status;
	}, { login, password });
	expect(status).toBe(201);
	return login;
}

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
