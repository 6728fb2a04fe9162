// The round of an owner: an empty site, its wizard, its settings. One site, one journey: each helper is one step of it, and the
// next one begins where the last one ended. shop.sh opens the site; words are asked for in the language of the run.
import type { Page } from "@playwright/test";
import { isAccessible, isSound } from "./axe";
import { expect, password, test } from "./shop";

const english = process.env.JOURNEY_LANGUAGE === "en";
const say = (zh: string, en: string) => (english ? en : zh);
const base = english ? "/en" : "";
const owner = { login: "owner@example.cn", name: "林老师", shop: "山间书院" };
// one blue pixel
const logo = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADAgH/p9tUZwAAAABJRU5ErkJggg==", "base64");

test.use({ locale: english ? "en-US" : "zh-CN" });
test.describe.configure({ mode: "serial" });

/** Nobody owns the site: its home page leads to the wizard, which wants the token of the address. */
async function arriveAtAnEmptySite(page: Page) {
	await page.goto("/");
	await expect(page).toHaveURL(/\/setup$/);
	await expect(page.getByText(say("这个地址里缺少开店口令", "The address lacks the token"))).toBeVisible();
	await isSound(page);
	await page.goto("about:blank");
	await page.goto(process.env.SETUP_URL!);
	await expect(page.getByLabel(say("店名", "Name of the shop"))).toBeVisible();
	expect(page.url()).not.toContain("#");
}
/** What is wrong is said beside its field; what was typed stays. */
async function complainAboutAPoorPassword(page: Page) {
	await fillOwner(page, "1234");
	await openShop(page);
	await expect(page.getByLabel(say("密码", "Password"), { exact: true })).toHaveAttribute("aria-invalid", "true");
	await expect(page.getByLabel(say("店名", "Name of the shop"))).toHaveValue(owner.shop);
	await isAccessible(page);
}
async function fillOwner(page: Page, secret: string) {
	await page.getByLabel(say("店名", "Name of the shop")).fill(owner.shop);
	await page.getByLabel(say("你的名字", "Your name")).fill(owner.name);
	await page.getByLabel(say("手机号或邮箱", "Phone number or mail address")).fill(owner.login);
	await page.getByLabel(say("密码", "Password"), { exact: true }).fill(secret);
}
const openShop = (page: Page) => page.getByRole("button", { name: say("开店", "Open the shop"), exact: true }).click();
async function becomeTheOwner(page: Page) {
	await fillOwner(page, password);
	await openShop(page);
	await stepIs(page, say("给店起个样子", "Give the shop a face"));
	await isSound(page);
}
const stepIs = (page: Page, title: string) => expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
const goOn = (page: Page) => page.getByRole("button", { name: new RegExp(say("下一步", "go on"), "i") }).click();

async function giveItAFace(page: Page) {
	await page.getByLabel(say("一句话介绍", "One line about it"), { exact: true }).fill("把一门手艺讲清楚");
	await page.getByLabel(say("标志", "Logo"), { exact: true }).setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: logo });
	await expect(page.locator(".picture img")).toHaveAttribute("src", /^\/media\/[0-9a-f]{64}\.png$/);
	await goOn(page);
}
/** The page wears a colour at once; back and forth, what was kept is still chosen. */
async function chooseAColour(page: Page) {
	await stepIs(page, say("选一个主色", "Choose a main colour"));
	await page.getByText(say("靛蓝", "Blue"), { exact: true }).click();
	await expect(page.locator("html")).toHaveAttribute("data-accent", "blue");
	await isSound(page);
	await goOn(page);
	await stepIs(page, say("用哪些语言", "Which languages"));
	await page.getByRole("button", { name: say("上一步", "Back"), exact: true }).click();
	await expect(page.getByRole("radio", { name: say("靛蓝", "Blue") })).toBeChecked();
	await goOn(page);
}
async function keepBothLanguages(page: Page) {
	await stepIs(page, say("用哪些语言", "Which languages"));
	await isSound(page);
	await goOn(page);
}
async function tellWhoSells(page: Page) {
	await stepIs(page, say("买家怎么找到你", "How buyers find you"));
	await page.getByLabel(say("经营者名称", "Who runs the shop")).fill("山间文化有限公司");
	await page.getByLabel(say("客服邮箱", "Mail for questions")).fill("ask@example.cn");
	await isSound(page);
	await goOn(page);
}
/** A step that is skipped keeps nothing. */
async function skipTheRecords(page: Page) {
	await stepIs(page, say("备案号", "Record numbers"));
	await page.getByLabel(say("ICP 备案号", "ICP record number")).fill("京ICP备00000000号");
	await isSound(page);
	await page.getByRole("button", { name: say("先跳过", "Skip for now") }).click();
}
async function readTheAgreements(page: Page) {
	await stepIs(page, say("协议写好了，看一眼", "The agreements are written. Have a look"));
	await isSound(page);
	await page.getByRole("group", { name: say("服务条款", "Terms of service") }).getByRole("radio", { name: say("自己写", "Write my own") }).check();
	await expect(page.getByLabel(say("服务条款", "Terms of service"), { exact: true })).toHaveValue(/山间文化有限公司/);
	await isAccessible(page);
	await page.getByRole("group", { name: say("服务条款", "Terms of service") }).getByRole("radio", { name: say("用写好的", "Use ours") }).check();
	await goOn(page);
}
/** A file that is no key is named, and nothing is kept; then one fen goes there and comes back, by the sandbox's own merchant. */
async function tryThePayment(page: Page) {
	await stepIs(page, say("怎么收钱", "How money comes in"));
	await page.getByLabel(say("用我自己的商户号", "Use my own merchant")).check();
	await page.getByLabel(say("商户号", "Merchant number"), { exact: true }).fill("0000000001");
	await page.getByLabel(/AppID/).fill("wx0000000000000001");
	await page.getByLabel(say("商户私钥", "Merchant's private key"), { exact: true }).setInputFiles({ name: "apiclient_key.pem", mimeType: "text/plain", buffer: Buffer.from("no key") });
	await page.getByLabel(say("商户证书", "Merchant's certificate"), { exact: true }).setInputFiles({ name: "apiclient_cert.pem", mimeType: "text/plain", buffer: Buffer.from("no certificate") });
	await page.getByLabel(say("APIv3 密钥", "APIv3 key"), { exact: true }).fill("0123456789abcdef0123456789abcdef");
	await goOn(page);
	await expect(page.getByText(say("这不是需要的那种密钥文件", "This is not the kind of key that is asked for"))).toBeVisible();
	await isSound(page);
	await page.getByLabel(say("用我自己的商户号", "Use my own merchant")).uncheck();
	await page.getByRole("button", { name: say("先跳过", "Skip for now") }).click();
	await page.goBack();

	const trial = page.getByRole("region", { name: say("试一笔", "Try one payment") });
	await trial.getByRole("button", { name: say("问一下微信支付", "Ask WeChat Pay") }).click();
	await expect(trial.getByText(say("微信支付认得这套密钥。", "WeChat Pay knows these keys."))).toBeVisible();
	await trial.getByRole("button", { name: "¥0.01" }).click();
	await expect(trial.getByRole("img", { name: say("试付二维码", "QR code of the trial") })).toBeVisible();
	await isSound(page);
	const open = (await (await page.request.get(`${process.env.SANDBOX_URL}/sandbox/api/payments?open=1`)).json()) as { items: { out_trade_no: string; total: number }[] };
	const fen = open.items.find((payment) => payment.total === 1)!;
	await page.request.post(`${process.env.SANDBOX_URL}/sandbox/api/pay`, { data: { out_trade_no: fen.out_trade_no } });
	await expect(trial.getByText(say("一切正常：¥0.01 收到，并已退回。", "All is well: ¥0.01 came in and went back."))).toBeVisible({ timeout: 40_000 });
	await expect(trial.getByText(say("微信支付没能通知到这里", "could not reach this site"))).toHaveCount(0);
	await goOn(page);
}
/** The sandbox's mail server is set up already: one letter is really sent. */
async function sendALetter(page: Page) {
	await stepIs(page, say("用什么发邮件", "What sends your mail"));
	await page.getByLabel(say("发到这个邮箱", "To this mail address")).fill(owner.login);
	await page.getByRole("button", { name: say("发送测试", "Send a test") }).click();
	await expect(page.getByText(say(`已发给 ${owner.login}`, `Sent to ${owner.login}`))).toBeVisible({ timeout: 20_000 });
	await isSound(page);
	await goOn(page);
	await stepIs(page, say("要不要短信", "SMS, if you like"));
	await isSound(page);
	await goOn(page);
}
async function seeWhatIsMissing(page: Page) {
	await stepIs(page, say("店开好了", "The shop is open"));
	const line = (title: string) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: title }) });
	await expect(line(say("联系方式", "Contact"))).toContainText(say("好了", "Well"));
	await expect(line(say("ICP 备案号", "ICP record number"))).toContainText(say("可以以后再说", "Can wait"));
	await expect(page.getByRole("link", { name: say("写第一门课", "Write the first course") })).toHaveAttribute("href", "/studio");
	await isSound(page);
}
async function lookAtTheShop(page: Page) {
	await page.getByRole("link", { name: say("看看我的店", "See my shop") }).click();
	await expect(page.getByRole("heading", { level: 1 })).toHaveText("把一门手艺讲清楚");
	await expect(page.locator(".head .logo img")).toHaveAttribute("src", /^\/media\//);
	await expect(page.locator("footer")).toContainText("山间文化有限公司");
	await isSound(page);
	await page.goto(`${base}/terms`);
	await expect(page.getByRole("article")).toContainText("山间文化有限公司");
}

/** The settings show what the wizard kept; what is changed and not saved is asked about. */
async function changeTheShop(page: Page) {
	await page.goto("/admin/settings/shop");
	await expect(page.getByLabel(say("客服邮箱", "Mail for questions"))).toHaveValue("ask@example.cn");
	await isSound(page);
	await page.getByLabel(say("ICP 备案号", "ICP record number")).fill("京ICP备12345678号-1");
	await page.getByRole("link", { name: say("店铺", "Shop"), exact: true }).first().click();
	const question = page.getByRole("dialog", { name: say("不保存就离开吗？", "Leave without saving?") });
	await isAccessible(page);
	await question.getByRole("button", { name: say("留在这里", "Stay") }).click();
	await save(page);
	await page.goto(`${base}/help`);
	await expect(page.getByRole("link", { name: "京ICP备12345678号-1" })).toHaveAttribute("href", "https://beian.miit.gov.cn/");
}
async function save(page: Page) {
	await page.getByRole("button", { name: say("保存", "Save"), exact: true }).click();
	await expect(page.getByRole("status").filter({ hasText: say("已保存", "Saved") })).toBeVisible();
}
/** Two windows on the same page: the second one is told, and keeps nothing of the first by accident. */
async function saveInTwoWindows(page: Page) {
	const other = await page.context().newPage();
	await page.goto("/admin/settings/shop");
	await other.goto("/admin/settings/shop");
	await other.getByLabel(say("客服微信号", "WeChat ID for questions")).fill("shanjian");
	await save(other);
	await other.close();
	await page.getByLabel(say("地址", "Address"), { exact: true }).fill("山上");
	await page.getByRole("button", { name: say("保存", "Save"), exact: true }).click();
	await page.getByRole("alert").getByRole("button", { name: say("重新读取", "Load again") }).click();
	await expect(page.getByLabel(say("客服微信号", "WeChat ID for questions"))).toHaveValue("shanjian");
}
async function dressTheHomePage(page: Page) {
	await page.goto("/admin/settings/look");
	await isSound(page);
	await page.getByLabel(say("公告内容", "Text of the notice"), { exact: true }).fill("新店开张");
	await page.getByRole("button", { name: say("加一张轮播图", "Add a banner") }).click();
	await page.getByLabel(say("标题", "Title"), { exact: true }).fill("第一门课要来了");
	await page.getByRole("button", { name: say("加一个问题", "Add a question") }).click();
	await page.getByLabel(say("问", "Question"), { exact: true }).fill("能开发票吗？");
	await page.getByLabel(say("答", "Answer"), { exact: true }).fill("能。");
	await page.getByLabel(say("点了去哪里", "Where it leads")).first().fill("javascript:alert(1)");
	await page.getByRole("button", { name: say("保存", "Save"), exact: true }).click();
	await expect(page.getByText(say("请填本站的路径", "A path of this site (with /)"))).toBeVisible();
	await page.getByLabel(say("点了去哪里", "Where it leads")).first().fill("/help");
	await save(page);
	await isAccessible(page);
	await page.goto(`${base}/`);
	await expect(page.getByRole("link", { name: "新店开张" })).toHaveAttribute("href", `${base}/help`);
	await expect(page.getByRole("heading", { name: "第一门课要来了" })).toBeVisible();
	await isSound(page);
	await page.goto(`${base}/help`);
	await expect(page.getByRole("heading", { name: "能开发票吗？" })).toBeVisible();
}
async function walkThroughTheSettings(page: Page) {
	await page.goto("/admin/settings");
	await isSound(page);
	for (const [path, title] of [["checks", say("检查清单", "Check-list")], ["legal", say("协议与退款", "Legal and refunds")],
		["payment", say("收款", "Payment")], ["mail", say("邮件", "Mail")], ["sms", say("短信", "SMS")]] as const) {
		await page.goto(`/admin/settings/${path}`);
		await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
		await isSound(page);
	}
}
/** Who is not the owner gets no settings, and the wizard is over. */
async function keepStrangersOut(page: Page) {
	const device = await page.context().browser()!.newContext({ locale: english ? "en-US" : "zh-CN", baseURL: test.info().project.use.baseURL });
	const stranger = await device.newPage();
	await stranger.goto("/setup");
	await expect(stranger.getByText(say("这家店已经有主人了", "This shop has an owner already"))).toBeVisible();
	await stranger.goto("/admin/settings/shop");
	await expect(stranger).toHaveURL(/\/login/);
	await device.close();
}

test("from an empty folder to an open shop", async ({ page }) => {
	test.setTimeout(300_000);
	await arriveAtAnEmptySite(page);
	await complainAboutAPoorPassword(page);
	await becomeTheOwner(page);
	await giveItAFace(page);
	await chooseAColour(page);
	await keepBothLanguages(page);
	await tellWhoSells(page);
	await skipTheRecords(page);
	await readTheAgreements(page);
	await tryThePayment(page);
	await sendALetter(page);
	await seeWhatIsMissing(page);
	await lookAtTheShop(page);
	await changeTheShop(page);
	await saveInTwoWindows(page);
	await dressTheHomePage(page);
	await walkThroughTheSettings(page);
	await keepStrangersOut(page);
});
