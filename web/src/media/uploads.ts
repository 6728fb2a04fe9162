// A queue of files on their way to the server by tus: some at once, each can pause, go on after a broken line, and after the page was
// loaded anew if the same file is chosen again. tus-js-client is loaded when the first file comes.
import type { Upload } from "tus-js-client";
import { reactive } from "vue";
import { Problem, problemFrom } from "../base/api";

export type UploadState = "waiting" | "sending" | "paused" | "done" | "failed";
export interface Item {
	id: number;
	file: File;
	state: UploadState;
	sent: number;
	asset: number | null;
	problem: Problem | null;
	speed: number; /* bytes a second, over the last moments */
}

const AT_ONCE = 2;
const AGAIN_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000, 60_000];

export const taken = ".mp4,.m4v,.mov,.mkv,.webm,.avi,.flv,.wmv,.mpg,.mpeg,.mp3,.m4a,.aac,.wav,.flac,.ogg,.opus,.png,.jpg,.jpeg,.gif,.webp,.pdf,.vtt,.zip,.docx,.pptx,.xlsx,.epub,.txt,.csv,.md";

/** By what the server goes too: better now than after an upload. */
export function isTaken(name: string): boolean {
	return taken.split(",").some((ext) => name.toLowerCase().endsWith(ext));
}

export function assetOf(address: string | null | undefined): number | null {
	const found = /\/api\/uploads\/(\d+)$/.exec(address ?? "");
	return found ? Number(found[1]) : null;
}

interface Answered {
	getStatus: () => number;
	getBody: () => string;
	getHeader: (name: string) => string | undefined;
}

export function problemOfUpload(error: unknown): Problem {
	const answer = (error as { originalResponse?: Answered | null }).originalResponse;
	if (!answer || !answer.getStatus())
		return new Problem("offline", 0);
	let body: unknown = null;
	try {
		body = JSON.parse(answer.getBody());
	} catch {
		/* not ours: a proxy's page */
	}
	return problemFrom(new Response(null, { status: answer.getStatus() }), body);
}

/** What a lesson is called after: without the extension and the number that only orders. */
export function titleOf(name: string): string {
	const bare = name.replace(/\.[^.]+$/, "");
	const title = bare.replace(/^[\s._-]*\d{1,4}[\s._、-]+(?=\S)/, "").replace(/_/g, " ").trim();
	return title || bare;
}

/** In the order that their numbers mean: 2 before 10. */
export function inOrder<T extends { name: string }>(files: T[]): T[] {
	return [...files].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true, sensitivity: "base" }));
}

let last = 0;

export function useUploads(onDone: (item: Item) => void) {
	const items = reactive<Item[]>([]);
	const running = new Map<number, Upload>();

	async function begin(item: Item) {
		item.state = "sending";
		item.problem = null;
		const tus = await import("tus-js-client");
		if (item.state !== "sending")
			return;
		let [seenAt, seen] = [Date.now(), item.sent];
		const upload = running.get(item.id) ?? new tus.Upload(item.file, {
			endpoint: "/api/uploads",
			retryDelays: AGAIN_MS,
			removeFingerprintOnSuccess: true,
			metadata: { filename: item.file.name },
			onProgress(sent) {
				const passed = Date.now() - seenAt;
				item.sent = sent;
				if (passed > 1500) {
					item.speed = ((sent - seen) / passed) * 1000;
					[seenAt, seen] = [Date.now(), sent];
				}
			},
			onSuccess() {
				item.state = "done";
				item.sent = item.file.size;
				item.asset = assetOf(upload.url);
				running.delete(item.id);
				onDone(item);
				next();
			},
			onError(error) {
				item.state = "failed";
				item.problem = problemOfUpload(error);
				next();
			},
		});
		if (!running.has(item.id)) {
			running.set(item.id, upload);
			/* the same file, begun before: it goes on where it stopped */
			const before = await upload.findPreviousUploads().catch(() => []);
			if (before[0])
				upload.resumeFromPreviousUpload(before[0]);
		}
		if (item.state === "sending")
			upload.start();
	}
	function next() {
		const free = AT_ONCE - items.filter((item) => item.state === "sending").length;
		for (const item of items.filter((one) => one.state === "waiting").slice(0, Math.max(0, free)))
			void begin(item);
	}
	function add(files: File[]) {
		for (const file of inOrder(files)) {
			const wrong = !isTaken(file.name) ? "upload-kind-refused" : file.size === 0 ? "upload-length" : null;
			items.push({ id: ++last, file, state: wrong ? "failed" : "waiting", sent: 0, asset: null, problem: wrong ? new Problem(wrong, 415) : null, speed: 0 });
		}
		next();
	}
	function pause(item: Item) {
		item.state = "paused";
		void running.get(item.id)?.abort();
		next();
	}
	function goOn(item: Item) {
		item.state = "waiting";
		next();
	}
	/** Off the list; what was sent of it is given up. */
	function remove(item: Item) {
		const upload = running.get(item.id);
		running.delete(item.id);
		items.splice(items.findIndex((one) => one.id === item.id), 1);
		if (upload && item.state !== "done")
			void upload.abort(true).catch(() => undefined);
		next();
	}
	const busy = () => items.some((item) => item.state === "sending" || item.state === "waiting");
	return { items, add, pause, goOn, remove, busy };
}
