// How a work's state looks, wherever it stands.
export const tones: Record<string, string> = {
	published: "tag--ok", suspended: "tag--danger", withdrawn: "tag--danger", unlisted: "tag--warn", "in-review": "tag--info",
};

/** "1.2", or "1" before anything was mended. */
export const editionName = (number: number, revision: number) => (revision ? `${number}.${revision}` : String(number));

/** "19.9" to 1990 fen; null: no price. */
export function fenOf(yuan: string): number | null {
	const found = /^\s*(\d{1,6})(?:[.．](\d{1,2}))?\s*$/.exec(yuan);
	return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}
export const yuanOf = (fen: number) => (fen % 100 ? (fen / 100).toFixed(2) : String(fen / 100));
