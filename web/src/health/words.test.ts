import { expect, it } from "vitest";
import { amount, checkOf, kindKey, lasting, span } from "./words";

it.each([[0, "0 µs"], [999, "999 µs"], [1000, "1.0 ms"], [9949, "9.9 ms"], [9950, "10 ms"], [999_499, "999 ms"], [999_500, "1.0 s"], [12_340_000, "12.3 s"], [120_000_000, "120 s"]])("%i is %s", (us, says) => {
	expect(span(us)).toBe(says);
});

it.each([["disk", 3_400_000_000, "3.4 GB"], ["jobs-failed", 3, "3"], ["answers", 250_000, "250 ms"], ["search", -1, "0 µs"], ["search", 90_000, "90.0 s"]])("%s counts %i as %s", (key, count, says) => {
	expect(amount({ key, count })).toBe(says);
});

it("knows lines of the list for opening a shop", () => {
	expect(checkOf("check-payment-keys")).toBe("payment-keys");
	expect(checkOf("disk")).toBeNull();
	expect(kindKey("account.export-expires")).toBe("account-export-expires");
});

it.each([[0, [[0, "m"]]], [59_999, [[0, "m"]]], [3_600_000, [[1, "h"]]], [5_400_000, [[1, "h"], [30, "m"]]], [90_061_000, [[1, "d"], [1, "h"]]]])("%i ms lasts %j", (ms, parts) => {
	expect(lasting(ms)).toEqual(parts);
});
