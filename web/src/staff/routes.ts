import type { RouteRecordRaw } from "vue-router";

export const staffRoutes: RouteRecordRaw[] = [
	{ path: "/staff/people", name: "people", component: () => import("./PeoplePage.vue"), meta: { title: "staff.page", signedIn: true } },
	{ path: "/invitation", name: "invitation", component: () => import("./InvitationPage.vue"), meta: { title: "staff.invitation", quiet: true } },
];
