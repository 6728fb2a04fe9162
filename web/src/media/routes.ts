import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const mediaRoutes: RouteRecordRaw[] = [
	{ path: "/studio/files", name: "files", component: () => withMessages("media", import("./FilesPage.vue")), meta: { title: "media.files", signedIn: true } },
];
