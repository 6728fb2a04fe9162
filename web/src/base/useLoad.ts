// Something asked for once: its answer, its problem, and whether waiting has become long enough to say so.
import { onUnmounted, ref, shallowRef } from "vue";
import { type Problem, problemOf } from "./api";

export type Wait = "none" | "short" | "long";

const SKELETON_MS = 150;
const STILL_MS = 1500;

export function useLoad<T>(load: () => Promise<T>) {
	const value = shallowRef<T | null>(null);
	const problem = shallowRef<Problem | null>(null);
	const wait = ref<Wait>("none");
	let timers: number[] = [];

	function settle() {
		timers.forEach(clearTimeout);
		timers = [];
		wait.value = "none";
	}
	async function run() {
		settle();
		problem.value = null;
		timers = [window.setTimeout(() => (wait.value = "short"), SKELETON_MS), window.setTimeout(() => (wait.value = "long"), STILL_MS)];
		try {
			value.value = await load();
		} catch (error) {
			problem.value = problemOf(error);
		} finally {
			settle();
		}
	}
	onUnmounted(settle);
	return { value, problem, wait, run };
}
