import { describe, expect, it } from "vitest";
import { type Found, sorted, wanted, withoutRoot } from "./dropped";

const at = (path: string): Found => ({ path, file: new File([""], path.split("/").at(-1)!) });

describe("what was dropped", () => {
	it("is Markdown and pictures, without the folder around it all", () => {
		const { texts, pictures } = sorted([at("book/1/a.md"), at("book/b.markdown"), at("book/img/x.PNG"), at("book/.git/c.md"), at("book/notes.txt")]);
		expect(texts.map(({ path }) => path)).toEqual(["1/a.md", "b.md"]);
		expect(pictures.map(({ path }) => path)).toEqual(["img/x.PNG"]);
	});
	it("stays as it is where there is no one folder", () => {
		expect(withoutRoot([at("a.md"), at("x/b.md")]).map(({ path }) => path)).toEqual(["a.md", "x/b.md"]);
		expect(withoutRoot([])).toEqual([]);
	});
	it("sends only pictures that a text names", () => {
		const all = [at("img/a b.png"), at("img/c.png")];
		expect(wanted(all, ["![](img/a%20b.png)"]).map(({ path }) => path)).toEqual(["img/a b.png"]);
	});
});
