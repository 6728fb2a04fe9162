import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const talkRoutes: RouteRecordRaw[] = [
	{ path: "/:room/:page(notes|inbox|reports?|review|post|talk)/:id(.*)*", component: () => withMessages("talk", import("./TalkPages.vue")), meta: { title: "nav.learning", signedIn: true }, props: true },
];
