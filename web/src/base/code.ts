export const CODE_DIGITS = 6;

/** The code in what was typed or pasted: of a whole message the six digits that stand alone, else the first six there are. */
export function digitsOf(text: string): string {
	const plain = text.replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0));
	const alone = /(?:^|\D)(\d{6})(?!\d)/.exec(plain);
	return alone ? alone[1]! : plain.replace(/\D/g, "").slice(0, CODE_DIGITS);
}
