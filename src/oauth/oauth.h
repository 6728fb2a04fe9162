/* oauth.h - signing in by somebody else's word: WeChat's official account, inside WeChat's own browser. */
#ifndef OAUTH_OAUTH_H
#define OAUTH_OAUTH_H

#include "serve/serve.h"

extern const struct problem oauth_off; /* 503: no official account is set up */

/* The openid by which WeChat Pay knows this person inside WeChat; vouched_missing when none is bound. Lives in the tx's arena. */
MUST problem oauth_openid(struct tx *tx, const struct serve *serve, struct user_id user, struct text *ret);

/* The official account's appid; absent: none is set up. */
MUST problem oauth_app(struct tx *tx, const struct serve *serve, struct text *ret);

extern const struct module oauth_module;

#endif
