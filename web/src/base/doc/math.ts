// Formulas: their TeX stands in the page; KaTeX comes only where there is one, and builds elements, never HTML strings.
export async function setMath(within: ParentNode) {
	const found = [...within.querySelectorAll<HTMLElement>(".math:not([data-set])")];
	if (!found.length)
		return;
	const [{ default: katex }] = await Promise.all([import("katex"), import("katex/dist/katex.min.css")]);
	for (const element of found) {
		if (element.dataset.set)
			continue;
		element.dataset.set = "1";
		katex.render(element.textContent ?? "", element, {
			displayMode: element.classList.contains("math--block"),
			throwOnError: false,
			output: "htmlAndMathml",
		});
	}
}
