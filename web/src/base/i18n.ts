import { createI18n } from "vue-i18n";
import type zh from "../locales/zh-CN.json";
import { type Language, state } from "./state";

const loaders: Record<Language, () => Promise<{ default: typeof zh }>> = {
	"zh-CN": () => import("../locales/zh-CN.json"),
	en: () => import("../locales/en.json"),
};

/** Messages of one room only, left out of what everybody loads (vite.config.ts). */
const parts = {
	admin: { "zh-CN": () => import("../locales/admin-zh-CN.json"), en: () => import("../locales/admin-en.json") },
	factor: { "zh-CN": () => import("../locales/zh-CN.json?only=factor"), en: () => import("../locales/en.json?only=factor") },
	privacy: { "zh-CN": () => import("../locales/zh-CN.json?only=privacy"), en: () => import("../locales/en.json?only=privacy") },
	staff: { "zh-CN": () => import("../locales/zh-CN.json?only=staff"), en: () => import("../locales/en.json?only=staff") },
	refund: { "zh-CN": () => import("../locales/zh-CN.json?only=refund"), en: () => import("../locales/en.json?only=refund") },
	studio: { "zh-CN": () => import("../locales/zh-CN.json?only=studio"), en: () => import("../locales/en.json?only=studio") },
};
let opened: ReturnType<typeof open> | undefined;

export function openI18n(language: Language = state.language) {
	return (opened ??= open(language));
}

/** A page of a room, when its messages are there too. */
export async function withMessages<Page>(room: keyof typeof parts, page: Promise<Page>): Promise<Page> {
	const { global } = await openI18n();
	const language = global.locale.value as Language;
	const [part, found] = await Promise.all([parts[room][language](), page]);
	global.mergeLocaleMessage(language, part.default as never);
	return found;
}

async function open(language: Language) {
	const messages = (await loaders[language]()).default;
	return createI18n({
		legacy: false,
		locale: language,
		messages: { [language]: messages } as Record<Language, typeof zh>,
		missingWarn: false,
		fallbackWarn: false,
	});
}

/** Another language is another document: everything, the public pages included, is asked for again. */
export function rememberLanguage(language: Language) {
	document.cookie = `language=${language}; path=/; max-age=31536000; samesite=lax`;
}
