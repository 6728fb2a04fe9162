// A creator's recordings and files, newest first; while something is being made ready it is asked for again.
import { onUnmounted, ref, shallowRef } from "vue";
import { type Answer, type Problem, api, ask, problemOf } from "../base/api";
import type { Asset } from "./item";

export type AssetList = Answer<"/api/assets">;
type Kind = Asset["kind"];

const AGAIN_MS = 3000;
const moving = (asset: Asset) => ["uploaded", "probing", "transcoding"].includes(asset.state);

export function useAssets() {
	const items = shallowRef<Asset[]>([]);
	const next = ref<number | null>(null);
	const problem = shallowRef<Problem | null>(null);
	const loading = ref(true);
	const kind = ref<Kind | "">("");
	let timer = 0;

	async function list(before?: number): Promise<AssetList> {
		return ask(api.GET("/api/assets", { params: { query: { kind: kind.value || undefined, before } } }));
	}
	async function load() {
		clearTimeout(timer);
		try {
			const page = await list();
			items.value = page.items;
			next.value = page.next ?? null;
			problem.value = null;
		} catch (error) {
			problem.value = problemOf(error);
		}
		loading.value = false;
		if (items.value.some(moving) && document.visibilityState === "visible")
			timer = window.setTimeout(load, AGAIN_MS);
	}
	async function more() {
		if (next.value === null)
			return;
		const page = await list(next.value);
		items.value = [...items.value, ...page.items];
		next.value = page.next ?? null;
	}
	function put(asset: Asset) {
		items.value = items.value.map((one) => (one.id === asset.id ? asset : one));
	}
	async function remove(asset: Asset) {
		await ask(api.DELETE("/api/assets/{id}", { params: { path: { id: String(asset.id) } } }));
		items.value = items.value.filter((one) => one.id !== asset.id);
	}
	async function retry(asset: Asset) {
		put(await ask(api.POST("/api/assets/{id}/retry", { params: { path: { id: String(asset.id) } } })));
		timer = window.setTimeout(load, AGAIN_MS);
	}
	async function label(asset: Asset, of: number, language: string) {
		put(await ask(api.PATCH("/api/assets/{id}", { params: { path: { id: String(asset.id) } }, body: { captions_of: of, language } })));
		await load();
	}
	const seen = () => document.visibilityState === "visible" && items.value.some(moving) && void load();
	document.addEventListener("visibilitychange", seen);
	onUnmounted(() => {
		clearTimeout(timer);
		document.removeEventListener("visibilitychange", seen);
	});
	return { items, next, problem, loading, kind, load, more, remove, retry, label };
}
