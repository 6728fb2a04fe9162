import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { type Answer, Problem, api, ask } from "../base/api";
import { type Person, state } from "../base/state";

export const useMe = defineStore("me", () => {
	const me = ref<Person | null>(state.me);
	/** The password was right and a second factor is asked for: what the code is sent with. */
	const half = ref<string | null>(null);
	let known = state.known;
	let asked: Promise<void> | null = null;

	async function load() {
		me.value = await ask(api.GET("/api/me")).catch((why: Problem) => {
			if (why.status === 401)
				return null;
			throw why;
		});
		known = true;
	}
	/** Who is here. The page itself says who; roles and the rest come a moment later. */
	async function know(): Promise<Person | null> {
		if (!known || (me.value && !me.value.roles))
			asked ??= load();
		if (!known)
			await asked;
		else
			asked?.catch(() => undefined);
		return me.value;
	}
	function became(person: Person | null) {
		me.value = person;
		known = true;
	}
	/** Whatever signs in may end half-way; then `half` is set, and SecondFactorForm asks for the rest. */
	function entered(answer: Answer<"/api/sessions", "post">) {
		if (answer.second_factor)
			half.value = answer.token ?? null;
		else
			became(answer as Person);
	}
	async function signOut() {
		await ask(api.DELETE("/api/sessions/current"));
		became(null);
	}
	async function change(to: { name?: string; language?: string }) {
		became(await ask(api.PATCH("/api/me", { body: to })));
	}
	const isCreator = computed(() => me.value?.roles?.includes("creator") ?? false);
	const isAdmin = computed(() => me.value?.roles?.includes("admin") ?? false);
	return { me, half, isCreator, isAdmin, know, load, became, entered, signOut, change };
});
