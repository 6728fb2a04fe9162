// Between the editor's JSON and ours: the same but for attributes without a value, which we do not store.
import type { JSONContent } from "@tiptap/core";

export interface DocJson {
	type: string;
	attrs?: Record<string, unknown>;
	content?: DocJson[];
	text?: string;
	marks?: { type: string; attrs?: Record<string, unknown> }[];
}

export const emptyDoc: DocJson = { type: "doc", content: [] };

/** What stands for nothing: absent in what is imported, a default in the editor. */
const silent: Record<string, unknown> = { start: 1, checked: false };

function attrsOf(attrs: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
	const said = Object.entries(attrs ?? {}).filter(([name, value]) => value !== null && value !== undefined && value !== "" && silent[name] !== value);
	return said.length ? Object.fromEntries(said) : undefined;
}

/** Texts that stand side by side with the same marks are one. */
function joined(nodes: DocJson[]): DocJson[] {
	const marks = (node: DocJson) => JSON.stringify([...(node.marks ?? [])].sort((a, b) => a.type.localeCompare(b.type)));
	return nodes.reduce<DocJson[]>((done, node) => {
		const last = done.at(-1);
		if (last?.type === "text" && node.type === "text" && marks(last) === marks(node))
			done[done.length - 1] = { ...last, text: `${last.text ?? ""}${node.text ?? ""}` };
		else
			done.push(node);
		return done;
	}, []);
}

/** Our document, from what the editor holds or from one of ours: the same texts give the same JSON. */
export function tidy(node: JSONContent | DocJson): DocJson {
	const attrs = attrsOf(node.attrs);
	const marks = node.marks?.map((mark) => {
		const of = attrsOf(mark.attrs);
		return of ? { type: mark.type, attrs: of } : { type: mark.type };
	});
	return {
		type: node.type ?? "paragraph",
		...(attrs && { attrs }),
		...(node.content?.length && { content: joined(node.content.map(tidy)) }),
		...(node.text !== undefined && { text: node.text }),
		...(marks?.length && { marks }),
	};
}

/** For comparing: marks have no order of their own, and an editor's document is never quite empty. */
function canonical(node: DocJson): unknown {
	const marks = node.marks && [...node.marks].sort((a, b) => a.type.localeCompare(b.type));
	return [node.type, Object.entries(node.attrs ?? {}).sort(), node.text, marks, (node.content ?? []).map(canonical)];
}
const bare = (doc: DocJson) => (doc.content?.length === 1 && doc.content[0]?.type === "paragraph" && !doc.content[0].content ? emptyDoc : doc);

export function same(a: DocJson, b: DocJson): boolean {
	return JSON.stringify(canonical(bare(tidy(a)))) === JSON.stringify(canonical(bare(tidy(b))));
}
