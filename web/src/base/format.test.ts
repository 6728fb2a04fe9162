import { describe, expect, it } from "vitest";
import { ago, countdown, day, dayAndTime, pieces, yuan } from "./format";

describe("money", () => {
	it.each([[19900, "¥199"], [990, "¥9.90"], [1, "¥0.01"], [0, "¥0"], [1284550, "¥12,845.50"], [100000000, "¥1,000,000"], [-19905, "-¥199.05"]])("%i fen is %s", (fen, text) => {
		expect(yuan(fen)).toBe(text);
	});
});

describe("time", () => {
	const late = Date.UTC(2026, 10, 22, 16, 5); /* already the 23rd in Beijing */

	it("is Beijing's day, in words of the language", () => {
		expect(day(late, "zh-CN")).toBe("2026年11月23日");
		expect(day(late, "en")).toBe("Nov 23, 2026");
		expect(dayAndTime(late, "zh-CN")).toMatch(/^2026年11月23日 (00|24):05$/);
	});
	it("is relative within a week", () => {
		expect(ago(late, late + 20_000, "en")).toBeNull();
		expect(ago(late, late + 5 * 60_000, "zh-CN")).toBe("5分钟前");
		expect(ago(late, late + 3 * 3_600_000, "en")).toBe("3 hours ago");
		expect(ago(late, late + 8 * 86_400_000, "en")).toBe("Nov 23, 2026");
	});
	it("counts down and never below nothing", () => {
		expect(countdown(15 * 60_000)).toBe("15:00");
		expect(countdown(61_001)).toBe("1:02");
		expect(countdown(-5)).toBe("0:00");
	});
});

describe("marks", () => {
	const shown = (text: string, ranges: number[][]) => pieces(text, ranges.map(([start = 0, length = 0]) => ({ start, length }))).map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join("");

	it("count code points, so that a rare character before them moves nothing", () => {
		expect(shown("𠮷野家的概率论", [[4, 2]])).toBe("𠮷野家的[概率]论");
	});
	it("stand ranges past the end, overlaps and none", () => {
		expect(shown("abc", [[1, 9]])).toBe("a[bc]");
		expect(shown("abcd", [[0, 2], [1, 2]])).toBe("[ab][c]d");
		expect(shown("abc", [])).toBe("abc");
	});
});
