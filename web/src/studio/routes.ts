import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

const desk = () => withMessages(["studio", "media", "order"], import("./StudioPage.vue"));
const work = () => withMessages(["studio", "media", "quiz", "callout"], import("./WorkPage.vue"));

export const studioRoutes: RouteRecordRaw[] = [
	{ path: "/studio/:room(offers)?", name: "studio", component: desk, meta: { title: "nav.studio", signedIn: true } },
	{ path: "/studio/works/:work(\\d+)", name: "studio-work", component: work, meta: { title: "nav.studio", signedIn: true } },
	{ path: "/studio/works/:work(\\d+)/lessons/:lesson(\\d+)", name: "studio-lesson", component: work, meta: { title: "nav.studio", signedIn: true } },
	{ path: "/studio/works/:work(\\d+)/:tab(details|price|publish)", name: "studio-tab", component: work, meta: { title: "nav.studio", signedIn: true } },
];
