import { describe, expect, it } from "vitest";
import { beijingDay, endOfDay, fee, timeOf } from "./words";

describe("days", () => {
	it("are Beijing's", () => {
		expect(beijingDay(Date.parse("2026-11-22T15:59:59Z"))).toBe("2026-11-22");
		expect(beijingDay(Date.parse("2026-11-22T16:00:00Z"))).toBe("2026-11-23");
		expect(beijingDay(Date.parse("2026-03-01T00:00:00Z"), 1)).toBe("2026-02-28");
	});
	it("end when the next one begins", () => {
		expect(endOfDay("2026-11-22")).toBe(Date.parse("2026-11-22T16:00:00Z"));
		expect(endOfDay("2026-13-01")).toBeNull();
		expect(endOfDay("")).toBeNull();
	});
});

describe("access", () => {
	it("is complete or nothing", () => {
		expect(timeOf("forever", "", "")).toEqual({ access: "forever" });
		expect(timeOf("days", "30", "")).toEqual({ access: "days", days: 30 });
		for (const wrong of ["", "0", "-1", "1.5", "3651", "1e2"])
			expect(timeOf("days", wrong, "")).toBeNull();
		expect(timeOf("until", "", "2026-11-22")).toEqual({ access: "until", until_ms: Date.parse("2026-11-22T16:00:00Z") });
		expect(timeOf("until", "", "soon")).toBeNull();
	});
});

it("shows fees to the fen", () => {
	expect(fee(60000)).toBe("¥0.60");
	expect(fee(-499)).toBe("¥0");
	expect(fee(500)).toBe("¥0.01");
});
