// Pictures on their way into a document or onto a cover.
import { problemFrom, Problem } from "../../base/api";

export interface Picture {
	blob: string;
	width: number;
	height: number;
}

export async function sendPicture(file: Blob): Promise<Picture> {
	const answer = await fetch("/api/studio/pictures", { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file }).catch((): never => {
		throw new Problem("offline", 0);
	});
	const body: unknown = await answer.json().catch(() => null);
	if (!answer.ok)
		throw problemFrom(answer, body);
	return body as Picture;
}

export const picturesOf = (list: FileList | null | undefined) => [...(list ?? [])].filter((file) => /^image\/(png|jpeg|gif|webp)$/.test(file.type));
