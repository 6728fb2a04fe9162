// Does a pasted text want to be read as Markdown? Two signs of it are needed: a lone dash is a dash.
const signs = [/^#{1,6} \S/m, /^\s*[-*+] \S/m, /^\s*\d+[.)] \S/m, /^```/m, /^> /m, /\*\*\S[^*]*\*\*/, /^\|.+\|\s*$/m, /\[[^\]]+\]\([^)\s]+\)/, /\$\$[^$]+\$\$/];

export function looksLikeMarkdown(text: string): boolean {
	const found = signs.filter((sign) => sign.test(text)).length;
	return found >= 2 || /^#{1,6} \S[^\n]*\n\s*\n/m.test(text) || /^```[\s\S]*^```/m.test(text);
}
