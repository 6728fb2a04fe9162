import { describe, expect, it } from "vitest";
import { type Quiz, formOf, itemOf, newItem, newQuiz, storable } from "./quizzes";

const quiz: Quiz = {
	key: "q",
	title: "Q",
	items: [
		{ kind: "single", question: "1", options: ["a", "b"], answer: [1], why: "so" },
		{ kind: "multiple", question: "2", options: ["a", "b", "c"], answer: [0, 2] },
		{ kind: "number", question: "3", answer: 1.5, tolerance: 0.1 },
		{ kind: "text", question: "4", answer: ["张量", "tensor"] },
	],
};

describe("quizzes", () => {
	it("come out of their forms as they went in", () => {
		expect(storable([formOf(quiz)])).toEqual([quiz]);
	});
	it("are stored only as far as they are whole", () => {
		const draft = newQuiz("T");
		expect(storable([draft])).toEqual([]);
		draft.items = [newItem(), { ...newItem(), question: "?", options: [{ text: "a", right: false }, { text: "", right: true }, { text: "b", right: true }] }];
		expect(storable([draft])).toEqual([{ key: draft.key, title: "T", items: [{ kind: "single", question: "?", options: ["a", "b"], answer: [1] }] }]);
	});
	it("need a right answer", () => {
		expect(itemOf({ ...newItem(), question: "?", options: [{ text: "a", right: false }, { text: "b", right: false }] })).toBeNull();
		expect(itemOf({ ...newItem(), kind: "number", question: "?", number: "x" })).toBeNull();
		expect(itemOf({ ...newItem(), kind: "text", question: "?", words: " \n" })).toBeNull();
	});
});
