/* ticket.c - a signed address says: this asset, for this person, by access to this work, until then. HMAC-SHA256 under a key of this installation. */
#include "media/asset.h"

#include "crypto/crypto.h"

enum { MESSAGE_MAX = 1024 };

static struct sha256 seal(struct text key, const struct ticket *ticket)
{
	char message[MESSAGE_MAX];
	int n = snprintf(message, sizeof message, "%lld\n%lld\n%lld\n%lld\n%d\n%.*s", (long long)ticket->asset.v, (long long)ticket->user.v,
	                 (long long)ticket->work.v, (long long)ticket->until_s, ticket->name.at ? 1 : 0, TEXT_ARG(ticket->name));

	return hmac_sha256(key, (struct text){ message, (size_t)n < sizeof message ? (size_t)n : sizeof message - 1 });
}

struct text ticket_sign(struct arena *arena, struct text key, const struct ticket *ticket)
{
	struct sha256 mac = seal(key, ticket);

	return hex_encode(arena, (struct text){ (const char *)mac.at, sizeof mac.at });
}

static unsigned hex_value(char c) { return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16; }

bool ticket_holds(struct text key, const struct ticket *ticket, struct text signature, int64_t now_ms)
{
	struct sha256 mac;
	unsigned char told[SHA256_BYTES];

	if (ticket->until_s <= now_ms / 1000 || ticket->name.length >= ASSET_NAME_MAX * 4 || signature.length != 2 * sizeof told)
		return false;
	for (size_t i = 0; i < sizeof told; i++) {
		unsigned high = hex_value(signature.at[2 * i]), low = hex_value(signature.at[2 * i + 1]);

		if (high > 15 || low > 15)
			return false;
		told[i] = (unsigned char)(high << 4 | low);
	}
	mac = seal(key, ticket);
	return secret_eq((struct text){ (const char *)mac.at, sizeof mac.at }, (struct text){ (const char *)told, sizeof told });
}
