import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const healthRoutes: RouteRecordRaw[] = [
	{ path: "/admin/health", component: () => withMessages(["admin", "health"], import("./HealthPage.vue")), meta: { title: "admin.nav.health", signedIn: true } },
];
