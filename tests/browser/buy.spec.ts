import { comeIn, expect, newLogin, orderShown, paidWork, plainly, freeWork, payByPhone, signUp, test } from "./shop";

/** Counts what a person does. */
async function counted(page: import("@playwright/test").Page) {
	const done = { clicks: 0, fields: 0 };
	return {
		done,
		async click(locator: import("@playwright/test").Locator) {
			done.clicks++;
			await locator.click();
		},
		async fill(locator: import("@playwright/test").Locator, text: string) {
			done.fields++;
			await locator.fill(text);
		},
	};
}

test.describe("on a computer", () => {
	test.skip(({ isMobile }) => isMobile, "a phone pays by another way");

	test("a newcomer buys with three clicks and two fields, and lesson one opens by itself", async ({ page, request }) => {
		const work = await paidWork(request);
		const hand = await counted(page);
		await page.goto("/courses");
		await hand.click(page.getByRole("link", { name: work.title, exact: true }).first());
		await hand.click(page.getByRole("link", { name: "立即购买" }).first());
		await comeIn(page, newLogin(), hand);
		await expect(page.getByRole("img", { name: /微信支付二维码/ })).toBeVisible();
		const order = await orderShown(page);
		await payByPhone(page, order);
		await expect(page).toHaveURL(new RegExp(`/learn/${work.id}/.+`));
		await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
		expect(hand.done).toEqual({ clicks: 3, fields: 2 });
	});

	test("a returning buyer needs two clicks", async ({ page, request }) => {
		const work = await paidWork(request);
		await signUp(page);
		const hand = await counted(page);
		await page.goto("/courses");
		await hand.click(page.getByRole("link", { name: work.title, exact: true }).first());
		await hand.click(page.getByRole("link", { name: "立即购买" }).first());
		await expect(page.getByRole("img", { name: /微信支付二维码/ })).toBeVisible();
		await payByPhone(page, await orderShown(page));
		await expect(page).toHaveURL(new RegExp(`/learn/${work.id}/.+`));
		expect(hand.done).toEqual({ clicks: 2, fields: 0 });
	});

	test("coming back to the checkout shows the same order, not a second one", async ({ page, request }) => {
		const work = await paidWork(request);
		await signUp(page);
		await page.goto(`/checkout/${work.id}`);
		const first = await orderShown(page);
		await page.reload();
		await expect(page.getByRole("img", { name: /微信支付二维码/ })).toBeVisible();
		expect(await orderShown(page)).toBe(first);
	});

	test("an order can be given up, and ordered again", async ({ page, request }) => {
		const work = await paidWork(request);
		await signUp(page);
		await page.goto(`/checkout/${work.id}`);
		await page.getByRole("button", { name: "取消订单" }).click();
		await expect(page.getByRole("heading", { name: "订单已关闭" })).toBeVisible();
		await page.getByRole("button", { name: "重新下单" }).click();
		await expect(page.getByRole("img", { name: /微信支付二维码/ })).toBeVisible();
	});
});

test.describe("on a phone", () => {
	test.skip(({ isMobile }) => !isMobile, "a computer shows a code");

	test("the jump to WeChat and back opens lesson one; no code is shown", async ({ page, request }) => {
		const work = await paidWork(request);
		await page.goto(work.url);
		await page.getByRole("link", { name: "立即购买" }).last().click();
		await comeIn(page, newLogin(), plainly);
		await expect(page.getByRole("button", { name: /微信支付/ })).toBeVisible();
		await expect(page.getByRole("img", { name: /二维码/ })).toHaveCount(0);
		await page.getByRole("button", { name: /微信支付/ }).click();
		await page.waitForURL(/\/sandbox\//);
		await page.locator('button[value="pay"]').click();
		await page.locator('a.button[href*="/pay/"]').click();
		await expect(page).toHaveURL(new RegExp(`/learn/${work.id}/.+`));
	});
});

test("a redirect opens nothing: only the order's own state does", async ({ page, request }) => {
	const work = await paidWork(request);
	await signUp(page);
	const placed = await page.request.post("/api/orders", {
		data: { work: work.id, price: work.price },
		headers: { "Idempotency-Key": newLogin(), Origin: new URL(page.url()).origin },
	});
	expect(placed.status()).toBe(201);
	const { id } = (await placed.json()) as { id: number };
	await page.goto(`/pay/${id}?result=success&trade_state=SUCCESS`);
	await expect(page.getByRole("heading", { name: "正在确认付款结果" }).last()).toBeVisible();
	await page.waitForTimeout(3_000);
	await expect(page).toHaveURL(new RegExp(`/pay/${id}`));
});

test("a free work takes one click", async ({ page, request }) => {
	const work = await freeWork(request);
	await signUp(page);
	await page.goto(work.url);
	await page.getByRole("link", { name: /免费学习|Learn for free/ }).locator("visible=true").first().click();
	await expect(page).toHaveURL(new RegExp(`/learn/${work.id}/.+`));
});

test("what was bought is listed", async ({ page, request }) => {
	const work = await freeWork(request);
	await signUp(page);
	await page.goto(`/checkout/${work.id}`);
	await page.waitForURL(/\/learn\//);
	await page.goto("/me/orders");
	await expect(page.getByRole("link", { name: work.title })).toBeVisible();
	await expect(page.getByText("已付款")).toBeVisible();
});
