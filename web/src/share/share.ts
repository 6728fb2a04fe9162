// A link of one's own, the picture that carries it, and ways to hand both on: for the server's pages and the application alike.
export interface Shared {
	code: string;
	url: string;
}

/** My link to a work; the page's own address for who is not signed in, which counts for nobody. */
export async function linkTo(work: string | number, plain: string): Promise<Shared> {
	const answer = await fetch("/api/share/links", {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ work: Number(work) }),
	}).catch(() => undefined);
	return answer?.ok ? ((await answer.json()) as Shared) : { code: "", url: plain };
}

export function posterOf(work: string | number, code: string, language: string): string {
	const query = new URLSearchParams(code ? { code, language } : { language });
	return `/share/works/${work}/poster.jpg?${query}`;
}
export const codeOf = (code: string) => `/s/${code}/qr.svg`;

/** The poster is drawn when it is asked for; why not, if not: "draw-off" where the server cannot draw at all. */
export async function drawn(poster: string): Promise<string> {
	const answer = await fetch(poster).catch(() => undefined);
	if (answer?.ok)
		return "";
	const problem = (await answer?.json().catch(() => undefined)) as { type?: string } | undefined;
	return problem?.type === "draw-off" ? "off" : "failed";
}

export async function copied(text: string, input?: HTMLInputElement): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		input?.select();
		return !!input && document.execCommand("copy");
	}
}
