// The sleep timer: of the page, not of one player, so that it goes on through the lessons that somebody falls asleep over.
import { ref } from "vue";

export const sleeps = ["off", "15", "30", "60", "end"] as const;
export type Sleep = (typeof sleeps)[number];

export const sleep = ref<Sleep>("off");
/** Seconds until it is time. */
export const left = ref(0);
/** It has just put the players to rest. */
export const slept = ref(false);

const rests = new Set<() => void>();
let until = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function stop() {
	clearInterval(timer);
	timer = undefined;
	sleep.value = "off";
	left.value = 0;
}
function rest() {
	const playing = sleep.value !== "off";
	stop();
	slept.value = playing;
	for (const one of rests)
		one();
}
function look() {
	left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000));
	if (!left.value)
		rest();
}
export function setSleep(to: Sleep) {
	stop();
	slept.value = false;
	sleep.value = to;
	const minutes = Number(to);
	if (!minutes)
		return;
	until = Date.now() + minutes * 60_000;
	look();
	timer = setInterval(look, 1000);
}
/** A recording came to its end. */
export function sleepAtEnd() {
	if (sleep.value === "end")
		rest();
}
/** Whoever plays is told when it is time; the answer takes him off again. */
export function onSleep(fn: () => void): () => void {
	rests.add(fn);
	return () => rests.delete(fn);
}
