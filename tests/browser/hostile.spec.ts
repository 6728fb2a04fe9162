// Every text that somebody can type is a program: bodies are filled by the API's own description, so that a new field is tried without
// being named here. Then every page on which such a text could stand is looked at. A script that runs sets a mark; one that only the
// policy stopped is reported (shop.ts). Runs on a site of its own (shop.sh).
import type { Page } from "@playwright/test";
import { expect, password, test, watchFaults } from "./shop";

const owner = "owner@example.cn";
const corpus = [
	`"><img src=x onerror=window.xss=1>`, `<script>window.xss=1</script>`, `'><svg onload=window.xss=1>`, `</title><script>window.xss=1</script>`,
	`</script><script>window.xss=1</script>`, `{{constructor.constructor('window.xss=1')()}}`, `javascript:window.xss=1`, `<a href=javascript:window.xss=1>x</a>`,
	`<iframe srcdoc="<script>parent.xss=1</script>">`, `--><script>window.xss=1</script>`, `\${window.xss=1}`, `]]><script>window.xss=1</script>`,
	`<math><mtext><mglyph><style><img src=x onerror=window.xss=1>`, `"autofocus onfocus=window.xss=1 x="`, `<b/onmouseover=window.xss=1>b`,
];

test.describe.configure({ mode: "serial" });

interface Schema {
	$ref?: string; type?: string; enum?: unknown[]; const?: unknown; oneOf?: Schema[]; pattern?: string; format?: string;
	properties?: Record<string, Schema>; required?: string[]; items?: Schema; minItems?: number; minLength?: number; maxLength?: number; minimum?: number;
}
interface Description {
	paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>;
	components: { schemas: Record<string, Schema> };
}
let api: Description;
let turn = 0;

/** A body that fits its schema, with a program in each text. */
function hostile(schema: Schema, depth = 0): unknown {
	if (schema.$ref)
		return hostile(api.components.schemas[schema.$ref.split("/").pop()!]!, depth);
	if (schema.oneOf)
		return hostile(schema.oneOf[0]!, depth);
	if (schema.const !== undefined || schema.enum)
		return schema.const ?? schema.enum![0];
	switch (schema.type) {
		case "object":
			return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, field]) => [name, hostile(field, depth + 1)]));
		case "array":
			return Array.from({ length: Math.max(schema.minItems ?? 0, 1) }, () => hostile(schema.items!, depth + 1));
		case "string":
			return corpus[turn++ % corpus.length]!.slice(0, schema.maxLength ?? 200);
		case "integer":
		case "number":
			return schema.minimum ?? 0;
		case "boolean":
			return false;
		default:
			return null;
	}
}
function body(method: string, path: string): Record<string, unknown> {
	const schema = api.paths[path]![method]!.requestBody!.content["application/json"]!.schema;
	return hostile(schema) as Record<string, unknown>;
}

interface Answer {
	status: number;
	json: Record<string, never> & { id: number; added: number; url: string; version: number; value: Record<string, unknown>; sections: { id: number; lessons: { id: number; key: string }[] }[] };
}
const send = (page: Page, method: string, path: string, what?: unknown) =>
	page.evaluate(async ([how, to, text]) => {
		const answer = await fetch(to!, { method: how!, headers: { "Content-Type": "application/json", "Idempotency-Key": `h${Math.random()}` }, body: text });
		return { status: answer.status, json: await answer.json().catch(() => ({})) };
	}, [method, path, what === undefined ? undefined : JSON.stringify(what)] as const) as Promise<Answer>;

/** What may be wrong with a program for a name is said; nothing breaks. */
async function tell(page: Page, method: string, path: string, template: string, changes: object = {}): Promise<Answer> {
	const answer = await send(page, method, path, { ...body(method.toLowerCase(), template), ...changes });
	expect(answer.status, `${method} ${path}`).toBeLessThan(500);
	return answer;
}
async function must(page: Page, method: string, path: string, template: string, changes: object = {}): Promise<Answer> {
	const answer = await tell(page, method, path, template, changes);
	expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.json)}`).toBeLessThan(300);
	return answer;
}

async function dress(page: Page) {
	for (const name of ["shop", "look", "legal"]) {
		const path = `/api/settings/${name}`;
		const { json } = await send(page, "GET", path);
		const filled = body("put", path).value as Record<string, unknown>;
		// pictures, addresses and numbers are checked for what they are: what they were stays, so that the rest is kept
		const value = Object.fromEntries(Object.entries(json.value).map(([key, old]) => {
			const texts = typeof old === "object" && old !== null && "zh" in old;
			return [key, texts || ["company", "address", "wechat"].includes(key) ? filled[key] : old];
		}));
		await must(page, "PUT", path, path, { version: json.version, value });
		await tell(page, "PUT", path, path, { version: json.version + 1 });
	}
	const { json } = await send(page, "GET", "/api/settings/look");
	const words = () => ({ zh: corpus[turn++ % corpus.length], en: corpus[turn++ % corpus.length] });
	await must(page, "PUT", "/api/settings/look", "/api/settings/look", {
		version: json.version,
		value: { ...json.value, banners: [{ title: words(), text: words(), url: "/help", image: "" }], nav: [{ title: words(), url: "/help" }], footer: [{ title: words(), url: "/help" }],
			faq: corpus.map(() => ({ question: words(), answer: words() })) },
	});
}
interface Made {
	work: number;
	url: string;
	lesson: string;
	leaf: number;
}
async function write(page: Page): Promise<Made> {
	const work = (await must(page, "POST", "/api/studio/works", "/api/studio/works", { kind: "course", language: "zh-CN" })).json.id;
	const text = (words: string) => ({ type: "text", text: words });
	const description = { type: "doc", content: corpus.map((words) => ({ type: "paragraph", content: [text(words)] })) };
	await must(page, "PATCH", `/api/studio/works/${work}`, "/api/studio/works/{id}", { price: 0, language: "zh-CN", category: corpus[0], cover: undefined, terms: undefined, description, for_whom: corpus, tags: corpus.slice(0, 6) });
	const section = (await must(page, "POST", `/api/studio/works/${work}/sections`, "/api/studio/works/{id}/sections")).json.added;
	const lesson = (await must(page, "POST", `/api/studio/sections/${section}/lessons`, "/api/studio/sections/{id}/lessons", { asset: undefined, before: undefined, after: undefined })).json.added;
	const quizzes = (body("put", "/api/studio/lessons/{id}/draft").quizzes as { items: object[] }[]).map((quiz) => ({ ...quiz, key: "q", items: [{ kind: "single", question: corpus[1], why: corpus[0], options: corpus.slice(0, 4), answer: [0] }] }));
	const doc = { type: "doc", content: [...description.content, { type: "codeBlock", attrs: { language: "html" }, content: [text(corpus.join("\n"))] }, { type: "heading", attrs: { level: 2 }, content: [text(corpus[3]!)] }] };
	await must(page, "PUT", `/api/studio/lessons/${lesson}/draft`, "/api/studio/lessons/{id}/draft", { version: 1, doc, quizzes });
	// a link that runs something is no document
	const link = { type: "doc", content: [{ type: "paragraph", content: [{ ...text("x"), marks: [{ type: "link", attrs: { href: "javascript:window.xss=1" } }] }] }] };
	expect((await tell(page, "PUT", `/api/studio/lessons/${lesson}/draft`, "/api/studio/lessons/{id}/draft", { version: 2, doc: link, quizzes: [] })).status).toBe(422);
	await tell(page, "POST", `/api/studio/works/${work}/markdown`, "/api/studio/works/{id}/markdown", { files: [{ path: "a.md", text: `# ${corpus[0]}\n\n${corpus.join("\n\n")}` }], images: [] });
	await must(page, "POST", `/api/studio/works/${work}/publish`, "/api/studio/works/{id}/publish", { edition: false, at_ms: 0 });
	const draft = await send(page, "POST", `/api/studio/works/${work}/draft`);
	const leaf = draft.json.sections[0]!.lessons[0]!;
	return { work, url: (await send(page, "GET", `/api/works/${work}`)).json.url, lesson: leaf.key, leaf: leaf.id };
}
/** All other routes that take a text, on whatever they are about: most refuse, none breaks, and what they keep is shown below. */
async function talk(page: Page, made: Made) {
	await send(page, "POST", "/api/orders", { work: made.work, price: 0 });
	const question = await must(page, "POST", `/api/works/${made.work}/questions`, "/api/works/{id}/questions", { lesson: made.lesson, asset: undefined, at_s: undefined, text: corpus.join(" ") });
	await tell(page, "POST", `/api/questions/${question.json.id}/answers`, "/api/questions/{id}/answers", { text: corpus.join("\n") });
	await send(page, "PUT", `/api/learn/${made.work}/progress`, { key: made.lesson, position: 1, done: true });
	for (const [path, methods] of Object.entries(api.paths)) {
		for (const method of Object.keys(methods)) {
			const takes = methods[method]!.requestBody?.content["application/json"];
			if (!takes || /^\/api\/(sessions|setup|settings|users|auth|me\/(password|session|logins|second-factor|consents|deletion)|staff)/.test(path) || path.includes("/publish") || method === "delete")
				continue;
			const changes = "work" in (hostile(takes.schema) as object) ? { work: made.work, lesson: made.lesson } : {};
			await tell(page, method.toUpperCase(), path.replace(/\{(\w+)\}/g, (_all, name: string) => (name === "id" || name === "work" ? String(made.work) : `h-${turn++}`)), path, changes);
		}
	}
	await tell(page, "PATCH", "/api/me", "/api/me", { language: "zh-CN" });
}

test("what somebody typed never runs", async ({ page, browser, faults }) => {
	test.setTimeout(300_000);
	page.on("dialog", (dialog) => void dialog.dismiss());
	await page.goto("/login");
	// a program that is written into a page does not go unseen
	await page.evaluate((html) => document.body.insertAdjacentHTML("beforeend", html), corpus[0]!).catch(() => undefined);
	await expect.poll(() => faults.length).toBeGreaterThan(0);
	faults.length = 0;
	expect((await send(page, "POST", "/api/sessions", { login: owner, password })).status).toBe(201);
	api = (await send(page, "GET", "/api/openapi.json")).json as never;
	await dress(page);
	const made = await write(page);
	await talk(page, made);

	const visitor = await (await browser.newContext({ baseURL: process.env.BASE_URL!, locale: "zh-CN" })).newPage();
	const seen = await watchFaults(visitor);
	const open = [
		"/", "/en/", "/courses", made.url, `${made.url}/${made.lesson}`, "/help", "/terms", "/privacy", "/refund-policy", ...corpus.map((words) => `/search?keyword=${encodeURIComponent(words)}`),
		`/courses?category=${encodeURIComponent(corpus[0]!)}`, `/${encodeURIComponent(corpus[0]!)}`, `/login?next=${encodeURIComponent(corpus[6]!)}`,
	];
	const closed = [
		...["", "/orders", "/settings", "/security", "/privacy", "/notes", "/messages", "/redeem"].map((path) => `/me${path}`), `/learn/${made.work}/${made.lesson}`, `/checkout/${made.work}`,
		"/studio", "/studio/files", "/studio/refunds", "/studio/inbox", "/studio/sources", "/studio/offers", "/studio/numbers", `/studio/works/${made.work}`, `/studio/works/${made.work}/lessons/${made.leaf}`,
		`/studio/works/${made.work}/details`, `/studio/works/${made.work}/price`, `/studio/works/${made.work}/publish`, "/staff/people", "/staff/reports", "/desk", "/admin/money", "/admin/numbers", "/admin/health",
		...["checks", "shop", "look", "legal", "payment", "mail", "sms", "picks", "categories", "backup", "wechat", "proofs"].map((name) => `/admin/settings/${name}`),
	];
	for (const [who, paths] of [[visitor, open], [page, [...open, ...closed]]] as const) {
		for (const path of paths) {
			await who.goto(path);
			await who.waitForLoadState("networkidle");
			expect(await who.evaluate(() => (window as unknown as { xss?: number }).xss), path).toBeUndefined();
			expect(await who.locator("main [onerror], main [onload], main [onfocus], main [onmouseover], main a[href^='javascript']").count(), path).toBe(0);
		}
	}
	expect(seen).toEqual([]);
	await visitor.context().close();
});
