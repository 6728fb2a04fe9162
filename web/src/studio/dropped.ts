// Markdown files and their pictures out of what was dropped or chosen: a folder with its paths, or loose files.
export interface Found {
	path: string;
	file: File;
}

const isMarkdown = (path: string) => /\.(md|markdown)$/i.test(path);
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

/** Which of the pictures some text names: only these are sent. */
export function wanted(pictures: Found[], texts: string[]): Found[] {
	const all = texts.join("\n");
	return pictures.filter(({ path }) => {
		const name = path.split("/").at(-1) ?? path;
		return all.includes(name) || all.includes(encodeURIComponent(name)) || all.includes(encodeURI(name));
	});
}
