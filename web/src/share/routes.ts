import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const shareRoutes: RouteRecordRaw[] = [
	{ path: "/studio/sources", component: () => withMessages("share", import("./SourcesPage.vue")), meta: { title: "share.sources", signedIn: true } },
];
