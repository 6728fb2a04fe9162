import { afterEach, expect, it, vi } from "vitest";
import { wireSuggest } from "./suggest";

afterEach(() => vi.unstubAllGlobals());

it("suggestions closed by Escape come back by the arrow", async () => {
	vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ items: [{ text: "概率", kind: "tag" }, { text: "概率论", kind: "tag" }] })));
	document.body.innerHTML = '<form><input value="gail"></form>';
	const form = document.querySelector("form")!;
	const input = document.querySelector("input")!;
	const press = (key: string) => input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
	input.focus();
	wireSuggest(form);
	await vi.waitFor(() => expect(input.getAttribute("aria-expanded")).toBe("true"));
	press("Escape");
	expect(input.getAttribute("aria-expanded")).toBe("false");
	press("ArrowDown");
	expect(input.getAttribute("aria-expanded")).toBe("true");
	expect(input.getAttribute("aria-activedescendant")).toMatch(/-0$/);
});

it("an answer that comes after Escape opens nothing, one that comes after an arrow takes nothing away", async () => {
	const answers: (() => void)[] = [];
	vi.stubGlobal("fetch", () => new Promise((done) => answers.push(() => done(new Response(JSON.stringify({ items: [{ text: "概率", kind: "tag" }] }))))));
	document.body.innerHTML = '<form><input value="gai"></form>';
	const input = document.querySelector("input")!;
	const press = (key: string) => input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
	const type = () => input.dispatchEvent(new Event("input"));
	const settled = () => new Promise((done) => setTimeout(done, 120));
	input.focus();
	wireSuggest(document.querySelector("form")!);
	answers.shift()!();
	await vi.waitFor(() => expect(input.getAttribute("aria-expanded")).toBe("true"));
	type();
	press("ArrowDown");
	await settled();
	expect(answers).toHaveLength(0);
	expect(input.getAttribute("aria-activedescendant")).toMatch(/-0$/);
	type();
	await vi.waitFor(() => expect(answers).toHaveLength(1));
	press("Escape");
	answers.shift()!();
	await settled();
	expect(input.getAttribute("aria-expanded")).toBe("false");
});
