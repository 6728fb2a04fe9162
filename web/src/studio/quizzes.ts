// The questions of a lesson while they are written, and which of them are whole enough to be stored.
import type { Answer } from "../base/api";

export type Quiz = Answer<"/api/studio/lessons/{id}/draft">["quizzes"][number];
export type QuizItem = Quiz["items"][number];
export type Kind = "single" | "multiple" | "number" | "text";

/** A question as its form has it: what each kind needs stands ready, so that changing the kind loses nothing. */
export interface ItemForm {
	kind: Kind;
	question: string;
	options: { text: string; right: boolean }[];
	number: string;
	tolerance: string;
	words: string;
	why: string;
}
export interface QuizDraft {
	key: string;
	title: string;
	items: ItemForm[];
}

export const newItem = (): ItemForm => ({ kind: "single", question: "", options: [{ text: "", right: true }, { text: "", right: false }], number: "", tolerance: "", words: "", why: "" });

export function newQuiz(title: string): QuizDraft {
	const key = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0")).join("");
	return { key: `quiz-${key}`, title, items: [newItem()] };
}

export function formOf(quiz: Quiz): QuizDraft {
	return { key: quiz.key, title: quiz.title, items: quiz.items.map(itemForm) };
}
function itemForm(item: QuizItem): ItemForm {
	const form: ItemForm = { ...newItem(), kind: item.kind, question: item.question, why: item.why ?? "" };
	if (item.kind === "single" || item.kind === "multiple")
		form.options = item.options.map((text, i) => ({ text, right: item.answer.includes(i) }));
	else if (item.kind === "number") {
		form.number = String(item.answer);
		form.tolerance = item.tolerance ? String(item.tolerance) : "";
	} else
		form.words = item.answer.join("\n");
	return form;
}

const lines = (text: string) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** Null: something is missing yet. */
export function itemOf(form: ItemForm): QuizItem | null {
	const head = { question: form.question.trim(), ...(form.why.trim() && { why: form.why.trim() }) };
	if (!head.question)
		return null;
	if (form.kind === "single" || form.kind === "multiple") {
		const options = form.options.filter((option) => option.text.trim());
		const answer = options.flatMap((option, i) => (option.right ? [i] : []));
		const whole = options.length >= 2 && (form.kind === "single" ? answer.length === 1 : answer.length > 0);
		return whole ? { kind: form.kind, ...head, options: options.map((option) => option.text.trim()), answer } : null;
	}
	if (form.kind === "number") {
		const answer = Number(form.number);
		const tolerance = Number(form.tolerance || 0);
		return form.number.trim() && Number.isFinite(answer) && Number.isFinite(tolerance) ? { kind: "number", ...head, answer, ...(tolerance && { tolerance }) } : null;
	}
	const answer = lines(form.words).slice(0, 20);
	return answer.length ? { kind: "text", ...head, answer } : null;
}

/** What can be stored: quizzes with a title and at least one whole question. */
export function storable(quizzes: readonly QuizDraft[]): Quiz[] {
	return quizzes.flatMap((quiz) => {
		const items = quiz.items.flatMap((form) => itemOf(form) ?? []);
		return items.length && quiz.title.trim() ? [{ key: quiz.key, title: quiz.title.trim(), items }] : [];
	});
}
