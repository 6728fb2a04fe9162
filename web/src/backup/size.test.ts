import { expect, it } from "vitest";
import { size } from "./size";

it.each([[0, "0 B"], [999, "999 B"], [1000, "1.0 kB"], [99_950, "100 kB"], [999_499, "999 kB"], [999_500, "1.0 MB"], [3_400_000, "3.4 MB"], [12_000_000_000, "12.0 GB"], [5e15, "5000 TB"]])("%i is %s", (bytes, says) => {
	expect(size(bytes)).toBe(says);
});
