import { describe, expect, it } from "vitest";
import type { Order, Payment } from "../base/api";
import { backAddress } from "./h5";
import { mayAsk, mayLearn } from "./purchased";
import { isPhone, phaseOf } from "./usePurchase";

const order = (state: string) => ({ state }) as unknown as Order;
const payment = (state: string) => ({ state }) as unknown as Payment;

describe("a purchase", () => {
	it("is paid only when its order says so", () => {
		expect(phaseOf(order("PAID"), null)).toBe("paid");
		expect(phaseOf(order("PENDING"), payment("PAID"))).toBe("waiting");
		expect(phaseOf(order("PENDING"), payment("UNKNOWN"))).toBe("confirming");
	});
	it.each([["CLOSING", "closed"], ["CLOSED", "closed"], ["LATE_PAID", "late"], ["REFUNDED", "refunded"], ["PART_REFUNDED", "paid"]])("%s is %s", (state, phase) => {
		expect(phaseOf(order(state), null)).toBe(phase);
	});
});

describe("an order that was paid", () => {
	const orderWith = (state: string, refund?: object, total = 100) => ({ state, total, refund }) as unknown as Order;
	it("may be studied until a refund ends it, and again when that failed", () => {
		expect(mayLearn(orderWith("PAID"))).toBe(true);
		expect(mayLearn(orderWith("PENDING"))).toBe(false);
		expect(mayLearn(orderWith("PAID", { state: "APPROVED", ends_access: true }))).toBe(false);
		expect(mayLearn(orderWith("PAID", { state: "FAILED", ends_access: true }))).toBe(true);
		expect(mayLearn(orderWith("PART_REFUNDED", { state: "SUCCEEDED", ends_access: false }))).toBe(true);
		expect(mayLearn(orderWith("REFUNDED", { state: "SUCCEEDED", ends_access: true }))).toBe(false);
	});
	it("may be asked back once at a time, and not when it was free", () => {
		expect(mayAsk(orderWith("PAID"))).toBe(true);
		expect(mayAsk(orderWith("PAID", undefined, 0))).toBe(false);
		expect(mayAsk(orderWith("PAID", { state: "UNDER_REVIEW" }))).toBe(false);
		expect(mayAsk(orderWith("PAID", { state: "REJECTED" }))).toBe(true);
		expect(mayAsk(orderWith("REFUNDED"))).toBe(false);
	});
});

describe("the jump to WeChat", () => {
	it("says where to come back", () => {
		expect(backAddress("https://wx.tenpay.com/h5?prepay_id=1", "https://a.cn/pay/7")).toBe("https://wx.tenpay.com/h5?prepay_id=1&redirect_url=https%3A%2F%2Fa.cn%2Fpay%2F7");
		expect(backAddress("https://wx.tenpay.com/h5", "/pay/7")).toBe("https://wx.tenpay.com/h5?redirect_url=%2Fpay%2F7");
	});
	it("leaves a given address alone", () => {
		expect(backAddress("https://x/h5?a=1&redirect_url=z", "/pay/7")).toBe("https://x/h5?a=1&redirect_url=z");
	});
});

it("a phone is known by its name", () => {
	expect(isPhone("Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36")).toBe(true);
	expect(isPhone("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0")).toBe(true);
	expect(isPhone("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126 Safari/537.36")).toBe(false);
});
