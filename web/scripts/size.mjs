// Budgets, in brotli bytes of what dist/ really holds. Pages of the server are measured when BASE_URL says where it runs.
import { readFile } from "node:fs/promises";
import { brotliCompressSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", dist), "utf8"));
const assets = JSON.parse(await readFile(new URL("assets.json", dist), "utf8"));
const KB = 1000;
let failed = 0;

const packed = async (file) => (await readFile(new URL(`${file.replace(/^\//, "")}.br`, dist))).length;

/** A chunk and all that it imports at once, each file once. */
function files(key, seen = new Set()) {
	if (seen.has(key))
		return seen;
	seen.add(key);
	for (const next of manifest[key].imports ?? [])
		files(next, seen);
	return seen;
}
async function bytes(keys) {
	let sum = 0;
	for (const key of keys)
		sum += await packed(manifest[key].file);
	return sum;
}
function report(what, size, limit) {
	const ok = size <= limit;
	failed += ok ? 0 : 1;
	console.log(`${ok ? "ok  " : "FAIL"} ${what.padEnd(44)} ${(size / KB).toFixed(1).padStart(6)} KB of ${limit / KB}`);
}

const entry = files("src/main.ts");
const largestLocale = Math.max(...(await Promise.all(["zh-CN", "en"].map((name) => packed(manifest[`src/locales/${name}.json`].file)))));
report("application: entry and messages", (await bytes(entry)) + largestLocale, 60 * KB);
report("application: style", (await packed(assets.css)) + (await packed(assets.app_css)), 10 * KB);
for (const [key, chunk] of Object.entries(manifest))
	if (chunk.isDynamicEntry && key.endsWith("Page.vue"))
		report(`route ${key.replace("src/", "")}`, await bytes([...files(key)].filter((one) => !entry.has(one))), 25 * KB);
const script = await bytes(files("src/public/public.ts"));
report("public page: own script", script, 4 * KB);

for (const path of process.env.BASE_URL ? (process.env.PAGES ?? "/ /courses /search?keyword=c").split(" ") : []) {
	const page = brotliCompressSync(Buffer.from(await (await fetch(new URL(path, process.env.BASE_URL))).arrayBuffer())).length;
	report(`public page ${path}: HTML, style, script`, page + (await packed(assets.css)) + script, 14 * KB);
}
process.exit(failed ? 1 : 0);
