import { describe, expect, it } from "vitest";
import { roundUp, shareOf } from "./share";

describe("shares", () => {
	it("of few are counts alone", () => {
		expect(shareOf(3, 9)).toBe("3 / 9");
		expect(shareOf(0, 0)).toBe("0 / 0");
		expect(shareOf(3, 10)).toBe("30% (3 / 10)");
		expect(shareOf(12, 10)).toBe("12 / 10");
	});
	it("have a scale that ends at a round number", () => {
		expect([0, 1, 1.5, 3, 7, 10, 11, 99, 4200].map(roundUp)).toEqual([1, 1, 2, 5, 10, 10, 20, 100, 5000]);
	});
});
