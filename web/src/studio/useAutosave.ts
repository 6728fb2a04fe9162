// A lesson's autosave with the browser around it: localStorage, the other tabs, the line that comes back, the page that is left.
import { onUnmounted, shallowRef } from "vue";
import { onBeforeRouteLeave, onBeforeRouteUpdate } from "vue-router";
import type { Problem } from "../base/api";
import { Autosave, type Kept, type Message, type SaveState, type Saved } from "./autosave";

/** What a screen shows of it: another object after each change. */
export interface SaveView {
	state: SaveState;
	problem: Problem | null;
	version: number;
	saved_ms: number;
	writable: boolean;
}

export function useAutosave<T>(lesson: number, opened: Saved, put: (version: number, content: T) => Promise<Saved>, sure: () => boolean) {
	const key = `lesson-draft-${lesson}`;
	const channel = new BroadcastChannel("studio");
	const name = crypto.getRandomValues(new Uint32Array(2)).join("-");

	const draft = new Autosave<T>({
		put,
		keep(kept: Kept<T> | null) {
			try {
				if (kept)
					localStorage.setItem(key, JSON.stringify(kept));
				else
					localStorage.removeItem(key);
			} catch {
				/* no room: the server is the only place then */
			}
		},
		kept() {
			try {
				return JSON.parse(localStorage.getItem(key) ?? "null") as Kept<T> | null;
			} catch {
				return null;
			}
		},
		tell: (message: Message) => channel.postMessage({ lesson, ...message }),
		changed: () => (look.value = view()),
		later(ms, act) {
			const timer = window.setTimeout(act, ms);
			return () => window.clearTimeout(timer);
		},
	}, name, opened);
	const view = (): SaveView => ({ state: draft.state, problem: draft.problem, version: draft.version, saved_ms: draft.saved_ms, writable: draft.writable });
	const look = shallowRef(view());

	channel.onmessage = (event: MessageEvent<Message & { lesson: number }>) => event.data.lesson === lesson && draft.heard(event.data);
	const online = () => void draft.flush();
	const hidden = () => document.visibilityState === "hidden" && void draft.flush();
	const leaving = (event: BeforeUnloadEvent) => {
		if (!draft.unsaved)
			return;
		void draft.flush();
		event.preventDefault();
	};
	/** Within the application what is unsaved is sent first; only what cannot be sent is asked about. */
	const leave = async () => {
		await draft.flush();
		return !draft.unsaved || draft.state === "elsewhere" || sure();
	};
	onBeforeRouteLeave(leave);
	onBeforeRouteUpdate(leave);
	window.addEventListener("online", online);
	window.addEventListener("beforeunload", leaving);
	document.addEventListener("visibilitychange", hidden);
	onUnmounted(() => {
		draft.close();
		channel.close();
		window.removeEventListener("online", online);
		window.removeEventListener("beforeunload", leaving);
		document.removeEventListener("visibilitychange", hidden);
	});
	return { draft, look };
}
