import type { RouteRecordRaw } from "vue-router";
import { withMessages } from "../base/i18n";
import type { pages } from "./pages";

const names: (keyof typeof pages)[] = ["checks", "shop", "look", "picks", "categories", "legal", "payment", "mail", "sms", "wechat", "backup"];

export const siteRoutes: RouteRecordRaw[] = [
	{ path: "/setup", name: "setup", component: () => withMessages("admin", import("./SetupPage.vue")), meta: { title: "nav.setup", quiet: true } },
	{ path: "/admin", redirect: "/admin/settings" },
	{
		path: "/admin/settings", component: () => withMessages("admin", import("./AdminShell.vue")), meta: { title: "nav.shop", signedIn: true },
		children: [
			{ path: "", name: "admin-settings", component: () => import("./SettingsHome.vue"), meta: { title: "nav.shop" } },
			...names.map((name) => ({
				path: name, name: `admin-${name}`, component: async () => (await import("./pages")).pages[name](), meta: { title: `admin.nav.${name}` as const },
			})),
		],
	},
];
