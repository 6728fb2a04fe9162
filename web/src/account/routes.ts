import type { RouteRecordRaw } from "vue-router";

export const accountRoutes: RouteRecordRaw[] = [
	{ path: "/login", name: "login", component: () => import("./SignInPage.vue"), meta: { title: "nav.sign_in", quiet: true } },
	{ path: "/join", name: "join", component: () => import("./SignInPage.vue"), meta: { title: "nav.join", quiet: true } },
	{ path: "/reset", name: "reset", component: () => import("./ResetPage.vue"), meta: { title: "account.reset_title", quiet: true } },
	{ path: "/me/settings", name: "settings", component: () => import("./SettingsPage.vue"), meta: { title: "nav.settings", signedIn: true } },
	{ path: "/me/security", name: "security", component: () => import("./SecurityPage.vue"), meta: { title: "factor.page", signedIn: true } },
	{ path: "/me/privacy", name: "privacy", component: () => import("./PrivacyPage.vue"), meta: { title: "privacy.page", signedIn: true } },
];
