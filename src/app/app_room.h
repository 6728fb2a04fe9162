/* app_room.h - between the files of this room only. */
#ifndef APP_APP_ROOM_H
#define APP_APP_ROOM_H

#include "app/app.h"

extern const struct job_kind app_jobs[];

/* ---- store ---- */

/* True the first time for this purchase; tx_problem is the caller's to look at. */
bool app__count_once(struct tx *tx, int64_t purchase);

#endif
