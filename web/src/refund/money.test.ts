import { describe, expect, it } from "vitest";
import { fenOf, typedYuan } from "./money";

describe("yuan that a person types", () => {
	it.each([["12", 1200], ["12.5", 1250], ["0.01", 1], [" ¥1,200.00 ", 120000], ["0.29", 29], ["99999999999.99", 9999999999999]])("%s is %d fen", (typed, fen) => {
		expect(fenOf(typed)).toBe(fen);
	});
	it.each(["", "0", "0.00", "-1", "1.234", "1e2", "１００", "0x10", "1.", ".5", "一百", "999999999999"])("%s is none", (typed) => {
		expect(fenOf(typed)).toBeNull();
	});
	it("comes back as it was", () => {
		for (const fen of [1, 10, 99, 100, 12345, 9999999999999])
			expect(fenOf(typedYuan(fen))).toBe(fen);
	});
});
