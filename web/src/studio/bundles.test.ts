import { expect, test } from "vitest";
import { moved, sayingOf } from "./bundles";

test("a work moves by one place and never out of the list", () => {
	expect(moved([1, 2, 3], 2, -1)).toEqual([2, 1, 3]);
	expect(moved([1, 2, 3], 2, 1)).toEqual([1, 3, 2]);
	expect(moved([1, 2, 3], 1, -1)).toEqual([1, 2, 3]);
	expect(moved([1, 2, 3], 3, 1)).toEqual([1, 2, 3]);
	expect(moved([1, 2], 9, 1)).toEqual([1, 2]);
});
test("nothing is said to be saved that is not", () => {
	expect(sayingOf({ saved: 1 }, { priced: true })).toBe("saves");
	expect(sayingOf({ saved: 0 }, { priced: true })).toBe("none");
	expect(sayingOf({ saved: 500 }, { priced: false })).toBe("unpriced");
});
