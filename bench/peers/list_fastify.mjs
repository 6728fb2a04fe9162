// list_fastify.mjs PORT DATABASE - the same by Fastify, with schemas for the query and for the answer, as its manual advises
import Fastify from "fastify";
import { listOf, log, mayAsk, open, sessionsOf } from "./common.mjs";

const [port, file] = process.argv.slice(2);
const db = open(file), list = listOf(db), sessions = sessionsOf(db);
const app = Fastify({ logger: false });

const text = { type: "string" }, whole = { type: "integer" };
const named = { type: "object", properties: { slug: text, name: text } };
const work = {
	type: "object",
	properties: {
		id: whole, slug: text, kind: text, title: text, subtitle: text, summary: text, language: text, price: whole, free: { type: "boolean" },
		author: named, category: named, lesson_count: whole, sales: whole, hue: whole, pattern: whole, published_ms: whole, url: text,
	},
};
const schema = {
	querystring: {
		type: "object",
		properties: { category: { type: "string", maxLength: 64 }, limit: { type: "integer", minimum: 1, maximum: 100 }, after: { type: "string", maxLength: 64 } },
	},
	response: { 200: { type: "object", properties: { items: { type: "array", items: work }, next: text } } },
};

app.decorateRequest("person", null);
app.addHook("onRequest", (request, reply, done) => {
	if (!mayAsk(request.socket.remoteAddress)) {
		reply.code(429).send({ type: "too-many-requests" });
		return;
	}
	request.person = sessions(request.headers.cookie);
	done();
});
app.addHook("onResponse", (request, reply, done) => {
	log(request.method, request.url.split("?", 1)[0], request.routeOptions.url, reply.statusCode, reply.getHeader("content-length") ?? 0,
		Math.round(reply.elapsedTime * 1000), request.socket.remoteAddress, request.person?.id ?? 0);
	done();
});
app.get("/ready", () => "ready");
app.get("/api/works", { schema }, (request, reply) => {
	reply.header("Cache-Control", "no-cache").send(list(request.query));
});
await app.listen({ port: Number(port), host: "127.0.0.1" });
