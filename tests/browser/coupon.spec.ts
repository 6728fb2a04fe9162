// Something off the price: the owner gives a coupon and codes out; a buyer uses one, pays less, and opens a work by the other.
import type { Browser, Page } from "@playwright/test";
import { isAccessible, wcag } from "./axe";
import { expect, paidWork, payByPhone, signUp, test } from "./shop";

async function clean(page: Page) {
	await isAccessible(page, wcag);
}

/** For whoever wants to look: SHOTS names a folder. */
async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}

async function ownerPage(browser: Browser): Promise<Page> {
	const page = await (await browser.newContext({ baseURL: process.env.BASE_URL })).newPage();
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		return (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status;
	}, { login: process.env.SEED_OWNER!, password: process.env.SEED_OWNER_PASSWORD! });
	expect(status).toBeLessThan(300);
	await page.goto("/studio/offers");
	return page;
}

test("a coupon of the owner is used at the checkout, and the order shows it", async ({ page, browser }, info) => {
	const word = `SPRING${Date.now() % 1_000_000}`;
	const owner = await ownerPage(browser);
	await owner.getByRole("button", { name: "做优惠券" }).click();
	const dialog = owner.getByRole("dialog", { name: "做优惠券" });
	await dialog.getByLabel("名称").fill("春季优惠");
	await dialog.getByLabel("减（元）").fill("1");
	await dialog.getByLabel("优惠码", { exact: true }).fill(word);
	await clean(owner);
	await shot(owner, `coupon-new-${info.project.name}`);
	await dialog.getByRole("button", { name: "做好" }).click();
	await expect(owner.getByText(word)).toBeVisible();

	await signUp(page);
	const work = await paidWork(page.request);
	await page.goto(`/checkout/${work.id}`);
	await page.getByText("优惠码", { exact: true }).first().click();
	const field = page.getByRole("textbox", { name: "优惠码" });
	await field.fill("NEVER");
	await page.getByRole("button", { name: "使用" }).click();
	await expect(page.getByText("没有这个优惠码")).toBeVisible();
	await field.fill(word.toLowerCase());
	const placed = page.waitForResponse((response) => response.url().endsWith("/api/orders") && response.request().method() === "POST" && response.request().postData()!.includes("coupon"));
	await page.getByRole("button", { name: "使用" }).click();
	await expect(page.getByText("-¥1")).toBeVisible();
	const order = (await (await placed).json()) as { id: number; total: number };
	expect(order.total).toBe(work.price - 100);
	await clean(page);
	await shot(page, `coupon-used-${info.project.name}`);
	await page.evaluate(async (id) => {
		await fetch(`/api/orders/${id}/payments`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ channel: "wechat", way: "native" }) });
	}, order.id);
	await payByPhone(page, order.id);
	await expect(page).toHaveURL(new RegExp(`/learn/${work.id}`));
	await page.goto("/me/orders");
	await expect(page.getByText("优惠「春季优惠」")).toBeVisible();
	await owner.reload();
	await expect(owner.getByText(/已用 1 · 已优惠 ¥1/).first()).toBeVisible();
	await shot(owner, `offers-${info.project.name}`);
	await owner.context().close();
});

test("a code opens a work, once", async ({ page, browser }, info) => {
	const owner = await ownerPage(browser);
	await signUp(page);
	const work = await paidWork(page.request);
	await owner.getByRole("button", { name: "做兑换码" }).click();
	const dialog = owner.getByRole("dialog", { name: "做兑换码" });
	await dialog.getByLabel("名称").fill("线下课");
	await dialog.getByLabel("内容").selectOption({ label: work.title });
	await dialog.getByLabel(/^数量/).fill("2");
	await dialog.getByRole("button", { name: "做好" }).click();
	const codes = owner.locator("pre.codes__list");
	await expect(codes).toHaveText(/^[2-9A-Z]{4}(-[2-9A-Z]{4}){3}\s/);
	const code = (await codes.innerText()).split("\n")[0]!;
	await clean(owner);
	await shot(owner, `codes-${info.project.name}`);
	await owner.context().close();

	await page.goto("/me/orders");
	await page.getByRole("link", { name: "有兑换码？" }).click();
	await page.getByLabel("兑换码").fill(code.toLowerCase().replace(/-/g, " "));
	await page.getByRole("button", { name: "兑换", exact: true }).click();
	await expect(page.getByText("已经开通：")).toBeVisible();
	await clean(page);
	await shot(page, `redeemed-${info.project.name}`);
	await page.getByLabel("兑换码").fill(code);
	await page.getByRole("button", { name: "兑换", exact: true }).click();
	await expect(page.getByText("这个兑换码已经用过")).toBeVisible();
	await page.goto(`/learn/${work.id}`);
	await expect(page).toHaveURL(new RegExp(`/learn/${work.id}`));
});
