import { flushPromises } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useMe } from "../account/useMe";
import { api } from "../base/api";
import type { Person } from "../base/state";
import { useUnread } from "./useUnread";

const person = (id: number) => ({ id, name: "Ann", roles: ["learner"], language: "en" }) as Person;
const found = (unread: number) => ({ data: { unread }, response: new Response("", { status: 200 }) });

beforeEach(() => setActivePinia(createPinia()));
afterEach(() => vi.restoreAllMocks());

it("the next person at this page does not see the last one's number", async () => {
	const asked = vi.spyOn(api, "GET").mockResolvedValueOnce(found(3) as never).mockResolvedValueOnce(found(1) as never);
	const me = useMe();
	me.became(person(1));
	const unread = useUnread();
	await unread.look();
	expect(unread.count).toBe(3);
	me.became({ ...person(1), name: "Anna" });
	expect(unread.count).toBe(3);
	me.became(null);
	expect(unread.count).toBe(0);
	me.became(person(2));
	await unread.look();
	expect(unread.count).toBe(1);
	expect(asked).toHaveBeenCalledTimes(2);
});

it("an answer that comes after he has gone is nobody's", async () => {
	let answer: (of: never) => void = () => undefined;
	vi.spyOn(api, "GET").mockReturnValueOnce(new Promise((done) => (answer = done)) as never);
	const me = useMe();
	me.became(person(1));
	const unread = useUnread();
	const looked = unread.look();
	me.became(null);
	answer(found(3) as never);
	await looked;
	await flushPromises();
	expect(unread.count).toBe(0);
});
