import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const staffRoutes: RouteRecordRaw[] = [
	{ path: "/staff/people", name: "people", component: () => withMessages(["factor", "staff", "checkout"], import("./PeoplePage.vue")), meta: { title: "told.people", signedIn: true } },
	{ path: "/staff/works", name: "waiting", component: () => withMessages("waiting", import("./WorksPage.vue")), meta: { title: "waiting.title", signedIn: true } },
	{ path: "/invitation", name: "invitation", component: () => withMessages("staff", import("./InvitationPage.vue")), meta: { title: "staff.invitation", quiet: true } },
];
