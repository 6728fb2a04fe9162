/* import_path.c - files of a folder. Nothing outside it is read, whatever links and ".." say. */
#include "catalog/import_parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct text import__in_base(const struct importing *p, struct text path_in_root)
{
	return p->root.length ? arena_format(p->arena, "%.*s/%.*s", TEXT_ARG(p->root), TEXT_ARG(path_in_root)) : path_in_root;
}

bool import__is_plain(struct text path)
{
	while (path.at) {
		struct text part = text_cut(&path, '/');

		if (!part.length || text_is(part, ".") || text_is(part, ".."))
			return false;
	}
	return true;
}

bool import__resolve(struct arena *arena, struct text from_file, struct text href, struct text *ret)
{
	char *out = arena_alloc(arena, from_file.length + href.length + 2);
	size_t n = 0;

	if (!text_starts(href, TEXT("/"))) {
		for (n = from_file.length; n && from_file.at[n - 1] != '/';)
			n--;
		n -= n > 0;
		memcpy(out, from_file.at, n);
	}
	while (href.length) {
		struct text part = text_cut(&href, '/');

		if (!part.length || text_is(part, "."))
			continue;
		if (text_is(part, "..")) {
			if (!n)
				return false;
			while (n && out[n - 1] != '/')
				n--;
			n -= n > 0;
			continue;
		}
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.at, part.length);
		n += part.length;
	}
	*ret = (struct text){ out, n };
	return true;
}

/* Opened, and still within the base when all links are followed; -1: not. */
static int open_within(const struct importing *p, struct text path, struct stat *ret)
{
	const char *name = arena_cstr(p->arena, arena_format(p->arena, "%.*s/%.*s", TEXT_ARG(p->base), TEXT_ARG(path)));
	char *real = realpath(name, NULL);
	bool within = real && text_starts(text_of(real), p->base) && real[p->base.length] == '/';
	int fd = within ? open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;

	free(real);
	if (fd >= 0 && (fstat(fd, ret) || !S_ISREG(ret->st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

bool import__read(const struct importing *p, struct text path, size_t most, struct text *ret)
{
	struct stat stat_of;
	int fd = open_within(p, path, &stat_of);
	size_t n = 0, size;
	char *out;
	ssize_t got = 1;

	if (fd < 0)
		return false;
	size = (size_t)stat_of.st_size;
	if (size > most) {
		close(fd);
		return false;
	}
	out = arena_alloc(p->arena, size + 1);
	while (n < size && (got = read(fd, out + n, size - n)) > 0)
		n += (size_t)got;
	close(fd);
	*ret = (struct text){ out, n };
	return got >= 0;
}

bool import__exists(const struct importing *p, struct text path)
{
	struct stat stat_of;
	int fd = open_within(p, path, &stat_of);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* ---- walking ---- */

struct walk {
	const struct importing *p;
	struct text *paths;
	size_t count;
};

static bool is_skipped(const char *name)
{
	static const char *const folders[] = { "node_modules", "translations", "translated_images" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		if (!strcmp(name, folders[i]))
			return true;
	}
	return *name == '.';
}

static void walk_folder(struct walk *w, struct text folder, int depth)
{
	struct arena *arena = w->p->arena;
	DIR *dir = opendir(arena_cstr(arena, arena_format(arena, "%.*s/%.*s", TEXT_ARG(w->p->base), TEXT_ARG(import__in_base(w->p, folder)))));
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) && w->count < IMPORT_PAGES_MAX) {
		struct text name = text_of(entry->d_name);
		struct text path = folder.length ? arena_format(arena, "%.*s/%s", TEXT_ARG(folder), entry->d_name) : arena_text(arena, name);

		if (is_skipped(entry->d_name))
			continue;
		if (text_ends(name, TEXT(".md")))
			w->paths[w->count++] = path;
		else if ((entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) && depth < IMPORT_DEPTH_MAX)
			walk_folder(w, path, depth + 1);
	}
	closedir(dir);
}

static bool is_readme(struct text name) { return text_eq_nocase(name, TEXT("README.md")); }

/* Folder by folder, its README first, then its files, by name. */
static int by_path(const void *one, const void *other)
{
	struct text a = *(const struct text *)one, b = *(const struct text *)other;

	for (;;) {
		struct text left = text_cut(&a, '/'), right = text_cut(&b, '/');

		if (text_eq(left, right) && a.at && b.at)
			continue;
		if (!a.at && !b.at && is_readme(left) != is_readme(right))
			return is_readme(left) ? -1 : 1;
		if (!a.at != !b.at)
			return !a.at ? -1 : 1;
		return text_compare(left, right);
	}
}

struct text *import__walk(const struct importing *p, size_t *ret_count)
{
	struct walk w = { .p = p, .paths = ARENA_ARRAY(p->arena, struct text, IMPORT_PAGES_MAX) };

	walk_folder(&w, TEXT(""), 0);
	qsort(w.paths, w.count, sizeof *w.paths, by_path);
	*ret_count = w.count;
	return w.paths;
}

static struct import_page *page_at(const struct importing *p, struct text path)
{
	for (size_t i = 0; i < p->page_count; i++) {
		if (text_eq(p->pages[i].path, path))
			return &p->pages[i];
	}
	return NULL;
}

struct import_page *import__page_by_path(const struct importing *p, struct text path)
{
	struct import_page *page = page_at(p, path);

	if (!page)
		page = page_at(p, path.length ? arena_format(p->arena, "%.*s/README.md", TEXT_ARG(path)) : TEXT("README.md"));
	return page ? page : page_at(p, arena_format(p->arena, "%.*s.md", TEXT_ARG(path)));
}
