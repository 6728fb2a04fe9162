/* media_room.h - between the files of this room only. */
#ifndef MEDIA_MEDIA_ROOM_H
#define MEDIA_MEDIA_ROOM_H

#include "media/media.h"

const char *media__path(struct arena *arena, struct text data_folder, const struct blob *blob);

extern const struct route media_routes[];

#endif
