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
declare module "*?only=media" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "media">;
	export default messages;
}
declare module "*?only=learn" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "learn">;
	export default messages;
}
declare module "*?only=quiz" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "quiz">;
	export default messages;
}
declare module "*?only=lesson" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "lesson">;
	export default messages;
}
declare module "*?only=callout" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "callout">;
	export default messages;
}
declare module "*?only=order" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "order">;
	export default messages;
}
declare module "*?only=problem" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "problem">;
	export default messages;
}
declare module "*?only=checkout" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "checkout">;
	export default messages;
}
declare module "*?only=search-list-sort" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "search" | "list" | "sort">;
	export default messages;
}
declare module "*?only=shelf" {
	const messages: Pick<typeof import("./locales/zh-CN.json"), "shelf">;
	export default messages;
}
