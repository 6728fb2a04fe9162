// The messages of one room (vite.config.ts, base/i18n.ts).
declare module "*?only=studio" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "studio">;
	export default messages;
}
