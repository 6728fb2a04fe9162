// list_express.mjs PORT DATABASE - GET /api/works?category=…&limit=… by Express and better-sqlite3
import express from "express";
import { listOf, open, withEdges } from "./common.mjs";

const [port, file] = process.argv.slice(2);
const db = open(file), list = listOf(db);
const app = withEdges(express(), db);

app.get("/api/works", (req, res) => {
	const answer = list(req.query);

	if (answer)
		res.set("Cache-Control", "no-cache").json(answer);
	else
		res.status(400).json({ type: "invalid" });
});
app.listen(Number(port), "127.0.0.1");
