// The messages of one room (vite.config.ts, base/i18n.ts).
declare module "*?only=studio" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "studio">;
	export default messages;
}
declare module "*?only=factor" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "factor">;
	export default messages;
}
declare module "*?only=privacy" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "privacy">;
	export default messages;
}
declare module "*?only=staff" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "staff">;
	export default messages;
}
declare module "*?only=refund" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "refund">;
	export default messages;
}
