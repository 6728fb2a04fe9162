import { Problem, problemFrom } from "../base/api";

export const IMAGE_MAX = 8 * 1024 * 1024;

/** The address of the picture, once it is kept. */
export async function sendImage(file: File): Promise<string> {
	if (file.size > IMAGE_MAX)
		throw new Problem("media-too-large", 413);
	const response = await fetch("/api/studio/pictures", { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file }).catch((): never => {
		throw new Problem("offline", 0);
	});
	const body = (await response.json().catch(() => null)) as { blob?: string } | null;
	if (!response.ok || !body?.blob)
		throw problemFrom(response, body);
	return `/media/${body.blob}`;
}
