// One thing that a button does: busy while it runs, what went wrong, and "sign in once more" where the server asks for it; then
// the same thing goes on by itself.
import { ref, shallowRef } from "vue";
import { type Problem, problemOf } from "../base/api";

export function useAct() {
	const busy = ref(false);
	const problem = shallowRef<Problem | null>(null);
	const stale = ref(false);
	let waiting: (() => Promise<unknown>) | null = null;

	async function act(what: () => Promise<unknown>) {
		if (busy.value)
			return;
		busy.value = true;
		problem.value = null;
		try {
			await what();
			waiting = null;
		} catch (error) {
			const why = problemOf(error);
			stale.value = why.type === "session-not-fresh";
			waiting = stale.value ? what : null;
			problem.value = stale.value ? null : why;
		} finally {
			busy.value = false;
		}
	}
	function fresh() {
		const what = waiting;
		stale.value = false;
		if (what)
			void act(what);
	}
	return { busy, problem, stale, act, fresh };
}
