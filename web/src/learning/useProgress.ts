// Where a reader is in a lesson: kept every five seconds and when the page is left; what could not be sent waits in
// localStorage for the next chance, so that nothing is lost in a tunnel.
import { onUnmounted, ref } from "vue";

const SAVE_MS = 5000;
const WAITING = "progress-waiting";

export interface Place {
	key: string;
	position: number;
	done?: boolean;
}
export interface Kept {
	percent: number;
	done: number;
	total: number;
}

export async function putProgress(work: number, place: Place): Promise<Kept> {
	const answer = await fetch(`/api/learn/${work}/progress`, {
		method: "PUT",
		keepalive: true,
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(place),
	});
	if (!answer.ok)
		throw new Error(String(answer.status));
	return (await answer.json()) as Kept;
}

type Waiting = Record<string, Place>;

function waiting(): Waiting {
	try {
		return JSON.parse(localStorage.getItem(WAITING) ?? "{}") as Waiting;
	} catch {
		return {};
	}
}

/** A lesson once finished stays finished, however the later places come in. */
export function keepWaiting(work: number, place: Place) {
	const all = waiting();
	const name = `${work}|${place.key}`;
	all[name] = all[name]?.done ? { ...place, done: true } : place;
	localStorage.setItem(WAITING, JSON.stringify(all));
}

export async function sendWaiting(put = putProgress) {
	for (const [name, place] of Object.entries(waiting())) {
		await put(Number(name.split("|")[0]), place);
		const rest = waiting();
		delete rest[name];
		localStorage.setItem(WAITING, JSON.stringify(rest));
	}
}

export function useProgress(work: number, onKept: (kept: Kept) => void) {
	const unsaved = ref(false);
	let place: Place | null = null;
	let saved = "";

	async function save(what: Place) {
		const text = JSON.stringify(what);
		if (text === saved)
			return;
		saved = text;
		try {
			onKept(await putProgress(work, what));
			unsaved.value = false;
			await sendWaiting();
		} catch {
			keepWaiting(work, what);
			unsaved.value = true;
		}
	}
	function flush() {
		if (place)
			void save(place);
	}
	/** From where to count changes: what the server has already. */
	function open(at: Place) {
		flush();
		place = at;
		saved = JSON.stringify(at);
	}
	function move(position: number) {
		if (place)
			place = { ...place, position: Math.round(position * 1000) / 1000 };
	}
	async function finish() {
		if (!place)
			return;
		place = { ...place, position: 1, done: true };
		await save(place);
		place = null;
	}
	const hidden = () => document.visibilityState === "hidden" && flush();
	const online = () => void sendWaiting().then(() => (unsaved.value = false)).catch(() => undefined);
	const timer = window.setInterval(flush, SAVE_MS);
	window.addEventListener("pagehide", flush);
	window.addEventListener("online", online);
	document.addEventListener("visibilitychange", hidden);
	onUnmounted(() => {
		flush();
		clearInterval(timer);
		window.removeEventListener("pagehide", flush);
		window.removeEventListener("online", online);
		document.removeEventListener("visibilitychange", hidden);
	});
	return { unsaved, open, move, finish };
}
