/* tls.c - https as its owner sees it: the certificate that is watched, its line in the check-list, and the port for plain http. */
#include "app/app_room.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/log.h"
#include "http/http.h"
#include "http/redirect.h"
#include "site/site.h"

enum { LOOK_EVERY_S = 60, DATE_MAX = 32 };

static const int64_t soon_ms = (int64_t)30 * 24 * 3600 * 1000, day_ms = (int64_t)24 * 3600 * 1000;

static struct text day(int64_t ms, char out[DATE_MAX])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	return (struct text){ out, strftime(out, DATE_MAX, "%Y-%m-%d", &utc) };
}

/* ---- the check-list ---- */

/* Of a certificate of ours when it ends is known; of a proxy's only that the shop's address is https. */
static problem check_tls(struct tx *tx, const struct serve *serve, struct checks *checks)
{
	bool production = !serve_sandbox(serve);
	struct check check = { .key = TEXT("tls"), .state = production ? CHECK_MISSING : CHECK_LATER, .needed = production };
	char date[DATE_MAX];
	int64_t until_ms;

	if (serve_certificate(serve, &until_ms)) {
		check.state = until_ms - tx_now_ms(tx) < soon_ms ? CHECK_WRONG : CHECK_GOOD;
		check.detail = arena_text(tx_arena(tx), day(until_ms, date));
	} else if (text_starts(serve_origin(serve), TEXT("https://"))) {
		check.state = CHECK_GOOD;
	}
	check_add(checks, &check);
	return NULL;
}

static problem start(struct serve *serve, void **ret_state)
{
	*ret_state = NULL;
	site_know_check(serve, check_tls);
	return NULL;
}

const struct module tls_module = { .name = "tls", .start = start };

/* ---- watching ---- */

static void warn(int64_t until_ms)
{
	char date[DATE_MAX];

	log_line(LOG_WARN, "certificate-ends-soon", "setting", TEXT("tls.certificate_file"), "ends", day(until_ms, date), NULL);
}

/* What is wrong with new files is said; the shop goes on with the old ones. */
static void renew(struct serve *serve, bool asked)
{
	char date[DATE_MAX];
	bool changed;
	problem why = serve_renew_certificate(serve, &changed);
	int64_t until_ms;

	if (why)
		log_line(LOG_ERROR, "certificate-refused", "why", text_of(why->type), "what", text_of(why->title), NULL);
	else if (changed && serve_certificate(serve, &until_ms))
		log_line(LOG_INFO, "certificate-renewed", "ends", day(until_ms, date), NULL);
	else if (asked)
		log_line(LOG_INFO, "certificate-unchanged", NULL);
}

static void warn_daily(const struct serve *serve, int64_t now_ms, int64_t *warned_ms)
{
	int64_t until_ms;

	if (now_ms - *warned_ms < day_ms || !serve_certificate(serve, &until_ms) || until_ms - now_ms >= soon_ms)
		return;
	warn(until_ms);
	*warned_ms = now_ms;
}

void app__watch(struct serve *serve)
{
	const struct timespec a_minute = { .tv_sec = LOOK_EVERY_S };
	int64_t warned_ms = 0;
	sigset_t signals;
	int got;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	do {
		warn_daily(serve, world_now_ms(serve_world(serve)), &warned_ms);
		got = sigtimedwait(&signals, NULL, &a_minute);
		if (got == SIGHUP || (got < 0 && errno == EAGAIN))
			renew(serve, got == SIGHUP);
	} while (got != SIGINT && got != SIGTERM);
}

/* ---- plain http beside it ---- */

problem app__redirect(const struct config *config, const struct serve *serve, struct http_redirect **ret)
{
	struct text port = config_get(config, "http.port"), origin = config_get(config, "origin");
	int64_t number, until_ms;
	bool read;

	if (!port.length)
		return NULL;
	if (!serve_certificate(serve, &until_ms))
		return &redirect_without_tls;
	read = text_to_int(port, &number);
	assert(read);
	return http_redirect_start(&(struct http_redirect_options){ .address = config_get(config, "address"), .port = (int)number,
		.origin = text_starts(origin, TEXT("https://")) ? origin : (struct text){ 0 }, .https_port = serve_port(serve),
		.acme_folder = config_get(config, "acme.folder") }, ret);
}

const struct problem redirect_without_tls = { 500, "redirect-without-tls",
	"http.port leads to https, so tls.certificate_file and tls.key_file are needed with it." };
