import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

export const accountRoutes: RouteRecordRaw[] = [
	{ path: "/login", name: "login", component: () => import("./SignInPage.vue"), meta: { title: "nav.sign_in", quiet: true } },
	{ path: "/join", name: "join", component: () => import("./SignInPage.vue"), meta: { title: "nav.join", quiet: true } },
	{ path: "/reset", name: "reset", component: () => import("./ResetPage.vue"), meta: { title: "account.reset_title", quiet: true } },
	{ path: "/me/settings", name: "settings", component: () => withMessages("links", import("./SettingsPage.vue")), meta: { title: "nav.settings", signedIn: true } },
	{ path: "/me/security", name: "security", component: () => withMessages(["factor", "checkout"], import("./SecurityPage.vue")), meta: { title: "told.security", signedIn: true } },
	{ path: "/me/privacy", name: "privacy", component: () => withMessages(["privacy", "event"], import("./PrivacyPage.vue")), meta: { title: "told.privacy", signedIn: true } },
];
