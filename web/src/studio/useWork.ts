// A work as its author has it open: one answer of the server, replaced by the answer to whatever is done to it.
import { type InjectionKey, type Ref, type ShallowRef, inject, ref, shallowRef } from "vue";
import { type Answer, type Problem, api, ask, problemOf } from "../base/api";

export type StudioWork = Answer<"/api/studio/works/{id}/draft", "post">;
export type StudioSection = StudioWork["sections"][number];
export type StudioLesson = StudioSection["lessons"][number];

export interface WorkDesk {
	work: ShallowRef<StudioWork | null>;
	problem: ShallowRef<Problem | null>;
	busy: Ref<boolean>;
	/** True when it was done. */
	act(asked: () => Promise<StudioWork>): Promise<boolean>;
	open(): Promise<void>;
}
export const workKey: InjectionKey<WorkDesk> = Symbol("work");

export const path = (id: number) => ({ params: { path: { id: String(id) } } });

export function makeWork(id: number): WorkDesk {
	const work = shallowRef<StudioWork | null>(null);
	const problem = shallowRef<Problem | null>(null);
	const busy = ref(false);

	async function act(asked: () => Promise<StudioWork>): Promise<boolean> {
		busy.value = true;
		problem.value = null;
		try {
			work.value = await asked();
			return true;
		} catch (error) {
			problem.value = problemOf(error);
			return false;
		} finally {
			busy.value = false;
		}
	}
	const open = async () => void (await act(() => ask(api.POST("/api/studio/works/{id}/draft", path(id)))));
	return { work, problem, busy, act, open };
}

export function useWork(): WorkDesk & { work: ShallowRef<StudioWork> } {
	const desk = inject(workKey);
	if (!desk?.work.value)
		throw new Error("outside of a work");
	return desk as WorkDesk & { work: ShallowRef<StudioWork> };
}
