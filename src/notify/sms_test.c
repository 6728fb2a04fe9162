/* sms_test.c - signatures against published ones and against requests that other people's clients made; channels against servers
 * that answer as the providers do, and in every other way. */
#include <signal.h>
#include <unistd.h>

#include "base/testing.h"
#include "notify/notify_room.h"

#define NOW INT64_C(1790000000000) /* 2026-09-21T14:13:20Z */

static struct arena *arena;
static struct world *world;

/* ---- signatures ---- */

/* Alibaba Cloud's documentation, "Request syntax and signature method V3", fixed parameters. */
static void test_acs3_vector(void **state)
{
	const struct header headers[] = {
		{ TEXT("host"), TEXT("ecs.cn-shanghai.aliyuncs.com") },
		{ TEXT("x-acs-action"), TEXT("RunInstances") },
		{ TEXT("x-acs-content-sha256"), TEXT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") },
		{ TEXT("x-acs-date"), TEXT("2023-10-26T10:22:32Z") },
		{ TEXT("x-acs-signature-nonce"), TEXT("3156853299f313e23d1673dc12e1703d") },
		{ TEXT("x-acs-version"), TEXT("2014-05-26") },
	};
	const struct signing in = {
		.method = "POST", .query = TEXT("ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"), .body = TEXT(""),
		.headers = headers, .header_count = 6, .key_id = TEXT("YourAccessKeyId"), .secret = TEXT("YourAccessKeySecret"),
	};

	(void)state;
	assert_text(acs3_authorization(arena, &in),
	            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;"
	            "x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

/* Tencent Cloud's documentation, "Signature v3". */
static void test_tc3_vector(void **state)
{
	const struct header headers[] = { { TEXT("content-type"), TEXT("application/json; charset=utf-8") }, { TEXT("host"), TEXT("cvm.tencentcloudapi.com") } };
	const struct signing in = {
		.method = "POST", .headers = headers, .header_count = 2,
		.body = TEXT("{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}"),
		.key_id = TEXT("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"), .secret = TEXT("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"),
	};

	(void)state;
	assert_text(tc3_authorization(arena, &in, TEXT("cvm"), 1551113065),
	            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, "
	            "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168");
}

/* A request of @alicloud/dysmsapi20170525 4.6.0 for SendSms, as a server of ours heard it: the same query as ours, and its signature. */
static void test_aliyun_client(void **state)
{
	const struct header headers[] = {
		{ TEXT("host"), TEXT("127.0.0.1:39797") },
		{ TEXT("x-acs-action"), TEXT("SendSms") },
		{ TEXT("x-acs-content-sha256"), TEXT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") },
		{ TEXT("x-acs-credentials-provider"), TEXT("static_ak") },
		{ TEXT("x-acs-date"), TEXT("2026-11-29T06:11:15Z") },
		{ TEXT("x-acs-signature-nonce"), TEXT("cd74910c0da751237aa26ade1c18904f95333995d0f092d8ec00ad845e26ab0d") },
		{ TEXT("x-acs-version"), TEXT("2017-05-25") },
	};
	const struct signing in = {
		.method = "POST", .body = TEXT(""), .headers = headers, .header_count = 7, .key_id = TEXT("testid"), .secret = TEXT("testsecret"),
		.query = TEXT("OutId=code-77&PhoneNumbers=13800138000&SignName=%E7%9F%A5%E5%9D%8A&TemplateCode=SMS_1&TemplateParam=%7B%22code%22%3A%22042195%22%7D"),
	};

	(void)state;
	assert_true(text_ends(acs3_authorization(arena, &in), TEXT("Signature=9eafa2de7e65d5183bbdc7c21be639d3c0eae683421a0591cf62630498009a19")));
}

/* The same of tencentcloud-sdk-nodejs-sms 4.1.306, which takes the first part of the host for the service, and signs the host
 * without its port. */
static void test_tencent_client(void **state)
{
	const struct header headers[] = { { TEXT("content-type"), TEXT("application/json") }, { TEXT("host"), TEXT("127.0.0.1") } };
	const struct signing in = {
		.method = "POST", .headers = headers, .header_count = 2, .key_id = TEXT("AKIDtest"), .secret = TEXT("testsecret"),
		.body = TEXT("{\"SmsSdkAppId\":\"1400006666\",\"SignName\":\"知坊\",\"TemplateId\":\"1234\",\"PhoneNumberSet\":[\"+8613800138000\"],"
		             "\"TemplateParamSet\":[\"042195\"],\"SessionContext\":\"code-77\"}"),
	};

	(void)state;
	assert_text(tc3_authorization(arena, &in, TEXT("127"), 1795932675),
	            "TC3-HMAC-SHA256 Credential=AKIDtest/2026-11-29/127/tc3_request, SignedHeaders=content-type;host, "
	            "Signature=bb185bddfea6d704970adcb1deccacedda7b00187a5d487732e01f47d9f94962");
}

/* ---- a server that answers as it is told ---- */

static struct {
	struct http_server *server;
	int port, status, asked;
	struct text body, location;
	bool silent;
	/* the last request */
	char target[4096], got[4096], authorization[1024], action[64], version[64], date[64], nonce[64], host[64], stamp[64], hash[80];
} there;

static void keep(char *to, size_t room, struct text t)
{
	assert_true(t.length < room);
	memcpy(to, t.at ? t.at : "", t.length);
	to[t.length] = '\0';
}

#define KEEP(member, text) keep(there.member, sizeof there.member, (text))

static void answer(void *self, struct http_request *rq)
{
	const struct header location = { TEXT("Location"), there.location };

	(void)self;
	there.asked++;
	KEEP(target, rq->target);
	KEEP(got, rq->body);
	KEEP(authorization, http_header(rq, "authorization"));
	KEEP(action, http_header(rq, text_starts(rq->target, TEXT("/?")) ? "x-acs-action" : "x-tc-action"));
	KEEP(version, http_header(rq, "x-acs-version"));
	KEEP(date, http_header(rq, "x-acs-date"));
	KEEP(nonce, http_header(rq, "x-acs-signature-nonce"));
	KEEP(hash, http_header(rq, "x-zhifang-signature"));
	KEEP(stamp, http_header(rq, "x-zhifang-timestamp").at ? http_header(rq, "x-zhifang-timestamp") : http_header(rq, "x-tc-timestamp"));
	KEEP(host, http_header(rq, "host"));
	if (there.silent)
		usleep(600 * 1000);
	http_reply(rq, &(struct http_reply){ .status = there.status, .headers = &location, .header_count = there.location.at ? 1 : 0, .body = there.body });
}

static size_t body_limit(void *self, enum method method, struct text path) { return (void)self, (void)method, (void)path, 65536; }

static void answers(int status, const char *body)
{
	there.status = status;
	there.body = text_of(body);
	there.location = (struct text){ 0 };
	there.silent = false;
}

static struct text home(void) { return arena_format(arena, "http://127.0.0.1:%d", there.port); }

static const struct sms_param params[] = { { "code", TEXT_INIT("042195") }, { "minutes", TEXT_INIT("10") } };
static const struct sms message = { .id = TEXT_INIT("code-77"), .to = TEXT_INIT("13800138000"), .text = TEXT_INIT("【知坊】验证码 042195"),
	                            .language = TEXT_INIT("zh-CN"), .params = params, .param_count = 2 };

static struct sms_settings settings_of(const char *channel)
{
	return (struct sms_settings){ .channel = text_of(channel), .url = text_is(text_of(channel), "webhook") ? arena_format(arena, "%.*s/sms", TEXT_ARG(home())) : home(),
		                      .key_id = TEXT("AKID"), .secret = TEXT("s3cret"), .sign_name = TEXT("知坊"), .template = TEXT("SMS_1"),
		                      .app_id = TEXT("1400006666"), .total_ms = 3000 };
}

static problem try_send(const struct sms_settings *settings, struct text *ret_detail)
{
	struct sending s = { .arena = arena, .world = world };
	problem why = sms_send(&s, settings, &message);

	*ret_detail = s.detail;
	return why;
}

/* ---- Aliyun ---- */

static void test_aliyun_request(void **state)
{
	struct sms_settings settings = settings_of("aliyun");
	struct text detail, target, path;
	const struct header headers[] = {
		{ TEXT("host"), text_of(there.host) },
		{ TEXT("x-acs-action"), TEXT("SendSms") },
		{ TEXT("x-acs-content-sha256"), TEXT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") },
		{ TEXT("x-acs-date"), TEXT("2026-09-21T14:13:20Z") },
		{ TEXT("x-acs-signature-nonce"), text_of(there.nonce) },
		{ TEXT("x-acs-version"), TEXT("2017-05-25") },
	};
	struct signing in = { .method = "POST", .body = TEXT(""), .headers = headers, .header_count = 6, .key_id = TEXT("AKID"), .secret = TEXT("s3cret") };

	(void)state;
	settings.template_params = TEXT("code, minutes");
	answers(200, "{\"Message\":\"OK\",\"RequestId\":\"A\",\"BizId\":\"1\",\"Code\":\"OK\"}");
	assert_done(try_send(&settings, &detail));
	target = path = text_of(there.target);
	text_cut(&target, '?');
	assert_text(target, "OutId=code-77&PhoneNumbers=13800138000&SignName=%E7%9F%A5%E5%9D%8A&TemplateCode=SMS_1&"
	                    "TemplateParam=%7B%22code%22%3A%22042195%22%2C%22minutes%22%3A%2210%22%7D");
	in.query = target;
	((struct header *)headers)[0].value = text_of(there.host);
	((struct header *)headers)[4].value = text_of(there.nonce);
	assert_true(strlen(there.nonce) >= 20);
	assert_text(text_of(there.authorization), acs3_authorization(arena, &in).at);
}

struct reply_case {
	int status;
	const char *body;
	const struct problem *why;
	const char *says;
};

static void check_replies(const char *channel, const struct reply_case *cases, size_t n)
{
	const struct sms_settings settings = settings_of(channel);

	for (size_t i = 0; i < n; i++) {
		struct text detail;
		problem why;

		answers(cases[i].status, cases[i].body);
		why = try_send(&settings, &detail);
		if (why != cases[i].why || text_find(detail, text_of(cases[i].says)) == SIZE_MAX)
			print_error("%s, case %zu: %s (%.*s)\n", channel, i, why ? why->type : "done", TEXT_ARG(detail));
		assert_ptr_equal(why, cases[i].why);
		assert_true(text_find(detail, text_of(cases[i].says)) != SIZE_MAX);
		assert_true(text_find(detail, TEXT("s3cret")) == SIZE_MAX && detail.length <= DETAIL_MAX + 10);
	}
}

static void test_aliyun_replies(void **state)
{
	static const struct reply_case cases[] = {
		{ 200, "{\"Code\":\"OK\"}", NULL, "" },
		{ 404, "{\"Code\":\"InvalidAccessKeyId.NotFound\",\"Message\":\"Specified access key is not found.\"}", &sms_key_refused,
		  "InvalidAccessKeyId.NotFound: Specified access key is not found." },
		{ 400, "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"x\"}", &sms_key_refused, "" },
		{ 200, "{\"Code\":\"isv.BUSINESS_LIMIT_CONTROL\",\"Message\":\"触发小时级流控Permits:5\"}", &sms_limited, "触发小时级流控Permits:5" },
		{ 200, "{\"Code\":\"isv.AMOUNT_NOT_ENOUGH\",\"Message\":\"x\"}", &sms_unpaid, "" },
		{ 200, "{\"Code\":\"isv.SMS_SIGNATURE_ILLEGAL\",\"Message\":\"x\"}", &sms_template_refused, "" },
		{ 200, "{\"Code\":\"isv.SMS_TEMPLATE_ILLEGAL\",\"Message\":\"x\"}", &sms_template_refused, "" },
		{ 200, "{\"Code\":\"isv.MOBILE_NUMBER_ILLEGAL\",\"Message\":\"x\"}", &sms_number_refused, "" },
		{ 200, "{\"Code\":\"isv.SOMETHING_NEW\",\"Message\":\"news\"}", &sms_refused, "isv.SOMETHING_NEW: news" },
		{ 200, "{\"Code\":1}", &sms_answer_wrong, "" },
		{ 200, "{}", &sms_answer_wrong, "" },
		{ 200, "", &sms_answer_wrong, "" },
		{ 200, "[\"OK\"]", &sms_answer_wrong, "" },
		{ 502, "<html><body>Bad Gateway</body></html>", &sms_answer_wrong, "status 502: <html><body>Bad Gateway" },
		{ 200, "<html>\r\n<script>x</script></html>", &sms_answer_wrong, "status 200" },
	};

	(void)state;
	check_replies("aliyun", cases, sizeof cases / sizeof *cases);
}

/* ---- Tencent ---- */

static void test_tencent_request(void **state)
{
	struct sms_settings settings = settings_of("tencent");
	struct header headers[] = { { TEXT("content-type"), TEXT("application/json; charset=utf-8") }, { TEXT("host"), { 0 } } };
	struct signing in = { .method = "POST", .headers = headers, .header_count = 2, .key_id = TEXT("AKID"), .secret = TEXT("s3cret") };
	struct text detail;

	(void)state;
	settings.template_params = TEXT("code,minutes");
	answers(200, "{\"Response\":{\"SendStatusSet\":[{\"SerialNo\":\"1\",\"Code\":\"Ok\",\"Message\":\"send success\"}],\"RequestId\":\"a\"}}");
	assert_done(try_send(&settings, &detail));
	assert_text(text_of(there.got), "{\"SmsSdkAppId\":\"1400006666\",\"SignName\":\"知坊\",\"TemplateId\":\"SMS_1\",\"SessionContext\":\"code-77\","
	                                "\"PhoneNumberSet\":[\"+8613800138000\"],\"TemplateParamSet\":[\"042195\",\"10\"]}");
	assert_text(text_of(there.action), "SendSms");
	assert_text(text_of(there.stamp), "1790000000");
	headers[1].value = text_of(there.host);
	in.body = text_of(there.got);
	assert_text(text_of(there.authorization), tc3_authorization(arena, &in, TEXT("sms"), NOW / 1000).at);
}

static void test_tencent_replies(void **state)
{
	static const struct reply_case cases[] = {
		{ 200, "{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.SignatureFailure\",\"Message\":\"no\"},\"RequestId\":\"a\"}}", &sms_key_refused,
		  "AuthFailure.SignatureFailure: no" },
		{ 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"FailedOperation.InsufficientBalanceInSmsPackage\",\"Message\":\"x\"}]}}", &sms_unpaid, "" },
		{ 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"LimitExceeded.PhoneNumberDailyLimit\",\"Message\":\"x\"}]}}", &sms_limited, "" },
		{ 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"FailedOperation.TemplateIncorrectOrUnapproved\",\"Message\":\"x\"}]}}", &sms_template_refused, "" },
		{ 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"FailedOperation.PhoneNumberInBlacklist\",\"Message\":\"x\"}]}}", &sms_number_refused, "" },
		{ 200, "{\"Response\":{\"SendStatusSet\":[]}}", &sms_answer_wrong, "" },
		{ 200, "{\"Response\":[]}", &sms_answer_wrong, "" },
		{ 200, "{\"Code\":\"Ok\"}", &sms_answer_wrong, "" },
		{ 200, "{\"Response\":{\"Error\":{}}}", &sms_answer_wrong, "" },
		{ 504, "upstream timed out", &sms_answer_wrong, "status 504" },
	};

	(void)state;
	check_replies("tencent", cases, sizeof cases / sizeof *cases);
}

/* ---- webhook ---- */

static void test_webhook(void **state)
{
	static const struct reply_case cases[] = {
		{ 204, "", NULL, "" },
		{ 200, "", NULL, "" },
		{ 202, "{\"ok\":true,\"more\":[1]}", NULL, "" },
		{ 200, "{\"ok\":false,\"error\":\"no route to number\"}", &sms_refused, "status 200: no route to number" },
		{ 200, "{\"code\":50012}", &sms_refused, "no \"ok\": true" },
		{ 401, "{\"error\":\"bad signature\"}", &sms_key_refused, "bad signature" },
		{ 429, "{}", &sms_limited, "" },
		{ 500, "{\"ok\":true}", &sms_refused, "status 500" },
		{ 200, "<!doctype html><title>Welcome</title>", &sms_answer_wrong, "" },
		{ 200, "\"ok\"", &sms_answer_wrong, "" },
		{ 500, "", &sms_answer_wrong, "status 500" },
	};
	struct sms_settings settings = settings_of("webhook");
	struct text detail;

	(void)state;
	answers(204, "");
	assert_done(try_send(&settings, &detail));
	assert_text(text_of(there.got), "{\"id\":\"code-77\",\"to\":\"13800138000\",\"text\":\"【知坊】验证码 042195\",\"language\":\"zh-CN\","
	                                "\"template\":\"SMS_1\",\"params\":{\"code\":\"042195\",\"minutes\":\"10\"}}");
	assert_text(text_of(there.stamp), "1790000000");
	assert_text(text_of(there.hash), webhook_signature(arena, TEXT("s3cret"), TEXT("1790000000"), text_of(there.got)).at);
	check_replies("webhook", cases, sizeof cases / sizeof *cases);
}

/* printf '1790000000.{"id":"1"}' | openssl dgst -sha256 -hmac key */
static void test_webhook_vector(void **state)
{
	(void)state;
	assert_text(webhook_signature(arena, TEXT("key"), TEXT("1790000000"), TEXT("{\"id\":\"1\"}")), "v1=90f035544cdaebc73c616996eae683d7d1d3fa883df749be2fee5da23bb9619d");
}

/* ---- what no channel may do ---- */

static void test_wire(void **state)
{
	static const char *const channels[] = { "aliyun", "tencent", "webhook" };
	static char large[70000];
	struct text detail;

	(void)state;
	memset(large, ' ', sizeof large - 1);
	for (size_t i = 0; i < 3; i++) {
		struct sms_settings settings = settings_of(channels[i]);
		int asked = there.asked;

		answers(302, "");
		there.location = home(); /* a redirect is not followed */
		assert_problem(try_send(&settings, &detail), sms_answer_wrong);
		assert_int_equal(there.asked, asked + 1);
		answers(200, large);
		assert_problem(try_send(&settings, &detail), sms_answer_wrong);
		answers(200, "{\"Code\":\"OK\"}");
		there.silent = true;
		settings.total_ms = 200;
		assert_problem(try_send(&settings, &detail), sms_unanswered);
		settings = settings_of(channels[i]);
		settings.url = TEXT("http://127.0.0.1:1");
		assert_problem(try_send(&settings, &detail), sms_unreachable);
	}
}

static void test_settings(void **state)
{
	static const char *const urls[] = { "http://sms.example.com/x", "ftp://127.0.0.1/", "sms.example.com", "https:/x", "file:///etc/passwd" };
	static const char *const strangers[] = { "https://example.com", "https://dysmsapi.aliyuncs.com.evil.cn", "https://evil.cn/.aliyuncs.com", "http://dysmsapi.aliyuncs.com",
		                                 "https://a@evil.cn#.aliyuncs.com" };
	struct sms_settings settings = { 0 };
	struct text detail;
	int asked = there.asked;

	(void)state;
	assert_problem(try_send(&settings, &detail), sms_off);
	settings.channel = TEXT("pigeon");
	assert_problem(try_send(&settings, &detail), sms_settings_wrong);
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		settings = settings_of("webhook");
		settings.url = text_of(urls[i]);
		assert_problem(try_send(&settings, &detail), sms_settings_wrong);
	}
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		settings = settings_of("aliyun");
		settings.url = text_of(strangers[i]);
		assert_problem(try_send(&settings, &detail), sms_settings_wrong);
		settings.channel = TEXT("tencent");
		assert_problem(try_send(&settings, &detail), sms_settings_wrong);
	}
	settings = settings_of("tencent");
	settings.app_id = (struct text){ 0 };
	assert_problem(try_send(&settings, &detail), sms_settings_wrong);
	assert_text(detail, "app_id: missing");
	settings = settings_of("aliyun");
	settings.template_params = TEXT("code, name");
	assert_problem(try_send(&settings, &detail), sms_settings_wrong);
	assert_text(detail, "template_params: name");
	assert_int_equal(there.asked, asked);
}

static int setup(void **state)
{
	const struct http_server_options options = { .address = TEXT("127.0.0.1"), .loops = 1, .serve = answer, .body_limit = body_limit };

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	arena = arena_new((size_t)64 << 20);
	world = world_test(NOW, 7);
	assert_done(http_server_start(&options, &there.server));
	there.port = http_server_port(there.server);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	http_server_stop(there.server, 2000);
	world_close(world);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acs3_vector),
		cmocka_unit_test(test_tc3_vector),
		cmocka_unit_test(test_aliyun_client),
		cmocka_unit_test(test_tencent_client),
		cmocka_unit_test(test_aliyun_request),
		cmocka_unit_test(test_aliyun_replies),
		cmocka_unit_test(test_tencent_request),
		cmocka_unit_test(test_tencent_replies),
		cmocka_unit_test(test_webhook),
		cmocka_unit_test(test_webhook_vector),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
