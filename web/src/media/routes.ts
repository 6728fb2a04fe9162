import type { RouteRecordRaw } from "vue-router";

export const mediaRoutes: RouteRecordRaw[] = [
	{ path: "/studio/files", name: "files", component: () => import("./FilesPage.vue"), meta: { title: "media.files", signedIn: true } },
];
