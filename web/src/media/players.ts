// The players on a page, for what speaks of a second in a recording: notes and questions beside it.
export interface Player {
	asset: number;
	position(): number;
	isPlaying(): boolean;
	seek(to: number): void;
	show(): void;
}

const there: Player[] = [];
let waiting: { asset?: number; second: number } | null = null; /* for a player that is not there yet */

export function addPlayer(player: Player) {
	there.push(player);
	if (waiting)
		goToSecond(waiting.asset, waiting.second);
}
export function dropPlayer(player: Player) {
	there.splice(there.indexOf(player), 1);
}
/** The one that plays, or was begun, or the first. */
export function currentPlayer(): Player | undefined {
	return there.find((one) => one.isPlaying()) ?? there.find((one) => one.position() > 0) ?? there[0];
}
/** A recording that was replaced since: the second stays, in what is there now. */
export function goToSecond(asset: number | undefined, second: number) {
	const player = there.find((one) => one.asset === asset) ?? there[0];
	waiting = player ? null : { asset, second };
	player?.seek(second);
	player?.show();
}
