import { mount } from "@vue/test-utils";
import { nextTick } from "vue";
import { expect, it } from "vitest";
import { openI18n, withProblems } from "./i18n";

it("a word that comes after it was wanted is painted all the same", async () => {
	const page = mount({ template: "<h1>{{ $t('problem.invitation-over') }}</h1>" }, { global: { plugins: [await openI18n("zh-CN")] } });

	expect(page.text()).toBe("problem.invitation-over");
	await withProblems();
	await nextTick();
	expect(page.text()).toBe("这个邀请已经用过、被撤回或过期了");
});
