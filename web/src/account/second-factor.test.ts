import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import { Problem, api } from "../base/api";
import { openI18n, withProblems } from "../base/i18n";
import SecondFactorForm from "./SecondFactorForm.vue";
import { useAct } from "./useAct";
import { useMe } from "./useMe";

const i18n = await openI18n("zh-CN");
await withProblems();
const answer = (status: number, body: unknown) => ({ [status < 300 ? "data" : "error"]: body, response: new Response("", { status }) });
let sent: unknown[] = [];

beforeEach(() => {
	setActivePinia(createPinia());
	sent = [];
});
afterEach(() => vi.restoreAllMocks());

function server(...answers: ReturnType<typeof answer>[]) {
	vi.spyOn(api, "POST").mockImplementation((async (_path: string, init: { body: unknown }) => {
		sent.push(init.body);
		return answers.shift()!;
	}) as never);
}
/* As AuthForm has it: the form is there as long as half a session is. */
function half(done: () => void) {
	const person = useMe();
	person.half = "token";
	return mount(defineComponent(() => () => (person.half ? h(SecondFactorForm, { onDone: done }) : h("p", "gone"))), { global: { plugins: [i18n] } });
}

it("six digits send themselves, and the form says that it is done before it goes", async () => {
	const done = vi.fn();
	server(answer(201, { id: 7, name: "Ann", roles: ["learner"], language: "en" }));
	const form = half(done);
	await form.find("input").setValue("12345");
	expect(sent).toEqual([]);
	await form.find("input").setValue("123456");
	await flushPromises();
	expect(sent).toEqual([{ token: "token", code: "123456" }]);
	expect(done).toHaveBeenCalledOnce();
	expect(useMe().me?.name).toBe("Ann");
	expect(form.text()).toBe("gone");
});

it("a wrong code is said at its field, an old half session leads back to the password", async () => {
	const done = vi.fn();
	server(answer(401, { type: "second-factor-wrong", status: 401 }), answer(401, { type: "second-factor-over", status: 401 }));
	const form = half(done);
	await form.find("input").setValue("123456");
	await flushPromises();
	expect(form.find(".field__why").text()).toContain("验证码不对");
	expect((form.find("input").element as HTMLInputElement).value).toBe("");
	await form.find("input").setValue("654321");
	await flushPromises();
	expect(done).not.toHaveBeenCalled();
	expect(form.text()).toBe("gone");
});

it("what asks for a fresh sign-in goes on by itself behind it", async () => {
	const { stale, problem, act, fresh } = useAct();
	let tries = 0;
	await act(async () => {
		if (++tries === 1)
			throw new Problem("session-not-fresh", 403);
	});
	expect([stale.value, problem.value]).toEqual([true, null]);
	fresh();
	await flushPromises();
	expect([stale.value, tries]).toEqual([false, 2]);
});
