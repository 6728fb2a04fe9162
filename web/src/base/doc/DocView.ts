// A document as elements: a whitelist of nodes and marks; what is not on it is shown as the text that it holds.
// The same HTML as the server's renderer gives (web/README.md).
import { type FunctionalComponent, type VNode, h } from "vue";

export interface DocNode {
	type: string;
	attrs?: Record<string, unknown>;
	content?: DocNode[];
	text?: string;
	marks?: { type: string; attrs?: Record<string, unknown> }[];
}

export interface DocWords {
	callout: (kind: string) => string;
	missing: string;
	table: string;
	footnotes: string;
	copy: string;
}

/** What a document needs to know of its surroundings. */
export interface DocPlace {
	words: DocWords;
	lessonHref: (key: string, anchor?: string) => string;
	go: (href: string, event: MouseEvent) => void;
	copy: (text: string) => void;
	icon: (name: string) => VNode;
	/** A recording or file, where there are some; without it stands its title. */
	media?: (asset: number, title: string) => VNode;
}

type Child = VNode | string;
type Render = (node: DocNode, place: DocPlace) => Child | Child[];

const callouts = ["note", "tip", "important", "warning", "caution"];
const text = (value: unknown) => (typeof value === "string" ? value : "");
const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const children = (node: DocNode, place: DocPlace): Child[] => (node.content ?? []).flatMap((child) => one(child, place));
const wrap = (tag: string): Render => (node, place) => h(tag, children(node, place));

export function plain(node: DocNode): string {
	return node.text ?? (node.content ?? []).map(plain).join("");
}

/** Only addresses that cannot run anything. */
export function safeHref(href: string): string | null {
	if (/^(https?:\/\/|mailto:)/i.test(href))
		return href;
	return /^(\/(?!\/)|#|\?)/.test(href) && !href.includes("\\") ? href : null;
}

const nodes: Record<string, Render> = {
	paragraph(node, place) {
		const only = node.content?.length === 1 ? node.content[0] : undefined;
		return only?.type === "image" ? figure(only, place) : h("p", children(node, place));
	},
	heading(node, place) {
		const level = Math.min(6, Math.max(2, number(node.attrs?.level) ?? 2));
		return h(`h${level}`, { id: text(node.attrs?.id) || undefined }, children(node, place));
	},
	blockquote: wrap("blockquote"),
	bulletList: wrap("ul"),
	orderedList: (node, place) => h("ol", { start: number(node.attrs?.start) }, children(node, place)),
	listItem: wrap("li"),
	taskList: wrap("ul"),
	taskItem: (node, place) => h("li", { class: ["task", { "task--done": node.attrs?.checked === true }] }, children(node, place)),
	horizontalRule: () => h("hr"),
	hardBreak: () => h("br"),
	callout(node, place) {
		const kind = callouts.includes(text(node.attrs?.kind)) ? text(node.attrs?.kind) : "note";
		return h("div", { class: `callout callout--${kind}` }, [h("p", { class: "callout__title" }, place.words.callout(kind)), ...children(node, place)]);
	},
	codeBlock(node, place) {
		const code = plain(node);
		const language = text(node.attrs?.language);
		return h("div", { class: "code" }, [
			language ? h("span", { class: "code__language" }, language) : "",
			h("button", { class: "round code__copy", type: "button", "aria-label": place.words.copy, onClick: () => place.copy(code) }, [place.icon("copy")]),
			h("pre", { tabindex: 0 }, [h("code", code)]),
		]);
	},
	table(node, place) {
		const rows = node.content ?? [];
		const isHead = (row: DocNode) => (row.content ?? []).length > 0 && (row.content ?? []).every((cell) => cell.type === "tableHeader");
		const head = rows[0] && isHead(rows[0]) ? rows.slice(0, 1) : [];
		const body = rows.slice(head.length);
		return h("div", { class: "table", tabindex: 0, role: "region", "aria-label": place.words.table }, [
			h("table", [
				...(head.length ? [h("thead", head.flatMap((row) => one(row, place)))] : []),
				h("tbody", body.flatMap((row) => one(row, place))),
			]),
		]);
	},
	tableRow: wrap("tr"),
	tableHeader: (node, place) => h("th", { scope: "col", class: align(node) }, children(node, place)),
	tableCell: (node, place) => h("td", { class: align(node) }, children(node, place)),
	image: picture,
	mathInline: (node) => h("span", { class: "math" }, text(node.attrs?.tex)),
	mathBlock: (node) => h("div", { class: "math math--block", tabindex: 0 }, text(node.attrs?.tex)),
	footnotes: (node, place) => h("section", { class: "footnotes", "aria-label": place.words.footnotes }, [h("ol", children(node, place))]),
	footnote: (node, place) => h("li", { id: text(node.attrs?.id) || undefined }, children(node, place)),
	video: recording,
	audio: recording,
	pdf: recording,
	attachment: recording,
	text: marked,
};

function recording(node: DocNode, place: DocPlace): Child {
	const { asset, title } = node.attrs ?? {};
	return place.media ? place.media(number(asset) ?? 0, text(title)) : h("p", { class: "asset" }, text(title));
}

function align(node: DocNode): string | undefined {
	const side = text(node.attrs?.align);
	return side === "right" || side === "center" ? side : undefined;
}

function picture(node: DocNode, place: DocPlace): Child {
	const { blob, src, alt, width, height } = node.attrs ?? {};
	const source = text(blob) ? `/media/${encodeURIComponent(text(blob))}` : safeHref(text(src));
	if (!source)
		return h("span", { class: "missing" }, [place.icon("image-off"), text(alt) || place.words.missing]);
	return h("img", { src: source, alt: text(alt), width: number(width), height: number(height), loading: "lazy", decoding: "async" });
}

function figure(node: DocNode, place: DocPlace): Child {
	const title = text(node.attrs?.title);
	return h("figure", title ? [picture(node, place), h("figcaption", title)] : [picture(node, place)]);
}

function marked(node: DocNode, place: DocPlace): Child {
	return (node.marks ?? []).reduce<Child>((inner, mark) => {
		switch (mark.type) {
			case "bold":
				return h("strong", [inner]);
			case "italic":
				return h("em", [inner]);
			case "strike":
				return h("s", [inner]);
			case "code":
				return h("code", [inner]);
			case "link":
				return link(mark.attrs ?? {}, inner, place);
			default:
				return inner;
		}
	}, node.text ?? "");
}

function link(attrs: Record<string, unknown>, inner: Child, place: DocPlace): Child {
	const own = text(attrs.lesson) ? place.lessonHref(text(attrs.lesson), text(attrs.anchor) || undefined) : null;
	const href = own ?? safeHref(text(attrs.href));
	if (!href)
		return inner;
	const foreign = /^https?:/i.test(href);
	return h("a", {
		href,
		rel: foreign ? "noopener nofollow" : undefined,
		target: foreign ? "_blank" : undefined,
		onClick: foreign ? undefined : (event: MouseEvent) => place.go(href, event),
	}, [inner]);
}

function one(node: DocNode, place: DocPlace): Child | Child[] {
	const render = Object.hasOwn(nodes, node.type) ? nodes[node.type] : undefined;
	return render ? render(node, place) : node.text ?? children(node, place);
}

export const DocView: FunctionalComponent<{ doc: DocNode; place: DocPlace }> = ({ doc, place }) =>
	h("div", { class: "doc" }, children(doc, place));
DocView.props = ["doc", "place"];
