// search_express.mjs PORT DATABASE TABLES WAY - GET /api/search?keyword=…&limit=… by Express and better-sqlite3. WAY:
//   like    LIKE over title, author, tags and text
//   phrase  FTS5 by trigrams, what holds the keyword as it stands
//   any     the same, and where nothing does, what holds any three characters of it, best first
// Both ask by LIKE where the keyword is shorter than three characters. They give the cards of what they find: no total, no
// facets, no marks, no correction.
import express from "express";
import { CARD_SELECT, card, limitOf, open, withEdges } from "./common.mjs";

const [port, file, tables, way] = process.argv.slice(2);
const db = open(file);
db.prepare("attach ? as tables").run(tables);

const pattern = "like @pattern escape '\\'";
const like = db.prepare(
	`select work_id from tables.doc where title ${pattern} or author ${pattern} or tags ${pattern} or body ${pattern} order by place limit @limit`,
).pluck();
const fts = db.prepare(
	"select d.work_id from tables.doc_fts f join tables.doc d on d.place = f.rowid where f.doc_fts match ? order by f.rank limit ?",
).pluck();
const work = db.prepare(`${CARD_SELECT} where w.id = ? and w.state = 'published'`);

const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

function trigrams(keyword) {
	const characters = [...keyword];

	return characters.slice(2).map((_, i) => quoted(characters.slice(i, i + 3).join(""))).join(" OR ");
}

function find(keyword, limit) {
	if (way === "like" || [...keyword].length < 3)
		return like.all({ pattern: `%${keyword.replace(/[\\%_]/g, "\\$&")}%`, limit });
	const found = fts.all(quoted(keyword), limit);
	return found.length || way === "phrase" ? found : fts.all(trigrams(keyword), limit);
}

const app = withEdges(express(), db);
app.get("/api/search", (req, res) => {
	const limit = limitOf(req.query, 20), keyword = req.query.keyword;

	if (limit === null || typeof keyword !== "string" || !keyword)
		res.status(400).json({ type: "invalid" });
	else
		res.json({ items: find(keyword, limit).map((id) => work.get(id)).filter(Boolean).map(card) });
});
app.listen(Number(port), "127.0.0.1");
