// The ways in: asked for by whoever is not signed in yet, so that nobody else loads them.
import { Problem, api, ask } from "../base/api";
import { state } from "../base/state";
import { useMe } from "./useMe";

export function useSignIn() {
	const person = useMe();

	async function join(login: string, password: string) {
		person.became(await ask(api.POST("/api/users", { body: { login, password } })));
	}
	async function signIn(login: string, password: string) {
		person.entered(await ask(api.POST("/api/sessions", { body: { login, password } })));
	}
	async function signInByCode(login: string, code: string) {
		person.entered(await ask(api.POST("/api/auth/code-session", { body: { login, code, language: state.language } })));
	}
	async function passSecondFactor(code: string) {
		person.entered(await ask(api.POST("/api/auth/second-factor", { body: { token: person.half ?? "", code } })));
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
	return { signIn, signInByCode, passSecondFactor, joinOrSignIn };
}
