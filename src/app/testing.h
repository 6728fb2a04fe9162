/* testing.h - the town of roles_test.c: who lives there and what is his, between the files of that test. */
#ifndef APP_TESTING_H
#define APP_TESTING_H

#include "app/app.h"

#include "base/testing.h"
#include "serve/testing.h"

enum { PRICE = 9900, ROLES = 6, ROWS_MAX = 512, WORDS_MAX = 8, IDS_MAX = 9 };

struct caller {
	const char *role;
	unsigned roles;
	struct user_id id;
	const char *login;
	struct visitor visitor;
	struct creator_id creator;
	/* what is his */
	int64_t kept;   /* a creator's work */
	int64_t bought, order, payment, device, identity, asset;
};

/* How a call goes that must fail for everybody. */
enum twist { PLAIN, ELSEWHERE /* from another machine */, FORGED, LOCKED /* for what costs money */ };

struct town {
	struct house house;
	struct arena *arena; /* of the whole test */
	struct caller nobody, people[ROLES][2];
	struct creator_id author;
	int64_t taught, wanted;
	const char *slug, *author_slug, *blob;
	char trade_no[64], told[128];
	const char *proven;  /* the login that the next code is for */
	enum twist twist;
	int made;            /* logins and keys so far */
};
extern struct town town;


const char *print(const char *format, ...) __attribute__((format(printf, 1, 2))); /* lives as long as the test */
const char *number(int64_t n);
/* What stands for {word} in a call, of second factors, invitations and requests about one's own data; NULL: it is none of these. */
const char *people_thing(struct caller *owner, const struct caller *caller, struct text word);
/* The same of refunds. */
const char *refund_thing(struct caller *owner, struct text word);
/* The same of posts, notes and reviews. */
const char *talk_thing(struct caller *owner, struct text word);

#endif
