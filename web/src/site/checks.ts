// Where each line of the check-list is mended: by its own name, else by what stands before the first '-' ("payment-keys").
const pages: Record<string, string> = {
	name: "shop", logo: "shop", contact: "shop", company: "shop", icp: "shop", police: "shop",
	terms: "legal", privacy: "legal", legal: "legal", payment: "payment", wechat: "payment", mail: "mail", sms: "sms",
};

export function pageOf(key: string): string | null {
	const page = pages[key] ?? pages[key.split(/[-.]/)[0]!];
	return page ? `/admin/settings/${page}` : null;
}
