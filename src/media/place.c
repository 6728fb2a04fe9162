/* place.c - where the files of an asset lie: DATA/assets/NN/ID/, NN being the last two digits, so that no folder grows without end. */
#include "media/asset.h"
#include "media/media_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

const char *asset_path(struct arena *arena, struct text data_folder, struct asset_id id, const char *file)
{
	return arena_cstr(arena, arena_format(arena, "%.*s/assets/%02d/%lld%s%s", TEXT_ARG(data_folder), (int)(id.v % 100), (long long)id.v,
	                                      *file ? "/" : "", file));
}

problem asset_make_folder(struct arena *arena, struct text data_folder, struct asset_id id)
{
	const char *data = arena_cstr(arena, data_folder), *assets = arena_cstr(arena, arena_format(arena, "%s/assets", data));
	const char *shelf = arena_cstr(arena, arena_format(arena, "%s/%02d", assets, (int)(id.v % 100)));
	problem why = media__make_folder(data, ".");

	if (!why)
		why = media__make_folder(assets, data);
	if (!why)
		why = media__make_folder(shelf, assets);
	return why ? why : media__make_folder(asset_path(arena, data_folder, id, ""), shelf);
}

void asset_remove_files(struct arena *arena, struct text data_folder, struct asset_id id)
{
	const char *path = asset_path(arena, data_folder, id, "");
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	(void)rmdir(path);
}

int64_t disk_free(const char *data_folder)
{
	struct statvfs disk;

	if (statvfs(data_folder, &disk))
		return -1;
	return (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
}
