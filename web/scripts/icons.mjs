// The icons in use, as one sprite: both faces say <use href="icons.svg#name">.
import { mkdir, writeFile } from "node:fs/promises";
import * as lucide from "lucide";

const used = [
	"arrow-down", "arrow-left", "arrow-up", "award", "bell", "bold", "book-open", "captions", "check", "check-check", "chevron-down",
	"chevron-left", "chevron-right", "chevron-up", "circle", "circle-alert", "circle-check", "circle-dot", "circle-x", "clock",
	"code", "compass", "copy", "ellipsis", "eye", "eye-off", "file-down", "file-text", "film", "folder", "grip-vertical", "hard-drive", "image",
	"image-off", "infinity", "info", "italic", "languages", "layers", "library", "link", "list", "list-checks", "list-ordered",
	"lock", "log-out", "mail", "maximize", "message-square", "message-square-warning", "minimize", "minus", "moon", "music",
	"palette", "paperclip", "pause", "pen-line", "pencil", "play", "plus", "qr-code", "receipt", "redo-2", "rotate-cw", "scale",
	"search", "settings", "shield-check", "sigma", "smartphone", "square-code", "square-sigma", "store", "strikethrough", "sun",
	"sun-moon", "table", "tag", "text-quote", "trash-2", "triangle-alert", "undo-2", "upload", "user", "volume-2", "volume-x",
	"wallet", "wifi-off", "x",
];
// A workshop whose two doors are the pages of a book.
const mark =
	'<rect width="32" height="32" rx="8" fill="var(--logo,#0b6e69)"/><path d="M6.2 14.6 16 7.2l9.8 7.4" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"/><path d="M15 17.4c-1.900-1.300-4.300-1.700-6.400-1.500v7.900c2.100-.2 4.500.3 6.400 1.600z" fill="#fff"/><path d="M17 17.400c1.900-1.300 4.300-1.700 6.400-1.500v7.900c-2.100-.2-4.500.3-6.400 1.600z" fill="#9fe0d9"/>';
const camel = (name) => name.replace(/(^|-)(\w)/g, (_, __, c) => c.toUpperCase());
const shape = ([tag, attributes]) =>
	`<${tag} ${Object.entries(attributes).filter(([key]) => key !== "key").map(([key, value]) => `${key}="${value}"`).join(" ")}/>`;

function symbol(name) {
	const icon = lucide[camel(name)];
	if (!icon)
		throw new Error(`no such icon: ${name}`);
	return `<symbol id="${name}" viewBox="0 0 24 24">${icon.map(shape).join("")}</symbol>`;
}

export async function writeIcons(folder) {
	const logo = `<symbol id="logo" viewBox="0 0 32 32">${mark}</symbol>`;
	await mkdir(folder, { recursive: true });
	await writeFile(`${folder}/icons.gen.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${logo}${used.map(symbol).join("")}</svg>\n`);
	await writeFile(`${folder}/favicon.gen.svg`, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${mark}</svg>\n`);
}
