// How the desk says what the server says in words of its own.
import { dayAndTime, yuan } from "../base/format";
import type { Language } from "../base/state";

export const when = (ms: number, language: Language) => (ms ? dayAndTime(ms, language) : "");

/** "2026-11-22" of Beijing, days before today. */
export function beijingDay(now: number, back = 0): string {
	return new Date(now + 8 * 3_600_000 - back * 86_400_000).toISOString().slice(0, 10);
}

/** What a date field says, as the end of that day in Beijing; null for no day. */
export function endOfDay(day: string): number | null {
	const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00+08:00`) : Number.NaN;
	return Number.isNaN(at) ? null : at + 86_400_000;
}

/** Thousandths of a fen, as the channel's bill has its fees; shown to the fen. */
export const fee = (thousandths: number) => yuan(Math.round(thousandths / 1000));

export interface Time {
	access: "forever" | "days" | "until";
	days?: number;
	until_ms?: number;
}

/** What the form holds, as the server takes it; null while it is not complete. */
export function timeOf(access: Time["access"], days: string, day: string): Time | null {
	if (access === "forever")
		return { access };
	if (access === "until") {
		const until_ms = endOfDay(day);
		return until_ms ? { access, until_ms } : null;
	}
	return /^[1-9]\d{0,3}$/.test(days) && Number(days) <= 3650 ? { access, days: Number(days) } : null;
}
