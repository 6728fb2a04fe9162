import { reactive } from "vue";

export const toasts = reactive<{ id: number; text: string }[]>([]);
let last = 0;

export function toast(text: string, ms = 4000) {
	const id = ++last;
	toasts.push({ id, text });
	window.setTimeout(() => toasts.splice(toasts.findIndex((shown) => shown.id === id), 1), ms);
}
