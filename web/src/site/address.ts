// Addresses as the program takes them: own paths and https, nothing else (src/site/shop.c).
/** What somebody pasted, as the shop wants it: an address of this site loses its host. */
export function tidyAddress(typed: string, origin: string): string {
	const url = typed.trim();
	if (url.startsWith(`${origin}/`) || url === origin)
		return url.slice(origin.length) || "/";
	return /^[\w-]+(\.[\w-]+)+(\/|$)/.test(url) ? `https://${url}` : url;
}
