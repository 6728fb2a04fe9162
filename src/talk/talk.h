/* talk.h - what people say about a work: questions at a lesson and second with their answers, notes for oneself, reviews by who studied
 * enough, and what is done about a post that was reported. Access is asked of entitlements (order) and of learning alone. */
#ifndef TALK_TALK_H
#define TALK_TALK_H

#include "learning/learning.h"

/* News about a post, for whoever writes messages. The subject is the post; the payload {"user":WHOM,"title":…,"link":…}: whom to tell,
 * the work's title, and a path of ours to look at. Nobody is told of what he did himself. */
#define TALK_NEWS_ASKED    "talk-asked"    /* the creator: a question at a work of his */
#define TALK_NEWS_ANSWERED "talk-answered" /* the asker */

extern const struct module talk_module, note_module; /* questions; notes */

#endif
