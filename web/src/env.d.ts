/// <reference types="vite/client" />
import type zh from "./locales/zh-CN.json";

declare module "vue-i18n" {
	// eslint-disable-next-line @typescript-eslint/no-empty-object-type
	export interface DefineLocaleMessage extends Messages {}
}
type Messages = typeof zh;

declare module "vue-router" {
	interface RouteMeta {
		/** key of the document's title */
		title: "refund.desk" | "share.sources" | "nav.sign_in" | "nav.join" | "checkout.title" | "checkout.returned" | "media.files" | "account.reset_title" | "nav.learning" | "nav.orders" | "nav.messages" | "nav.settings" | "nav.studio" | "told.security" | "told.privacy" | "told.people" | "desk.title" | "waiting.title" | "staff.invitation" | "nav.setup" | "nav.shop" | `admin.nav.${string}` | "problem.not-found";
		/** only for people who are signed in */
		signedIn?: boolean;
		/** a page of one task: no tabs, no search */
		quiet?: boolean;
		/** brings its own head */
		own?: boolean;
	}
}
