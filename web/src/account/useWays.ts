// By which ways one can sign in at this site; asked once. Where it cannot be asked, a password always does.
import { ref } from "vue";
import { type Answer, api, ask } from "../base/api";

export type Ways = Answer<"/api/auth/ways">;

const ways = ref<Ways | null>(null);
let asked: Promise<void> | null = null;

export function useWays() {
	asked ??= ask(api.GET("/api/auth/ways"))
		.catch(() => ({ mail: false, phone: false, password: true }))
		.then((found) => void (ways.value = found));
	return ways;
}

/** The name of the field in which one types where the code goes. */
export function loginLabel(found: Ways | null): string {
	if (found?.phone && !found.mail)
		return "account.phone";
	return found?.mail && !found.phone ? "account.mail" : "account.login";
}
