// The search page while one types: Vue takes the results over, the input stays the page's own.
import { createApp, reactive } from "vue";
import { openI18n, withMessages } from "../base/i18n";
import { readQuery } from "./query";
import SearchResults from "./SearchResults.vue";

export async function open(input: HTMLInputElement) {
	const results = document.getElementById("results")!;
	const i18n = await withMessages("search", openI18n());
	const query = reactive(readQuery(location.search));
	let mounted = false;

	function typed() {
		const keyword = input.value.trim();
		if (!mounted && keyword === query.keyword)
			return;
		query.keyword = keyword;
		if (mounted)
			return;
		mounted = true;
		const place = document.createElement("div");
		place.id = "results";
		const app = createApp(SearchResults, { query, first: results, onShown: () => results.replaceWith(place) });
		app.use(i18n).mount(place);
	}
	input.addEventListener("input", typed);
	addEventListener("popstate", () => {
		Object.assign(query, readQuery(location.search));
		input.value = query.keyword;
		typed();
	});
	typed();
}
