#include "num/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if defined __linux__
#include <sys/mman.h>
#endif

enum { PATH_LENGTH = 4096 };

/* A file of one number, as they are in control groups. false: there is none, or it says "max". */
static bool number_in(const char *path, size_t *ret)
{
	FILE *file = fopen(path, "r");
	unsigned long long number;
	bool found = file && fscanf(file, "%llu", &number) == 1;

	if (file)
		fclose(file);
	if (found)
		*ret = number < SIZE_MAX ? (size_t)number : SIZE_MAX;
	return found;
}

/* group and all that it is in, up to where groups are mounted: each may have a limit. Where a container sees its own group there, the names of
 * those above it are of no folder, and are passed over. */
static size_t least_of(const char *mount, const char *group, const char *name, size_t least)
{
	char path[3 * PATH_LENGTH];
	size_t length = strlen(group), found;

	for (;;) {
		snprintf(path, sizeof path, "%s%.*s/%s", mount, (int)length, group, name);
		if (number_in(path, &found) && found < least)
			least = found;
		if (!length)
			return least;
		while (length && group[length - 1] != '/')
			length--;
		length -= length > 0; /* the slash */
	}
}

/* Is it one of "cpu,memory"? */
static bool has_memory(const char *controllers)
{
	static const char wanted[] = "memory";

	for (const char *at = controllers; (at = strstr(at, wanted)); at++) {
		char before = at == controllers ? ',' : at[-1], behind = at[sizeof wanted - 1];

		if (before == ',' && (behind == ',' || !behind))
			return true;
	}
	return false;
}

/* A line of /proc/self/cgroup: "4:memory:/a/b", or of version 2 "0::/a/b" */
static size_t least_by_line(const char *root, char *line, size_t least)
{
	char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL, mount[PATH_LENGTH];

	if (!group)
		return least;
	*group++ = 0;
	controllers++;
	group[strcspn(group, "\n")] = 0;
	if (has_memory(controllers)) {
		snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/memory", root);
		return least_of(mount, group, "memory.limit_in_bytes", least);
	}
	if (*controllers)
		return least;
	snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
	return least_of(mount, group, "memory.max", least);
}

static size_t least_of_groups(const char *root, size_t least)
{
	char path[PATH_LENGTH], line[PATH_LENGTH + 256];
	FILE *file;

	snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		least = least_by_line(root, line, least);
	if (file)
		fclose(file);
	return least;
}

static size_t of_machine(const char *root)
{
	char path[PATH_LENGTH], line[256];
	unsigned long long kilobytes;
	size_t found = SIZE_MAX;
	FILE *file;

	snprintf(path, sizeof path, "%s/proc/meminfo", root);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "MemTotal: %llu kB", &kilobytes) == 1)
			found = (size_t)kilobytes * 1024;
	}
	if (file)
		fclose(file);
	return found;
}

size_t memory_there(const char *root)
{
	size_t least = least_of_groups(root, of_machine(root));

	return least < SIZE_MAX ? least : 0;
}

/* ---- large arrays ---- */

void memory_ask_large_pages(void *at, size_t bytes)
{
#if defined __linux__
	(void)madvise(at, bytes, MADV_HUGEPAGE);
#else
	(void)at;
	(void)bytes;
#endif
}

void *memory_large(size_t bytes)
{
	size_t unit = bytes < MEMORY_LARGE_PAGE ? MEMORY_LINE : MEMORY_LARGE_PAGE, whole = (bytes / unit + 1) * unit;
	void *at = aligned_alloc(unit, whole);

	if (!at)
		abort();
	if (unit == MEMORY_LARGE_PAGE)
		memory_ask_large_pages(at, whole);
	return at;
}
