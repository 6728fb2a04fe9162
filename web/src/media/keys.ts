// Keys of the player: space/K, J/L, arrows, < >, C, F, M. Never with a modifier, never where somebody types or a control has its own use
// of the key.
export type PlayerAct =
	| { do: "toggle" | "captions" | "full" | "mute" }
	| { do: "seek"; by: number }
	| { do: "faster" | "slower" };

export const speeds = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.5];
const SPEED = "player-speed";

const acts: Record<string, PlayerAct> = {
	" ": { do: "toggle" },
	k: { do: "toggle" },
	j: { do: "seek", by: -10 },
	l: { do: "seek", by: 10 },
	arrowleft: { do: "seek", by: -5 },
	arrowright: { do: "seek", by: 5 },
	"<": { do: "slower" },
	">": { do: "faster" },
	c: { do: "captions" },
	f: { do: "full" },
	m: { do: "mute" },
};

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "isComposing" | "defaultPrevented" | "target">;

function takesText(element: Element): boolean {
	return element.matches("input, textarea, select, [contenteditable], [contenteditable] *, [role=textbox], dialog *");
}

/** A button wants the space bar, a slider the arrows, a region that scrolls both. */
function hasOwnUse(element: Element, key: string): boolean {
	if (key === " ")
		return element.matches("button, a, summary, [role=button], [tabindex='0']");
	return key.startsWith("arrow") && element.matches("[tabindex='0'], [role=slider]");
}

/** A letter that nobody types and no shortcut of the browser's uses. */
export function isFree(event: Pressed): boolean {
	const element = event.target instanceof Element ? event.target : null;
	return !(event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) && !(element && takesText(element));
}

export function actOf(event: Pressed): PlayerAct | null {
	const key = event.key.toLowerCase();
	const element = event.target instanceof Element ? event.target : null;
	if (!isFree(event) || !Object.hasOwn(acts, key) || (element && hasOwnUse(element, key)))
		return null;
	return acts[key] ?? null;
}

/** The next of the steps in that direction. */
export function nextSpeed(now: number, faster: boolean): number {
	const found = faster ? speeds.find((speed) => speed > now) : [...speeds].reverse().find((speed) => speed < now);
	return found ?? now;
}

export function keptSpeed(): number {
	const kept = Number(localStorage.getItem(SPEED));
	return speeds.includes(kept) ? kept : 1;
}

export function keepSpeed(speed: number) {
	localStorage.setItem(SPEED, String(speed));
}
