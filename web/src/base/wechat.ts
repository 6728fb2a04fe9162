// WeChat's own browser, and signing in by it: the server leads there and back, without a question.
export function inWechat(agent = navigator.userAgent): boolean {
	return /MicroMessenger/i.test(agent);
}

export function wechatSignIn(to: string): string {
	return `/oauth/wechat?to=${encodeURIComponent(to)}`;
}
