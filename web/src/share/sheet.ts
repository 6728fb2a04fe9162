// The share sheet of a work's page. All its words stand in the page's <template>; here they come to life.
import { inWechat } from "../base/wechat";
import { codeOf, copied, drawn, linkTo, posterOf, type Shared } from "./share";
import "./sheet.css";

let sheet: HTMLDialogElement | undefined;

export async function open() {
	sheet ??= await make(document.querySelector<HTMLTemplateElement>("#share-sheet")!);
	sheet.showModal();
	sheet.querySelector<HTMLElement>("#sheet-title")!.focus();
}

async function make(template: HTMLTemplateElement): Promise<HTMLDialogElement> {
	const { work, url, title, language } = template.dataset as Record<string, string>;
	const dialog = (template.content.cloneNode(true) as DocumentFragment).querySelector("dialog")!;
	const part = <Kind extends HTMLElement = HTMLElement>(name: string) => dialog.querySelector<Kind>(`[data-${name}]`)!;
	const signedIn = !!document.documentElement.dataset.me;
	const link = signedIn ? await linkTo(work!, url!) : { code: "", url: url! };
	document.body.append(dialog);
	part<HTMLInputElement>("link").value = link.url;
	part("counted").hidden = !link.code;
	part("in-wechat").hidden = !inWechat();
	wireWays(part, link, title!);
	part("poster").onclick = () => void showPoster(part, work!, link, language!);
	part<HTMLAnchorElement>("save").download = `${title}.jpg`;
	part("close").onclick = () => dialog.close();
	// the dark around it
	dialog.onclick = (event) => event.target === dialog && dialog.close();
	return dialog;
}

type Part = <Kind extends HTMLElement = HTMLElement>(name: string) => Kind;

function wireWays(part: Part, link: Shared, title: string) {
	const copy = part("copy");
	const native = part("native");
	copy.onclick = async () => {
		if (await copied(link.url, part<HTMLInputElement>("link")))
			part("say").textContent = copy.dataset.done!;
	};
	native.hidden = typeof navigator.share !== "function" || inWechat();
	native.onclick = () => void navigator.share({ title, url: link.url }).catch(() => undefined);
}

async function showPoster(part: Part, work: string, link: Shared, language: string) {
	const poster = posterOf(work, link.code, language);
	const say = part("say");
	const button = part<HTMLButtonElement>("poster");
	say.textContent = say.dataset.drawing!;
	button.disabled = true;
	const why = await drawn(poster);
	button.disabled = false;
	say.textContent = why ? say.dataset[why]! : "";
	if (!why) {
		part("figure").querySelector("img")!.src = poster;
		part<HTMLAnchorElement>("save").href = poster;
		part("figure").hidden = false;
	} else if (link.code) {
		part<HTMLImageElement>("code").src = codeOf(link.code);
		part("code").hidden = false;
	}
}
