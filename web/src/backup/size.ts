// Bytes as people read them: 3.4 MB. Disks are sold in thousands, and so they are counted.
const units = ["B", "kB", "MB", "GB", "TB"] as const;

export function size(bytes: number): string {
	let at = 0;
	let n = bytes;
	while (n >= 999.5 && at < units.length - 1) {
		n /= 1000;
		at++;
	}
	return `${at && n < 99.95 ? n.toFixed(1) : Math.round(n)} ${units[at]}`;
}
