// Inside WeChat's own browser: neither a code nor a jump pays there, only the bridge that it gives to pages.
import type { Payment } from "../base/api";

type Call = NonNullable<Payment["call"]>;
interface Bridge {
	invoke(name: "getBrandWCPayRequest", call: Call, done: (answer: { err_msg?: string }) => void): void;
}
declare global {
	interface Window {
		WeixinJSBridge?: Bridge;
	}
}

const WAIT_MS = 5000;

function bridge(): Promise<Bridge> {
	return new Promise((found, missing) => {
		if (window.WeixinJSBridge)
			return found(window.WeixinJSBridge);
		document.addEventListener("WeixinJSBridgeReady", () => found(window.WeixinJSBridge!), { once: true });
		setTimeout(() => missing(new Error("no bridge")), WAIT_MS);
	});
}

/** What WeChat says proves nothing; the order's own state does. "cancelled" is the payer's word, "failed" WeChat's. */
export async function payInWechat(call: Call): Promise<"paid" | "cancelled" | "failed"> {
	const there = await bridge().catch(() => null);
	if (!there)
		return "failed";
	return new Promise((done) => there.invoke("getBrandWCPayRequest", call, ({ err_msg = "" }) =>
		done(err_msg.endsWith(":ok") ? "paid" : err_msg.endsWith(":cancel") ? "cancelled" : "failed")));
}
