// How the page says what the server found: figures as people read them, and where a thing is mended.
import { size } from "../backup/size";
import type { Answer } from "../base/api";

export type Line = Answer<"/api/health">["lines"][number];
export type Verdict = "fine" | "look" | "act";

export const tones: Record<Verdict, string> = { fine: "tag--ok", look: "tag--warn", act: "tag--danger" };
export const icons: Record<Verdict, string> = { fine: "circle-check", look: "circle-alert", act: "triangle-alert" };

/** 340 µs, 12 ms, 1.2 s */
export function span(us: number): string {
	if (us < 1000)
		return `${us} µs`;
	if (us < 999_500)
		return `${us < 9950 ? (us / 1000).toFixed(1) : Math.round(us / 1000)} ms`;
	return `${us < 99_500_000 ? (us / 1e6).toFixed(1) : Math.round(us / 1e6)} s`;
}

/** What a line counts: bytes, a time, or things. */
export function amount(line: Pick<Line, "key" | "count">): string {
	if (line.key === "disk" || line.key === "backup-disk")
		return size(line.count);
	if (line.key === "answers")
		return span(line.count);
	if (line.key === "search")
		return span(Math.max(0, line.count) * 1000);
	return String(line.count);
}

/** Lines of the list for opening a shop have their words there. */
export function checkOf(key: string): string | null {
	return key.startsWith("check-") ? key.slice("check-".length) : null;
}

/** A kind of job as a key of messages: dots would part it. */
export const kindKey = (kind: string) => kind.replaceAll(".", "-");

/** How long something has gone on, in the largest two units that are not nothing: 3 d 4 h. */
export function lasting(ms: number): [number, "d" | "h" | "m"][] {
	const minutes = Math.max(0, Math.floor(ms / 60_000));
	const parts: [number, "d" | "h" | "m"][] = [[Math.floor(minutes / 1440), "d"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "m"]];
	const from = parts.findIndex(([n]) => n > 0);
	return from < 0 ? [[0, "m"]] : parts.slice(from, from + 2).filter(([n]) => n > 0);
}
