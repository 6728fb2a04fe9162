// Where each line of the check-list is mended, if there is a page for it.
const pages: Record<string, string> = {
	name: "shop", logo: "shop", contact: "shop", company: "shop", icp: "shop", police: "shop",
	terms: "legal", privacy: "legal", legal: "legal",
	"payment-keys": "payment", "payment-trial": "payment", "wechat-pay-inside": "payment", mail: "mail", sms: "sms",
	"wechat-sign-in": "wechat", backup: "backup", "backup-drill": "backup",
};

export function pageOf(key: string): string | null {
	const page = pages[key];
	return page ? `/admin/settings/${page}` : null;
}
