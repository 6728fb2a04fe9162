import { describe, expect, it } from "vitest";
import { moved, placeBeside, placeOn } from "./order";

describe("moved", () => {
	it.each([
		[0, 2, "bca"],
		[2, 0, "cab"],
		[1, 1, "abc"],
		[0, 1, "bac"],
	])("from %i to %i", (from, to, order) => expect(moved([..."abc"], from, to).join("")).toBe(order));
	it("leaves the list that was given", () => {
		const list = [1, 2];
		moved(list, 0, 1);
		expect(list).toEqual([1, 2]);
	});
});

const tree = [{ id: 1 }, { id: 11, parent: 1 }, { id: 12, parent: 1 }, { id: 2 }, { id: 3 }];

describe("placeOn", () => {
	it.each([
		["above another", 3, 1, false, { at: 0 }],
		["below another", 1, 3, true, { at: 2 }],
		["down past itself", 1, 2, true, { at: 1 }],
		["among children", 2, 11, true, { parent: 1, at: 1 }],
		["out of its parent", 12, 2, false, { at: 1 }],
	])("%s", (_, id, target, lower, place) => expect(placeOn(tree, id, target, lower)).toEqual(place));
	it("keeps two levels", () => expect(placeOn([...tree, { id: 21, parent: 2 }], 1, 21, false)).toBeNull());
	it("does not stand below itself", () => expect(placeOn(tree, 1, 11, false)).toBeNull());
	it("stays where it is when it is dropped on itself", () => expect(placeOn(tree, 1, 1, true)).toBeNull());
});
describe("placeBeside", () => {
	it("goes along its own", () => expect(placeBeside(tree, 1, 1)).toEqual({ at: 1 }));
	it("ends where its own end", () => expect([placeBeside(tree, 3, 1), placeBeside(tree, 11, -1)]).toEqual([null, null]));
	it("stays with its parent", () => expect(placeBeside(tree, 12, -1)).toEqual({ parent: 1, at: 0 }));
});
