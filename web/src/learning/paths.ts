export function lessonPath(work: number, key?: string, anchor?: string): string {
	const rest = key ? `/${key.split("/").map(encodeURIComponent).join("/")}` : "";
	return `/learn/${work}${rest}${anchor ? `#${encodeURIComponent(anchor)}` : ""}`;
}
