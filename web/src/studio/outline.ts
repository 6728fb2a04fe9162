// Where a section or a lesson goes, by buttons, keys or a pointer: as the server wants it said.
import type { StudioSection } from "./useWork";

export interface Place {
	before?: number;
	after?: number;
	section?: number;
}
export interface Row {
	what: "section" | "lesson";
	id: number;
}

/** One step up or down; over the edge of a section into the next one; null: it stands at the end already. */
export function stepLesson(sections: readonly StudioSection[], id: number, by: 1 | -1): Place | null {
	const at = sections.findIndex((section) => section.lessons.some((lesson) => lesson.id === id));
	const lessons = sections[at]?.lessons ?? [];
	const index = lessons.findIndex((lesson) => lesson.id === id);
	const beside = lessons[index + by];
	if (at < 0)
		return null;
	if (beside)
		return by < 0 ? { before: beside.id } : { after: beside.id };
	const next = sections[at + by];
	if (!next)
		return null;
	const first = next.lessons[0];
	return by > 0 && first ? { before: first.id } : { section: next.id };
}

export function stepSection(sections: readonly StudioSection[], id: number, by: 1 | -1): Place | null {
	const beside = sections[sections.findIndex((section) => section.id === id) + by];
	return beside && sections.some((section) => section.id === id) ? (by < 0 ? { before: beside.id } : { after: beside.id }) : null;
}

/** Dropped on a row, on its upper or lower half; null: nothing moves. */
export function dropOn(sections: readonly StudioSection[], moved: Row, target: Row, lower: boolean): Place | null {
	if (moved.what === target.what)
		return moved.id === target.id ? null : lower ? { after: target.id } : { before: target.id };
	if (moved.what === "section") {
		const around = sections.find((section) => section.lessons.some((lesson) => lesson.id === target.id));
		return around && around.id !== moved.id ? { after: around.id } : null;
	}
	const first = sections.find((section) => section.id === target.id)?.lessons[0];
	return first && first.id !== moved.id ? { before: first.id } : first ? null : { section: target.id };
}
