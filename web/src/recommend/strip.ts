// A row of works that may be wanted next, each with its reason, drawn into a place that is empty until there is something: on the home page
// and in the application alike.
import { yuan } from "../base/format";
import { tell } from "../event/tell";

export interface StripWords {
	title: string;
	go_on: string;
	why: string;
	rules: string;
	settings: string;
	hide: string;
	hidden: string;
	free: string;
}
interface Item {
	work: { id: number; title: string; url: string; hue: number; pattern: number; price: number; language: string; cover?: string; author: { name: string } };
	position: number;
	reason: { words: Record<string, string> };
}
interface Answer {
	shown: number;
	items: Item[];
	continue?: { work: number; title: string; lesson: string; key: string; percent: number };
}

function make<K extends keyof HTMLElementTagNameMap>(name: K, className: string, text = "", ...inside: Node[]): HTMLElementTagNameMap[K] {
	const made = document.createElement(name);
	made.className = className;
	made.append(...(text ? [text] : []), ...inside);
	return made;
}

function coverOf(work: Item["work"]) {
	const cover = make("div", `cover h${work.hue}`);
	cover.dataset.p = String(work.pattern);
	cover.setAttribute("aria-hidden", "true");
	if (work.cover)
		cover.append(Object.assign(document.createElement("img"), { src: `/media/${work.cover}`, alt: "" }));
	else
		cover.append(Object.assign(make("b", "", work.title), { lang: work.language }), make("small", "", work.author.name));
	return cover;
}

function whyOf(words: StripWords, base: string) {
	const link = Object.assign(make("a", "link", words.settings), { href: `${base}/me/privacy` });
	const details = make("details", "small also__why", "", make("summary", "", words.why), make("p", "muted", words.rules), make("p", "", "", link));
	return details;
}

function cardOf(item: Item, words: StripWords, language: string, base: string) {
	const link = Object.assign(make("a", "", item.work.title), { href: item.work.url, lang: item.work.language });
	const card = make("article", "card", "", coverOf(item.work), make("h3", "card__title", "", link),
		make("p", "card__meta", "", make("span", "price", item.work.price ? yuan(item.work.price) : words.free)));
	const hide = Object.assign(make("button", "btn btn--plain btn--small", words.hide), { type: "button" });
	hide.setAttribute("aria-label", `${words.hide}: ${item.work.title}`);
	const place = make("div", "also__one", "", card, make("p", "small muted also__why", item.reason.words[language] ?? ""), whyOf(words, base), make("p", "", "", hide));
	card.dataset.work = String(item.work.id);
	place.dataset.position = String(item.position);
	hide.onclick = async () => {
		const answer = await fetch(`/api/me/recommendations/hidden/${item.work.id}`, { method: "PUT" });
		if (answer.ok)
			place.replaceChildren(Object.assign(make("p", "muted", words.hidden), { role: "status" }));
	};
	return place;
}

function goOn(answer: Answer, words: StripWords, base: string) {
	const at = answer.continue;
	if (!at)
		return [];
	const link = Object.assign(make("a", "link", `${at.title} · ${at.lesson}`), { href: `${base}/learn/${at.work}/${at.key.split("/").map(encodeURIComponent).join("/")}` });
	return [make("p", "", "", make("span", "muted", `${words.go_on} `), link, make("span", "muted num", ` ${at.percent}%`))];
}

/** Nothing is shown when there is nothing, or when it fails: the page is whole without it. */
export async function showStrip(host: HTMLElement, words: StripWords, where: { place: string; work?: number; language: string; base: string }) {
	const answer = await fetch(`/api/recommendations?place=${where.place}${where.work ? `&work=${where.work}` : ""}`).catch(() => null);
	if (!answer?.ok)
		return;
	const list = (await answer.json()) as Answer;
	if (!list.items.length && !list.continue)
		return;
	const cards = make("div", "cards", "", ...list.items.map((item) => cardOf(item, words, where.language, where.base)));
	cards.dataset.shown = String(list.shown);
	const title = Object.assign(make("h2", "", words.title), { id: `strip-${where.place}` });
	host.replaceChildren(make("div", "section__head", "", title), ...goOn(list, words, where.base), cards);
	host.setAttribute("aria-labelledby", title.id);
	host.hidden = false;
}

/** In the application nobody listens to clicks on cards but this. */
export function tellClicks(host: HTMLElement, place: string) {
	host.addEventListener("click", (event) => {
		const link = (event.target as Element).closest("a");
		const card = link?.closest<HTMLElement>("[data-work]");
		if (card)
			tell({ kind: "click", place, work: Number(card.dataset.work), shown: Number(card.closest<HTMLElement>("[data-shown]")!.dataset.shown),
				position: Number(card.closest<HTMLElement>("[data-position]")!.dataset.position) });
	});
}

/** The home page's own place, whose words stand on it. */
export function showHome(host: HTMLElement) {
	void showStrip(host, { ...host.dataset } as unknown as StripWords, { place: "home", language: document.documentElement.lang, base: location.pathname.startsWith("/en") ? "/en" : "" });
}
