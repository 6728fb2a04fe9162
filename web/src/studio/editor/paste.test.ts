import { describe, expect, it } from "vitest";
import { looksLikeMarkdown } from "./paste";

describe("looksLikeMarkdown", () => {
	it("knows headings with text, fenced code, and two signs of anything", () => {
		expect(looksLikeMarkdown("# 标题\n\n正文")).toBe(true);
		expect(looksLikeMarkdown("```c\nint x;\n```")).toBe(true);
		expect(looksLikeMarkdown("- 一\n- **二**")).toBe(true);
	});
	it("leaves plain words alone", () => {
		expect(looksLikeMarkdown("一段普通的话，带一个 - 号。")).toBe(false);
		expect(looksLikeMarkdown("- 对白")).toBe(false);
		expect(looksLikeMarkdown("a * b * c")).toBe(false);
	});
});
