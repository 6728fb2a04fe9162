import { expect, it } from "vitest";
import { readQuery, writeQuery } from "./query";

it("a search and its address say the same", () => {
	const address = "keyword=%E6%A6%82%E7%8E%87+C%2B%2B&kind=course&sort=price&price_min=100&free=1";
	expect(writeQuery(readQuery(`?${address}`)).toString()).toBe(address);
	expect(readQuery("?keyword=C%2B%2B").keyword).toBe("C++");
});

it("nonsense in an address is no filter", () => {
	expect(readQuery("?price_min=abc&price_max=-1&free=yes")).toMatchObject({ price_min: null, price_max: null, free: false });
});
