/* home.c - starting and stopping the room. */
#include "media/media_room.h"
#include "media/asset.h"

#include <assert.h>
#include <stdlib.h>

#include "account/account.h"
#include "crypto/crypto.h"

/* 10 GiB, where "media.upload_max" says nothing else */
#define UPLOAD_MAX ((int64_t)10 << 30)
#define DISK_RESERVE ((int64_t)256 << 20)

/* The same on every machine of an installation, and for ever: addresses survive a restart. */
static problem derive_key(struct serve *serve, struct media_home *home)
{
	struct keyring *keyring;
	struct arena *arena = arena_new(8192);
	struct sha256 key;
	problem why = account_keyring_open(serve_data_folder(serve), serve_world(serve), &keyring);

	if (!why) {
		key = sha256_of(blind_index(keyring, arena, "asset", "address", TEXT("media")));
		memcpy(home->key, key.at, sizeof home->key);
		keyring_close(keyring);
	}
	arena_free(arena);
	return why;
}

static problem start(struct serve *serve, void **ret_state)
{
	struct media_home *home = calloc(1, sizeof *home);
	problem why;

	assert(home);
	home->serve = serve;
	home->disk_reserve = DISK_RESERVE;
	if (!text_to_int(serve_setting(serve, "media.upload_max"), &home->upload_max) || home->upload_max <= 0)
		home->upload_max = UPLOAD_MAX;
	why = derive_key(serve, home);
	if (why) {
		free(home);
		return why;
	}
	home->ended = ended_start(serve_db(serve));
	home->served = served_start(serve_db(serve));
	home->second = second_start(home);
	home->keeper = keeper_start(serve);
	*ret_state = home;
	return NULL;
}

static void stop(void *state)
{
	struct media_home *home = state;

	keeper_stop(home->keeper);
	second_stop(home->second);
	served_stop(home->served);
	ended_stop(home->ended);
	free(home);
}

void media_know_ended(struct serve *serve, media_ended_fn fn) { ended_know(media_home(serve)->ended, fn); }

void media_know_served(struct serve *serve, media_served_fn fn) { served_know(media_home(serve)->served, fn); }

void media_wait(struct serve *serve) { keeper_wait(media_home(serve)->keeper); }

const struct module media_module = { .name = "media", .routes = media_routes, .jobs = media_jobs, .start = start, .stop = stop };
