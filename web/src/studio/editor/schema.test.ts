import { getSchema } from "@tiptap/core";
import { describe, expect, it } from "vitest";
import { type DocJson, emptyDoc, same, tidy } from "./content";
import { extensions } from "./schema";
import every from "./testdata/every.json";
import lessons from "./testdata/lessons.json";

const schema = getSchema(extensions);
const through = (doc: DocJson): DocJson => {
	const node = schema.nodeFromJSON(doc.content?.length ? doc : { type: "doc", content: [{ type: "paragraph" }] });
	node.check();
	return tidy(node.toJSON());
};

describe("the editor's schema", () => {
	it("holds every kind of node, mark and attribute there is", () => {
		expect(through(every as DocJson)).toEqual(tidy(every as DocJson));
	});
	it("holds lessons that were imported, as they are", () => {
		for (const doc of lessons as DocJson[])
			expect(same(through(doc), doc)).toBe(true);
	});
	it("holds an empty lesson", () => {
		expect(same(through(emptyDoc), emptyDoc)).toBe(true);
	});
	it("knows no node that we do not", () => {
		expect(() => schema.nodeFromJSON({ type: "doc", content: [{ type: "script" }] })).toThrow();
	});
	it("is not fooled: another text is another document", () => {
		const changed = JSON.parse(JSON.stringify(lessons[0]).replace('"text":"', '"text":"x')) as DocJson;
		expect(same(changed, lessons[0] as DocJson)).toBe(false);
	});
});
