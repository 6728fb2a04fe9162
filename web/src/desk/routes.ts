import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const deskRoutes: RouteRecordRaw[] = [
	{ path: "/staff/desk", name: "desk", component: () => withMessages(["desk", "order"], import("./DeskPage.vue")), meta: { title: "desk.title", signedIn: true } },
	{ path: "/staff/desk/people/:id(\\d+)", name: "desk-person", component: () => withMessages(["desk", "order", "refund", "factor"], import("./PersonPage.vue")), meta: { title: "desk.person", signedIn: true } },
	{ path: "/staff/desk/imports", name: "desk-imports", component: () => withMessages("desk", import("./ImportPage.vue")), meta: { title: "desk.imports.title", signedIn: true } },
	{ path: "/staff/bills", name: "bills", component: () => withMessages("desk", import("./BillsPage.vue")), meta: { title: "desk.bills.title", signedIn: true } },
];
