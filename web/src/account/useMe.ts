import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { Problem, api, ask, type Me } from "../base/api";
import { state } from "../base/state";

export const useMe = defineStore("me", () => {
	const me = ref<Me | null>(state.me);
	let known = state.known;

	/** Who is here, asked once unless the page already said so. */
	async function know(): Promise<Me | null> {
		if (!known) {
			me.value = await ask(api.GET("/api/me")).catch((why: Problem) => {
				if (why.status === 401)
					return null;
				throw why;
			});
			known = true;
		}
		return me.value;
	}
	function became(person: Me | null) {
		me.value = person;
		known = true;
	}
	async function join(login: string, password: string) {
		became(await ask(api.POST("/api/users", { body: { login, password } })));
	}
	async function signIn(login: string, password: string) {
		became(await ask(api.POST("/api/sessions", { body: { login, password } })));
	}
	/** A newcomer may have joined long ago: then the same two fields sign in. */
	async function joinOrSignIn(login: string, password: string) {
		try {
			await join(login, password);
		} catch (error) {
			if (!(error instanceof Problem) || error.type !== "login-taken")
				throw error;
			await signIn(login, password).catch((why: Problem) => {
				throw why.type === "wrong-credentials" ? error : why;
			});
		}
	}
	async function signOut() {
		await ask(api.DELETE("/api/sessions/current"));
		became(null);
	}
	async function change(to: { name?: string; language?: string }) {
		became(await ask(api.PATCH("/api/me", { body: to })));
	}
	const isCreator = computed(() => me.value?.roles.includes("creator") ?? false);
	return { me, isCreator, know, became, join, signIn, joinOrSignIn, signOut, change };
});
