/* site.h - the shop itself: its name and face, its legal pages, its first owner, the list of what it still lacks. */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include "site/setting.h"

/* ---- what is still missing ---- */

enum check_state { CHECK_STATE_NONE, CHECK_GOOD, CHECK_MISSING, CHECK_WRONG, CHECK_LATER };
extern const char *const check_state_names[]; /* "good", "missing", "wrong", "later" */

/* One line of the list that the owner sees. The page has its words: "check.KEY.title", ".why", ".how". */
struct check {
	struct text key;     /* "mail" */
	int state;
	struct text detail;  /* what varies: the error of the last try, a date; may be absent */
	bool needed;         /* nothing can be sold without it */
};
/* All that is known, as the owner's list shows it. */
struct checks {
	struct check *items;
	size_t count;
};
MUST problem site_checks(struct tx *tx, const struct serve *serve, struct checks *ret);
/* A room adds what it knows: fn adds rows by check_add. Before serving. `fn` runs in a read transaction. */
void check_add(struct checks *checks, const struct check *check);
void site_know_check(const struct serve *serve, problem (*fn)(struct tx *tx, const struct serve *serve, struct checks *checks));

/* For serve_options.face. */
void site_face(const struct serve *serve, struct text language, struct arena *arena, struct site_face *ret);

bool site_speaks_english(const struct serve *serve); /* for serve_options.speaks_english */

/* ---- the name that other rooms print: letters, pictures to share ---- */

struct site_brief {
	struct text name, mail, phone;
};
MUST problem site_brief(struct tx *tx, struct text language, struct site_brief *ret);

bool site_is_ownerless(const struct serve *serve); /* from memory; false in a house without this room */
/* The shop got its owner: subject is the user. */
#define SITE_NEWS_OWNED "site.owned"

/* A token for the first visit, new each time it is asked for; absent when there is an owner already. app/ prints it. */
MUST problem setup_token(struct db *db, struct arena *arena, struct text *ret);

extern const struct module site_module;

#endif
