// What may be given: all that is on offer, page by page, and, for who teaches, what is theirs, on offer or not.
import { api, ask } from "../base/api";

export interface Choice {
	id: number;
	title: string;
}
const MOST_PAGES = 20;

async function onOffer(): Promise<Choice[]> {
	const found: Choice[] = [];
	let after: string | undefined;
	for (let page = 0; page < MOST_PAGES; page++) {
		const { items, next } = await ask(api.GET("/api/works", { params: { query: { limit: 50, ...(after ? { after } : {}) } } }));
		found.push(...items.map(({ id, title }) => ({ id, title })));
		if (!next)
			break;
		after = next;
	}
	return found;
}

export async function worksToGive(roles: readonly string[]): Promise<Choice[]> {
	const own = roles.includes("creator") ? (await ask(api.GET("/api/studio/works"))).items.map(({ id, title }) => ({ id, title })) : [];
	const all = roles.includes("admin") ? await onOffer() : [];
	return [...new Map([...own, ...all].map((one) => [one.id, one])).values()];
}
