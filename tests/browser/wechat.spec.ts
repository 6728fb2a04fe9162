// Inside WeChat: nobody types who he is, and pays where he is. WeChat itself is the sandbox; its bridge is what a page is given there.
import { expect, paidWork, test } from "./shop";

const sandbox = process.env.SANDBOX_URL;

interface Call {
	package: string;
}

test.describe("inside WeChat", () => {
	test.use({ userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.49" });

	test("a newcomer signs in by a tap, pays by the bridge, and learns", async ({ page, request }, info) => {
		test.skip(info.project.name === "dark", "once on a wide and once on a small screen is enough");
		const work = await paidWork(request);
		let cancels = 1;
		await page.exposeFunction("bridge", async (call: Call) => {
			const shown = await request.post(`${sandbox}/sandbox/api/jsapi`, { data: call });
			expect(shown.status()).toBe(200); // the merchant's signature holds
			if (cancels-- > 0)
				return "cancel";
			const { page: path } = (await shown.json()) as { page: string };
			expect((await request.post(`${sandbox}${path}`, { form: { do: "pay" } })).ok()).toBe(true);
			return "ok";
		});
		await page.addInitScript(() => {
			const there = window as unknown as { bridge(call: unknown): Promise<string>; WeixinJSBridge: unknown };
			there.WeixinJSBridge = {
				invoke: (name: string, call: unknown, done: (answer: { err_msg: string }) => void) => void there.bridge(call).then((end) => done({ err_msg: `${name}:${end}` })),
			};
		});

		await page.goto(`/checkout/${work.id}`);
		await page.getByRole("link", { name: info.project.name === "phone" ? "小红" : "阿明" }).click();
		await expect(page).toHaveURL(new RegExp(`/checkout/${work.id}$`));
		const pay = page.getByRole("button", { name: /支付/ });
		await expect(page.locator("svg.qr, img[src*='qr.svg']")).toHaveCount(0);
		await pay.click();
		await expect(page.getByText("你取消了付款，订单还在，可以再付。")).toBeVisible();
		await pay.click();
		await expect(page).toHaveURL(new RegExp(`/learn/${work.id}`));
		await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();

		await page.goto("/me/settings");
		const card = page.getByRole("region", { name: "微信" });
		await expect(card.getByText("已绑定")).toBeVisible();
		await card.getByRole("button", { name: "解除绑定" }).click();
		await expect(card.getByRole("alert")).toBeVisible(); // nothing else opens this account
	});
});
