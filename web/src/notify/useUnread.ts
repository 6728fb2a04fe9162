// How many messages are new: asked when somebody comes and when he goes on to another page, half a minute apart at most. The number stands
// at the bell of the head, as an attribute, so that the head itself knows nothing of it. It is one person's: with him it goes.
import { defineStore } from "pinia";
import { onMounted, ref, watch } from "vue";
import { useRoute } from "vue-router";
import { useMe } from "../account/useMe";
import { api, ask } from "../base/api";

const APART_MS = 30_000;

export const useUnread = defineStore("unread", () => {
	const person = useMe();
	const count = ref(0);
	let asked = 0;

	watch(() => person.me?.id, () => {
		count.value = asked = 0;
	}, { flush: "sync" });
	async function look() {
		const now = Date.now();
		const whose = person.me?.id;
		if (now - asked < APART_MS)
			return;
		asked = now;
		const unread = await ask(api.GET("/api/me/notifications/unread")).then((found) => found.unread, () => count.value);
		if (person.me?.id === whose)
			count.value = unread;
	}
	return { count, look };
});

/** Keeps the bell right for as long as whoever calls this is on the page. */
export function useBell() {
	const route = useRoute();
	const unread = useUnread();
	const show = () => {
		const bell = document.getElementById("bell");
		if (bell && unread.count)
			bell.dataset.count = unread.count > 99 ? "99+" : String(unread.count);
		else
			bell?.removeAttribute("data-count");
	};
	onMounted(show);
	watch(() => unread.count, show);
	watch(() => route.path, () => void unread.look(), { immediate: true });
}
