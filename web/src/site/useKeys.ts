// A group of settings with keys beside it: a key goes in and is used, and never comes out again. Absent means that the one that is
// there stays.
import { computed, reactive, ref, shallowRef } from "vue";
import { type Answer, type Problem, api, ask, problemOf } from "../base/api";
import { useSay } from "../base/useSay";

interface Shown {
	payment: Answer<"/api/settings/payment/wechat">;
	mail: Answer<"/api/settings/mail">;
	sms: Answer<"/api/settings/sms">;
}
export type Keyed = keyof Shown;
export type Secret = Shown["mail"]["password"];

const paths = { payment: "/api/settings/payment/wechat", mail: "/api/settings/mail", sms: "/api/settings/sms" } as const;

export function useKeys<K extends Keyed>(group: K) {
	const path = paths[group] as "/api/settings/mail";
	const say = useSay();
	const shown = shallowRef<Shown[K] | null>(null);
	const value = ref<Shown[K]["value"] | null>(null);
	const keys = ref<Record<string, string | undefined>>({});
	const kept = ref("");
	const problem = shallowRef<Problem | null>(null);
	const busy = ref(false);
	const savedAt = ref(0);

	function take(answer: Shown[K]) {
		shown.value = answer;
		value.value = structuredClone(answer.value) as never;
		keys.value = {};
		kept.value = JSON.stringify(answer.value);
	}
	async function load() {
		problem.value = null;
		try {
			take((await ask(api.GET(path))) as Shown[K]);
		} catch (error) {
			problem.value = problemOf(error);
		}
	}
	async function save(): Promise<boolean> {
		if (busy.value || !shown.value)
			return false;
		busy.value = true;
		problem.value = null;
		try {
			const body = { version: shown.value.version, value: value.value, ...keys.value };
			take((await ask(api.PUT(path, { body: body as never }))) as Shown[K]);
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
export type Keys<K extends Keyed> = ReturnType<typeof useKeys<K>>;
