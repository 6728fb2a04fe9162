/* owner.c - the name of a process, such that another one on the same machine can tell whether it still lives. */
#include "db/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static struct text word_of_file(const char *path, char *out, size_t room)
{
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(out, 1, room - 1, file) : 0;

	if (file)
		fclose(file);
	out[n] = 0;
	return text_trim((struct text){ out, n });
}

/* When a process started, in ticks: the 22nd word of its stat, 20th behind the name's closing bracket. */
static struct text start_of(int pid, char *out, size_t room)
{
	char path[64];
	struct text stat, word = { 0 };
	const char *bracket;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	stat = word_of_file(path, out, room);
	bracket = strrchr(out, ')');
	if (!bracket)
		return word;
	stat = text_from(stat, (size_t)(bracket - stat.at) + 2);
	for (int i = 0; i < 20; i++)
		word = text_cut(&stat, ' ');
	return word;
}

/* The place where pids mean something: this boot, this namespace. */
static void name_place(char *out, size_t room)
{
	char boot[64], space[64];
	ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
	struct text id = word_of_file("/proc/sys/kernel/random/boot_id", boot, sizeof boot);

	space[n > 0 ? n : 0] = 0;
	snprintf(out, room, "%.*s/%s/", TEXT_ARG(id), space);
}

void owner__name(char *out, size_t room)
{
	char place[136], stat[1024];
	struct text start = start_of(getpid(), stat, sizeof stat);

	name_place(place, sizeof place);
	snprintf(out, room, "%s%d/%.*s", place, getpid(), TEXT_ARG(start));
}

bool owner__is_dead(struct text owner)
{
	char place[136], stat[1024];
	int64_t pid;
	struct text rest, word;

	name_place(place, sizeof place);
	if (!text_starts(owner, text_of(place)))
		return false;
	rest = text_from(owner, strlen(place));
	word = text_cut(&rest, '/');
	if (!text_to_int(word, &pid))
		return false;
	if (kill((pid_t)pid, 0) && errno == ESRCH)
		return true;
	return !text_eq(start_of((int)pid, stat, sizeof stat), rest);
}
