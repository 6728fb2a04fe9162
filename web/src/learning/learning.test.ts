import { beforeEach, describe, expect, it, vi } from "vitest";
import { lessonPath } from "./paths";
import { type Item, answerOf, choose, emptyDraft, isAnswered, numberOf } from "./quiz";
import { type Place, keepWaiting, sendWaiting } from "./useProgress";
import { placeIn } from "./useReadingPlace";

const item = (kind: Item["kind"]): Item => ({ kind, question: "?", options: ["a", "b", "c"] });

describe("a quiz", () => {
	it("takes one answer or many", () => {
		expect(choose(item("single"), choose(item("single"), emptyDraft(), 1), 2).choice).toEqual([2]);
		const many = choose(item("multiple"), choose(item("multiple"), emptyDraft(), 2), 0);
		expect(answerOf(item("multiple"), many)).toEqual({ choice: [0, 2] });
		expect(choose(item("multiple"), many, 2).choice).toEqual([0]);
	});
	it.each([["0.17", 0.17], ["０．１７", 0.17], [" -3 ", -3], ["1e3", 1000], ["0,5", 0.5], ["", null], ["abc", null], ["1.2.3", null]])("reads %j as %s", (words, number) => {
		expect(numberOf(words)).toBe(number);
	});
	it("knows what is still open", () => {
		expect(isAnswered(item("single"), emptyDraft())).toBe(false);
		expect(isAnswered(item("text"), { choice: [], words: "  " })).toBe(false);
		expect(isAnswered(item("number"), { choice: [], words: "x" })).toBe(false);
		expect(isAnswered(item("number"), { choice: [], words: "4" })).toBe(true);
	});
});

describe("progress that could not be sent", () => {
	beforeEach(() => localStorage.clear());

	it("waits, keeps the newest place, and forgets no lesson that was finished", async () => {
		keepWaiting(7, { key: "a", position: 1, done: true });
		keepWaiting(7, { key: "a", position: 0.2 });
		keepWaiting(8, { key: "b", position: 0.5 });
		const sent: [number, Place][] = [];
		await sendWaiting(async (work, place) => {
			sent.push([work, place]);
			return { percent: 0, done: 0, total: 1 };
		});
		expect(sent).toEqual([[7, { key: "a", position: 0.2, done: true }], [8, { key: "b", position: 0.5 }]]);
		const again = vi.fn();
		await sendWaiting(again);
		expect(again).not.toHaveBeenCalled();
	});
	it("stays when sending fails again", async () => {
		keepWaiting(7, { key: "a", position: 0.4 });
		await expect(sendWaiting(() => Promise.reject(new Error("offline")))).rejects.toThrow();
		const sent = vi.fn().mockResolvedValue({});
		await sendWaiting(sent);
		expect(sent).toHaveBeenCalledOnce();
	});
});

describe("a place in an article", () => {
	it("is a share of its height", () => {
		expect(placeIn({ top: 300, height: 4000 }, 1000)).toBe(0);
		expect(placeIn({ top: -1700, height: 4000 }, 1000)).toBe(0.5);
		expect(placeIn({ top: -9000, height: 4000 }, 1000)).toBe(1);
		expect(placeIn({ top: 0, height: 500 }, 1000)).toBe(0);
	});
});

it("a lesson's address keeps the slashes of its key", () => {
	expect(lessonPath(7, "01/a b", "x")).toBe("/learn/7/01/a%20b#x");
	expect(lessonPath(7)).toBe("/learn/7");
});
