// The editor's kinds of nodes are those of our documents (src/catalog/doc_check.c), by the same names: what is stored is what the
// editor holds, and nothing is converted on the way but attributes that say nothing.
import { type Extensions, Mark, Node, mergeAttributes } from "@tiptap/core";
import StarterKit from "@tiptap/starter-kit";
import { safeHref } from "../../base/doc/DocView";
import { tableKeys } from "./table";

const text = (value: unknown) => (typeof value === "string" ? value : "");
/** Attributes that the page does not show: they live in the document only. */
const kept = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { default: null, rendered: false }]));

const callout = Node.create({
	name: "callout",
	group: "block",
	content: "block+",
	defining: true,
	addAttributes: () => ({ kind: { default: "note", parseHTML: (element) => element.getAttribute("data-kind") ?? "note" } }),
	parseHTML: () => [{ tag: "div[data-kind]" }],
	renderHTML: ({ node }) => ["div", { class: `callout callout--${text(node.attrs.kind)}`, "data-kind": text(node.attrs.kind) }, 0],
});

const taskItem = Node.create({
	name: "taskItem",
	content: "block+",
	defining: true,
	addAttributes: () => ({ checked: { default: false, parseHTML: (element) => element.classList.contains("task--done") } }),
	parseHTML: () => [{ tag: "li.task", priority: 60 }],
	renderHTML: ({ node }) => ["li", { class: node.attrs.checked ? "task task--done" : "task" }, 0],
});

const image = Node.create({
	name: "image",
	group: "inline",
	inline: true,
	draggable: true,
	addAttributes: () => kept("blob", "src", "alt", "title", "width", "height"),
	renderHTML({ node }) {
		const { blob, alt, width, height } = node.attrs;
		if (!text(blob))
			return ["span", { class: "missing" }, text(alt) || "□"];
		return ["img", { src: `/media/${encodeURIComponent(text(blob))}`, alt: text(alt), width: width ?? undefined, height: height ?? undefined }];
	},
});

const math = (name: string, block: boolean) => Node.create({
	name,
	group: block ? "block" : "inline",
	inline: !block,
	atom: true,
	selectable: true,
	addAttributes: () => ({ tex: { default: "", rendered: false, parseHTML: (element) => element.getAttribute("data-tex") ?? "" } }),
	parseHTML: () => [{ tag: `${block ? "div" : "span"}[data-tex]` }],
	renderHTML: ({ node }) => [block ? "div" : "span", { class: block ? "math math--block" : "math", "data-tex": text(node.attrs.tex) }, text(node.attrs.tex) || "…"],
});

const align = { align: { default: null, rendered: false } };
const cell = (name: string, tag: string) => Node.create({
	name,
	content: "inline*",
	isolating: true,
	addAttributes: () => align,
	parseHTML: () => [{ tag }],
	renderHTML: ({ node }) => [tag, { class: node.attrs.align ? text(node.attrs.align) : undefined }, 0],
});
const tableRow = Node.create({ name: "tableRow", content: "(tableHeader | tableCell)*", parseHTML: () => [{ tag: "tr" }], renderHTML: () => ["tr", 0] });
const table = Node.create({
	name: "table",
	group: "block",
	content: "tableRow+",
	isolating: true,
	parseHTML: () => [{ tag: "table" }],
	renderHTML: () => ["table", ["tbody", 0]],
	addKeyboardShortcuts: tableKeys,
});

/** What was imported with footnotes keeps them; they are edited as text. */
const footnotes = Node.create({ name: "footnotes", group: "block", content: "footnote+", isolating: true, renderHTML: () => ["section", { class: "footnotes" }, ["ol", 0]] });
const footnote = Node.create({ name: "footnote", content: "block+", addAttributes: () => kept("id"), renderHTML: () => ["li", 0] });

const files = ["video", "audio", "pdf", "attachment"].map((name) => Node.create({
	name,
	group: "block",
	atom: true,
	draggable: true,
	addAttributes: () => kept("asset", "title"),
	renderHTML: ({ node }) => ["div", { class: `asset asset--${name}` }, text(node.attrs.title) || name],
}));

const link = Mark.create({
	name: "link",
	inclusive: false,
	priority: 1000,
	addAttributes: () => ({
		href: { default: null, parseHTML: (element) => safeHref(element.getAttribute("href") ?? "") },
		lesson: { default: null, rendered: false },
		anchor: { default: null, rendered: false },
	}),
	parseHTML: () => [{ tag: "a[href]", getAttrs: (element) => (safeHref(element.getAttribute("href") ?? "") ? null : false) }],
	renderHTML: ({ HTMLAttributes }) => ["a", mergeAttributes(HTMLAttributes, { rel: "noopener nofollow" }), 0],
});

const kit = StarterKit.configure({ link: false, underline: false, trailingNode: false, code: false, heading: false, bulletList: false, orderedList: false, listItem: false });

const code = Mark.create({
	name: "code",
	parseHTML: () => [{ tag: "code" }],
	renderHTML: () => ["code", 0],
	addKeyboardShortcuts() {
		return { "Mod-e": () => this.editor.commands.toggleMark("code") };
	},
});

const levels = [1, 2, 3, 4, 5, 6];
const heading = Node.create({
	name: "heading",
	group: "block",
	content: "inline*",
	defining: true,
	addAttributes: () => ({ level: { default: 2, rendered: false }, ...kept("id") }),
	parseHTML: () => levels.map((level) => ({ tag: `h${level}`, attrs: { level: Math.max(2, level) } })),
	renderHTML: ({ node }) => [`h${Math.max(2, Number(node.attrs.level))}`, 0],
	addKeyboardShortcuts() {
		const key = (level: number) => [`Mod-Alt-${level}`, () => this.editor.commands.toggleNode("heading", "paragraph", { level })] as const;
		return Object.fromEntries([2, 3, 4].map(key));
	},
});

const items = "(listItem | taskItem)+";
const bulletList = Node.create({ name: "bulletList", group: "block list", content: items, parseHTML: () => [{ tag: "ul" }], renderHTML: () => ["ul", 0] });
const orderedList = Node.create({
	name: "orderedList",
	group: "block list",
	content: items,
	addAttributes: () => ({ start: { default: 1, parseHTML: (element) => Number(element.getAttribute("start") ?? 1) } }),
	parseHTML: () => [{ tag: "ol" }],
	renderHTML: ({ node }) => ["ol", { start: node.attrs.start as number }, 0],
});
const listItem = Node.create({
	name: "listItem",
	content: "block+",
	defining: true,
	parseHTML: () => [{ tag: "li" }],
	renderHTML: () => ["li", 0],
	addKeyboardShortcuts() {
		const either = (act: (name: string) => boolean) => act("listItem") || act("taskItem");
		return {
			Enter: () => either((name) => this.editor.commands.splitListItem(name)),
			Tab: () => either((name) => this.editor.commands.sinkListItem(name)),
			"Shift-Tab": () => either((name) => this.editor.commands.liftListItem(name)),
		};
	},
});

export const extensions: Extensions = [
	kit, link, code, heading, bulletList, orderedList, listItem, taskItem, callout, image, math("mathInline", false), math("mathBlock", true),
	table, tableRow, cell("tableHeader", "th"), cell("tableCell", "td"), footnotes, footnote, ...files,
];
