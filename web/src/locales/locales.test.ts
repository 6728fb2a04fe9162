import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

type Messages = { [key: string]: string | Messages };
const root = join(process.cwd(), "src");
const read = (file: string) => JSON.parse(readFileSync(join(root, "locales", file), "utf8")) as Messages;

function flat(messages: Messages, above = ""): Map<string, string> {
	return new Map(Object.entries(messages).flatMap(([key, value]) => (typeof value === "string" ? [[above + key, value] as const] : [...flat(value, `${above}${key}.`)])));
}
/** zh-CN.json, and the rooms that have files of their own: ROOM-zh-CN.json. */
const whole = (language: string) => new Map(readdirSync(join(root, "locales")).filter((file) => file.endsWith(`${language}.json`)).flatMap((file) => [...flat(read(file))]));
const zh = whole("zh-CN");
const en = whole("en");
const names = (message: string) => [...new Set([...message.matchAll(/\{(\w+)\}/g)].map((found) => found[1]))].sort().join();

/** The code without comments and <style>. */
const files = (folder: string, end: RegExp): string[] =>
	readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
		entry.isDirectory() ? files(join(folder, entry.name), end) : end.test(entry.name) ? [join(folder, entry.name)] : []);
const templates = files(join(process.cwd(), "../src"), /pages\/.*\.html$|\.html$/).filter((file) => !/\.(zh-CN|en)\.html$/.test(file));

describe("messages", () => {
	it("are the same in both languages", () => {
		expect([...en.keys()].sort()).toEqual([...zh.keys()].sort());
	});
	it.each([...zh.keys()])("%s: takes the same names", (key) => {
		expect(names(en.get(key)!)).toBe(names(zh.get(key)!));
	});
	it("stand in no component and in no template", () => {
		const guilty = [...files(root, /\.(vue|ts)$/).filter((file) => !file.endsWith(".test.ts")), ...templates].filter((file) => {
			const text = readFileSync(file, "utf8").replace(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\/|\/\/.*|中文|知坊/g, "");
			return /[\u3400-\u9fff]/.test(text);
		});
		expect(guilty).toEqual([]);
	});
	it("that templates ask for are there", () => {
		const asked = templates.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/\{\{t\.([\w.-]+)/g)].map((found) => found[1]!));
		expect(asked.length).toBeGreaterThan(50);
		expect(asked.filter((key) => !zh.has(key))).toEqual([]);
	});
	it("that components ask for are there", () => {
		const asked = files(root, /\.(vue|ts)$/).flatMap((file) => [...readFileSync(file, "utf8").matchAll(/\bt\("([\w.-]+)"/g)].map((found) => found[1]!));
		expect(asked.length).toBeGreaterThan(20);
		expect(asked.filter((key) => !zh.has(key))).toEqual([]);
	});
});
