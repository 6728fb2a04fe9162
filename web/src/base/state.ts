// What the server wrote into the shell of the application, so that the first paint needs no request.
import { reactive } from "vue";
import type { Me } from "./api";

export type Language = "zh-CN" | "en";

/** Who is signed in: the shell tells id and name, the API all of it. */
export type Person = Pick<Me, "id" | "name"> & Partial<Me>;

export interface State {
	me: Person | null;
	language: Language;
	site: Site;
}

export interface Link {
	title: string;
	url: string;
}
export interface Site {
	name: string;
	logo: string;
	nav: Link[];
	notice: string;
	notice_url: string;
	/** pages are offered in English too */
	english: boolean;
	ownerless: boolean;
	sandbox: boolean;
	sandbox_url?: string;
}

function read(): Partial<State> {
	try {
		return JSON.parse(document.getElementById("state")?.textContent || "{}") as Partial<State>;
	} catch {
		return {};
	}
}

const given = read();

export const state: State & { known: boolean } = {
	known: given.me !== undefined,
	me: given.me ?? null,
	language: given.language === "en" || (!given.language && document.documentElement.lang === "en") ? "en" : "zh-CN",
	site: reactive({
		name: given.site?.name || "知坊", logo: given.site?.logo ?? "", nav: given.site?.nav ?? [], notice: given.site?.notice ?? "", notice_url: given.site?.notice_url ?? "",
		english: given.site?.english ?? true, ownerless: given.site?.ownerless ?? false, sandbox: given.site?.sandbox ?? false, sandbox_url: given.site?.sandbox_url,
	}),
};
