import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../base/api";
import { Autosave, type Kept, type Message, type Saved } from "./autosave";

let kept: Kept<string> | null;
let told: Message[];
let put: (version: number, content: string) => Promise<Saved>;
let tab = 0;

function open(version = 1) {
	return new Autosave<string>({
		put: (at, content) => put(at, content),
		keep: (what) => (kept = what),
		kept: () => kept,
		tell: (message) => told.push(message),
		changed: () => undefined,
		later: (ms, act) => {
			const timer = setTimeout(act, ms);
			return () => clearTimeout(timer);
		},
	}, `tab-${++tab}`, { version, saved_ms: 5 });
}

beforeEach(() => {
	vi.useFakeTimers();
	kept = null;
	told = [];
	put = vi.fn((version: number) => Promise.resolve({ version: version + 1, saved_ms: 1000 + version }));
});

describe("Autosave", () => {
	it("saves a second after the last key, once", async () => {
		const draft = open();
		draft.change("a");
		await vi.advanceTimersByTimeAsync(900);
		draft.change("ab");
		await vi.advanceTimersByTimeAsync(900);
		expect(put).not.toHaveBeenCalled();
		expect(kept).toEqual({ version: 1, content: "ab" });
		await vi.advanceTimersByTimeAsync(100);
		expect(put).toHaveBeenCalledTimes(1);
		expect(put).toHaveBeenCalledWith(1, "ab");
		expect(draft).toMatchObject({ state: "saved", version: 2, saved_ms: 1001, unsaved: false });
		expect(kept).toBeNull();
	});

	it("saves again what was typed while it was saving, on the version that came back", async () => {
		const draft = open();
		let done: (saved: Saved) => void = () => undefined;
		put = vi.fn((version: number) => (version === 1 ? new Promise<Saved>((resolve) => (done = resolve)) : Promise.resolve({ version: 3, saved_ms: 9 })));
		draft.change("a");
		await vi.advanceTimersByTimeAsync(1000);
		draft.change("b");
		done({ version: 2, saved_ms: 8 });
		await vi.advanceTimersByTimeAsync(0);
		expect(kept).toEqual({ version: 2, content: "b" });
		await vi.advanceTimersByTimeAsync(1000);
		expect(put).toHaveBeenLastCalledWith(2, "b");
		expect(draft.state).toBe("saved");
	});

	it("keeps what it cannot send, and sends it when the line is back", async () => {
		const draft = open();
		put = vi.fn(() => Promise.reject(new Problem("offline", 0)));
		draft.change("a");
		await vi.advanceTimersByTimeAsync(1000);
		expect(draft.state).toBe("offline");
		expect(kept).toEqual({ version: 1, content: "a" });
		put = vi.fn(() => Promise.resolve({ version: 2, saved_ms: 1 }));
		await vi.advanceTimersByTimeAsync(5000);
		expect(draft).toMatchObject({ state: "saved", version: 2 });
		expect(kept).toBeNull();
	});

	it("takes up after a reload what was never sent", async () => {
		kept = { version: 4, content: "from before" };
		const draft = open(4);
		expect(draft.open()).toBe("from before");
		await vi.advanceTimersByTimeAsync(0);
		expect(put).toHaveBeenCalledWith(4, "from before");
	});

	it("does not write over a version that somebody saved in the meantime", async () => {
		kept = { version: 4, content: "mine" };
		const draft = open(6);
		expect(draft.open()).toBe("mine");
		await vi.advanceTimersByTimeAsync(60_000);
		expect(put).not.toHaveBeenCalled();
		expect(draft).toMatchObject({ state: "newer", newer: 6 });
		await draft.insist("mine");
		expect(put).toHaveBeenCalledWith(6, "mine");
		expect(draft.state).toBe("saved");
	});

	it("tells a newer version that the server names, and takes it if asked", async () => {
		const draft = open();
		put = vi.fn(() => Promise.reject(new Problem("lesson-draft-newer", 409, "", [], 0, "7")));
		draft.change("a");
		await vi.advanceTimersByTimeAsync(1000);
		expect(draft).toMatchObject({ state: "newer", newer: 7, unsaved: true });
		draft.change("ignored");
		expect(kept?.content).toBe("a");
		draft.accept({ version: 7, saved_ms: 70 });
		expect(draft).toMatchObject({ state: "saved", version: 7, unsaved: false });
		expect(kept).toBeNull();
	});

	it("stays with what was refused, and says why", async () => {
		const draft = open();
		put = vi.fn(() => Promise.reject(new Problem("invalid", 422)));
		draft.change("a");
		await vi.advanceTimersByTimeAsync(60_000);
		expect(put).toHaveBeenCalledTimes(1);
		expect(draft).toMatchObject({ state: "refused", unsaved: true });
		expect(kept?.content).toBe("a");
	});

	it("lets one tab write at a time", async () => {
		const first = open();
		const second = open();
		second.open();
		first.heard(told.at(-1)!);
		second.heard(told.at(-1)!);
		expect(second.state).toBe("elsewhere");
		second.change("no");
		await vi.advanceTimersByTimeAsync(2000);
		expect(put).not.toHaveBeenCalled();
		second.accept({ version: 3, saved_ms: 3 });
		first.heard(told.at(-1)!);
		expect([first.state, second.state]).toEqual(["elsewhere", "saved"]);
	});
});
