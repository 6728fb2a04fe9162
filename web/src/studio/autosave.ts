// One lesson's text on its way to the server: saved a second after the last key, kept in the browser until it is there, and
// never written over what another tab or person saved. No word about screens or editors: those are given.
import { type Problem, problemOf } from "../base/api";

export type SaveState = "saved" | "typing" | "saving" | "offline" | "refused" | "newer" | "elsewhere";

export interface Saved {
	version: number;
	saved_ms: number;
}
export interface Kept<T> {
	version: number;
	content: T;
}
/** What it needs from outside; tests give their own. */
export interface Outside<T> {
	put(version: number, content: T): Promise<Saved>;
	keep(kept: Kept<T> | null): void;           /* in this browser */
	kept(): Kept<T> | null;
	tell(message: Message): void;               /* to the other tabs */
	changed(): void;                            /* look at me again */
	later(ms: number, act: () => void): () => void;
}
export interface Message {
	what: "open" | "here" | "taken" | "saved";
	tab: string;
	version?: number;
}

const QUIET_MS = 1000;
const RETRY_MS = 5000;

export class Autosave<T> {
	state: SaveState = "saved";
	problem: Problem | null = null;
	version: number;
	saved_ms: number;
	newer = 0;                                  /* the version that somebody else saved */
	private content: T | null = null;           /* not on the server yet */
	private stop: (() => void) | null = null;
	private running: Promise<void> | null = null;

	constructor(private readonly outside: Outside<T>, private readonly tab: string, opened: Saved) {
		this.version = opened.version;
		this.saved_ms = opened.saved_ms;
	}

	/** What this browser still has of an earlier visit; null: nothing. It is sent, unless somebody saved in the meantime. */
	open(): T | null {
		this.outside.tell({ what: "open", tab: this.tab });
		const kept = this.outside.kept();
		if (!kept)
			return null;
		this.content = kept.content;
		if (kept.version === this.version) {
			this.state = "typing";
			this.wait(0);
			return kept.content;
		}
		this.newer = this.version;
		this.version = kept.version;
		this.set("newer");
		return kept.content;
	}

	get unsaved(): boolean {
		return this.content !== null;
	}
	get writable(): boolean {
		return this.state !== "elsewhere" && this.state !== "newer";
	}

	change(content: T) {
		if (!this.writable)
			return;
		this.content = content;
		this.outside.keep({ version: this.version, content });
		this.problem = null;
		this.set("typing");
		this.wait(QUIET_MS);
	}

	/** Now, not in a second; done when the server has it, or it is known that it has not. */
	async flush(): Promise<void> {
		this.stop?.();
		this.stop = null;
		if (this.running)
			await this.running;
		if (this.content === null || !this.writable)
			return;
		this.running = this.send(this.content).finally(() => (this.running = null));
		await this.running;
	}

	private async send(content: T) {
		this.set("saving");
		try {
			const saved = await this.outside.put(this.version, content);
			this.version = saved.version;
			this.saved_ms = saved.saved_ms;
			this.outside.tell({ what: "saved", tab: this.tab, version: saved.version });
			if (this.content === content) {
				this.content = null;
				this.outside.keep(null);
				this.set("saved");
			} else {
				this.outside.keep(this.content === null ? null : { version: saved.version, content: this.content });
				this.set("typing");
				this.wait(QUIET_MS);
			}
		} catch (error) {
			this.failed(problemOf(error));
		}
	}

	private failed(problem: Problem) {
		this.problem = problem;
		if (problem.type === "lesson-draft-newer") {
			this.newer = Number(problem.detail) || 0;
			this.set("newer");
		} else if (problem.status === 0 || problem.status === 429 || problem.status >= 500) {
			this.set("offline");
			this.wait(problem.waitSeconds ? problem.waitSeconds * 1000 : RETRY_MS);
		} else
			this.set("refused");
	}

	/** The other version is looked at: what stands here is given up. */
	accept(opened: Saved) {
		this.content = null;
		this.outside.keep(null);
		this.version = opened.version;
		this.saved_ms = opened.saved_ms;
		this.newer = 0;
		this.problem = null;
		this.set("saved");
		this.outside.tell({ what: "taken", tab: this.tab });
	}

	/** What stands here goes over the other version. */
	async insist(content: T): Promise<void> {
		this.version = this.newer || this.version;
		this.newer = 0;
		this.state = "typing";
		this.outside.tell({ what: "taken", tab: this.tab });
		this.change(content);
		await this.flush();
	}

	/** Another tab of this browser speaks about the same lesson. */
	heard(message: Message) {
		if (message.tab === this.tab)
			return;
		if (message.what === "open" && this.state !== "elsewhere")
			this.outside.tell({ what: "here", tab: this.tab });
		else if (message.what === "here" || message.what === "taken")
			this.leave();
		else if (message.what === "saved" && this.state !== "elsewhere" && (message.version ?? 0) > this.version) {
			this.newer = message.version ?? 0;
			this.set("newer");
		}
	}

	/** Somebody else writes: what is not sent stays kept in the browser. */
	private leave() {
		this.stop?.();
		this.stop = null;
		this.set("elsewhere");
	}

	close() {
		this.stop?.();
		this.stop = null;
	}

	private wait(ms: number) {
		this.stop?.();
		this.stop = this.outside.later(ms, () => void this.flush());
	}
	private set(state: SaveState) {
		this.state = state;
		this.outside.changed();
	}
}
