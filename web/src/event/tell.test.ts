// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { clickOf, placeOf, tell, watch } from "./tell";

const sent = () => (vi.mocked(fetch).mock.calls as [string, { body: string; keepalive: boolean }][]).map(([url, init]) => ({ url, ...JSON.parse(init.body), keepalive: init.keepalive }));

afterEach(() => {
	vi.unstubAllGlobals();
	document.body.innerHTML = "";
});
function listen() {
	vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(new Response("{}"))));
}

describe("what happened on a page", () => {
	it("names places by the first part of the address", () => {
		expect(["/", "/en", "/en/", "/courses", "/en/course/a-b", "/english", "/%E7"].map(placeOf)).toEqual(["home", "home", "home", "courses", "course", "english", "other"]);
	});
	it("is told with a key of its own, while the page may be left", () => {
		listen();
		tell({ kind: "view", place: "home" }, { kind: "view", place: "home" });
		const [one] = sent();
		expect(one!.url).toBe("/api/events");
		expect(one!.keepalive).toBe(true);
		expect(new Set(one!.items.map((item: { key: string }) => item.key)).size).toBe(2);
		expect(one!.items.every((item: { key: string }) => item.key.length >= 8 && item.key.length <= 40)).toBe(true);
	});
	it.each([[{ doNotTrack: "1" }], [{ globalPrivacyControl: true }]])("is not told where the browser says %o", (more) => {
		listen();
		vi.stubGlobal("navigator", more);
		tell({ kind: "view" });
		expect(fetch).not.toHaveBeenCalled();
	});
	it("takes a click within a card, with what it was shown by", () => {
		document.body.innerHTML = `<div data-shown="9"><div data-work="7" data-position="2"><a href="#" id="a">x</a></div></div><a href="#" id="b">y</a><div data-work="x"><a id="c"></a></div>`;
		expect(clickOf(document.querySelector("#a")!, "home")).toEqual({ kind: "click", work: 7, place: "home", shown: 9, position: 2 });
		expect(clickOf(document.querySelector("#b")!, "home")).toBeNull();
		expect(clickOf(document.querySelector("#c")!, "home")).toBeNull();
	});
	it("is a view of the work that the page sells, and each click on a card", () => {
		listen();
		document.body.innerHTML = `<a data-buy="3"></a><div data-work="7"><a href="#" id="a"><b>x</b></a></div>`;
		watch(document);
		document.querySelector<HTMLElement>("#a b")!.click();
		expect(sent().map((one) => one.items[0])).toMatchObject([{ kind: "view", work: 3 }, { kind: "click", work: 7 }]);
	});
});
