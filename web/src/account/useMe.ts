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
	async function join(login: string, password: string) {
		became(await ask(api.POST("/api/users", { body: { login, password } })));
	}
	async function signIn(login: string, password: string) {
		entered(await ask(api.POST("/api/sessions", { body: { login, password } })));
	}
	async function signInByCode(login: string, code: string) {
		entered(await ask(api.POST("/api/auth/code-session", { body: { login, code, language: state.language } })));
	}
	/** Whatever signs in may end half-way; then `half` is set, and SecondFactorForm asks for the rest. */
	function entered(answer: Answer<"/api/sessions", "post">) {
		if (answer.second_factor)
			half.value = answer.token ?? null;
		else
			became(answer as Person);
	}
	async function passSecondFactor(code: string) {
		entered(await ask(api.POST("/api/auth/second-factor", { body: { token: half.value ?? "", code } })));
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
	const isCreator = computed(() => me.value?.roles?.includes("creator") ?? false);
	const isAdmin = computed(() => me.value?.roles?.includes("admin") ?? false);
	return { me, half, isCreator, isAdmin, know, load, became, entered, passSecondFactor, join, signIn, signInByCode, joinOrSignIn, signOut, change };
});
