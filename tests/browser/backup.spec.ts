// The owner sees to it that the shop can be brought back: a folder, one backup now, the drill, and the command for a bad day.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAccessible } from "./axe";
import { expect, signIn, test } from "./shop";

test("a backup is made, tried, and told how to be brought back", async ({ page }) => {
	const folder = mkdtempSync(join(tmpdir(), "zhifang-backups-"));
	try {
		await page.goto("/login?next=/admin/settings/backup");
		await signIn(page, process.env.SEED_ADMIN!, process.env.SEED_ADMIN_PASSWORD!);
		await expect(page.getByLabel("存到哪个文件夹")).toBeVisible();
		await page.getByLabel("存到哪个文件夹").fill("/none/none");
		await page.getByRole("button", { name: "保存" }).click();
		await expect(page.getByText("没有这个文件夹")).toBeVisible();
		await page.getByLabel("存到哪个文件夹").fill(folder);
		await page.getByRole("button", { name: "保存" }).click();
		await expect(page.getByText(/已保存/)).toBeVisible();
		await page.reload();
		await page.getByRole("button", { name: "现在备份" }).click();
		// the list may hold one of an earlier run: this one's file is what tells
		await expect.poll(() => readdirSync(folder).filter((name) => /^zhifang-.*\.tar$/.test(name)).length, { timeout: 60_000 }).toBe(1);
		await expect(page.getByText("好了，已核对").first()).toBeVisible({ timeout: 60_000 });
		await expect(page.getByText(/zhifang restore .*\.tar --data/)).toBeVisible();
		const drill = async () => ((await (await page.request.get("/api/backups")).json()) as { drills: { id: number; state: string }[] }).drills[0];
		const before = (await drill())?.id;
		await page.getByRole("button", { name: "现在演练" }).click();
		await expect.poll(async () => { const last = await drill(); return last && last.id !== before ? last.state : "none yet"; }, { timeout: 60_000 }).toBe("done");
		await expect(page.getByText(/恢复成功|每个字节都核对过/)).toBeVisible({ timeout: 60_000 });
		await isAccessible(page);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
