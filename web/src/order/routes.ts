import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const orderRoutes: RouteRecordRaw[] = [
	{ path: "/checkout/:work(\\d+)", name: "checkout", component: () => withMessages(["order", "checkout"], import("./CheckoutPage.vue")), meta: { title: "checkout.title", quiet: true } },
	{ path: "/pay/:order(\\d+)", name: "pay", component: () => withMessages(["order", "checkout"], import("./ReturnPage.vue")), meta: { title: "checkout.returned", quiet: true, signedIn: true } },
	{ path: "/me/:room(orders|redeem)", name: "orders", component: () => withMessages(["order", "checkout", "refund", "shelf"], import("./OrdersPage.vue")), meta: { title: "nav.orders", signedIn: true } },
];
