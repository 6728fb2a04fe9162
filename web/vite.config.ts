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

export default defineConfig({
	plugins: [oneFontFormat, vue()],
	publicDir: false,
	define: {
		__VUE_OPTIONS_API__: false,
		__VUE_I18N_LEGACY_API__: false,
		__INTLIFY_PROD_DEVTOOLS__: false,
		__INTLIFY_JIT_COMPILATION__: true,
		__INTLIFY_DROP_MESSAGE_COMPILER__: false,
	},
	build: {
		manifest: true,
		assetsInlineLimit: 0,
		target: ["chrome109", "safari16", "firefox110"],
		chunkSizeWarningLimit: 600,
		rollupOptions: {
			input: ["src/main.ts", "src/public/public.ts", "src/styles/public.css"],
		},
	},
	test: {
		environment: "happy-dom",
		include: ["src/**/*.test.ts"],
	},
} as Parameters<typeof defineConfig>[0]);
