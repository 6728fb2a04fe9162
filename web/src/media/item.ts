// What the server tells of a recording or file, as lessons show it.
import type { Answer } from "../base/api";

export type Lesson = Answer<"/api/works/{id}/lessons/{key}">;
export type MediaItem = Lesson["media"][number];
export type MediaPlace = Lesson["places"][number];
export type Asset = Answer<"/api/assets/{id}">;

/** 3:07, 1:02:03 */
export function clock(seconds: number): string {
	const all = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
	const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
	const two = (n: number) => String(n).padStart(2, "0");
	return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function bytes(size: number): string {
	const units = ["B", "KB", "MB", "GB"];
	let n = size, unit = 0;
	for (; n >= 1000 && unit < units.length - 1; unit++)
		n /= 1000;
	return `${n >= 100 || unit === 0 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}
