/* keyring.c - the keys of this installation: several sealing keys by number, newest active, one key for blind indexes
 *and one for signed roots, which never change. They live in guarded memory that is zeroised, and in one file:
 *
 *	zhifang keyring 1
 *	index BASE64
 *	root BASE64
 *	seal 1 BASE64
 *	seal 2 BASE64
 *
 * Processes that share the file may start and renew at once: the first file wins, renewing locks and reads it again,
 *and who meets a number that it does not know looks into the file. */
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buffer.h"
#include "crypto/inside.h"

const struct problem seal_key_gone = { 500, "seal-key-gone",
				       "A value was sealed by a key that is not in the keyring." };

enum { KEYS_MAX = 64, FILE_BYTES_MAX = 8192 };
static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "sealing keys fit the cipher");
static_assert(ROOT_KEY_BYTES == crypto_sign_SEEDBYTES && ROOT_SIGNATURE_BYTES == crypto_sign_BYTES,
	      "root keys are Ed25519");

struct sealing_key {
	int64_t id;
	unsigned char key[KEY_BYTES];
};

struct keys {
	unsigned char index[KEY_BYTES], root[KEY_BYTES];
	bool has_index, has_root;
	size_t count;
	struct sealing_key seal[KEYS_MAX]; /* ids rise */
};

struct keyring {
	char *path;
	struct world *world;
	pthread_rwlock_t lock;
	struct keys *keys; /* guarded memory; replaced as a whole */
};

static struct keys *keys_new(void)
{
	struct keys *keys = sodium_malloc(sizeof(*keys));

	if (!keys)
		abort();
	memset(keys, 0, sizeof(*keys));
	return keys;
}

static bool key_read(struct arena *arena, struct text base64, unsigned char to[KEY_BYTES])
{
	struct text key;

	if (!base64_decode(arena, base64, &key) || key.length != KEY_BYTES)
		return false;
	memcpy(to, key.at, KEY_BYTES);
	sodium_memzero((char *)key.at, key.length);
	return true;
}

static bool seal_line_read(struct arena *arena, struct text rest, struct keys *keys)
{
	struct text id = text_cut(&rest, ' ');
	struct sealing_key *key = &keys->seal[keys->count];

	if (keys->count == KEYS_MAX || !text_to_int(id, &key->id) || !key_read(arena, rest, key->key))
		return false;
	if (key->id <= (keys->count ? keys->seal[keys->count - 1].id : 0))
		return false;
	keys->count++;
	return true;
}

static bool line_read(struct arena *arena, struct text line, struct keys *keys)
{
	struct text rest = line, name = text_cut(&rest, ' ');

	if (text_is(name, "seal"))
		return seal_line_read(arena, rest, keys);
	if (text_is(name, "index") && !keys->has_index)
		return keys->has_index = key_read(arena, rest, keys->index);
	if (text_is(name, "root") && !keys->has_root)
		return keys->has_root = key_read(arena, rest, keys->root);
	return false;
}

static bool keys_parse(struct arena *arena, struct text file, struct keys *keys)
{
	bool ok = text_is(text_cut(&file, '\n'), "zhifang keyring 1");

	while (ok && file.length)
		ok = line_read(arena, text_cut(&file, '\n'), keys);
	return ok && keys->has_index && keys->has_root && keys->count;
}

static problem keys_load(const char *path, struct keys **ret)
{
	struct arena *arena = arena_new(8 * FILE_BYTES_MAX);
	struct keys *keys = keys_new();
	struct text file;
	problem why = secret_file_read(path, FILE_BYTES_MAX, arena, &file);

	if (!why && !keys_parse(arena, file, keys))
		why = &key_unusable;
	arena_free(arena);
	if (why)
		sodium_free(keys);
	else
		*ret = keys;
	return why;
}

static void key_write(struct buffer *out, const unsigned char key[KEY_BYTES])
{
	char text[sodium_base64_ENCODED_LEN(KEY_BYTES, sodium_base64_VARIANT_ORIGINAL)];

	sodium_bin2base64(text, sizeof(text), key, KEY_BYTES, sodium_base64_VARIANT_ORIGINAL);
	buffer_add(out, text_of(text));
	buffer_add_char(out, '\n');
	sodium_memzero(text, sizeof(text));
}

static problem keys_save(const char *path, const struct keys *keys, bool replace)
{
	struct buffer out = BUFFER(FILE_BYTES_MAX);
	char *room = buffer_extend(&out, FILE_BYTES_MAX); /* so that it never moves and leaves a copy behind */
	problem why;

	assert(room);
	buffer_clear(&out);
	buffer_add(&out, TEXT("zhifang keyring 1\nindex "));
	key_write(&out, keys->index);
	buffer_add(&out, TEXT("root "));
	key_write(&out, keys->root);
	for (size_t i = 0; i < keys->count; i++) {
		buffer_add(&out, TEXT("seal "));
		buffer_add_int(&out, keys->seal[i].id);
		buffer_add_char(&out, ' ');
		key_write(&out, keys->seal[i].key);
	}
	why = out.why ? out.why : secret_file_write(path, buffer_text(&out), replace);
	sodium_memzero(out.at, out.length);
	buffer_free(&out);
	return why;
}

static problem keyring_make(const char *path, struct world *world)
{
	struct keys *keys = keys_new();
	problem why;

	world_random(world, keys->index, KEY_BYTES);
	world_random(world, keys->root, KEY_BYTES);
	world_random(world, keys->seal[0].key, KEY_BYTES);
	keys->seal[0].id = 1;
	keys->count = 1;
	why = keys_save(path, keys, false);
	sodium_free(keys);
	return why == &problem_conflict ? NULL : why; /* another process was quicker: its keys are ours */
}

problem keyring_open(const char *path, struct world *world, struct keyring **ret)
{
	struct keyring *made;
	struct keys *keys;
	problem why = NULL;

	sodium__ready();
	if (access(path, F_OK))
		why = keyring_make(path, world);
	if (!why)
		why = keys_load(path, &keys);
	if (why)
		return why;
	made = calloc(1, sizeof(*made));
	if (!made || !(made->path = strdup(path)) || pthread_rwlock_init(&made->lock, NULL))
		abort();
	made->world = world;
	made->keys = keys;
	*ret = made;
	return NULL;
}

void keyring_close(struct keyring *keyring)
{
	if (!keyring)
		return;
	sodium_free(keyring->keys);
	pthread_rwlock_destroy(&keyring->lock);
	free(keyring->path);
	free(keyring);
}

static void keys_swap(struct keyring *keyring, struct keys *keys)
{
	struct keys *old;

	pthread_rwlock_wrlock(&keyring->lock);
	old = keyring->keys;
	keyring->keys = keys;
	pthread_rwlock_unlock(&keyring->lock);
	sodium_free(old);
}

static problem keys_extend(struct keyring *keyring, struct keys *keys)
{
	struct sealing_key *key = &keys->seal[keys->count];

	if (keys->count == KEYS_MAX)
		return &problem_too_large;
	key->id = keys->seal[keys->count - 1].id + 1;
	world_random(keyring->world, key->key, KEY_BYTES);
	keys->count++;
	return keys_save(keyring->path, keys, true);
}

/* The lock is on a file of its own: the keyring's is replaced. */
problem keyring_renew(struct keyring *keyring)
{
	char lock_path[4096];
	struct keys *keys = NULL;
	problem why = &secret_file_failed;
	int lock;

	if ((size_t)snprintf(lock_path, sizeof(lock_path), "%s.lock", keyring->path) >= sizeof(lock_path))
		return why;
	lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock >= 0 && flock(lock, LOCK_EX) == 0)
		why = keys_load(keyring->path, &keys);
	if (!why)
		why = keys_extend(keyring, keys);
	if (!why)
		keys_swap(keyring, keys);
	else
		sodium_free(keys);
	if (lock >= 0)
		close(lock);
	return why;
}

int64_t keyring_newest(struct keyring *keyring)
{
	int64_t id;

	pthread_rwlock_rdlock(&keyring->lock);
	id = keyring->keys->seal[keyring->keys->count - 1].id;
	pthread_rwlock_unlock(&keyring->lock);
	return id;
}

static bool seal_key_find(struct keyring *keyring, int64_t id, unsigned char to[KEY_BYTES])
{
	const struct keys *keys;
	bool found = false;

	pthread_rwlock_rdlock(&keyring->lock);
	keys = keyring->keys;
	for (size_t i = 0; i < keys->count && !found; i++) {
		found = keys->seal[i].id == id;
		if (found)
			memcpy(to, keys->seal[i].key, KEY_BYTES);
	}
	pthread_rwlock_unlock(&keyring->lock);
	return found;
}

problem keyring__seal_key(struct keyring *keyring, int64_t id, unsigned char to[KEY_BYTES])
{
	struct keys *fresh;

	if (seal_key_find(keyring, id, to))
		return NULL;
	if (keys_load(keyring->path, &fresh))
		return &seal_key_gone;
	keys_swap(keyring, fresh);
	return seal_key_find(keyring, id, to) ? NULL : &seal_key_gone;
}

/* These two never change, so no lock is needed but the one that keeps the block in place. */
void keyring__index_key(struct keyring *keyring, unsigned char to[KEY_BYTES])
{
	pthread_rwlock_rdlock(&keyring->lock);
	memcpy(to, keyring->keys->index, KEY_BYTES);
	pthread_rwlock_unlock(&keyring->lock);
}

void keyring__root_seed(struct keyring *keyring, unsigned char to[KEY_BYTES])
{
	pthread_rwlock_rdlock(&keyring->lock);
	memcpy(to, keyring->keys->root, KEY_BYTES);
	pthread_rwlock_unlock(&keyring->lock);
}

struct world *keyring__world(struct keyring *keyring)
{
	return keyring->world;
}
