import { createI18n } from "vue-i18n";
import type zh from "../locales/zh-CN.json";
import { type Language, state } from "./state";

const loaders: Record<Language, () => Promise<{ default: typeof zh }>> = {
	"zh-CN": () => import("../locales/zh-CN.json"),
	en: () => import("../locales/en.json"),
};

type Load = () => Promise<{ default: object }>;

/** A room with words enough for files of its own: locales/ROOM-zh-CN.json and ROOM-en.json are found by their names. */
const own = import.meta.glob<{ default: object }>("../locales/*-{zh-CN,en}.json");

/** Groups of one room only, left out of what everybody loads (vite.config.ts). */
const parts = {
	factor: { "zh-CN": () => import("../locales/zh-CN.json?only=factor"), en: () => import("../locales/en.json?only=factor") },
	privacy: { "zh-CN": () => import("../locales/zh-CN.json?only=privacy"), en: () => import("../locales/en.json?only=privacy") },
	staff: { "zh-CN": () => import("../locales/zh-CN.json?only=staff"), en: () => import("../locales/en.json?only=staff") },
	refund: { "zh-CN": () => import("../locales/zh-CN.json?only=refund"), en: () => import("../locales/en.json?only=refund") },
	media: { "zh-CN": () => import("../locales/zh-CN.json?only=media"), en: () => import("../locales/en.json?only=media") },
	learn: { "zh-CN": () => import("../locales/zh-CN.json?only=learn"), en: () => import("../locales/en.json?only=learn") },
	quiz: { "zh-CN": () => import("../locales/zh-CN.json?only=quiz"), en: () => import("../locales/en.json?only=quiz") },
	lesson: { "zh-CN": () => import("../locales/zh-CN.json?only=lesson"), en: () => import("../locales/en.json?only=lesson") },
	callout: { "zh-CN": () => import("../locales/zh-CN.json?only=callout"), en: () => import("../locales/en.json?only=callout") },
	checkout: { "zh-CN": () => import("../locales/zh-CN.json?only=checkout"), en: () => import("../locales/en.json?only=checkout") },
	order: { "zh-CN": () => import("../locales/zh-CN.json?only=order"), en: () => import("../locales/en.json?only=order") },
	problem: { "zh-CN": () => import("../locales/zh-CN.json?only=problem"), en: () => import("../locales/en.json?only=problem") },
	search: { "zh-CN": () => import("../locales/zh-CN.json?only=search-list-sort"), en: () => import("../locales/en.json?only=search-list-sort") },
	shelf: { "zh-CN": () => import("../locales/zh-CN.json?only=shelf"), en: () => import("../locales/en.json?only=shelf") },
	studio: { "zh-CN": () => import("../locales/zh-CN.json?only=studio"), en: () => import("../locales/en.json?only=studio") },
};
let opened: ReturnType<typeof open> | undefined;

export function openI18n(language: Language = state.language) {
	return (opened ??= open(language));
}

type Part = keyof typeof parts | "admin" | "backup" | "desk" | "links" | "event" | "talk" | "share" | "health" | "messages" | "waiting";

function loaderOf(room: Part, language: Language): Load {
	return room in parts ? parts[room as keyof typeof parts][language] : own[`../locales/${room}-${language}.json`]!;
}

/** A page of a room, when its messages are there too. */
export async function withMessages<Page>(rooms: Part | Part[], page: Promise<Page>): Promise<Page> {
	const { global } = await openI18n();
	const language = global.locale.value as Language;
	const [found, ...loaded] = await Promise.all([page, ...[rooms].flat().map((room) => loaderOf(room, language)())]);
	for (const part of loaded)
		global.mergeLocaleMessage(language, part.default as never);
	/* vue-i18n asks whether a message is there in a way that Vue does not see, so what was painted without it would stay so */
	global.setLocaleMessage(language, { ...global.getLocaleMessage(language) });
	return found;
}
/** The words of what goes wrong: not needed to paint a page, so they come behind it. */
export const withProblems = () => withMessages("problem", Promise.resolve());

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
