// The one way to the server: typed by the program's own OpenAPI; what fails becomes a Problem.
import createClient from "openapi-fetch";
import type { paths } from "../api.gen";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Answers<P extends keyof paths, M extends Method> = paths[P] extends Record<M, { responses: infer R }> ? R : never;
type Body<R> = R extends { content: { "application/json": infer T } } ? T : never;
/** The body of a route's 2xx answer. */
export type Answer<P extends keyof paths, M extends Method = "get"> = Body<
	Answers<P, M> extends infer R ? ("2XX" extends keyof R ? R["2XX"] : never) : never
>;

export type Me = Answer<"/api/me">;
export type Work = Answer<"/api/works/{id}">;
export type Order = Answer<"/api/orders/{id}">;
export type Payment = NonNullable<Order["payment"]>;

export interface FieldError {
	path: string;
	why: string;
}

/** Why something was not done, as the server says it (RFC 9457), or "offline" when it could not be asked. */
export class Problem extends Error {
	constructor(
		readonly type: string,
		readonly status: number,
		readonly request = "",
		readonly errors: FieldError[] = [],
		readonly waitSeconds = 0,
		readonly detail = "",
	) {
		super(type);
	}
}

export function problemOf(error: unknown): Problem {
	return error instanceof Problem ? error : new Problem("offline", 0);
}

export function problemFrom(response: Response, body: unknown): Problem {
	const given = (typeof body === "object" && body ? body : {}) as Record<string, unknown>;
	const text = (key: string) => (typeof given[key] === "string" ? given[key] : "");
	return new Problem(
		text("type") || "unknown",
		response.status,
		text("request") || (response.headers.get("X-Request-Id") ?? ""),
		Array.isArray(given.errors) ? (given.errors as FieldError[]) : [],
		Number(response.headers.get("Retry-After")) || 0,
		text("detail"),
	);
}

/** Keys of lessons have slashes, which stay slashes. */
export function pathOf(pattern: string, values: Record<string, unknown>): string {
	return pattern.replace(/\{(\w+)\*?\}/g, (_, name: string) => String(values[name]).split("/").map(encodeURIComponent).join("/"));
}

export const api = createClient<paths>({ baseUrl: "", credentials: "same-origin", pathSerializer: pathOf });

interface Asked {
	data?: unknown;
	error?: unknown;
	response: Response;
}

/** The answer's body; throws a Problem. */
export async function ask<A extends Asked>(asked: Promise<A>): Promise<NonNullable<A["data"]>> {
	const { data, error, response } = await asked.catch((): never => {
		throw new Problem("offline", 0);
	});
	if (!response.ok)
		throw problemFrom(response, error);
	return data as NonNullable<A["data"]>;
}

/** For Idempotency-Key: one per intention, the same on every retry of it. */
export function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
