import { readFileSync, readdirSync } from "node:fs";
import { baseCompile } from "@intlify/message-compiler";
import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";

// KaTeX names each font in three formats; every browser that we serve reads the first.
const oneFontFormat: Plugin = {
	name: "one-font-format",
	enforce: "pre",
	transform(code, id) {
		if (!id.includes("katex") || !id.endsWith(".css"))
			return null;
		return { code: code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, ""), map: null };
	},
};

type Messages = { [key: string]: string | Messages };

// Groups that only one room asks for: left out of what everybody loads, and given by "zh-CN.json?only=studio".
const rooms = ["studio", "factor", "privacy", "refund", "staff", "media", "learn", "quiz", "lesson", "callout", "order", "checkout", "problem", "search", "list", "sort", "shelf"];

const sources = (readdirSync("src", { recursive: true }) as string[]).filter((name) => /\.(vue|ts)$/.test(name)).map((name) => readFileSync(`src/${name}`, "utf8")).join("\n");
/** Some groups are those of the server's pages and letters only; the application does without them. */
const isAsked = (group: string) => new RegExp(`["'\`]${group}\\.`).test(sources);
/** And of the others, words that no source names do not come along: those of public pages that stand beside ours. */
const isNamed = (group: string, key: string) => sources.includes(`${group}.${key}`) || sources.includes(`${group}.\${`);

// Messages are compiled here, so that no visitor loads a compiler; plain ones stay the strings that they are.
const compiledMessages: Plugin = {
	name: "compiled-messages",
	enforce: "pre",
	transform(code, id) {
		const asked = /\/locales\/[\w-]+\.json(?:\?only=([\w-]+))?$/.exec(id);
		if (!asked)
			return null;
		const compile = (message: string | Messages): unknown => {
			if (typeof message !== "string")
				return Object.fromEntries(Object.entries(message).map(([key, value]) => [key, compile(value)]));
			return /[{|@]/.test(message) ? baseCompile(message, { jit: true, minify: true, mangle: true, location: false }).ast : message;
		};
		const all = Object.entries(JSON.parse(code) as Messages);
		const chosen = all.filter(([group]) => (asked[1] ? asked[1].split("-").includes(group) : !rooms.includes(group) && isAsked(group)));
		const named = ([group, words]: [string, string | Messages]) => [group, typeof words === "string" ? words : Object.fromEntries(Object.entries(words).filter(([key]) => isNamed(group, key)))];
		const json = JSON.stringify(compile(Object.fromEntries(asked[1] ? chosen : chosen.map(named))));
		return { code: asked[1] ? `export default ${json}` : json, map: null };
	},
};

export default defineConfig({
	plugins: [oneFontFormat, compiledMessages, vue()],
	// the common file of pinia brings its devtools, down to a way to save files
	resolve: { alias: { "vue-i18n": "vue-i18n/dist/vue-i18n.runtime.mjs", pinia: new URL("node_modules/pinia/dist/pinia.esm-browser.prod.js", import.meta.url).pathname } },
	publicDir: false,
	define: {
		__VUE_OPTIONS_API__: false,
		__VUE_I18N_LEGACY_API__: false,
		__VUE_I18N_FULL_INSTALL__: false,
		__INTLIFY_PROD_DEVTOOLS__: false,
		__INTLIFY_JIT_COMPILATION__: true,
		__INTLIFY_DROP_MESSAGE_COMPILER__: true,
	},
	build: {
		manifest: true,
		assetsInlineLimit: 0,
		target: ["chrome109", "safari16", "firefox110"],
		chunkSizeWarningLimit: 600,
		rollupOptions: {
			input: ["src/main.ts", "src/public/public.ts", "src/styles/public.css", "src/styles/dress.css"],
		},
	},
	test: {
		environment: "happy-dom",
		include: ["src/**/*.test.ts"],
	},
} as Parameters<typeof defineConfig>[0]);
