import type { RouteRecordRaw } from "vue-router";

export const studioRoutes: RouteRecordRaw[] = [
	{ path: "/studio", name: "studio", component: () => import("./StudioPage.vue"), meta: { title: "nav.studio", signedIn: true } },
];
