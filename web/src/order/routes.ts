import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const orderRoutes: RouteRecordRaw[] = [
	{ path: "/checkout/:work(\\d+)", name: "checkout", component: () => withMessages(["order", "checkout"], import("./CheckoutPage.vue")), meta: { title: "checkout.title", quiet: true } },
	{ path: "/pay/:order(\\d+)", name: "pay", component: () => withMessages(["order", "checkout"], import("./ReturnPage.vue")), meta: { title: "checkout.returned", quiet: true, signedIn: true } },
	{ path: "/me/orders", name: "orders", component: () => withMessages(["order", "checkout", "refund", "shelf"], import("./OrdersPage.vue")), meta: { title: "nav.orders", signedIn: true } },
	{ path: "/:room(me/redeem|studio/offers)", component: () => withMessages("order", import("../offer/OfferRoom.vue")), meta: { title: "nav.orders", signedIn: true } },
];
