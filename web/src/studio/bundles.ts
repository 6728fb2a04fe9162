// A bundle's list as the author changes it, and what may honestly be said of its price.

/** One place up or down; at an end it stays as it is. */
export function moved(ids: readonly number[], id: number, by: 1 | -1): number[] {
	const at = ids.indexOf(id);
	const to = at + by;
	const next = [...ids];
	if (at < 0 || to < 0 || to >= ids.length)
		return next;
	[next[at], next[to]] = [next[to]!, next[at]!];
	return next;
}

export type Saying = "unpriced" | "saves" | "none";
export function sayingOf(bundle: { saved: number }, work: { priced: boolean }): Saying {
	if (!work.priced)
		return "unpriced";
	return bundle.saved > 0 ? "saves" : "none";
}
