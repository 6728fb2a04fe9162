// Money, dates and times as people read them; the server prints pages by the same rules.
import type { Language } from "./state";

/** ¥199, ¥9.90; never a float inside: fen are integers. */
export function yuan(fen: number): string {
	const sign = fen < 0 ? "-" : "";
	const whole = Math.trunc(Math.abs(fen) / 100);
	const rest = Math.abs(fen) % 100;
	const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
	return `${sign}¥${grouped}${rest ? `.${String(rest).padStart(2, "0")}` : ""}`;
}

const zone = "Asia/Shanghai";

export function day(ms: number, language: Language): string {
	return new Intl.DateTimeFormat(language, { dateStyle: language === "en" ? "medium" : "long", timeZone: zone }).format(ms);
}

export function dayAndTime(ms: number, language: Language): string {
	const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone }).format(ms);
	return `${day(ms, language)} ${clock}`;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]];

/** "3 小时前" within a week, then the date; null for the last minute. */
export function ago(ms: number, now: number, language: Language): string | null {
	const passed = now - ms;
	if (passed >= 7 * 86_400_000)
		return day(ms, language);
	const step = steps.find(([, size]) => passed >= size);
	return step ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-Math.floor(passed / step[1]), step[0]) : null;
}

/** 14:05 left */
export function countdown(ms: number): string {
	const seconds = Math.max(0, Math.ceil(ms / 1000));
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Text cut into marked and plain pieces; ranges count code points, as the search API gives them. */
export function pieces(text: string, ranges: readonly { start: number; length: number }[]): { text: string; marked: boolean }[] {
	const points = [...text];
	const found: { text: string; marked: boolean }[] = [];
	let at = 0;
	const add = (until: number, marked: boolean) => {
		if (until > at)
			found.push({ text: points.slice(at, until).join(""), marked });
		at = Math.max(at, until);
	};
	for (const { start, length } of ranges) {
		add(Math.min(start, points.length), false);
		add(Math.min(start + length, points.length), true);
	}
	add(points.length, false);
	return found;
}
