// Of several players on a page one has the keys: the one last used, or else the first.
import { type PlayerAct, actOf } from "./keys";

type Player = (act: PlayerAct) => void;

const there: Player[] = [];
let current: Player | null = null;

function pressed(event: KeyboardEvent) {
	const act = actOf(event);
	const player = current ?? there[0];
	if (!act || !player)
		return;
	event.preventDefault();
	player(act);
}

export function takeKeys() {
	return {
		/** It is there, and gets the keys if nobody has them. */
		offer(player: Player) {
			if (!there.length)
				document.addEventListener("keydown", pressed);
			there.push(player);
		},
		take(player: Player) {
			current = player;
		},
		drop(player: Player) {
			there.splice(there.indexOf(player), 1);
			if (current === player)
				current = null;
			if (!there.length)
				document.removeEventListener("keydown", pressed);
		},
	};
}
