import { mount } from "@vue/test-utils";
import { h } from "vue";
import { describe, expect, it, vi } from "vitest";
import { type DocNode, DocView, safeHref } from "./DocView";

const text = (words: string, ...marks: DocNode["marks"] & object): DocNode => ({ type: "text", text: words, marks });
const p = (...content: DocNode[]): DocNode => ({ type: "paragraph", content });
const go = vi.fn();

function render(...content: DocNode[]) {
	const place = {
		words: { callout: (kind: string) => `<${kind}>`, missing: "missing", table: "table", footnotes: "notes", copy: "copy" },
		lessonHref: (key: string, anchor?: string) => `/learn/1/${key}${anchor ? `#${anchor}` : ""}`,
		go,
		copy: vi.fn(),
		icon: (name: string) => h("i", name),
	};
	return mount(DocView, { props: { doc: { type: "doc", content }, place } });
}

describe("a document", () => {
	it("becomes the elements of the whitelist", () => {
		const doc = render(
			{ type: "heading", attrs: { level: 1, id: "a" }, content: [text("A")] },
			{ type: "orderedList", attrs: { start: 3 }, content: [{ type: "listItem", content: [p(text("x", { type: "bold" }))] }] },
			{ type: "callout", attrs: { kind: "tip" }, content: [p(text("t"))] },
			{ type: "mathBlock", attrs: { tex: "a<b" } },
		);
		expect(doc.html()).toContain('<h2 id="a">A</h2>');
		expect(doc.find("ol").attributes("start")).toBe("3");
		expect(doc.find("strong").text()).toBe("x");
		expect(doc.find(".callout--tip .callout__title").text()).toBe("<tip>");
		expect(doc.find(".math--block").text()).toBe("a<b");
	});
	it("shows what it does not know as the text that it holds", () => {
		const doc = render({ type: "script", content: [text("alert(1)")] }, { type: "constructor", content: [text("x")] }, p(text("y", { type: "blink" })));
		expect(doc.element.querySelector("script")).toBeNull();
		expect(doc.text()).toBe("alert(1)xy");
	});
	it("never makes markup of text", () => {
		const doc = render(p(text("<img src=x onerror=alert(1)>")));
		expect(doc.find("img").exists()).toBe(false);
		expect(doc.text()).toBe("<img src=x onerror=alert(1)>");
	});
	it("has a head where the first row is one, and marks number columns", () => {
		const cell = (type: string, words: string, align?: string): DocNode => ({ type, attrs: { align }, content: [p(text(words))] });
		const doc = render({ type: "table", content: [
			{ type: "tableRow", content: [cell("tableHeader", "n"), cell("tableHeader", "x", "right")] },
			{ type: "tableRow", content: [cell("tableCell", "1"), cell("tableCell", "2", "right")] },
		] });
		expect(doc.findAll("thead th[scope=col]")).toHaveLength(2);
		expect(doc.findAll("tbody td.right")).toHaveLength(1);
	});
	it("says where a picture is missing, and gives the others their size", () => {
		const doc = render(p({ type: "image", attrs: { alt: "lost" } }), p({ type: "image", attrs: { blob: "ab.png", alt: "found", width: 4, height: 3 } }));
		expect(doc.find(".missing").text()).toContain("lost");
		expect(doc.find("figure img[width='4'][height='3']").attributes("src")).toBe("/media/ab.png");
	});
});

describe("recordings", () => {
	const video: DocNode = { type: "video", attrs: { asset: 7, title: "Intro" } };

	it("are shown by whoever knows how, and by their title elsewhere", () => {
		expect(render(video).find("p.asset").text()).toBe("Intro");
		const place = { words: {} as never, lessonHref: () => "", go, copy: vi.fn(), icon: () => h("i"), media: (asset: number, title: string) => h("b", `${asset} ${title}`) };
		const doc = mount(DocView, { props: { doc: { type: "doc", content: [video, { type: "pdf" }] }, place } });
		expect(doc.findAll("b").map((b) => b.text())).toEqual(["7 Intro", "0"]);
	});
});

describe("links", () => {
	it.each([["https://a.cn/x", true], ["mailto:a@b.cn", true], ["/help", true], ["#part", true], ["javascript:alert(1)", false],
		["JaVaScRiPt:alert(1)", false], ["//evil.cn", false], ["/\\evil.cn", false], ["data:text/html,x", false], [" javascript:x", false]])("%s: %s", (href, ok) => {
		expect(safeHref(href) !== null).toBe(ok);
	});
	it("lead to lessons inside, and abroad without a referrer's power", async () => {
		const doc = render(p(text("in", { type: "link", attrs: { lesson: "01/b", anchor: "c" } }), text("out", { type: "link", attrs: { href: "https://a.cn" } })));
		const [inside, outside] = doc.findAll("a");
		expect(inside!.attributes("href")).toBe("/learn/1/01/b#c");
		expect(outside!.attributes("rel")).toContain("noopener");
		await inside!.trigger("click");
		expect(go).toHaveBeenCalledWith("/learn/1/01/b#c", expect.anything());
	});
});
