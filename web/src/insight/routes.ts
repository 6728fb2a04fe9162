import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const insightRoutes: RouteRecordRaw[] = [
	{ path: "/:whose(admin|studio)/numbers/:work(\\d+)?", name: "numbers", component: () => withMessages("admin", import("./NumbersPage.vue")), meta: { title: "nav.studio", signedIn: true } },
];
