// order_express.mjs PORT DATABASE - POST /api/orders by Express and better-sqlite3: the same checks and the same rows as ours
// in one transaction a request, which is on the disk before it is answered.
import { createHash } from "node:crypto";
import express from "express";
import { CARD_SELECT, card, open, withEdges } from "./common.mjs";

const [port, file] = process.argv.slice(2);
const db = open(file);
const LIFE_MS = 15 * 60 * 1000, COMMISSION_PERMILLE = 200, ROUTE = "POST /api/orders";

let last = 0;
const newId = () => (last = Math.max(last + 1, (Date.now() - 1704067200000) * 4096)); // rises with time, as ours

const claim = db.prepare(
	"insert into serve_once (owner, route, key, input, status, at_ms) values (?, ?, ?, ?, 0, ?) on conflict (owner, route, key) do nothing",
);
const used = db.prepare("select input, status, content_type, answer from serve_once where owner = ? and route = ? and key = ?");
const settle = db.prepare("update serve_once set status = ?, content_type = ?, answer = ? where owner = ? and route = ? and key = ?");
const workById = db.prepare(CARD_SELECT.replace("select ", "select w.edition_id, w.creator_id, w.state, ") + " where w.id = ?");
const entitled = db.prepare(
	"select 1 from entitlement where user_id = @user and work_id = @work and from_ms <= @now and (until_ms is null or until_ms > @now) and revoked_ms is null limit 1",
).pluck();
const openOrder = db.prepare(
	"select p.id, p.state, p.total, p.created_ms, p.expires_ms from purchase p join purchase_item i on i.purchase_id = p.id where p.buyer = ?" +
		" and i.work_id = ? and p.state = 'PENDING' and p.expires_ms > ? order by p.id desc limit 1",
);
const addPurchase = db.prepare(
	"insert into purchase (id, buyer, state, total, commission_permille, created_ms, expires_ms) values (?, ?, 'PENDING', ?, ?, ?, ?)",
);
const addItem = db.prepare(
	"insert into purchase_item (purchase_id, line, work_id, edition_id, creator_id, title, price) values (?, 0, ?, ?, ?, ?, ?)",
);
const addAudit = db.prepare(
	"insert into audit_entry (id, at_ms, actor, verb, kind, subject, detail) values (?, ?, ?, 'order-placed', 'order', ?, '{}')",
);
const addJob = db.prepare(
	"insert into job (id, kind, job_key, payload, state, run_at_ms, tries, lease, added_ms) values (?, 'order-expire', ?, ?, 'waiting', ?, 0, 0, ?)" +
		" on conflict (kind, job_key) where state = 'waiting' do update set added_ms = job.added_ms",
);

const refused = (status, type) => ({ status, body: { type } });
const answerOf = (order, { id, slug, title, url }) => ({ ...order, work: { id, slug, title, url } });

function place(person, workId) {
	const now = Date.now(), row = workById.get(workId);

	if (!row || row.state !== "published")
		return refused(404, "work-missing");
	if (row.price === 0)
		return refused(501, "free-works-are-not-measured");
	if (entitled.get({ user: person.id, work: workId, now }))
		return refused(409, "already-owned");
	const waiting = openOrder.get(person.id, workId, now);
	if (waiting && waiting.total === row.price)
		return { status: 201, body: answerOf(waiting, card(row)) };
	const order = { id: newId(), state: "PENDING", total: row.price, created_ms: now, expires_ms: now + LIFE_MS };
	addPurchase.run(order.id, person.id, order.total, COMMISSION_PERMILLE, now, order.expires_ms);
	addItem.run(order.id, workId, row.edition_id, row.creator_id, row.title, order.total);
	addAudit.run(newId(), now, person.id, order.id);
	addJob.run(newId(), String(order.id), `{"order":${order.id}}`, order.expires_ms, now);
	return { status: 201, body: answerOf(order, card(row)) };
}

const once = db.transaction((person, key, input, workId) => {
	const owner = `u${person.id}`;

	if (!claim.run(owner, ROUTE, key, input, Date.now()).changes) {
		const before = used.get(owner, ROUTE, key);
		return before.input === input ? { status: before.status, text: before.answer } : refused(422, "idempotency-mismatch");
	}
	const answer = place(person, workId);
	answer.text = JSON.stringify(answer.body);
	settle.run(answer.status, "application/json", answer.text, owner, ROUTE, key);
	return answer;
}).immediate;

const app = withEdges(express(), db);
app.use(express.json());
app.post("/api/orders", (req, res) => {
	const key = req.get("Idempotency-Key"), work = req.body?.work;

	if (req.get("Sec-Fetch-Site") !== "same-origin")
		return res.status(403).json({ type: "cross-site" });
	if (!req.person)
		return res.status(401).json({ type: "sign-in-required" });
	if (!Number.isInteger(work))
		return res.status(422).json({ type: "invalid" });
	if (!key || key.length > 64)
		return res.status(400).json({ type: "idempotency-key" });
	const input = createHash("sha256").update(`${req.path}\n${JSON.stringify(req.body)}`).digest("hex");
	const answer = once(req.person, key, input, work);
	res.status(answer.status).type("application/json").send(answer.text ?? JSON.stringify(answer.body));
});
app.listen(Number(port), "127.0.0.1");
