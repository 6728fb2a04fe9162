import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const deskRoutes: RouteRecordRaw[] = [
	{ path: "/staff/:page(desk|bills)/:id(.*)*", component: () => withMessages(["desk", "order", "refund", "factor"], import("./DeskPages.vue")), meta: { title: "desk.title", signedIn: true }, props: true },
];
