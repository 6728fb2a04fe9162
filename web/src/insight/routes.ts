import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const insightRoutes: RouteRecordRaw[] = [
	{ path: "/:whose(admin|studio)/numbers/:work?", component: () => withMessages("admin", import("./NumbersPage.vue")), meta: { title: "nav.studio", signedIn: true } },
];
