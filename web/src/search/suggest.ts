// Suggestions under a search field: a combobox by the ARIA pattern, in plain DOM since public pages have no framework.
interface Suggestion {
	text: string;
	kind: string;
	url?: string;
}

const WAIT_MS = 80;
let made = 0;

export function wireSuggest(form: HTMLFormElement) {
	const input = form.querySelector("input")!;
	const list = document.createElement("div");
	const id = `suggest-${++made}`;
	let items: Suggestion[] = [];
	let at = -1;
	let timer = 0;
	let asked = 0;

	list.className = "suggest";
	list.id = id;
	list.hidden = true;
	list.setAttribute("role", "listbox");
	list.setAttribute("aria-label", form.dataset.suggest ?? "");
	form.append(list);
	for (const [name, value] of [["role", "combobox"], ["aria-controls", id], ["aria-expanded", "false"], ["aria-autocomplete", "list"]] as const)
		input.setAttribute(name, value);

	function show(open: boolean) {
		list.hidden = !open;
		input.setAttribute("aria-expanded", String(open));
		if (!open)
			point(-1);
	}
	function point(to: number) {
		at = to;
		[...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
		if (at < 0)
			input.removeAttribute("aria-activedescendant");
		else
			input.setAttribute("aria-activedescendant", `${id}-${at}`);
	}
	function take(n: number) {
		const item = items[n]!;
		if (item.url)
			location.assign(item.url);
		else {
			input.value = item.text;
			form.submit();
		}
	}
	function option(item: Suggestion, n: number) {
		const element = document.createElement("div");
		const text = document.createElement("span");
		text.textContent = item.text;
		element.id = `${id}-${n}`;
		element.setAttribute("role", "option");
		element.setAttribute("aria-selected", "false");
		element.append(text);
		element.onpointerdown = (event) => event.preventDefault();
		element.onclick = () => take(n);
		return element;
	}
	// Whoever closes the list or moves in it has chosen by what is there: an answer that comes later changes nothing.
	function settle() {
		clearTimeout(timer);
		asked++;
	}
	async function ask() {
		const words = input.value.trim();
		const mine = ++asked;
		if (!words)
			return show(false);
		const answer = await fetch(`/api/suggest?q=${encodeURIComponent(words)}`).catch(() => null);
		if (!answer?.ok || mine !== asked)
			return;
		items = ((await answer.json()) as { items: Suggestion[] }).items.slice(0, 8);
		list.replaceChildren(...items.map(option));
		at = -1;
		show(items.length > 0 && document.activeElement === input);
	}
	const move: Record<string, (() => void) | undefined> = {
		ArrowDown: () => point(at + 1 >= items.length ? 0 : at + 1),
		ArrowUp: () => point(at <= 0 ? items.length - 1 : at - 1),
	};
	input.addEventListener("input", () => {
		clearTimeout(timer);
		timer = window.setTimeout(() => void ask(), WAIT_MS);
	});
	input.addEventListener("keydown", (event) => {
		if (event.isComposing)
			return;
		if (event.key === "Escape" || move[event.key])
			settle();
		if (list.hidden && event.key === "ArrowDown" && items.length)
			show(true);
		if (list.hidden)
			return;
		if (event.key === "Escape")
			show(false);
		else if (event.key === "Enter" && at >= 0)
			take(at);
		else if (move[event.key])
			move[event.key]!();
		else
			return;
		event.preventDefault();
	});
	input.addEventListener("blur", () => show(false));
	if (input.value)
		void ask();
}
