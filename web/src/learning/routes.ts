import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const learningRoutes: RouteRecordRaw[] = [
	{ path: "/me", name: "shelf", component: () => withMessages("shelf", import("./ShelfPage.vue")), meta: { title: "nav.learning", signedIn: true } },
	{ path: "/learn/:work(\\d+)/:lesson(.*)*", name: "learn", component: () => withMessages(["learn", "lesson", "quiz", "callout", "media"], import("./LearnPage.vue")), meta: { title: "nav.learning", signedIn: true, quiet: true, own: true } },
];
