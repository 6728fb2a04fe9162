// All the script of a public page: theme, suggestions, what is mine already, copying code, formulas, and the door to the
// search island. A page is whole without it.
const root = document.documentElement;

function wireTheme() {
	for (const button of document.querySelectorAll<HTMLElement>("[data-theme-toggle]")) {
		button.hidden = false;
		button.onclick = () => {
			const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
			root.dataset.theme = dark ? "light" : "dark";
			try {
				localStorage.theme = root.dataset.theme;
			} catch {
				/* a browser that keeps nothing */
			}
		};
	}
}

function wireLanguage() {
	for (const link of document.querySelectorAll<HTMLAnchorElement>("a[hreflang]"))
		link.addEventListener("click", () => (document.cookie = `language=${link.hreflang}; path=/; max-age=31536000; samesite=lax`));
}

function markPlace() {
	for (const link of document.querySelectorAll<HTMLAnchorElement>(".nav a, .phone a"))
		if (link.pathname === location.pathname)
			link.setAttribute("aria-current", "page");
}

/** What I own says so, and its button leads on. */
async function markOwned() {
	if (!root.dataset.me)
		return;
	const buttons = [...document.querySelectorAll<HTMLAnchorElement>("[data-buy]")];
	const cards = [...document.querySelectorAll<HTMLElement>("[data-work]")];
	const ids = [...new Set([...buttons.map((one) => one.dataset.buy), ...cards.map((one) => one.dataset.work)])].slice(0, 50);
	if (!ids.length)
		return;
	const answer = await fetch(`/api/me/owned?works=${ids.join(",")}`);
	if (!answer.ok)
		return;
	const owned = new Set(((await answer.json()) as { works: number[] }).works.map(String));
	for (const button of buttons.filter((one) => owned.has(one.dataset.buy!))) {
		button.pathname = location.pathname.includes("/bundle/") ? button.pathname.replace(/checkout\/.*/, "me") : button.pathname.replace("/checkout/", "/learn/");
		button.textContent = button.dataset.owned!;
	}
	for (const card of cards.filter((one) => owned.has(one.dataset.work!))) {
		const tag = document.createElement("span");
		tag.className = "tag tag--ok";
		tag.textContent = document.getElementById("main")!.dataset.owned!;
		card.querySelector(".card__meta")!.append(tag);
	}
}

async function markBell() {
	const bell = document.getElementById("bell");
	const answer = bell && (await fetch("/api/me/notifications/unread"));
	const count = answer?.ok ? ((await answer.json()) as { unread: number }).unread : 0;
	if (count)
		bell!.dataset.count = count > 99 ? "99+" : String(count);
}

function wireCode() {
	for (const box of document.querySelectorAll<HTMLElement>(".doc .code")) {
		const button = box.querySelector<HTMLButtonElement>(".code__copy");
		if (button)
			button.onclick = () => void navigator.clipboard?.writeText(box.querySelector("code")!.textContent!);
	}
}

/** The buttons of the banners: one banner on, and from the last one back to the first. */
function wireBanners() {
	const row = document.querySelector<HTMLElement>(".banners__row");
	if (!row || row.children.length < 2)
		return;
	for (const button of document.querySelectorAll<HTMLElement>("[data-banner]")) {
		button.hidden = false;
		button.onclick = () => {
			const n = row.children.length;
			const at = Math.round((row.scrollLeft / row.scrollWidth) * n);
			row.scrollTo({ left: ((at + Number(button.dataset.banner) + n) % n) * (row.scrollWidth / n) });
		};
	}
}

wireTheme();
wireBanners();
wireLanguage();
markPlace();
wireCode();
void markOwned().catch(() => undefined);
void markBell().catch(() => undefined);
const mine = document.getElementById("for-you");
if (mine)
	void import("../recommend/strip").then(({ showHome }) => showHome(mine));
void import("../event/tell").then(({ watch }) => watch(document));
if (document.querySelector(".math"))
	void import("../base/doc/math").then(({ setMath }) => setMath(document));
for (const form of document.querySelectorAll<HTMLFormElement>("form.seek")) {
	const input = form.querySelector("input")!;
	const island = form.classList.contains("seek--page");
	const wake = () => {
		input.removeEventListener("focus", wake);
		input.removeEventListener("input", wake);
		void (island ? import("../search/island").then(({ open }) => open(input)) : import("../search/suggest").then(({ wireSuggest }) => wireSuggest(form)));
	};
	input.addEventListener("focus", wake);
	input.addEventListener("input", wake);
	if (document.activeElement === input)
		wake();
}
for (const button of document.querySelectorAll<HTMLElement>("[data-share]")) {
	button.hidden = false;
	button.onclick = () => void import("../share/sheet").then(({ open }) => open());
}
