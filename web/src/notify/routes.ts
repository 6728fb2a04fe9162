import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const notifyRoutes: RouteRecordRaw[] = [
	{ path: "/me/messages/:id(.*)*", component: () => withMessages("messages", import("./NotifyPages.vue")), meta: { title: "nav.messages", signedIn: true }, props: true },
];
