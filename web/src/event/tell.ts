// What happened on a page, told in the background: it waits for nothing, and nothing waits for it. A browser that asks not to be
// followed tells nothing.

export interface Told {
	kind: "view" | "search" | "click" | "checkout";
	work?: number;
	place?: string;
	words?: string;
	/** What was shown that this answers, and where in it. */
	shown?: number;
	position?: number;
}

export function mayTell(): boolean {
	return navigator.doNotTrack !== "1" && !(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
}

/** Told twice with one key, it is one. */
const newKey = () => crypto.getRandomValues(new Uint32Array(3)).join("-").padEnd(8, "0");

/** The page is told to send even while it is left. */
export function tell(...items: Told[]) {
	if (!mayTell() || !items.length)
		return;
	const body = JSON.stringify({ items: items.map((item) => ({ ...item, key: newKey() })) });
	void fetch("/api/events", { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body }).catch(() => undefined);
}

/** "/en/course/x" -> "course", "/" -> "home". */
export function placeOf(path: string): string {
	const first = path.replace(/^\/en(?=\/|$)/, "").split("/")[1] ?? "";
	return first ? (/^[a-z-]{1,24}$/.test(first) ? first : "other") : "home";
}

const count = (text: string | undefined) => (text && Number(text) > 0 ? Number(text) : undefined);

/** Of a link within a work's card; null: another one. */
export function clickOf(link: Element, place: string): Told | null {
	const card = link.closest<HTMLElement>("[data-work]");
	const work = count(card?.dataset.work);
	if (!card || !work)
		return null;
	return { kind: "click", work, place, shown: count(card.closest<HTMLElement>("[data-shown]")?.dataset.shown), position: count(card.closest<HTMLElement>("[data-position]")?.dataset.position) };
}

/** A public page: that it was looked at, what was searched, and which work was chosen. */
export function watch(page: Document) {
	const place = placeOf(location.pathname);
	const work = count(page.querySelector<HTMLElement>("[data-buy]")?.dataset.buy);
	const words = place === "search" ? new URLSearchParams(location.search).get("keyword")?.trim() : "";
	const shown = count(page.querySelector<HTMLElement>("[data-shown]")?.dataset.shown);
	const seen: Told = { kind: "view", work, place, shown };
	tell(...(words ? [seen, { kind: "search", place, words: [...words].slice(0, 60).join("") } as Told] : [seen]));
	page.addEventListener("click", (event) => {
		const link = (event.target as Element).closest("a");
		const click = link && clickOf(link, place);
		if (click)
			tell(click);
	});
}
