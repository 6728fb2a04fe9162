// Light, dark or as the system: kept in localStorage, set before the first paint by the script of serve/theme.html.
export type Theme = "auto" | "light" | "dark";

export function theme(): Theme {
	const kept = localStorage.getItem("theme");
	return kept === "light" || kept === "dark" ? kept : "auto";
}

export function setTheme(wanted: Theme) {
	if (wanted === "auto") {
		localStorage.removeItem("theme");
		delete document.documentElement.dataset.theme;
	} else {
		localStorage.setItem("theme", wanted);
		document.documentElement.dataset.theme = wanted;
	}
}

export function isDark(): boolean {
	const chosen = theme();
	return chosen === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}

export function toggleTheme() {
	setTheme(isDark() ? "light" : "dark");
}
