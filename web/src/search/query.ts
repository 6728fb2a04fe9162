// A search as its address says it: the page, the island and the back button agree by this. Prices are in yuan, as the form
// without script writes them; only the API is asked in fen.
export interface Query {
	keyword: string;
	kind: string;
	category: string;
	sort: string;
	price_from: number | null;
	price_to: number | null;
	author: string;
	free: boolean;
}

const names = ["keyword", "kind", "category", "sort", "author"] as const;
const YUAN_MOST = 1_000_000;
export function readYuan(text: string | null): number | null {
	return text && /^\d{1,7}$/.test(text) && Number(text) <= YUAN_MOST ? Number(text) : null;
}

export function readQuery(search: string): Query {
	const given = new URLSearchParams(search);
	return {
		...(Object.fromEntries(names.map((name) => [name, given.get(name) ?? ""])) as Record<(typeof names)[number], string>),
		price_from: readYuan(given.get("price_from")),
		price_to: readYuan(given.get("price_to")),
		free: given.get("free") === "1",
	};
}

function write(query: Query, from: string, to: string, yuan: number): URLSearchParams {
	const out = new URLSearchParams();
	for (const name of names)
		if (query[name])
			out.set(name, query[name]);
	if (query.price_from !== null)
		out.set(from, String(query.price_from * yuan));
	if (query.price_to !== null)
		out.set(to, String(query.price_to * yuan));
	if (query.free)
		out.set("free", "1");
	return out;
}

export const writeQuery = (query: Query) => write(query, "price_from", "price_to", 1);
/** The same for the API. */
export const askQuery = (query: Query) => write(query, "price_min", "price_max", 100);
