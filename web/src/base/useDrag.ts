// Rows dragged by their handle, with mouse, pen or finger: pointer events, so that it is the same for all. Keys and buttons do
// the same without (WCAG 2.5.7).
import { onUnmounted, shallowRef } from "vue";
import "../styles/drag.css";

/** The element has data-row="WHAT:ID". */
export interface DragRow<W extends string> {
	what: W;
	id: number;
}
export interface Drag<W extends string> {
	moved: DragRow<W>;
	target: DragRow<W> | null;
	lower: boolean;
}

export function useDrag<W extends string>(drop: (drag: Drag<W>) => void) {
	type Row = DragRow<W>;
	const drag = shallowRef<Drag<W> | null>(null);

	function rowOf(element: Element | null): Row | null {
		const said = element?.closest("[data-row]")?.getAttribute("data-row")?.split(":");
		return said ? { what: said[0] as W, id: Number(said[1]) } : null;
	}

	function move(event: PointerEvent) {
		if (!drag.value)
			return;
		const element = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-row]") ?? null;
		const box = element?.getBoundingClientRect();
		drag.value = { moved: drag.value.moved, target: rowOf(element), lower: box ? event.clientY > box.top + box.height / 2 : false };
	}
	function end(event: PointerEvent) {
		const done = drag.value;
		stop();
		if (done?.target && event.type === "pointerup")
			drop(done);
	}
	function key(event: KeyboardEvent) {
		if (event.key === "Escape")
			stop();
	}
	function stop() {
		drag.value = null;
		window.removeEventListener("pointermove", move);
		window.removeEventListener("pointerup", end);
		window.removeEventListener("pointercancel", end);
		window.removeEventListener("keydown", key);
	}
	function start(event: PointerEvent, moved: Row) {
		if (event.button)
			return;
		event.preventDefault();
		drag.value = { moved, target: null, lower: false };
		window.addEventListener("pointermove", move);
		window.addEventListener("pointerup", end);
		window.addEventListener("pointercancel", end);
		window.addEventListener("keydown", key);
	}
	/** The line that says where it would go. */
	function edge(row: Row): string {
		const now = drag.value;
		if (!now?.target || now.target.what !== row.what || now.target.id !== row.id)
			return "";
		return now.lower ? "drag-below" : "drag-above";
	}
	onUnmounted(stop);
	return { drag, start, edge };
}
