import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import TalkText from "./TalkText.vue";
import { paragraphs, pieces } from "./text";

const links = (line: string) => pieces(line).flatMap((piece) => piece.href ?? []);

describe("what somebody wrote", () => {
	it("has links for http and https alone", () => {
		expect(links("see https://a.cn/b?c=1#d, and (http://e.cn).")).toEqual(["https://a.cn/b?c=1#d", "http://e.cn"]);
		expect(links("javascript:alert(1) data:text/html,x //a.cn ftp://a.cn www.a.cn")).toEqual([]);
	});
	it("keeps every character", () => {
		for (const line of ["a https://b.cn c", "https://b.cn", "见https://b.cn。好", "http://", "https://b.cn'\"><script>"])
			expect(pieces(line).map((piece) => piece.text).join("")).toBe(line);
	});
	it("has paragraphs and lines", () => {
		expect(paragraphs("a\nb\n\nc")).toEqual([[[{ text: "a" }], [{ text: "b" }]], [[{ text: "c" }]]]);
	});
	it("is text, whatever it is", () => {
		const said = mount(TalkText, { props: { text: "<img src=x onerror=alert(1)> https://a.cn/\"onmouseover=alert(1) <script>alert(1)</script>" } });
		expect(said.findAll("p, a").length).toBe(said.element.querySelectorAll("*").length);
		expect(said.findAll("a").map((link) => link.element.getAttributeNames().sort().join())).toEqual(["class,href,rel,target"]);
		expect(said.find("a").attributes()).toMatchObject({ href: "https://a.cn/", rel: "nofollow ugc noopener noreferrer" });
	});
});
