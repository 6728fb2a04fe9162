// From the wizard's first page to the first published text course by the shortest way, with clicks and fields counted. What grows
// here is what every new owner has to do more. shop.sh opens the site, which nobody owns.
import type { Locator } from "@playwright/test";
import { expect, password, test } from "./shop";
import { word } from "./words";

const title = "手冲入门", sentence = "水温九十二度，闷蒸三十秒。";

test("a shop of one's own with a text course: seven clicks, seven fields", async ({ page, browser, contextOptions }) => {
	const count = { clicks: 0, fields: 0 };
	const click = async (where: Locator) => {
		count.clicks++;
		await where.click();
	};
	const fill = async (where: Locator, text: string) => {
		count.fields++;
		await where.fill(text);
	};
	const button = (key: string) => page.getByRole("button", { name: word(key), exact: true }).first();
	const link = (key: string) => page.getByRole("link", { name: word(key), exact: true }).first();

	await page.goto(process.env.SETUP_URL!);
	await fill(page.getByLabel("店名"), "山间书院");
	await fill(page.getByLabel("你的名字"), "林老师");
	await fill(page.getByLabel("手机号或邮箱"), "owner@example.cn");
	await fill(page.getByLabel("密码", { exact: true }), password);
	await click(page.getByRole("button", { name: "开店", exact: true }));
	await click(button("setup.finish_now"));
	await click(link("setup.done.write"));

	await click(button("studio.new"));
	await fill(page.getByLabel(word("studio.work_title")), title);
	await click(button("studio.create"));
	const text = page.getByRole("textbox", { name: word("studio.text") });
	count.fields++;
	await text.pressSequentially(sentence);
	await expect(page.locator(".save")).toHaveAttribute("data-state", "saved");
	await click(link("studio.tab_publish"));
	await fill(page.getByLabel(word("studio.price_yuan")), "19.9");
	await expect(page.locator(".desk__sentence")).toContainText(title);
	await click(button("studio.confirm"));
	await expect(page.locator(".published")).toBeVisible();
	expect(count).toEqual({ clicks: 7, fields: 7 });

	const reader = await (await browser.newContext(contextOptions)).newPage();
	await reader.goto("/courses");
	await reader.getByRole("link", { name: title }).first().click();
	await expect(reader.getByRole("heading", { level: 1 })).toHaveText(title);
	await expect(reader.getByText("¥19.90").first()).toBeVisible();
	await reader.context().close();
});
