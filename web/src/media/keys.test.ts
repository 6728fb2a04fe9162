import { afterEach, describe, expect, it } from "vitest";
import { actOf, keepSpeed, keptSpeed, nextSpeed } from "./keys";

function press(key: string, html = "<main></main>", more: Partial<KeyboardEvent> = {}) {
	document.body.innerHTML = html;
	const target = document.body.firstElementChild;
	return actOf({ key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, defaultPrevented: false, target, ...more });
}

describe("keys of the player", () => {
	afterEach(() => localStorage.clear());
	it.each([[" ", "toggle"], ["k", "toggle"], ["K", "toggle"], ["c", "captions"], ["f", "full"], ["m", "mute"], [">", "faster"], ["<", "slower"]])("%s: %s", (key, what) => {
		expect(press(key)?.do).toBe(what);
	});
	it.each([["j", -10], ["l", 10], ["ArrowLeft", -5], ["ArrowRight", 5]])("%s: %d seconds", (key, by) => {
		expect(press(key)).toEqual({ do: "seek", by });
	});
	it.each(["<input>", "<textarea></textarea>", "<select></select>", "<div contenteditable></div>", "<input type='range'>"])("never in %s", (html) => {
		expect(press("k", html)).toBeNull();
		expect(press(" ", html)).toBeNull();
	});
	it("leaves a button its space bar, and a slider its arrows, but not its letters", () => {
		expect(press(" ", "<button></button>")).toBeNull();
		expect(press("k", "<button></button>")?.do).toBe("toggle");
		expect(press("ArrowLeft", "<div role='slider'></div>")).toBeNull();
	});
	it("never with a modifier, while composing, or when somebody else took it", () => {
		for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { isComposing: true }, { defaultPrevented: true }])
			expect(press("f", "<main></main>", more)).toBeNull();
		expect(press("constructor")).toBeNull();
	});
});

describe("speed", () => {
	it("goes by steps and stops at both ends", () => {
		expect(nextSpeed(1, true)).toBe(1.25);
		expect(nextSpeed(1, false)).toBe(0.75);
		expect(nextSpeed(0.75, false)).toBe(0.75);
		expect(nextSpeed(2.5, true)).toBe(2.5);
	});
	it("is remembered, and nonsense is not", () => {
		keepSpeed(1.5);
		expect(keptSpeed()).toBe(1.5);
		localStorage.setItem("player-speed", "17");
		expect(keptSpeed()).toBe(1);
	});
});
