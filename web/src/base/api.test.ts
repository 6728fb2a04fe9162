import { describe, expect, it } from "vitest";
import { Problem, ask, newKey, pathOf, problemFrom } from "./api";

describe("paths", () => {
	it("keep the slashes of a lesson's key and escape the rest", () => {
		expect(pathOf("/api/works/{id}/lessons/{key*}", { id: 7, key: "01/a b?" })).toBe("/api/works/7/lessons/01/a%20b%3F");
	});
});

describe("problems", () => {
	it("carry what the server said", () => {
		const why = problemFrom(new Response("", { status: 429, headers: { "Retry-After": "7" } }), { type: "too-many-requests", request: "r1", errors: [{ path: "login", why: "pattern" }] });
		expect(why).toMatchObject({ type: "too-many-requests", status: 429, request: "r1", waitSeconds: 7, errors: [{ path: "login", why: "pattern" }] });
	});
	it("survive an answer that is none of ours", () => {
		expect(problemFrom(new Response("<html>", { status: 502 }), "<html>")).toMatchObject({ type: "unknown", status: 502, errors: [] });
	});
	it("are thrown, a broken line included", async () => {
		await expect(ask(Promise.reject(new TypeError("fetch")))).rejects.toMatchObject({ type: "offline" });
		await expect(ask(Promise.resolve({ error: { type: "gone" }, response: new Response("", { status: 410 }) }))).rejects.toBeInstanceOf(Problem);
	});
});

it("keys of intentions differ", () => {
	expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
	expect(newKey()).not.toBe(newKey());
});
