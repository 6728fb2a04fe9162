/* files.c - every file that belongs to a row, and a hold on them: a backup reads rows of one moment and files of a later one, so
 * nothing that the rows name may go in between. What comes in between is more than they name, and does no harm. */
#include "media/asset.h"
#include "media/media_room.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { PATH_ARENA_MAX = 1 << 20, NAMED_MAX = 8 };

struct walk {
	struct text data_folder;
	struct arena *arena; /* of one row */
	media_file_fn each;
	void *arg;
	struct text named[NAMED_MAX]; /* files that the row names */
	size_t named_count;
};

static problem tell_blob(void *arg, const void *row)
{
	struct walk *w = arg;
	const struct blob *blob = row;
	struct media_file file = { .size = blob->size, .sha256 = blob->hash, .blob = true, .needed = true };

	arena_reset(w->arena);
	file.path = arena_format(w->arena, "blobs/%.*s/%.*s.%.*s", TEXT_ARG(text_head(blob->hash, 2)), TEXT_ARG(text_from(blob->hash, 2)), TEXT_ARG(blob->ext));
	return w->each(w->arg, &file);
}

static struct text path_of(struct walk *w, const struct asset *asset, struct text name)
{
	return arena_format(w->arena, "assets/%02d/%lld/%.*s", (int)(asset->id.v % 100), (long long)asset->id.v, TEXT_ARG(name));
}

static problem tell_named(struct walk *w, const struct asset *asset, struct text name)
{
	struct media_file file = { .path = path_of(w, asset, name), .size = -1, .needed = true };

	if (text_is(name, "original"))
		file.sha256 = asset->sha256;
	w->named[w->named_count++] = name;
	return w->each(w->arg, &file);
}

static problem tell_all_named(struct walk *w, const struct asset *asset)
{
	problem why = tell_named(w, asset, TEXT("original"));

	if (!why && asset->served.length)
		why = tell_named(w, asset, asset->served);
	if (!why && asset->poster)
		why = tell_named(w, asset, TEXT("poster.jpg"));
	if (!why && asset->peaks)
		why = tell_named(w, asset, TEXT("peaks.json"));
	return why;
}

static bool is_named(const struct walk *w, struct text name)
{
	for (size_t i = 0; i < w->named_count; i++) {
		if (text_eq(w->named[i], name))
			return true;
	}
	return false;
}

/* Pages of a PDF, its words, and whatever a later version makes. */
static problem tell_others(struct walk *w, const struct asset *asset)
{
	DIR *folder = opendir(asset_path(w->arena, w->data_folder, asset->id, ""));
	struct dirent *entry;
	problem why = NULL;

	while (folder && !why && (entry = readdir(folder))) {
		struct text name = text_of(entry->d_name);
		struct media_file file = { .size = -1 };

		if (text_starts(name, TEXT(".")) || text_starts(name, TEXT("draft")) || is_named(w, name))
			continue;
		file.path = path_of(w, asset, name);
		why = w->each(w->arg, &file);
	}
	if (folder)
		closedir(folder);
	return why;
}

static problem tell_asset(void *arg, const void *row)
{
	struct walk *w = arg;
	problem why;

	arena_reset(w->arena);
	w->named_count = 0;
	why = tell_all_named(w, row);
	return why ? why : tell_others(w, row);
}

problem media_files(struct tx *tx, struct text data_folder, media_file_fn each, void *arg)
{
	struct walk walk = { .data_folder = data_folder, .arena = arena_new(PATH_ARENA_MAX), .each = each, .arg = arg };
	problem why = media__each_blob(tx, tell_blob, &walk);

	if (!why)
		why = asset__each_whole(tx, tell_asset, &walk);
	arena_free(walk.arena);
	return why;
}

/* ---- the hold: a lock on a file of its own, so that it ends with the process that has it ---- */

static int open_hold(struct text data_folder, int how)
{
	struct arena *arena = arena_new(16384);
	int fd = open(arena_cstr(arena, arena_format(arena, "%.*s/files.lock", TEXT_ARG(data_folder))), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	arena_free(arena);
	if (fd >= 0 && flock(fd, how)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int media_hold(struct text data_folder) { return open_hold(data_folder, LOCK_SH); }

void media_hold_end(int hold)
{
	if (hold >= 0)
		close(hold);
}

bool asset_may_remove(struct text data_folder, int *ret_hold)
{
	*ret_hold = open_hold(data_folder, LOCK_EX | LOCK_NB);
	return *ret_hold >= 0;
}
