/* sms_sign.c - the signatures that SMS channels ask for. Aliyun's and Tencent's begin with the same canonical request; from there
 * each has its own way. */
#include "notify/notify_room.h"

#include <time.h>

static struct text bytes_of(const struct sha256 *mac) { return (struct text){ (const char *)mac->at, sizeof mac->at }; }

/* Its hash; *ret_names: what is signed, "content-type;host". */
static struct text canonical_hash(struct arena *arena, const struct signing *in, struct text *ret_names)
{
	CLEANUP(buffer_free) struct buffer canonical = BUFFER(64 * 1024);
	CLEANUP(buffer_free) struct buffer names = BUFFER(4096);

	buffer_format(&canonical, "%s\n/\n%.*s\n", in->method, TEXT_ARG(in->query));
	for (size_t i = 0; i < in->header_count; i++) {
		buffer_format(&canonical, "%.*s:%.*s\n", TEXT_ARG(in->headers[i].name), TEXT_ARG(text_trim(in->headers[i].value)));
		buffer_format(&names, "%s%.*s", i ? ";" : "", TEXT_ARG(in->headers[i].name));
	}
	*ret_names = arena_text(arena, buffer_text(&names));
	buffer_format(&canonical, "\n%.*s\n%.*s", TEXT_ARG(*ret_names), TEXT_ARG(sha256_hex(arena, in->body)));
	return sha256_hex(arena, buffer_text(&canonical));
}

struct text acs3_authorization(struct arena *arena, const struct signing *in)
{
	struct text names, hash = canonical_hash(arena, in, &names);
	struct sha256 mac = hmac_sha256(in->secret, arena_format(arena, "ACS3-HMAC-SHA256\n%.*s", TEXT_ARG(hash)));

	return arena_format(arena, "ACS3-HMAC-SHA256 Credential=%.*s,SignedHeaders=%.*s,Signature=%.*s", TEXT_ARG(in->key_id), TEXT_ARG(names),
	                    TEXT_ARG(hex_encode(arena, bytes_of(&mac))));
}

static struct text utc_day(struct arena *arena, int64_t s)
{
	time_t at = (time_t)s;
	struct tm tm;
	char out[32];

	gmtime_r(&at, &tm);
	return arena_text(arena, (struct text){ out, strftime(out, sizeof out, "%Y-%m-%d", &tm) });
}

struct text tc3_authorization(struct arena *arena, const struct signing *in, struct text service, int64_t now_s)
{
	struct text names, hash = canonical_hash(arena, in, &names), day = utc_day(arena, now_s);
	struct text scope = arena_format(arena, "%.*s/%.*s/tc3_request", TEXT_ARG(day), TEXT_ARG(service));
	struct text message = arena_format(arena, "TC3-HMAC-SHA256\n%lld\n%.*s\n%.*s", (long long)now_s, TEXT_ARG(scope), TEXT_ARG(hash));
	struct sha256 mac = hmac_sha256(arena_format(arena, "TC3%.*s", TEXT_ARG(in->secret)), day);

	mac = hmac_sha256(bytes_of(&mac), service);
	mac = hmac_sha256(bytes_of(&mac), TEXT("tc3_request"));
	mac = hmac_sha256(bytes_of(&mac), message);
	return arena_format(arena, "TC3-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s", TEXT_ARG(in->key_id),
	                    TEXT_ARG(scope), TEXT_ARG(names), TEXT_ARG(hex_encode(arena, bytes_of(&mac))));
}

struct text webhook_signature(struct arena *arena, struct text secret, struct text timestamp, struct text body)
{
	struct sha256 mac = hmac_sha256(secret, arena_format(arena, "%.*s.%.*s", TEXT_ARG(timestamp), TEXT_ARG(body)));

	return arena_format(arena, "v1=%.*s", TEXT_ARG(hex_encode(arena, bytes_of(&mac))));
}
