// Where somebody is in a recording: kept every five seconds while it plays, when it stops and when the page is left; another device that
// was there later is asked about when the page comes back to the front.
import { onUnmounted } from "vue";
import type { MediaPlace } from "./item";

const SAVE_MS = 5000;
const DEVICE = "player-device";

/** A name of this browser for itself: nothing but chance. */
export function device(): string {
	let name = localStorage.getItem(DEVICE);
	if (!name) {
		name = Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(16).padStart(2, "0")).join("");
		localStorage.setItem(DEVICE, name);
	}
	return name;
}

const FAR_S = 5;

/** Seconds at which another device is, if it is worth an offer; null: nothing to offer. */
export function elsewhere(place: MediaPlace | null, mine: string, seconds: number, sinceMs: number): number | null {
	if (!place || !place.device || place.device === mine || place.changed_ms <= sinceMs)
		return null;
	const there = place.position_ms / 1000;
	return Math.abs(there - seconds) > FAR_S ? there : null;
}

export function usePlace(work: number | null, asset: number, position: () => number) {
	let saved = -1;
	let savedMs = 0; /* by the server's clock */
	const address = `/api/learn/${work}/media/${asset}`;

	async function save() {
		const now = Math.round(position() * 1000);
		if (work === null || Math.abs(now - saved) < 500)
			return;
		saved = now;
		const answer = await fetch(address, {
			method: "PUT",
			keepalive: true,
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify({ position_ms: now, device: device() }),
		}).catch(() => null);
		if (answer?.ok)
			savedMs = ((await answer.json()) as MediaPlace).changed_ms;
		else
			saved = -1;
	}
	/** Where to begin, as the lesson told. */
	function begin(place: MediaPlace | undefined) {
		savedMs = place?.changed_ms ?? 0;
		saved = place?.position_ms ?? 0;
	}
	async function look(): Promise<number | null> {
		if (work === null)
			return null;
		const answer = await fetch(address).catch(() => null);
		if (!answer?.ok)
			return null;
		return elsewhere((await answer.json()) as MediaPlace, device(), position(), savedMs);
	}
	const flush = () => void save();
	const hidden = () => document.visibilityState === "hidden" && flush();
	let timer = 0;
	function playing(yes: boolean) {
		clearInterval(timer);
		if (yes)
			timer = window.setInterval(flush, SAVE_MS);
		else
			flush();
	}
	window.addEventListener("pagehide", flush);
	document.addEventListener("visibilitychange", hidden);
	onUnmounted(() => {
		playing(false);
		window.removeEventListener("pagehide", flush);
		document.removeEventListener("visibilitychange", hidden);
	});
	return { begin, look, playing, save };
}
