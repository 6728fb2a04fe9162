import { afterEach, expect, it, vi } from "vitest";
import { inWechat } from "../base/wechat";
import { payInWechat } from "./bridge";

const call = { appId: "wx1", timeStamp: "1", nonceStr: "n", package: "prepay_id=wx2", signType: "RSA", paySign: "s" };
const answering = (err_msg: string) => ({ invoke: vi.fn((_name: string, _call: unknown, done: (answer: { err_msg: string }) => void) => done({ err_msg })) });

afterEach(() => {
	delete window.WeixinJSBridge;
	vi.useRealTimers();
});

it("knows WeChat's browser by its name", () => {
	expect(inWechat("Mozilla/5.0 (iPhone) AppleWebKit MicroMessenger/8.0.49")).toBe(true);
	expect(inWechat("Mozilla/5.0 (iPhone) AppleWebKit Safari/604.1")).toBe(false);
});

it.each([["get_brand_wcpay_request:ok", "paid"], ["get_brand_wcpay_request:cancel", "cancelled"], ["get_brand_wcpay_request:fail", "failed"], ["", "failed"]])("%s is %s", async (says, wanted) => {
	const bridge = answering(says);
	window.WeixinJSBridge = bridge as never;
	expect(await payInWechat(call)).toBe(wanted);
	expect(bridge.invoke.mock.calls[0]!.slice(0, 2)).toEqual(["getBrandWCPayRequest", call]);
});

it("waits for a bridge that comes late, and not for ever", async () => {
	const late = payInWechat(call);
	window.WeixinJSBridge = answering("get_brand_wcpay_request:ok") as never;
	document.dispatchEvent(new Event("WeixinJSBridgeReady"));
	expect(await late).toBe("paid");
	delete window.WeixinJSBridge;
	vi.useFakeTimers();
	const never = payInWechat(call);
	await vi.advanceTimersByTimeAsync(5000);
	expect(await never).toBe("failed");
});
