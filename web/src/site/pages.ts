import { withMessages } from "../base/i18n";

/** The pages of the settings: in a chunk of their own, since only an owner comes here. */
export const pages = {
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
	backup: () => withMessages("backup", import("../backup/BackupPage.vue")),
};
