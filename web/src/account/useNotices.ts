// What the server has to tell who comes: asked once a person, again when something was done about it.
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import { type Answer, api, ask } from "../base/api";

export type Notices = Answer<"/api/me/notices">;

export const useNotices = defineStore("notices", () => {
	const notices = shallowRef<Notices | null>(null);
	let about: number | null = null;

	async function load() {
		notices.value = await ask(api.GET("/api/me/notices")).catch(() => null);
	}
	async function loadFor(person: number | null) {
		if (person === about)
			return;
		about = person;
		notices.value = null;
		if (person)
			await load();
	}
	async function agree() {
		await ask(api.POST("/api/me/consents", { body: { items: notices.value?.agreements ?? [] } }));
		await load();
	}
	async function stay() {
		await ask(api.DELETE("/api/me/deletion"));
		await load();
	}
	return { notices, load, loadFor, agree, stay };
});
