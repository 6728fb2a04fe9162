// One group of settings in a form: as it was read, as it is edited, the keys that go in beside it, and what became of saving it.
// A key goes in and is used, and never comes out again; one that is absent means that the one that is there stays.
import { computed, reactive, ref, shallowRef } from "vue";
import { type Answer, type Problem, api, ask, problemOf } from "../base/api";
import { useSay } from "../base/useSay";

const paths = {
	shop: "/api/settings/shop",
	look: "/api/settings/look",
	legal: "/api/settings/legal",
	picks: "/api/settings/picks",
	payment: "/api/settings/payment/wechat",
	mail: "/api/settings/mail",
	sms: "/api/settings/sms",
	backup: "/api/settings/backup",
	wechat: "/api/settings/wechat",
} as const;

interface Answers {
	shop: Answer<"/api/settings/shop">;
	look: Answer<"/api/settings/look">;
	legal: Answer<"/api/settings/legal">;
	picks: Answer<"/api/settings/picks">;
	payment: Answer<"/api/settings/payment/wechat">;
	mail: Answer<"/api/settings/mail">;
	sms: Answer<"/api/settings/sms">;
	backup: Answer<"/api/settings/backup">;
	wechat: Answer<"/api/settings/wechat">;
}
type Full<T> = T extends string | number | boolean ? T : T extends (infer I)[] ? Full<I>[] : { [K in keyof T]-?: Full<NonNullable<T[K]>> };
export type Group = keyof Answers;
type Shown<G extends Group> = Answers[G];
type Value<G extends Group> = Full<Answers[G]["value"]>;
export type Shop = Value<"shop">;
export type Look = Value<"look">;
export type Legal = Value<"legal">;
export type Secret = Shown<"mail">["password"];
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
	const path = paths[group] as "/api/settings/shop";
	const say = useSay();
	/** The answer as it came: the value is in it, and what stands beside it. */
	const shown = shallowRef<Shown<G> | null>(null);
	const value = ref<Value<G> | null>(null);
	const keys = ref<Record<string, string | undefined>>({});
	const kept = ref("");
	const problem = shallowRef<Problem | null>(null);
	const busy = ref(false);
	const savedAt = ref(0);

	function take(answer: unknown) {
		shown.value = answer as Shown<G>;
		value.value = whole(shown.value.value) as never;
		keys.value = {};
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
		if (busy.value || !shown.value)
			return false;
		busy.value = true;
		problem.value = null;
		try {
			const body = { version: shown.value.version, value: value.value, ...keys.value };
			take(await ask(api.PUT(path, { body: body as never })));
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
		if (shown.value)
			take(shown.value);
		problem.value = null;
	}
	const dirty = computed(() => value.value !== null && (JSON.stringify(value.value) !== kept.value || Object.values(keys.value).some((key) => key !== undefined)));
	const conflict = computed(() => problem.value?.type === "setting-changed");
	/** Of a value, or of a key, whose path stands by itself. */
	const why = (field: string, form?: string) => say.fieldOf(problem.value, `value.${field}`, form) ?? say.fieldOf(problem.value, field, form);
	return reactive({ shown, value, keys, problem, busy, savedAt, dirty, conflict, load, save, revert, why });
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
