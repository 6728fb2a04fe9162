// Days as people write them (Beijing), and the moments that they begin and end at.
const DAY_MS = 86_400_000;

export const beginOf = (day: string): number | undefined => (day ? Date.parse(`${day}T00:00:00+08:00`) : undefined);
/** The day itself is within. */
export const endOf = (day: string): number | undefined => (day ? Date.parse(`${day}T00:00:00+08:00`) + DAY_MS : undefined);
/** "12.5" yuan as fen; null: not an amount. */
export function fenOf(yuan: string): number | null {
	const found = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(yuan.trim());
	return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}
