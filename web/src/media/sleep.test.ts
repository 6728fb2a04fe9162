import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { left, onSleep, setSleep, sleep, sleepAtEnd, slept } from "./sleep";

describe("the sleep timer", () => {
	const rest = vi.fn();
	let off: () => void;
	beforeEach(() => {
		vi.useFakeTimers();
		rest.mockClear();
		off = onSleep(rest);
	});
	afterEach(() => {
		off();
		setSleep("off");
		vi.useRealTimers();
	});

	it("puts the players to rest when its minutes are over, once", () => {
		setSleep("15");
		expect(left.value).toBe(15 * 60);
		vi.advanceTimersByTime(15 * 60_000 - 1000);
		expect([left.value, rest.mock.calls.length, slept.value]).toEqual([1, 0, false]);
		vi.advanceTimersByTime(60_000);
		expect([sleep.value, rest.mock.calls.length, slept.value]).toEqual(["off", 1, true]);
	});
	it("begins anew when it is set again, and ends when it is turned off", () => {
		setSleep("15");
		vi.advanceTimersByTime(10 * 60_000);
		setSleep("30");
		expect(left.value).toBe(30 * 60);
		vi.advanceTimersByTime(20 * 60_000);
		setSleep("off");
		vi.advanceTimersByTime(60 * 60_000);
		expect([rest.mock.calls.length, slept.value]).toEqual([0, false]);
	});
	it("waits for the end of a recording only where that was asked", () => {
		setSleep("60");
		sleepAtEnd();
		expect(sleep.value).toBe("60");
		setSleep("end");
		vi.advanceTimersByTime(3 * 60 * 60_000);
		expect(rest).not.toHaveBeenCalled();
		sleepAtEnd();
		expect([sleep.value, rest.mock.calls.length, slept.value]).toEqual(["off", 1, true]);
	});
	it("catches up where the clock went on without it, as on a phone that slept", () => {
		setSleep("30");
		vi.setSystemTime(Date.now() + 45 * 60_000);
		vi.advanceTimersByTime(1000);
		expect(rest).toHaveBeenCalledOnce();
	});
});
