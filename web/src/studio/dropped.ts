// Markdown files with their pictures, and recordings, out of what was dropped or chosen: a folder with its paths, or loose files.
import { isTaken } from "../media/uploads";

export interface Found {
	path: string;
	file: File;
}

const isMarkdown = (path: string) => /\.(md|markdown)$/i.test(path);
const isRecording = (path: string) => !isMarkdown(path) && !isPicture(path) && !/\.vtt$/i.test(path) && isTaken(path);
const isPicture = (path: string) => /\.(png|jpe?g|gif|webp)$/i.test(path);
const hidden = (path: string) => path.split("/").some((part) => part.startsWith(".") || part === "node_modules");

async function readEntry(entry: FileSystemEntry, path: string, found: Found[]): Promise<void> {
	if (entry.isFile) {
		const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
		found.push({ path, file });
		return;
	}
	const reader = (entry as FileSystemDirectoryEntry).createReader();
	for (;;) {
		/* a reader gives a hundred at a time */
		const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
		if (!some.length)
			return;
		for (const one of some)
			await readEntry(one, `${path}/${one.name}`, found);
	}
}

export async function fromDrop(items: DataTransferItemList): Promise<Found[]> {
	const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
	const found: Found[] = [];
	for (const entry of entries)
		await readEntry(entry, entry.name, found);
	return found;
}

export function fromList(list: FileList | null): Found[] {
	return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** One folder around everything says nothing: its name is the work's, not a section's. */
export function withoutRoot(found: Found[]): Found[] {
	const root = found[0]?.path.split("/")[0];
	return found.length && found.every(({ path }) => path.includes("/") && path.startsWith(`${root}/`)) ? found.map(({ path, file }) => ({ path: path.slice(root!.length + 1), file })) : found;
}

export function sorted(all: Found[]): { texts: Found[]; pictures: Found[] } {
	const found = withoutRoot(all.filter(({ path }) => !hidden(path) && (isMarkdown(path) || isPicture(path))));
	return {
		texts: found.filter(({ path }) => isMarkdown(path)).map(({ path, file }) => ({ path: path.replace(/\.markdown$/i, ".md").replace(/\.MD$/, ".md"), file })),
		pictures: found.filter(({ path }) => isPicture(path)),
	};
}

/** What becomes a lesson of its own: nothing hidden, no text, no picture. */
export function recordings(all: Found[]): File[] {
	return all.filter(({ path }) => !hidden(path) && isRecording(path)).map(({ file }) => file);
}

/** A lesson that a recording has become, under the number that the queue gave its file: files get theirs in the order of their names. */
export type Made = Map<number, number>;

/** Where the lesson of file `id` stands among those of the other files that are `there` still. */
export function placeOf(id: number, made: Made, there: Set<number>): { after?: number; before?: number } {
	const others = [...made].filter(([, lesson]) => there.has(lesson)).sort(([a], [b]) => a - b);
	const before = others.filter(([other]) => other < id).at(-1);
	const after = others.find(([other]) => other > id);
	return before ? { after: before[1] } : after ? { before: after[1] } : {};
}

/** Which of the pictures some text names: only these are sent. */
export function wanted(pictures: Found[], texts: string[]): Found[] {
	const all = texts.join("\n");
	return pictures.filter(({ path }) => {
		const name = path.split("/").at(-1) ?? path;
		return all.includes(name) || all.includes(encodeURIComponent(name)) || all.includes(encodeURI(name));
	});
}
