// npm run build: generate, check types, bundle, then what the server wants beside the bundle.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { generate } from "./generate.mjs";

const web = new URL("../", import.meta.url);
const dist = new URL("dist/", web);

function checkTypes() {
	const done = spawnSync(process.execPath, [new URL("node_modules/vue-tsc/bin/vue-tsc.js", web).pathname, "--noEmit"],
		{ cwd: web, stdio: "inherit" });
	if (done.status !== 0)
		process.exit(done.status ?? 1);
}

// The favicon is asked for by templates only, so Vite does not see it.
async function copyFavicon() {
	const bytes = await readFile(new URL("src/favicon.gen.svg", web));
	const name = `favicon-${createHash("sha256").update(bytes).digest("hex").slice(0, 8)}.svg`;
	await writeFile(new URL(`assets/${name}`, dist), bytes);
	return `/assets/${name}`;
}

async function writeAssets() {
	const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", dist), "utf8"));
	const file = (key) => `/${manifest[key].file}`;
	const icons = (await readdir(new URL("assets/", dist))).find((name) => /^icons\.gen-.*\.svg$/.test(name));
	await writeFile(new URL("assets.json", dist), JSON.stringify({
		css: file("src/styles/public.css"),
		js: file("src/public/public.ts"),
		dress: file("src/styles/dress.css"),
		icons: `/assets/${icons}`,
		favicon: await copyFavicon(),
		app_css: `/${manifest["src/main.ts"].css[0]}`,
		app_js: file("src/main.ts"),
	}, null, "\t") + "\n");
}

async function copyLocales() {
	await mkdir(new URL("locales", dist), { recursive: true });
	for (const language of ["zh-CN", "en"])
		await copyFile(new URL(`src/locales/${language}.json`, web), new URL(`locales/${language}.json`, dist));
}

async function compress() {
	const folder = new URL("assets/", dist);
	for (const name of (await readdir(folder)).filter((entry) => /\.(js|css|svg)$/.test(entry))) {
		const bytes = await readFile(new URL(name, folder));
		const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
		await writeFile(new URL(`${name}.br`, folder), brotliCompressSync(bytes, { params }));
		await writeFile(new URL(`${name}.gz`, folder), gzipSync(bytes, { level: 9 }));
	}
}

await generate();
checkTypes();
await build({ root: web.pathname, configFile: new URL("vite.config.ts", web).pathname, logLevel: "warn" });
await writeAssets();
await copyLocales();
await compress();
