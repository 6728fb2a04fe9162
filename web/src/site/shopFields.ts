// What the wizard and the settings page share about the shop's own group.
import { type Language, state } from "../base/state";
import type { Shop } from "./useSetting";

export const accents = ["teal", "blue", "indigo", "purple", "rose", "orange", "green", "ink"] as const;

/** The whole page tries a colour on while it is being chosen. */
export function wear(accent: string) {
	document.documentElement.dataset.accent = accent;
}

/** What was saved stands around this page at once. */
export function showShop(shop: Shop, language: Language) {
	wear(shop.accent);
	state.site.name = (language === "en" && shop.name.en) || shop.name.zh;
	state.site.logo = shop.logo;
	state.site.english = shop.english;
}
