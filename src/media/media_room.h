/* media_room.h - between the files of this room only. */
#ifndef MEDIA_MEDIA_ROOM_H
#define MEDIA_MEDIA_ROOM_H

#include "media/media.h"

problem media__failure(void); /* by errno */
MUST problem media__sync_folder(const char *path);
MUST problem media__make_folder(const char *path, const char *around); /* durable; there already is fine */
MUST problem media__write(int fd, struct text bytes);
const char *media__path(struct arena *arena, struct text data_folder, const struct blob *blob);

MUST problem media__each_blob(struct tx *tx, problem (*each)(void *arg, const void *row), void *arg);

extern const struct route media_routes[];

#endif
