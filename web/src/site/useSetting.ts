// One group of settings in a form: as it was read, as it is edited, and what became of saving it.
import { computed, reactive, ref, shallowRef } from "vue";
import { type Answer, type Problem, api, ask, problemOf } from "../base/api";
import { useSay } from "../base/useSay";

type Full<T> = T extends string | number | boolean ? T : T extends (infer I)[] ? Full<I>[] : { [K in keyof T]-?: Full<NonNullable<T[K]>> };
export type Group = "shop" | "look" | "legal";
export type Shop = Full<Answer<"/api/settings/shop">["value"]>;
export type Look = Full<Answer<"/api/settings/look">["value"]>;
export type Legal = Full<Answer<"/api/settings/legal">["value"]>;
interface Values {
	shop: Shop;
	look: Look;
	legal: Legal;
}
export interface Both {
	zh: string;
	en: string;
}

const isBoth = (value: object) => Object.keys(value).every((key) => key === "zh" || key === "en");

/** A text in two languages that says nothing comes as {}: a form wants its places. */
export function whole<T>(value: T): T {
	if (Array.isArray(value))
		return value.map(whole) as T;
	if (typeof value !== "object" || !value)
		return value;
	if (isBoth(value))
		return { zh: "", en: "", ...value };
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, whole(one)])) as T;
}

export function useSetting<G extends Group>(group: G) {
	const path = `/api/settings/${group}` as "/api/settings/shop";
	const say = useSay();
	const value = ref<Values[G] | null>(null);
	const kept = ref("");
	const version = ref(0);
	const problem = shallowRef<Problem | null>(null);
	const busy = ref(false);
	const savedAt = ref(0);

	function take(answer: { version: number; value: unknown }) {
		version.value = answer.version;
		value.value = whole(answer.value) as never;
		kept.value = JSON.stringify(value.value);
	}
	async function load() {
		problem.value = null;
		try {
			take(await ask(api.GET(path)));
		} catch (error) {
			problem.value = problemOf(error);
		}
	}
	/** False: it was not kept, and `problem` says why. What was typed stays. */
	async function save(): Promise<boolean> {
		if (busy.value || !value.value)
			return false;
		busy.value = true;
		problem.value = null;
		try {
			take(await ask(api.PUT(path, { body: { version: version.value, value: value.value as never } })));
			savedAt.value = Date.now();
			return true;
		} catch (error) {
			problem.value = problemOf(error);
			return false;
		} finally {
			busy.value = false;
		}
	}
	function revert() {
		if (kept.value)
			value.value = JSON.parse(kept.value) as never;
		problem.value = null;
	}
	const dirty = computed(() => value.value !== null && JSON.stringify(value.value) !== kept.value);
	const conflict = computed(() => problem.value?.type === "setting-changed");
	const why = (field: string, form?: string) => say.fieldOf(problem.value, `value.${field}`, form);
	return reactive({ value, version, problem, busy, savedAt, dirty, conflict, load, save, revert, why });
}
/** What a form needs of a group, whichever it is. */
export interface Kept {
	value: object | null;
	problem: Problem | null;
	busy: boolean;
	savedAt: number;
	dirty: boolean;
	conflict: boolean;
	load(): Promise<void>;
	save(): Promise<boolean>;
	revert(): void;
	why(field: string, form?: string): string | undefined;
}
export type Setting<G extends Group> = ReturnType<typeof useSetting<G>>;
