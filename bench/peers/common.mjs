// common.mjs - what each peer does as our program does: who is signed in, a limit for each address, one line of log a request.
// All of it as cheap as it is right: statements prepared once, sessions remembered for five seconds, lines gathered.
import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import Database from "better-sqlite3";

export function open(file, options = {}) {
	const db = new Database(file, options);

	db.pragma("journal_mode = wal");
	db.pragma("synchronous = full");
	db.pragma("foreign_keys = on");
	db.pragma("mmap_size = 1073741824");
	db.pragma("cache_size = -16384");
	return db;
}

// ---- sessions: SHA-256 of the cookie, remembered; else the same statements ----

const REMEMBERED_MS = 5000, REMEMBERED = 8192, IDLE_MS = 14 * 24 * 3600 * 1000;

export function sessionsOf(db) {
	const find = db.prepare(
		"select s.id, s.user_id, u.name, s.created_ms, s.seen_ms from session s join user_account u on u.id = s.user_id" +
			" where s.token_hash = ? and s.expires_ms > ? and s.seen_ms > ?",
	);
	const roles = db.prepare("select role from role_grant where user_id = ? limit 8").pluck();
	const remembered = new Map();

	return (cookies) => {
		const token = /(?:^|; )session=([^;]+)/.exec(cookies ?? "")?.[1];
		if (!token)
			return null;
		const hash = createHash("sha256").update(token).digest("hex"), now = Date.now(), known = remembered.get(hash);
		if (known && known.ends > now)
			return known.person;
		const row = find.get(hash, now, now - IDLE_MS);
		if (!row)
			return null;
		if (remembered.size >= REMEMBERED)
			remembered.clear();
		const person = { id: row.user_id, name: row.name, session: row.id, roles: roles.all(row.user_id) };
		remembered.set(hash, { person, ends: now + REMEMBERED_MS });
		return person;
	};
}

// ---- limits: a token bucket for each address ----

const PER_MS = 20000, BURST = 240e6;
const buckets = new Map();

export function mayAsk(address) {
	const now = performance.now(), bucket = buckets.get(address);

	if (!bucket) {
		buckets.set(address, { left: BURST - 1, at: now });
		return true;
	}
	bucket.left = Math.min(BURST, bucket.left + (now - bucket.at) * PER_MS);
	bucket.at = now;
	if (bucket.left < 1)
		return false;
	bucket.left--;
	return true;
}

// ---- log ----

const FLUSH_MS = 50;
let lines = "", number = 0;

export function log(method, path, route, status, bytes, us, peer, user) {
	const id = (++number).toString(16).padStart(16, "0");

	lines +=
		`{"time":"${new Date().toISOString()}","level":"info","event":"request","id":"${id}","method":"${method}","path":${JSON.stringify(path)},` +
		`"route":"${route}","status":"${status}","bytes":"${bytes}","us":"${us}","peer":"${peer}","user":"${user}"}\n`;
}
setInterval(() => {
	if (lines)
		writeSync(2, lines);
	lines = "";
}, FLUSH_MS).unref();

/** An Express application with what every request goes through. */
export function withEdges(app, db) {
	const sessions = sessionsOf(db);

	app.disable("x-powered-by");
	app.get("/ready", (_, res) => res.send("ready"));
	app.use((req, res, next) => {
		const began = process.hrtime.bigint(), peer = req.socket.remoteAddress;

		res.on("finish", () =>
			log(req.method, req.path, req.route?.path ?? "", res.statusCode, res.get("content-length") ?? 0,
				(process.hrtime.bigint() - began) / 1000n, peer, req.person?.id ?? 0));
		if (!mayAsk(peer))
			return res.status(429).json({ type: "too-many-requests" });
		req.person = sessions(req.headers.cookie);
		next();
	});
	return app;
}

// ---- works as cards ----

const KIND_PATHS = { ebook: "book" };

const CARD =
	"select w.id, w.slug, w.kind, w.title, w.subtitle, w.summary, w.language, w.price, c.name as author_name, c.slug as author_slug," +
	" k.name as category_name, k.slug as category_slug, w.lesson_count, w.sales, w.hue, w.pattern, w.published_ms" +
	" from work w join creator c on c.id = w.creator_id ";

export const CARD_SELECT = `${CARD} left join category k on k.id = w.category_id`;

export function card(row) {
	const { author_name, author_slug, category_name, category_slug, subtitle, ...rest } = row;

	return {
		...rest,
		subtitle: subtitle ?? undefined,
		free: row.price === 0,
		author: { name: author_name, slug: author_slug },
		category: category_slug === null ? undefined : { slug: category_slug, name: category_name },
		url: `${row.language === "en" ? "/en" : ""}/${KIND_PATHS[row.kind] ?? row.kind}/${row.slug}`,
	};
}

const PAGE_MAX = 100;

export function limitOf(query, otherwise) {
	const limit = query.limit === undefined ? otherwise : Number(query.limit);

	return Number.isInteger(limit) && limit >= 1 && limit <= PAGE_MAX ? limit : null;
}

/** The newest works of a category, as GET /api/works gives them, by the same query. */
export function listOf(db) {
	const works = db.prepare(
		`${CARD} join category k on k.slug = ? where w.state = 'published' and w.category_id = (select id from category where slug = ?)` +
			" and (w.published_ms, w.id) < (?, ?) order by w.published_ms desc, w.id desc limit ?",
	);

	return (query) => {
		const limit = limitOf(query, 20);
		if (limit === null)
			return null;
		const [published, id] = query.after ? query.after.split(".").map(Number) : [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
		const rows = works.all(query.category, query.category, published, id, limit + 1);
		if (rows.length <= limit)
			return { items: rows.map(card) };
		rows.length = limit;
		const last = rows[limit - 1];
		return { items: rows.map(card), next: `${last.published_ms}.${last.id}` };
	};
}
