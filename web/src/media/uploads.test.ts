import { describe, expect, it } from "vitest";
import { assetOf, inOrder, isTaken, problemOfUpload, titleOf } from "./uploads";

describe("files on their way", () => {
	it("are known by their ends", () => {
		expect(["a.MP4", "b.pdf", "c.vtt", "d.tar.zip"].every(isTaken)).toBe(true);
		expect(["a.exe", "mp4", "a.svg", "a.html", "a.mp4.exe"].some(isTaken)).toBe(false);
	});
	it("stand in the order of their numbers", () => {
		expect(inOrder([{ name: "10 b.mp4" }, { name: "2 a.mp4" }, { name: "1 c.mp4" }]).map((file) => file.name)).toEqual(["1 c.mp4", "2 a.mp4", "10 b.mp4"]);
	});
	it.each([["01 - 环境准备.mp4", "环境准备"], ["3_first_steps.mov", "first steps"], ["2024.mp4", "2024"], ["第 2 讲.mp4", "第 2 讲"], ["1、序.mp3", "序"]])("%s is called %s", (name, title) => {
		expect(titleOf(name)).toBe(title);
	});
	it("become the asset of the upload's number", () => {
		expect(assetOf("http://a/api/uploads/351980748800001")).toBe(351980748800001);
		expect(assetOf("/api/uploads/x")).toBeNull();
		expect(assetOf(null)).toBeNull();
	});
	it("say what the server says", () => {
		const answer = (status: number, body: string) => ({ originalResponse: { getStatus: () => status, getBody: () => body, getHeader: () => undefined } });
		expect(problemOfUpload(answer(415, '{"type":"upload-kind-wrong"}')).type).toBe("upload-kind-wrong");
		expect(problemOfUpload(answer(502, "<html>")).type).toBe("unknown");
		expect(problemOfUpload(new Error("x")).type).toBe("offline");
	});
});
