import { describe, expect, it } from "vitest";
import { moved } from "./order";

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
