/* tar.c - the ustar header, in one form: what is read must be what we would write, so that no bit of it may be otherwise. */
#include "backup/backup_room.h"

#include <stdio.h>

/* Offsets of POSIX.1-1988; the mode is that of a file which its owner alone may read. */
enum { AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_TIME = 136, AT_SUM = 148, AT_TYPE = 156, AT_SAME = 157, AT_MAGIC = 257 };
#define OCTAL_MAX (INT64_C(1) << 33) /* eleven digits */

static void put_octal(char *to, int width, int64_t n)
{
	char digits[32];

	snprintf(digits, sizeof digits, "%0*llo", width, (long long)n);
	memcpy(to, digits, (size_t)width);
}

/* Eight GiB and more in base 256, as GNU tar does. */
static void put_size(char *to, int64_t size)
{
	if (size < OCTAL_MAX) {
		put_octal(to, 11, size);
		return;
	}
	to[0] = (char)0x80;
	for (int i = 0; i < 8; i++)
		to[4 + i] = (char)(size >> (56 - 8 * i));
}

static bool put_text(char *to, struct text t)
{
	if (!t.length || t.length > TAR_NAME_MAX)
		return false;
	memcpy(to, t.at, t.length);
	return true;
}

bool tar_write(const struct tar_head *head, char block[TAR_BLOCK])
{
	unsigned sum = 0;

	memset(block, 0, TAR_BLOCK);
	if (!put_text(block, head->name) || (head->same.at && !put_text(block + AT_SAME, head->same)))
		return false;
	put_octal(block + AT_MODE, 7, 0600);
	put_octal(block + AT_UID, 7, 0);
	put_octal(block + AT_GID, 7, 0);
	put_size(block + AT_SIZE, head->same.at ? 0 : head->size);
	put_octal(block + AT_TIME, 11, head->at_s);
	block[AT_TYPE] = head->same.at ? '1' : '0';
	memcpy(block + AT_MAGIC, "ustar\00000", 8);
	memset(block + AT_SUM, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	put_octal(block + AT_SUM, 6, sum);
	block[AT_SUM + 6] = 0;
	return true;
}

static struct text get_text(const char *from) { return (struct text){ from, strnlen(from, TAR_NAME_MAX) }; }

static bool get_octal(const char *from, int width, int64_t *ret)
{
	int64_t n = 0;

	for (int i = 0; i < width; i++) {
		if (from[i] < '0' || from[i] > '7')
			return false;
		n = n * 8 + (from[i] - '0');
	}
	*ret = n;
	return true;
}

static bool get_size(const char *from, int64_t *ret)
{
	uint64_t n = 0;

	if ((unsigned char)from[0] != 0x80)
		return get_octal(from, 11, ret);
	for (int i = 0; i < 8; i++)
		n = n << 8 | (unsigned char)from[4 + i];
	*ret = (int64_t)n;
	return n <= INT64_MAX / 2;
}

bool tar_read(const char block[TAR_BLOCK], struct tar_head *ret)
{
	char again[TAR_BLOCK];

	*ret = (struct tar_head){ .name = get_text(block) };
	if (block[AT_TYPE] == '1')
		ret->same = get_text(block + AT_SAME);
	return get_size(block + AT_SIZE, &ret->size) && get_octal(block + AT_TIME, 11, &ret->at_s) && tar_write(ret, again) &&
	       !memcmp(block, again, TAR_BLOCK);
}

static bool is_safe_part(struct text part)
{
	if (!part.length || part.at[0] == '.')
		return false;
	for (size_t i = 0; i < part.length; i++) {
		char c = part.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

bool tar_name_is_safe(struct text name)
{
	bool safe = name.length > 0;

	while (safe && name.at)
		safe = is_safe_part(text_cut(&name, '/'));
	return safe;
}

/* ---- the manifest: a line of sha256sum for each file, in their order ---- */

struct text hex_of(const struct sha256 *hash, char to[MANIFEST_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof hash->at; i++) {
		to[2 * i] = digits[hash->at[i] >> 4];
		to[2 * i + 1] = digits[hash->at[i] & 15];
	}
	return (struct text){ to, MANIFEST_HEX };
}

void manifest_add(struct buffer *manifest, struct text hex, struct text name)
{
	buffer_add(manifest, hex);
	buffer_add(manifest, TEXT("  "));
	buffer_add(manifest, name);
	buffer_add_char(manifest, '\n');
}

/* The other one stands shortly before. */
bool manifest_add_same(struct buffer *manifest, const struct tar_head *head)
{
	enum { NEAR = 1 << 20, LINE_MAX_BYTES = TAR_NAME_MAX + 3 };
	struct text all = buffer_text(manifest), near = text_from(all, all.length > NEAR ? all.length - NEAR : 0);
	char wanted[LINE_MAX_BYTES + 1], hex[MANIFEST_HEX];
	size_t at;

	snprintf(wanted, sizeof wanted, "  %.*s\n", TEXT_ARG(head->same));
	at = text_find(near, text_of(wanted));
	if (at == SIZE_MAX || at < MANIFEST_HEX)
		return false;
	memcpy(hex, near.at + at - MANIFEST_HEX, sizeof hex);
	manifest_add(manifest, (struct text){ hex, sizeof hex }, head->name);
	return true;
}
