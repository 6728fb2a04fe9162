import { mount } from "@vue/test-utils";
import { expect, it } from "vitest";
import PayByScan from "../order/PayByScan.vue";
import type { Order, Payment } from "./api";
import { Problem } from "./api";
import { openI18n, withProblems } from "./i18n";
import LoadState from "./LoadState.vue";

const global = { plugins: [await openI18n("zh-CN")] };
await withProblems();
const failed = (type: string, status: number) => mount(LoadState, { props: { wait: "none", problem: new Problem(type, status) }, global });

it("what is not there has a way out, and nothing to try again", () => {
	const shown = failed("work-missing", 404);
	expect(shown.find("a[href='/']").exists()).toBe(true);
	expect(shown.find("button").exists()).toBe(false);
	expect(shown.text()).toContain("没有这个内容");
});

it("back online, it is asked for again, as the words promise", () => {
	const asked: string[] = [];
	const open = (type: string, status: number) => mount(LoadState, { props: { wait: "none", problem: new Problem(type, status), onRetry: () => asked.push(type) }, global });
	const offline = open("offline", 0);
	open("internal", 500);
	window.dispatchEvent(new Event("online"));
	offline.unmount();
	window.dispatchEvent(new Event("online"));
	expect(asked).toEqual(["offline"]);
});

it("a channel that does not answer is no code on its way: the code can be asked for again", () => {
	const order = { id: 7, total: 2900, state: "PENDING" } as unknown as Order;
	const props = { order, payment: null, left: 60, busy: false, stuck: true };
	const scan = mount(PayByScan, { props, global });
	expect(scan.find(".spin").exists()).toBe(false);
	expect(scan.find(".scan__code button").exists()).toBe(true);
	const ready = mount(PayByScan, { props: { ...props, payment: { id: 1, state: "READY", way: "native" } as unknown as Payment }, global });
	expect(ready.find(".scan__code img").exists()).toBe(true);
});
