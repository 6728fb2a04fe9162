// A search as its address says it, and as the API takes it: the page, the island and the back button agree by this.
export interface Query {
	keyword: string;
	kind: string;
	category: string;
	sort: string;
	price_min: number | null;
	price_max: number | null;
	author: string;
	free: boolean;
}

const names = ["keyword", "kind", "category", "sort", "author"] as const;
const fen = (text: string | null) => (text && /^\d{1,9}$/.test(text) ? Number(text) : null);

export function readQuery(search: string): Query {
	const given = new URLSearchParams(search);
	return {
		...(Object.fromEntries(names.map((name) => [name, given.get(name) ?? ""])) as Record<(typeof names)[number], string>),
		price_min: fen(given.get("price_min")),
		price_max: fen(given.get("price_max")),
		free: given.get("free") === "1",
	};
}

export function writeQuery(query: Query): URLSearchParams {
	const out = new URLSearchParams();
	for (const name of names)
		if (query[name])
			out.set(name, query[name]);
	if (query.price_min !== null)
		out.set("price_min", String(query.price_min));
	if (query.price_max !== null)
		out.set("price_max", String(query.price_max));
	if (query.free)
		out.set("free", "1");
	return out;
}
