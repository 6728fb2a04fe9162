import type { Answer } from "../base/api";

export type Quiz = Answer<"/api/works/{id}/lessons/{key}">["quizzes"][number];
export type Item = Quiz["items"][number];
export type Marks = Answer<"/api/learn/{work}/quizzes/{quiz}", "post">;

/** What one has put down so far: chosen options, or words. */
export interface Draft {
	choice: number[];
	words: string;
}

export const emptyDraft = (): Draft => ({ choice: [], words: "" });

const isChoice = (item: Item) => item.kind === "single" || item.kind === "multiple";

export function isAnswered(item: Item, draft: Draft): boolean {
	if (isChoice(item))
		return draft.choice.length > 0;
	return item.kind === "number" ? numberOf(draft.words) !== null : draft.words.trim() !== "";
}

/** Full-width digits and a decimal comma are what people type, too. */
export function numberOf(words: string): number | null {
	const plain = words.normalize("NFKC").trim().replace(",", ".");
	return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

export function answerOf(item: Item, draft: Draft): { choice?: number[]; number?: number; text?: string } {
	if (isChoice(item))
		return { choice: [...draft.choice].sort((a, b) => a - b) };
	return item.kind === "number" ? { number: numberOf(draft.words) ?? 0 } : { text: draft.words.trim() };
}

/** As the server says it: indexes of options, a number, or the accepted words. */
export function rightAnswer(item: Item, answer: unknown): string {
	const all = Array.isArray(answer) ? answer : [answer];
	return all.map((one) => (isChoice(item) ? item.options[Number(one)] : String(one))).filter(Boolean).join(" · ");
}

export function choose(item: Item, draft: Draft, option: number): Draft {
	if (item.kind === "single")
		return { ...draft, choice: [option] };
	const has = draft.choice.includes(option);
	return { ...draft, choice: has ? draft.choice.filter((one) => one !== option) : [...draft.choice, option] };
}
