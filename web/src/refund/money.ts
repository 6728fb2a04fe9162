// Yuan as a person types them, to fen, without a float in between.

/** "12", "12.5", "¥1,200.00"; null for anything else, nothing and zero included. */
export function fenOf(typed: string): number | null {
	const found = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(typed.trim().replace(/^[¥￥]/, "").replace(/,/g, ""));
	const fen = found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : 0;
	return fen > 0 ? fen : null;
}

/** 1250 as "12.50", for a field. */
export const typedYuan = (fen: number): string => `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
