/** The same list, with one of it at another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
	const rest = list.filter((_, at) => at !== from);
	return [...rest.slice(0, to), list[from]!, ...rest.slice(to)];
}

export interface Category {
	id: number;
	parent?: number;
}
/** A place in the tree: behind `at` of those that stand there without the one that is moved. */
export interface Place {
	parent?: number;
	at: number;
}

const siblings = <T extends Category>(all: readonly T[], parent: number | undefined) => all.filter((one) => one.parent === parent);
const hasChildren = (all: readonly Category[], id: number) => all.some((one) => one.parent === id);

/** Where one that is dropped on another goes; null: it cannot stand there. */
export function placeOn(all: readonly Category[], moved: number, target: number, lower: boolean): Place | null {
	const to = all.find((one) => one.id === target);
	if (!to || moved === target || (to.parent !== undefined && hasChildren(all, moved)) || to.parent === moved)
		return null;
	const row = siblings(all, to.parent).filter((one) => one.id !== moved);
	return { parent: to.parent, at: row.findIndex((one) => one.id === target) + (lower ? 1 : 0) };
}
/** One step up or down among its own; null at the ends. */
export function placeBeside(all: readonly Category[], id: number, by: 1 | -1): Place | null {
	const parent = all.find((one) => one.id === id)?.parent;
	const row = siblings(all, parent);
	const at = row.findIndex((one) => one.id === id) + by;
	return at < 0 || at >= row.length ? null : { parent, at };
}
