// Who goes away from unsaved changes is asked first, whether by a link here or by closing the window.
import { type ComputedRef, onMounted, onUnmounted, ref } from "vue";
import { onBeforeRouteLeave } from "vue-router";

export function useLeaving(dirty: ComputedRef<boolean> | (() => boolean)) {
	const isDirty = typeof dirty === "function" ? dirty : () => dirty.value;
	const asking = ref(false);
	let settle: (leave: boolean) => void = () => undefined;

	function answered(leave: boolean) {
		asking.value = false;
		settle(leave);
	}
	const unload = (event: BeforeUnloadEvent) => {
		if (isDirty())
			event.preventDefault();
	};
	onBeforeRouteLeave(() => {
		if (!isDirty())
			return true;
		asking.value = true;
		return new Promise<boolean>((resolve) => (settle = resolve));
	});
	onMounted(() => window.addEventListener("beforeunload", unload));
	onUnmounted(() => window.removeEventListener("beforeunload", unload));
	return { asking, answered };
}
