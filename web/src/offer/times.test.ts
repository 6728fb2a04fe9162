import { expect, test } from "vitest";
import { beginOf, endOf, fenOf } from "./times";

test("a day begins and ends in Beijing, and is within", () => {
	expect(beginOf("2026-01-01")).toBe(Date.UTC(2025, 11, 31, 16));
	expect(endOf("2026-01-01")).toBe(Date.UTC(2026, 0, 1, 16));
	expect(beginOf("")).toBeUndefined();
});
test.each([["12", 1200], ["12.5", 1250], [" 0.01 ", 1], ["12.345", null], ["-1", null], ["", null], ["1e3", null]])("%s yuan", (typed, fen) => {
	expect(fenOf(typed)).toBe(fen);
});
