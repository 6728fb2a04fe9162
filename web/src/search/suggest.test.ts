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
