import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";

const pages = {
	checks: () => import("./ChecksPage.vue"),
	shop: () => import("./ShopPage.vue"),
	look: () => import("./LookPage.vue"),
	picks: () => import("./PicksPage.vue"),
	categories: () => import("./CategoriesPage.vue"),
	legal: () => import("./LegalPage.vue"),
	payment: () => import("./PaymentPage.vue"),
	mail: () => import("./MailPage.vue"),
	sms: () => import("./SmsPage.vue"),
	wechat: () => import("./WechatPage.vue"),
};

export const siteRoutes: RouteRecordRaw[] = [
	{ path: "/setup", name: "setup", component: () => withMessages("admin", import("./SetupPage.vue")), meta: { title: "nav.setup", quiet: true } },
	{ path: "/admin", redirect: "/admin/settings" },
	{
		path: "/admin/settings", component: () => withMessages("admin", import("./AdminShell.vue")), meta: { title: "nav.shop", signedIn: true },
		children: [
			{ path: "", name: "admin-settings", component: () => import("./SettingsHome.vue"), meta: { title: "nav.shop" } },
			...Object.entries(pages).map(([name, component]) => ({ path: name, name: `admin-${name}`, component, meta: { title: `admin.nav.${name}` as const } })),
		],
	},
];
