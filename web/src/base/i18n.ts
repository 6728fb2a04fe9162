import { createI18n } from "vue-i18n";
import type zh from "../locales/zh-CN.json";
import { type Language, state } from "./state";

const loaders: Record<Language, () => Promise<{ default: typeof zh }>> = {
	"zh-CN": () => import("../locales/zh-CN.json"),
	en: () => import("../locales/en.json"),
};

export async function openI18n(language: Language = state.language) {
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
