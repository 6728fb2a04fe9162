// What every page must be, whoever opens it: accessible, no wider than a 320 px screen, in words.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "./shop";

export const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export async function isAccessible(page: Page, tags = [...wcag, "best-practice"]) {
	// what stands half under the head or under a phone's bar can be scrolled out from there: while one looks, both stand still
	const still = (yes: boolean) => page.evaluate((value) => document.querySelectorAll<HTMLElement>(".head, nav.phone").forEach((one) => one.style.setProperty("position", value)), yes ? "static" : "");
	await still(true);
	// a page within the page is looked at where it is one
	const { violations } = await new AxeBuilder({ page }).exclude("iframe").withTags(tags).analyze();
	await still(false);
	expect(violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(" | ")}`)).toEqual([]);
}
export async function fits(page: Page) {
	const size = page.viewportSize()!;
	await page.setViewportSize({ width: 320, height: 640 });
	const wide = await page.evaluate(() => {
		const room = document.documentElement.clientWidth;
		return document.documentElement.scrollWidth <= room ? [] : [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > room + 1).slice(0, 5).map((one) => `${one.tagName}.${one.className}`);
	});
	expect(wide).toEqual([]);
	await page.setViewportSize(size);
}
/** A reader sees words, not what they are made from. */
export async function isWorded(page: Page) {
	const raw = /\b(?:undefined|NaN|null|false|\[object \w+\])\b|\{\{?\w+\}?\}|\b(?:account|admin|card|check|checkout|doc|home|kind|learn|lesson|me|nav|orders|price|problem|search|setup|site|state|studio|work)\.[a-z_]+\b/;
	const texts = await page.locator("body *:not(script, style, code, pre)").evaluateAll((all) => all.flatMap((one) => [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && !one.closest("code, pre, .doc")).map((node) => node.textContent!)));
	expect(texts.filter((text) => raw.test(text))).toEqual([]);
}
export async function isSound(page: Page) {
	await page.waitForLoadState("networkidle");
	await isWorded(page);
	await expect(page.getByRole("main")).toHaveCount(1);
	await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
	await isAccessible(page);
	await fits(page);
}
