import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { effectScope } from "vue";
import { Problem } from "../base/api";
import { useCode } from "./useCode";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const open = (send: () => Promise<{ again_s: number }>) => effectScope().run(() => useCode(send))!;

it("counts down to the next one", async () => {
	const code = open(() => Promise.resolve({ again_s: 60 }));
	await code.request();
	expect([code.sent.value, code.left.value]).toEqual([true, 60]);
	vi.advanceTimersByTime(1_500);
	expect(code.left.value).toBe(59);
	vi.advanceTimersByTime(60_000);
	expect(code.left.value).toBe(0);
	expect(vi.getTimerCount()).toBe(0);
});

it("one that was sent a moment ago is on its way, one for something else is not", async () => {
	const soon = open(() => Promise.reject(new Problem("code-too-soon", 429, "", [], 42)));
	await soon.request();
	expect([soon.sent.value, soon.left.value, soon.problem.value]).toEqual([true, 42, null]);
	const other = open(() => Promise.reject(new Problem("code-wait", 429, "", [], 42)));
	await other.request();
	expect([other.sent.value, other.left.value, other.problem.value?.type]).toEqual([false, 42, "code-wait"]);
});

it("asks once at a time", async () => {
	let asked = 0;
	const code = open(async () => {
		asked++;
		return Promise.resolve({ again_s: 60 });
	});
	await Promise.all([code.request(), code.request()]);
	expect(asked).toBe(1);
});
