// How the owner lays the shop out: picks on the home page.
import type { Page } from "@playwright/test";
import { isSound } from "./axe";
import { expect, test, works } from "./shop";

async function signInOwner(page: Page) {
	await page.goto("/login");
	const status = await page.evaluate(async (body) => {
		return (await fetch("/api/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status;
	}, { login: process.env.SEED_OWNER!, password: process.env.SEED_OWNER_PASSWORD! });
	expect(status).toBeLessThan(300);
}
/** For whoever wants to look: SHOTS names a folder. */
async function shot(page: Page, name: string) {
	if (process.env.SHOTS)
		await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}
async function save(page: Page) {
	await page.getByRole("button", { name: "保存", exact: true }).click();
	await expect(page.getByText(/^已保存，/)).toBeVisible();
}

test("the owner picks works by hand, and the home page shows them in that order", async ({ page }, info) => {
	const [first, second] = (await works(page.request)).filter((work) => work.language === "zh-CN");
	await signInOwner(page);
	await page.goto("/admin/settings/picks");
	const slot = page.locator("section").filter({ has: page.getByRole("heading", { name: "精选", exact: true }) });
	await expect(slot.getByRole("searchbox")).toBeVisible();
	for (let left = await slot.getByRole("listitem").count(); left > 0; left--)
		await slot.getByRole("button", { name: /^删除/ }).first().click();
	for (const work of [first!, second!]) {
		await slot.getByRole("searchbox").fill(work.title.slice(0, 8));
		await slot.getByRole("button", { name: new RegExp(work.title.slice(0, 8)) }).first().click();
	}
	await expect(slot.getByRole("listitem")).toHaveCount(2);
	await slot.getByRole("button", { name: `下移: ${first!.title}` }).click();
	await expect(slot.getByRole("listitem").first()).toContainText(second!.title);
	await slot.getByLabel("这一栏的标题", { exact: true }).fill("店主推荐");
	await shot(page, `picks-${info.project.name}`);
	await save(page);
	await isSound(page);
	await page.goto("/");
	const shelf = page.getByRole("region", { name: "店主推荐" });
	await expect(shelf.getByRole("article").first()).toContainText(second!.title);
	await expect(shelf.getByRole("article").last()).toContainText(first!.title);
	await shot(page, `home-${info.project.name}`);
	await isSound(page);
});
