/* rec_list.h - from a place to the list that stands there. */
#ifndef RECOMMEND_REC_LIST_H
#define RECOMMEND_REC_LIST_H

#include "recommend/recommend_room.h"

enum rec_place { REC_PLACE_NONE, REC_HOME, REC_WORK, REC_AFTER_PURCHASE, REC_PLACE_COUNT };
extern const char *const rec_place_names[];

struct rec_ask {
	enum rec_place place;
	int64_t work;        /* what the place is about; 0 at home */
	struct user_id user; /* whose works are left out; 0: nobody's */
	bool personal;       /* his profile may be read */
};

struct rec_words {
	struct text zh, en;
};
struct rec_reason_told {
	int code;            /* enum rec_reason */
	int64_t from;        /* the work that it follows from; 0: none */
	struct text because; /* its title; may be absent */
	struct rec_words words;
};
struct rec_item {
	struct work_card card;
	int64_t position;    /* from 1 */
	struct rec_reason_told reason;
	struct text why;     /* the words in the page's language */
};
struct rec_list {
	int64_t shown;       /* clicks name it */
	bool personal;
	struct rec_item *items;
	size_t item_count;
};
/* Makes the list and notes that it was shown. */
MUST problem rec__list(struct request *rq, const struct rec_ask *ask, struct rec_list *ret);

#endif
