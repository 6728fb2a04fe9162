/** A share of few says nothing: below ten it is told as counts alone. */
export const LEAST_FOR_PERCENT = 10;

export function shareOf(part: number, whole: number): string {
	const counts = `${part} / ${whole}`;
	return whole >= LEAST_FOR_PERCENT && part <= whole ? `${Math.round((part * 100) / whole)}% (${counts})` : counts;
}

/** The least round number that is not below: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
	if (value <= 1)
		return 1;
	const power = 10 ** Math.floor(Math.log10(value));
	return [1, 2, 5, 10].map((step) => step * power).find((round) => round >= value)!;
}
