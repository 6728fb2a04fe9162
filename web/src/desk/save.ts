// A file that the server makes: fetched, so that a refusal can be told in words, then handed to the browser.
import { Problem, problemFrom } from "../base/api";

export async function saveFile(path: string, name: string): Promise<void> {
	const response = await fetch(path, { credentials: "same-origin" }).catch((): never => {
		throw new Problem("offline", 0);
	});
	if (!response.ok)
		throw problemFrom(response, await response.json().catch(() => null));
	const link = document.createElement("a");
	link.href = URL.createObjectURL(await response.blob());
	link.download = name;
	link.click();
	window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
