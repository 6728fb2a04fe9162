/** WeChat sends the payer back to the address that its page is given in `redirect_url`. */
export function backAddress(h5: string, back: string): string {
	if (/[?&]redirect_url=/.test(h5))
		return h5;
	return `${h5}${h5.includes("?") ? "&" : "?"}redirect_url=${encodeURIComponent(back)}`;
}
