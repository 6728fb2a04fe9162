// Every accent is readable on every ground, in light and in dark: as text, behind text, and in its soft form.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (name: string) => readFileSync(`src/styles/${name}.css`, "utf8");
const accents = ["teal", "blue", "indigo", "purple", "rose", "orange", "green", "ink"];

type Values = Record<string, string>;
/** The custom properties of the rule whose selector begins so. */
function values(css: string, selector: string): Values {
	const at = css.indexOf(selector);
	expect(at, selector).toBeGreaterThan(-1);
	const body = css.slice(css.indexOf("{", at) + 1, css.indexOf("}", at));
	return Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{3,8});/g)].map((found) => [found[1]!, found[2]!]));
}
function light(color: string): number {
	const hex = color.length === 4 ? [...color.slice(1)].map((c) => c + c).join("") : color.slice(1);
	const part = (at: number) => {
		const v = parseInt(hex.slice(at, at + 2), 16) / 255;
		return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	};
	return 0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4);
}
export function contrast(a: string, b: string): number {
	const [x, y] = [light(a), light(b)];
	return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}
const tokens = read("tokens");
const sheet = read("accents");
const grounds = { light: values(tokens, ":root {"), dark: values(tokens, ':root[data-theme="dark"]') };
const dark = (name: string) => `:root[data-theme="dark"][data-accent="${name}"]`;
const asked = (name: string) => `:root:not([data-theme="light"])[data-accent="${name}"]`;

describe.each(accents)("%s", (name) => {
	it.each(["light", "dark"] as const)("in %s", (mode) => {
		const { bg, surface, sunk, fg, muted } = grounds[mode] as Record<"bg" | "surface" | "sunk" | "fg" | "muted", string>;
		const own = values(sheet, mode === "light" ? `\n[data-accent="${name}"]` : dark(name));
		const [primary, strong, soft, on] = ["primary", "primary-strong", "primary-soft", "on-primary"].map((key) => own[key]!) as [string, string, string, string];
		const pairs = [[primary, bg], [primary, surface], [primary, sunk], [primary, soft], [strong, soft], [on, primary], [on, strong], [fg, soft], [muted, soft]] as const;
		for (const [text, ground] of pairs)
			expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.8);
	});
	it("is the same when the system asks for dark", () => {
		expect(values(sheet, asked(name))).toEqual(values(sheet, dark(name)));
	});
});

it("are those that the program knows", () => {
	const known = [...readFileSync("../src/site/shop.h", "utf8").matchAll(/X\(\w+, "(\w+)"\)/g)].map((found) => found[1]);
	expect(known).toEqual(accents);
});
it("teal is that of every page", () => {
	expect(values(tokens, ":root {")).toMatchObject({ primary: values(sheet, '\n[data-accent="teal"]').primary! });
	expect(grounds.dark).toMatchObject({ primary: values(sheet, dark("teal")).primary! });
});
it("black on white is 21", () => {
	expect(contrast("#000", "#ffffff")).toBeCloseTo(21, 5);
});
