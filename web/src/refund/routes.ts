import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const refundRoutes: RouteRecordRaw[] = [
	{ path: "/studio/refunds", name: "refunds", component: () => withMessages(["order", "checkout", "refund"], import("./RefundsPage.vue")), meta: { title: "refund.desk", signedIn: true } },
];
