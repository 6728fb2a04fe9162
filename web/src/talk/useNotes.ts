// Notes at one lesson, saved by themselves: a moment after the last key, and when the page is left (fetch with keepalive). The key is
// ours, so sending twice is the same note; what could not be sent stays in the field and says so.
import { onUnmounted, reactive, ref } from "vue";
import { type Answer, Problem, api, ask, newKey, problemFrom, problemOf } from "../base/api";

export type Note = Answer<"/api/works/{id}/notes">["items"][number];
export interface Draft {
	key: string;
	asset?: number;
	at_s?: number;
	place: number;
	text: string;
	revision: number;
	saved: string;       /* the text that the server has */
	state: "saved" | "waiting" | "saving" | "failed" | "moved";
	problem: Problem | null;
}

const PAUSE_MS = 800;

export function draftOf(note: Note): Draft {
	return { key: note.key, asset: note.asset, at_s: note.at_s, place: note.place, text: note.text, revision: note.revision, saved: note.text, state: "saved", problem: null };
}

export async function putNote(work: number, lesson: string, draft: Draft, text: string): Promise<Note> {
	const body = { work, lesson, asset: draft.asset, at_s: draft.at_s, place: draft.place, text, revision: draft.revision + 1 };
	const answer = await fetch(`/api/me/notes/${draft.key}`, { method: "PUT", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).catch(() => {
		throw new Problem("offline", 0);
	});
	const given: unknown = await answer.json().catch(() => null);
	if (!answer.ok)
		throw problemFrom(answer, given);
	return given as Note;
}

export function useNotes(work: number) {
	const notes = ref<Draft[]>([]);
	let lesson = "";
	const timers = new Map<string, number>();

	async function load(of: string) {
		flush();
		lesson = of;
		notes.value = [];
		const found = await ask(api.GET("/api/works/{id}/notes", { params: { path: { id: String(work) }, query: { lesson: of } } }));
		if (lesson === of)
			notes.value = found.items.map(draftOf);
		return found;
	}
	function add(at: Pick<Draft, "asset" | "at_s" | "place">): Draft {
		const draft = reactive<Draft>({ key: newKey(), ...at, text: "", revision: 0, saved: "", state: "saved", problem: null });
		notes.value.push(draft);
		return draft;
	}
	async function save(draft: Draft) {
		const text = draft.text.trim();
		clearTimeout(timers.get(draft.key));
		if (!text || text === draft.saved || draft.state === "saving" || draft.state === "moved")
			return;
		draft.state = "saving";
		try {
			const kept = await putNote(work, lesson, draft, text);
			draft.revision = kept.revision;
			draft.saved = text;
			draft.problem = null;
			draft.state = "saved";
			if (draft.text.trim() !== text)
				write(draft); /* went on typing meanwhile */
		} catch (error) {
			draft.problem = problemOf(error);
			draft.state = draft.problem.type === "note-moved-on" ? "moved" : "failed";
		}
	}
	function write(draft: Draft) {
		if (draft.state === "moved")
			return;
		if (draft.state !== "saving")
			draft.state = "waiting";
		clearTimeout(timers.get(draft.key));
		timers.set(draft.key, window.setTimeout(() => void save(draft), PAUSE_MS));
	}
	/** Another tab was faster: mine goes over it, since its writer says so. */
	async function insist(draft: Draft) {
		const found = await ask(api.GET("/api/works/{id}/notes", { params: { path: { id: String(work) }, query: { lesson } } }));
		draft.revision = found.items.find((one) => one.key === draft.key)?.revision ?? draft.revision;
		draft.state = "waiting";
		await save(draft);
	}
	async function remove(draft: Draft) {
		clearTimeout(timers.get(draft.key));
		if (draft.revision)
			await ask(api.DELETE("/api/me/notes/{key}", { params: { path: { key: draft.key } } }));
		notes.value = notes.value.filter((one) => one.key !== draft.key);
	}
	function flush() {
		for (const draft of notes.value)
			void save(draft);
	}
	const hidden = () => document.visibilityState === "hidden" && flush();
	window.addEventListener("pagehide", flush);
	window.addEventListener("online", flush);
	document.addEventListener("visibilitychange", hidden);
	onUnmounted(() => {
		flush();
		timers.forEach(clearTimeout);
		window.removeEventListener("pagehide", flush);
		window.removeEventListener("online", flush);
		document.removeEventListener("visibilitychange", hidden);
	});
	return { notes, load, add, write, save, insist, remove };
}
