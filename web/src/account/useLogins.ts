// By what one signs in: shown masked, since a screen is seen by others too.
import { defineStore } from "pinia";
import { ref } from "vue";
import { type Answer, api, ask } from "../base/api";

export type Logins = Answer<"/api/me/logins">;
export type Login = Logins["items"][number];

export const useLogins = defineStore("logins", () => {
	const all = ref<Logins | null>(null);

	async function load() {
		all.value = await ask(api.GET("/api/me/logins"));
		return all.value;
	}
	const path = (login: Login) => ({ path: { id: String(login.id) } });
	const sendTo = (login: Login) => ask(api.POST("/api/me/logins/{id}/codes", { params: path(login) }));
	async function prove(login: Login, code: string) {
		await ask(api.POST("/api/me/logins/{id}/proof", { params: path(login), body: { code } }));
	}
	const sendToNew = (login: string) => ask(api.POST("/api/auth/codes", { body: { login, purpose: "change" } }));
	async function add(login: string, code: string, replaces?: number) {
		await ask(api.POST("/api/me/logins", { body: { login, code, replaces } }));
	}
	async function remove(login: Login) {
		await ask(api.DELETE("/api/me/logins/{id}", { params: path(login) }));
	}
	return { all, load, sendTo, prove, sendToNew, add, remove };
});
