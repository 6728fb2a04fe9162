/* saved.c - the layout: a head of 64 bytes (what it is, version, how many arrays, length of all, CRC-32 of all behind the head and
 * of the head before it), then each array: a head of 64 bytes (name, type, count) and its numbers, filled up with zeros to a
 * multiple of 64. Nothing is pointed at: a reader walks it, as long as lengths agree. */
#include "num/saved.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers lie in a file as they lie in memory");

const struct problem saved_not = { 422, "saved-not", "This is no model file." };
const struct problem saved_kind = { 422, "saved-kind", "The file holds a model of another kind." };
const struct problem saved_version = { 422, "saved-version", "Another version wrote the model: fit it anew." };
const struct problem saved_damaged = { 422, "saved-damaged", "The model file was cut or changed." };
const struct problem saved_lacks = { 422, "saved-lacks", "The model file lacks something that its kind has." };

enum { ALIGNED = 64 };

static const char magic[8] = { 'Z', 'H', 'I', 'F', 'A', 'N', 'G', 'M' };
static const size_t sizes[SAVED_TYPES] = { [SAVED_U8] = 1, [SAVED_U32] = 4, [SAVED_I64] = 8, [SAVED_F32] = 4, [SAVED_F64] = 8 };

struct file_head {
	char magic[8], kind[SAVED_NAME_MAX + 1];
	uint32_t version, arrays;
	uint64_t length; /* of all */
	uint32_t nothing, check;
};
static_assert(sizeof(struct file_head) == ALIGNED, "");

struct array_head {
	char name[SAVED_NAME_MAX + 1];
	uint64_t count;
	uint32_t type, nothing[5];
};
static_assert(sizeof(struct array_head) == ALIGNED, "");

static void name_it(char to[SAVED_NAME_MAX + 1], const char *name)
{
	assert(strlen(name) <= SAVED_NAME_MAX);
	memcpy(to, name, strlen(name));
}

void saved_begin(struct buffer *b, const char *kind, uint32_t version)
{
	struct file_head head = { .version = version };

	assert(b->length == 0);
	memcpy(head.magic, magic, sizeof magic);
	name_it(head.kind, kind);
	buffer_add(b, (struct text){ (const char *)&head, sizeof head });
}

void saved_add(struct buffer *b, const char *name, enum saved_type type, const void *at, size_t count)
{
	static const char zeros[ALIGNED];
	struct array_head head = { .count = count, .type = type };
	size_t bytes = count * sizes[type];

	assert(count <= SIZE_MAX / 8);
	name_it(head.name, name);
	buffer_add(b, (struct text){ (const char *)&head, sizeof head });
	buffer_add(b, (struct text){ at, bytes });
	buffer_add(b, (struct text){ zeros, -bytes % ALIGNED });
	if (!b->why)
		((struct file_head *)b->at)->arrays++;
}

/* Of the whole file, with zeros for the check itself. */
static uint32_t check_of(struct text bytes)
{
	struct file_head head;
	uLong sum;

	memcpy(&head, bytes.at, sizeof head);
	head.check = 0;
	sum = crc32_z(0, (const Bytef *)&head, sizeof head);
	return (uint32_t)crc32_z(sum, (const Bytef *)bytes.at + sizeof head, bytes.length - sizeof head);
}

void saved_end(struct buffer *b)
{
	struct file_head *head = (struct file_head *)b->at;

	if (b->why)
		return;
	assert(head->arrays <= SAVED_ARRAYS_MAX);
	head->length = b->length;
	head->check = check_of(buffer_text(b));
}

/* ---- the file ---- */

static bool write_all(int fd, struct text bytes)
{
	while (bytes.length > 0) {
		ssize_t n = write(fd, bytes.at, bytes.length);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			bytes = text_from(bytes, (size_t)n);
	}
	return true;
}

/* A device or a pipe is written into: a draft that takes its name would put a file where /dev/null was. */
static bool is_no_file(const char *path)
{
	struct stat at;

	return !stat(path, &at) && !S_ISREG(at.st_mode) && !S_ISDIR(at.st_mode);
}

static problem write_into(const char *path, struct text bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write_all(fd, bytes);
	int kept = errno;

	if (fd >= 0)
		close(fd);
	errno = kept;
	return done ? NULL : &problem_busy;
}

problem saved_write(const struct buffer *b, const char *path)
{
	char *draft;
	bool done;
	int fd;

	if (b->why)
		return b->why;
	if (is_no_file(path))
		return write_into(path, buffer_text(b));
	if (asprintf(&draft, "%s.XXXXXX", path) < 0)
		abort();
	fd = mkstemp(draft);
	done = fd >= 0 && write_all(fd, buffer_text(b)) && !fchmod(fd, 0644) && !fsync(fd) && !rename(draft, path);
	if (fd >= 0) {
		int kept = errno;

		close(fd);
		if (!done)
			unlink(draft);
		errno = kept;
	}
	free(draft);
	return done ? NULL : &problem_busy;
}

/* ---- reading ---- */

static bool named(const char held[SAVED_NAME_MAX + 1], const char *name)
{
	return strnlen(held, SAVED_NAME_MAX + 1) == strlen(name) && !memcmp(held, name, strlen(name));
}

/* The array at an offset, and where the next begins; false: it does not fit. */
static bool array_at(struct text bytes, size_t at, struct array_head *head, size_t *next)
{
	size_t left, most;

	if (at > bytes.length || bytes.length - at < sizeof *head)
		return false;
	memcpy(head, bytes.at + at, sizeof *head);
	left = bytes.length - at - sizeof *head;
	if (head->type >= SAVED_TYPES)
		return false;
	most = left / sizes[head->type];
	if (head->count > most)
		return false;
	*next = at + sizeof *head + (head->count * sizes[head->type] + ALIGNED - 1) / ALIGNED * ALIGNED;
	return *next <= bytes.length;
}

problem saved_open(struct text bytes, const char *kind, uint32_t version, struct saved *ret)
{
	struct file_head head;
	struct array_head array;
	size_t at = sizeof head;

	if (bytes.length < sizeof head || memcmp(bytes.at, magic, sizeof magic))
		return &saved_not;
	assert((uintptr_t)bytes.at % 16 == 0);
	memcpy(&head, bytes.at, sizeof head);
	if (head.length != bytes.length || head.check != check_of(bytes) || head.arrays > SAVED_ARRAYS_MAX)
		return &saved_damaged;
	if (!named(head.kind, kind))
		return &saved_kind;
	if (head.version != version)
		return &saved_version;
	for (uint32_t i = 0; i < head.arrays; i++)
		if (!array_at(bytes, at, &array, &at))
			return &saved_damaged;
	*ret = (struct saved){ bytes, head.arrays };
	return at == bytes.length ? NULL : &saved_damaged;
}

problem saved_array(const struct saved *s, const char *name, enum saved_type type, size_t *count, const void **ret)
{
	size_t at = sizeof(struct file_head), next;

	for (uint32_t i = 0; i < s->arrays; i++, at = next) {
		struct array_head head;
		bool fits = array_at(s->bytes, at, &head, &next);

		assert(fits);
		if (!named(head.name, name))
			continue;
		if (head.type != type)
			return &saved_lacks;
		*count = head.count;
		*ret = s->bytes.at + at + sizeof head;
		return NULL;
	}
	return &saved_lacks;
}

problem saved_array_of(const struct saved *s, const char *name, enum saved_type type, size_t count, const void **ret)
{
	size_t found = 0;
	problem why = saved_array(s, name, type, &found, ret);

	return !why && found != count ? &saved_lacks : why;
}
