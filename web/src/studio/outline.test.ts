import { describe, expect, it } from "vitest";
import { dropOn, stepLesson, stepSection } from "./outline";
import type { StudioLesson, StudioSection } from "./useWork";

const section = (id: number, ...lessons: number[]) => ({ id, title: "", lessons: lessons.map((one) => ({ id: one }) as StudioLesson) }) as StudioSection;
const sections = [section(1, 11, 12), section(2), section(3, 31)];

describe("a step of a lesson", () => {
	it("goes past its neighbour", () => {
		expect(stepLesson(sections, 12, -1)).toEqual({ before: 11 });
		expect(stepLesson(sections, 11, 1)).toEqual({ after: 12 });
	});
	it("goes into the next section over the edge, also an empty one", () => {
		expect(stepLesson(sections, 12, 1)).toEqual({ section: 2 });
		expect(stepLesson(sections, 31, -1)).toEqual({ section: 2 });
		expect(stepLesson([sections[0]!, sections[2]!], 12, 1)).toEqual({ before: 31 });
	});
	it("ends at the ends", () => {
		expect(stepLesson(sections, 11, -1)).toBeNull();
		expect(stepLesson(sections, 31, 1)).toBeNull();
		expect(stepLesson(sections, 99, 1)).toBeNull();
	});
});

describe("sections and drops", () => {
	it("step among themselves", () => {
		expect(stepSection(sections, 2, -1)).toEqual({ before: 1 });
		expect(stepSection(sections, 3, 1)).toBeNull();
		expect(stepSection(sections, 99, 1)).toBeNull();
	});
	it("land where the pointer is", () => {
		expect(dropOn(sections, { what: "lesson", id: 31 }, { what: "lesson", id: 11 }, true)).toEqual({ after: 11 });
		expect(dropOn(sections, { what: "lesson", id: 31 }, { what: "section", id: 1 }, false)).toEqual({ before: 11 });
		expect(dropOn(sections, { what: "lesson", id: 31 }, { what: "section", id: 2 }, false)).toEqual({ section: 2 });
		expect(dropOn(sections, { what: "lesson", id: 11 }, { what: "lesson", id: 11 }, true)).toBeNull();
		expect(dropOn(sections, { what: "section", id: 3 }, { what: "lesson", id: 11 }, true)).toEqual({ after: 1 });
	});
});
