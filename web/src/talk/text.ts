// What somebody wrote, as paragraphs of lines of pieces: text is text, and a link is one only with http or https.
export interface Piece {
	text: string;
	href?: string;
}

const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/g;
const BEHIND = /[.,;:!?'")\]]+$/; /* ends the sentence, not the address */

export function pieces(line: string): Piece[] {
	const found: Piece[] = [];
	let at = 0;
	for (const match of line.matchAll(ADDRESS)) {
		const href = match[0].replace(BEHIND, "");
		if (!URL.canParse(href))
			continue;
		if (match.index > at)
			found.push({ text: line.slice(at, match.index) });
		found.push({ text: href, href });
		at = match.index + href.length;
	}
	if (at < line.length)
		found.push({ text: line.slice(at) });
	return found;
}

export function paragraphs(text: string): Piece[][][] {
	return text.split(/\n{2,}/).filter(Boolean).map((paragraph) => paragraph.split("\n").map(pieces));
}
