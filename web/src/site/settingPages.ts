/** In the order of the list. */
export const settingPages = [
	{ name: "checks", icon: "list-checks" },
	{ name: "shop", icon: "store" },
	{ name: "look", icon: "image" },
	{ name: "legal", icon: "scale" },
] as const;
