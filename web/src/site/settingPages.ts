/** In the order of the list. */
export const settingPages = [
	{ name: "checks", icon: "list-checks" },
	{ name: "shop", icon: "store" },
	{ name: "look", icon: "image" },
	{ name: "picks", icon: "award" },
	{ name: "categories", icon: "layers" },
	{ name: "legal", icon: "scale" },
	{ name: "payment", icon: "wallet" },
	{ name: "mail", icon: "mail" },
	{ name: "sms", icon: "message-square" },
	{ name: "wechat", icon: "smartphone" },
	{ name: "backup", icon: "hard-drive" },
] as const;
