import { mount } from "@vue/test-utils";
import { expect, it } from "vitest";
import CodeInput from "./CodeInput.vue";
import { digitsOf } from "./code";
import { openI18n } from "./i18n";

const global = { plugins: [await openI18n("zh-CN")] };

function open(why?: string) {
	const full: string[] = [];
	const shown = mount(CodeInput, {
		props: { label: "验证码", modelValue: "", why, "onUpdate:modelValue": (to: string) => void shown.setProps({ modelValue: to }), onFull: (code: string) => full.push(code) },
		global,
		attachTo: document.body,
	});
	return { shown, full, input: shown.find("input") };
}

it("finds the code in a message", () => {
	expect(digitsOf("【知坊】验证码 012345，10 分钟内有效。")).toBe("012345");
	expect(digitsOf("123 456")).toBe("123456");
	expect(digitsOf("123-45")).toBe("12345");
	expect(digitsOf("１２３４５６")).toBe("123456");
	expect(digitsOf("1234567890")).toBe("123456");
	expect(digitsOf("no digits")).toBe("");
});

it("is one field that a phone fills in by itself", () => {
	const { shown, input } = open();
	expect(shown.findAll("input").length).toBe(1);
	expect(input.attributes()).toMatchObject({ inputmode: "numeric", autocomplete: "one-time-code", type: "text" });
	expect(input.attributes("maxlength")).toBeUndefined();
	expect(shown.find("label").attributes("for")).toBe(input.attributes("id"));
	shown.unmount();
});

it("says once that it is full, and shows nothing but digits", async () => {
	const { shown, full, input } = open();
	await input.setValue("1a2b");
	expect((input.element as HTMLInputElement).value).toBe("12");
	await input.setValue("12345");
	expect(full).toEqual([]);
	await input.setValue("123456");
	await input.setValue("1234567");
	expect(full).toEqual(["123456"]);
	expect((input.element as HTMLInputElement).value).toBe("123456");
	await input.setValue("12345");
	await input.setValue("123457");
	expect(full).toEqual(["123456", "123457"]);
	shown.unmount();
});

it("takes a pasted message", async () => {
	const { shown, full, input } = open();
	await input.setValue("Your code is 654321. It is good for 10 minutes.");
	expect(full).toEqual(["654321"]);
	shown.unmount();
});

it("leaves an input method alone until it is done", async () => {
	const { shown, full, input } = open();
	(input.element as HTMLInputElement).value = "１２３４５６";
	input.element.dispatchEvent(new InputEvent("input", { isComposing: true }));
	expect(full).toEqual([]);
	await input.trigger("compositionend");
	expect(full).toEqual(["123456"]);
	shown.unmount();
});

it("tells what is wrong, and keeps the focus", async () => {
	const { shown, input } = open("验证码不对");
	expect(input.attributes("aria-invalid")).toBe("true");
	expect(shown.find(`#${input.attributes("aria-describedby")}`).text()).toContain("验证码不对");
	(shown.vm as unknown as { focus(): void }).focus();
	expect(document.activeElement).toBe(input.element);
	shown.unmount();
});
