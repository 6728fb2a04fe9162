/* files.c - what the operating system is asked for. */
#include "backup/backup_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

const struct problem backup_no_folder = { 422, "backup-no-folder", "There is no such folder, or nothing may be written there." };
const struct problem backup_exists = { 409, "backup-exists", "A file of this name is there already; it was left as it is." };
const struct problem backup_full = { 507, "backup-full", "There is no room on the disk. Nothing was left behind." };
const struct problem backup_failed = { 500, "backup-failed", "A file cannot be read or written." };
const struct problem backup_no_site = { 422, "backup-no-site", "No site was begun here: there is no keyring in the data folder." };
const struct problem backup_none = { 422, "backup-none", "This is no backup, or there is no such file." };
const struct problem backup_newer = { 422, "backup-newer", "This backup was made by a newer program. Restore it with that version, or a later one." };
const struct problem backup_damaged = { 422, "backup-damaged", "This backup is damaged: it was changed or cut after it was made." };
const struct problem backup_sealed = { 422, "backup-sealed", "This backup is sealed: name the file that holds its pass phrase (--passphrase-file)." };
const struct problem restore_not_empty = { 409, "restore-not-empty", "Something is there already. Restore into an empty folder; nothing was touched." };

problem backup__failure(void) { return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? &backup_full : &backup_failed; }

problem backup__write(int fd, struct text bytes)
{
	while (bytes.length) {
		ssize_t n = write(fd, bytes.at, bytes.length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return backup__failure();
		bytes = text_from(bytes, (size_t)n);
	}
	return NULL;
}

problem backup__sync_folder(const char *path)
{
	CLEANUP(backup__close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) ? backup__failure() : NULL;
}

void backup__close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status, (void)kind, (void)place;
	(void)remove(path);
	return 0;
}

void backup__remove_tree(const char *path) { (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT); }
