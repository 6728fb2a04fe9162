import { expect, it } from "vitest";
import { askQuery, readQuery, writeQuery } from "./query";

it("a search and its address say the same", () => {
	const address = "keyword=%E6%A6%82%E7%8E%87+C%2B%2B&kind=course&sort=price&price_from=100&free=1";
	expect(writeQuery(readQuery(`?${address}`)).toString()).toBe(address);
	expect(readQuery("?keyword=C%2B%2B").keyword).toBe("C++");
});

it("nonsense in an address is no filter", () => {
	expect(readQuery("?price_from=abc&price_to=-1&free=yes")).toMatchObject({ price_from: null, price_to: null, free: false });
	expect(readQuery("?price_to=1000001").price_to).toBeNull();
});

it("the address speaks yuan, as the form without script does; the API is asked in fen", () => {
	const query = readQuery("?keyword=a&price_from=1&price_to=50");
	expect(query).toMatchObject({ price_from: 1, price_to: 50 });
	expect(writeQuery(query).toString()).toBe("keyword=a&price_from=1&price_to=50");
	expect(askQuery(query).toString()).toBe("keyword=a&price_min=100&price_max=5000");
});
