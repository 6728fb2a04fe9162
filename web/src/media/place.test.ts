import { describe, expect, it } from "vitest";
import { bytes, clock } from "./item";
import { elsewhere } from "./usePlace";

const place = (position_ms: number, device: string, changed_ms: number) => ({ asset: 1, position_ms, device, changed_ms });

describe("another device", () => {
	it("is offered when it was there later and elsewhere", () => {
		expect(elsewhere(place(90_000, "phone", 200), "desk", 10, 100)).toBe(90);
	});
	it("is not when it is this one, was earlier, is near, or nothing was begun", () => {
		expect(elsewhere(place(90_000, "desk", 200), "desk", 10, 100)).toBeNull();
		expect(elsewhere(place(90_000, "phone", 100), "desk", 10, 100)).toBeNull();
		expect(elsewhere(place(12_000, "phone", 200), "desk", 10, 100)).toBeNull();
		expect(elsewhere(place(0, "", 0), "desk", 10, 0)).toBeNull();
		expect(elsewhere(null, "desk", 10, 0)).toBeNull();
	});
});

describe("what is shown of a file", () => {
	it("has a clock", () => {
		expect([clock(0), clock(67.9), clock(3723), clock(Number.NaN)]).toEqual(["0:00", "1:07", "1:02:03", "0:00"]);
	});
	it("has a size", () => {
		expect([bytes(12), bytes(1500), bytes(123_456_789), bytes(10_700_000_000)]).toEqual(["12 B", "1.5 KB", "123 MB", "10.7 GB"]);
	});
});
