import { describe, expect, it } from "vitest";
import { type Found, placeOf, recordings, sorted, wanted, withoutRoot } from "./dropped";

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
	it("is recordings and documents too, not their captions", () => {
		const names = ["v/1.mp4", "a.MP3", "b.pdf", "c.md", "d.png", "e.vtt", "f.exe", ".cache/g.mp4"];
		expect(recordings(names.map(at)).map((file) => file.name)).toEqual(["1.mp4", "a.MP3", "b.pdf"]);
	});
	it("stands in the order of the files, whichever came whole first, beside lessons that are there still", () => {
		const made = new Map([[5, 50], [2, 20], [9, 90]]);
		expect(placeOf(7, made, new Set([20, 50, 90]))).toEqual({ after: 50 });
		expect(placeOf(7, made, new Set([20, 90]))).toEqual({ after: 20 });
		expect(placeOf(1, made, new Set([20, 50, 90]))).toEqual({ before: 20 });
		expect(placeOf(1, made, new Set())).toEqual({});
	});
	it("sends only pictures that a text names", () => {
		const all = [at("img/a b.png"), at("img/c.png")];
		expect(wanted(all, ["![](img/a%20b.png)"]).map(({ path }) => path)).toEqual(["img/a b.png"]);
	});
});
