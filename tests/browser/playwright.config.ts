// Chromium of the system, the site under test (BASE_URL) and its sandbox (SANDBOX_URL) run already.
import { defineConfig, devices } from "@playwright/test";

const chromium = {
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
};
const desktop = { ...devices["Desktop Chrome"], channel: undefined, viewport: { width: 1280, height: 860 } };

export default defineConfig({
	testDir: ".",
	// begin with an empty site, which shop.sh makes for them
	testIgnore: process.env.SETUP_URL ? [] : ["setup.spec.ts", "round.spec.ts", "hostile.spec.ts", "first.spec.ts"],
	outputDir: "results",
	workers: 2,
	// a second try is no cure: what needs one is named at the end (tools/count_node.py)
	retries: 1,
	timeout: 120_000,
	expect: { timeout: 20_000 },
	reporter: [["list"], ["json", { outputFile: process.env.BROWSER_REPORT ?? "results/report.json" }]],
	use: {
		baseURL: process.env.BASE_URL ?? "http://127.0.0.1:8080",
		locale: "zh-CN",
		timezoneId: "Asia/Shanghai",
		launchOptions: chromium,
		trace: "on-first-retry",
	},
	projects: [
		{ name: "desktop", use: desktop },
		{ name: "phone", use: { ...devices["Pixel 7"], channel: undefined } },
		// what darkness changes is colours: the pages that are looked at with axe, and the owner's journey (shop.sh)
		{ name: "dark", use: { ...desktop, colorScheme: "dark" }, testMatch: /(pages|codes|people|refund|setup|round)\.spec\.ts/ },
	],
});
