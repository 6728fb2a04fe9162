import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const talkRoutes: RouteRecordRaw[] = [
	{ path: "/studio/inbox", component: () => withMessages("talk", import("./InboxPage.vue")), meta: { title: "nav.studio", signedIn: true } },
];
