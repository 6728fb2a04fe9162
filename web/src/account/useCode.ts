// A code asked for: whether one is on its way, and the seconds until another may be asked for.
import { onUnmounted, ref, shallowRef } from "vue";
import { type Problem, problemOf } from "../base/api";

export function useCode(send: () => Promise<{ again_s: number }>) {
	const sent = ref(false);
	const left = ref(0);
	const busy = ref(false);
	const problem = shallowRef<Problem | null>(null);
	let timer = 0;

	function wait(seconds: number) {
		const until = Date.now() + seconds * 1000;
		clearInterval(timer);
		left.value = seconds;
		timer = window.setInterval(() => {
			left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000));
			if (!left.value)
				clearInterval(timer);
		}, 250);
	}
	async function request() {
		if (busy.value)
			return;
		busy.value = true;
		problem.value = null;
		try {
			wait((await send()).again_s);
			sent.value = true;
		} catch (error) {
			const why = problemOf(error);
			// One was sent a moment ago: perhaps before the page was loaded again.
			sent.value = sent.value || why.type === "code-too-soon";
			if (why.waitSeconds)
				wait(why.waitSeconds);
			problem.value = why.type === "code-too-soon" ? null : why;
		} finally {
			busy.value = false;
		}
	}
	function forget() {
		sent.value = false;
		problem.value = null;
	}
	onUnmounted(() => clearInterval(timer));
	return { sent, left, busy, problem, request, forget };
}
