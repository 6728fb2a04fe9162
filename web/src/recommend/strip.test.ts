// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { type StripWords, showStrip, tellClicks } from "./strip";

const words: StripWords = { title: "For you", go_on: "Go on", why: "Why?", rules: "Rules", settings: "Off", hide: "Not this", hidden: "Gone", free: "Free" };
const work = { id: 7, title: "<b>C</b>", url: "/course/c", hue: 1, pattern: 2, price: 0, language: "en", author: { name: "Ann" } };
const answer = { shown: 9, items: [{ work, position: 1, reason: { words: { en: "Similar content" } } }], continue: { work: 3, title: "D", lesson: "L", key: "a/b c", percent: 40 } };
const where = { place: "home", language: "en", base: "/en" };

function serve(status: number, body: unknown) {
	vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }))));
	const host = document.createElement("section");
	host.hidden = true;
	document.body.append(host);
	return host;
}
afterEach(() => {
	vi.unstubAllGlobals();
	document.body.innerHTML = "";
});

describe("a row of recommendations", () => {
	it("says each work's reason, and where one stopped", async () => {
		const host = serve(200, answer);
		await showStrip(host, words, where);
		expect(host.hidden).toBe(false);
		expect(host.querySelector(".card a")!.textContent).toBe("<b>C</b>");
		expect(host.textContent).toContain("Similar content");
		expect(host.querySelector<HTMLAnchorElement>("a.link")!.getAttribute("href")).toBe("/en/learn/3/a/b%20c");
		expect(host.querySelector<HTMLElement>("[data-shown]")!.dataset.shown).toBe("9");
	});
	it.each([[500, {}], [200, { shown: 1, items: [] }]])("stays away when there is nothing (%i)", async (status, body) => {
		const host = serve(status, body);
		await showStrip(host, words, where);
		expect(host.hidden).toBe(true);
	});
	it("takes away what is not wanted once the server knows", async () => {
		const host = serve(200, answer);
		await showStrip(host, words, where);
		vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(new Response(null, { status: 204 }))));
		host.querySelector("button")!.click();
		await vi.waitFor(() => expect(host.textContent).toContain("Gone"));
		expect(fetch).toHaveBeenCalledWith("/api/me/recommendations/hidden/7", { method: "PUT" });
	});
	it("tells a click with the list that it answers", async () => {
		const host = serve(200, answer);
		await showStrip(host, words, where);
		tellClicks(host, "app");
		host.querySelector<HTMLElement>(".card a")!.click();
		const call = vi.mocked(fetch).mock.calls.at(-1) as unknown as [string, { body: string }];
		expect(JSON.parse(call[1].body).items[0]).toMatchObject({ kind: "click", work: 7, shown: 9, position: 1, place: "app" });
	});
});
