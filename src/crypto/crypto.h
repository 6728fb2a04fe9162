/* crypto.h - over OpenSSL and libsodium: encodings, digests, signatures, sealed bytes and fields, passwords, tokens.
 * What comes from outside is refused by a problem or false, never by a crash, and results are untouched then; lengths
 * of our own (a 32-byte key) are asserted. Nothing here draws randomness of its own save password salts, RSA
 * padding and the nonce of a stream: the rest comes from the world. All functions may be called from any thread. */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/arena.h"
#include "base/problem.h"
#include "base/text.h"
#include "base/world.h"

extern const struct problem signature_wrong;    /* 401: not made by this key over these bytes, or no signature at all */
extern const struct problem seal_broken;        /* 422: another key, another place, changed or cut */
extern const struct problem seal_key_gone;      /* 500: sealed by a key that this keyring does not hold */
extern const struct problem key_unusable;       /* 500: no key of the kind and size that is asked for */
extern const struct problem secret_file_open;   /* 500: others than the owner may read or write the file */
extern const struct problem secret_file_failed; /* 500: it cannot be read or made */

/* ---- encodings: strict, canonical, without blanks; the empty text is valid ---- */

struct text base64_encode(struct arena *arena, struct text bytes); /* RFC 4648 section 4, padded */
MUST bool base64_decode(struct arena *arena, struct text t, struct text *ret);
struct text base64url_encode(struct arena *arena, struct text bytes); /* section 5, without padding */
MUST bool base64url_decode(struct arena *arena, struct text t, struct text *ret);
struct text hex_encode(struct arena *arena, struct text bytes);             /* lower-case */
MUST bool hex_decode(struct arena *arena, struct text t, struct text *ret); /* either case */

/* ---- digests ---- */

enum { SHA256_BYTES = 32, SHA1_BYTES = 20 };
struct sha256 {
	unsigned char at[SHA256_BYTES];
};
struct sha256 sha256_of(struct text bytes);
struct sha256 hmac_sha256(struct text key, struct text message);
struct text sha256_hex(struct arena *arena, struct text bytes);
struct text sha1_hex(struct arena *arena, struct text bytes); /* only where a provider asks for it: bills */

/* Piece by piece. A stream that was begun must be ended, or dropped when it is not wanted any more. */
struct sha256_stream {
	void *state;
};
struct sha256_stream sha256_begin(void);
void sha256_add(struct sha256_stream *stream, struct text bytes);
struct sha256 sha256_end(struct sha256_stream *stream);
void sha256_drop(struct sha256_stream *stream); /* also after the end; for CLEANUP */

/* In constant time for equal lengths; the lengths themselves are no secret. */
bool secret_eq(struct text a, struct text b);
/* So many random bytes as base64url: 32 for a session, 16 for an idempotency key. */
struct text token_make(struct arena *arena, struct world *world, size_t bytes);

/* ---- RSA as the payment providers prescribe it: PKCS#1 v1.5 with SHA-256, OAEP with SHA-1; 2048 to 8192 bits ---- */

struct rsa_key;
MUST problem rsa_private_read(struct text pem, struct rsa_key **ret); /* PKCS#8 or PKCS#1, not encrypted */
MUST problem rsa_public_read(struct text pem, struct rsa_key **ret);  /* PUBLIC KEY or CERTIFICATE */
void rsa_close(struct rsa_key *key);                                  /* NULL is fine */
/* Serial number of the certificate, upper-case hex, as long as the key; absent when the key came without one. */
struct text rsa_serial(const struct rsa_key *key);
/* The public exponent: 65537 of nearly every key there is; 0 when it is larger than a word. */
uint64_t rsa_exponent(const struct rsa_key *key);
/* Of its certificate: holds in [from, until); false when the key came without one, and both are untouched. */
bool rsa_validity(const struct rsa_key *key, int64_t *ret_from_ms, int64_t *ret_until_ms);
MUST problem rsa_sign(const struct rsa_key *private_key, struct arena *arena, struct text message,
		      struct text *ret_base64);
MUST problem rsa_verify(const struct rsa_key *key, struct text message, struct text signature_base64);
MUST problem rsa_oaep_seal(const struct rsa_key *key, struct arena *arena, struct text plain, struct text *ret_base64);
MUST problem rsa_oaep_open(const struct rsa_key *private_key, struct arena *arena, struct text sealed_base64,
			   struct text *ret);

/* ---- AES-256-GCM: sealed = ciphertext and 16 bytes of tag; nothing is released before the tag was right ---- */

enum { GCM_KEY_BYTES = 32, GCM_NONCE_BYTES = 12, GCM_TAG_BYTES = 16 };
/* key_unusable unless 32 bytes; seal_broken for a nonce of another length than 12. */
MUST problem gcm_seal(struct text key, struct text nonce, struct text aad, struct arena *arena, struct text plain,
		      struct text *ret);
MUST problem gcm_open(struct text key, struct text nonce, struct text aad, struct arena *arena, struct text sealed,
		      struct text *ret);

/* ---- passwords: Argon2id, 46 MiB, one pass: about 0.1 s of a core each, so callers bound how many run at once ---- */

enum { PASSWORD_BYTES_MAX = 1024 };
/* Salted and encoded ("$argon2id$..."). problem_too_large beyond PASSWORD_BYTES_MAX, problem_busy without memory. */
MUST problem password_hash(struct arena *arena, struct text password, struct text *ret);
bool password_is(struct text hash, struct text password); /* false too for a hash that is none */
bool password_outdated(struct text hash); /* made with other parameters: hash again at the next sign-in */
/* A hash that nobody's password has: whoever does not exist costs as much time as who does. */
struct text password_decoy(void);

/* ---- keyring: the keys of this installation, in one file of mode 0600 that the first start makes ---- */

struct keyring;
MUST problem keyring_open(const char *path, struct world *world, struct keyring **ret);
void keyring_close(struct keyring *keyring); /* zeroised; NULL is fine */
/* A new sealing key, active from now on; the older ones still open what they sealed. */
MUST problem keyring_renew(struct keyring *keyring);
int64_t keyring_newest(struct keyring *keyring);

/* Where a sealed field lives: bound into it, so that it cannot be moved to another row or column. */
struct place {
	const char *table;
	int64_t row;
	const char *column;
};
/* XChaCha20-Poly1305 by the newest key; the result is ASCII: "KEY-ID.base64url". */
struct text field_seal(struct keyring *keyring, struct arena *arena, struct place place, struct text plain);
MUST problem field_open(struct keyring *keyring, struct arena *arena, struct place place, struct text sealed,
			struct text *ret);
bool field_outdated(struct keyring *keyring, struct text sealed); /* by an older key: seal it again */
/* To find a row by a sealed value: HMAC of the (normalised) value under a key that never changes; hex. */
struct text blind_index(struct keyring *keyring, struct arena *arena, const char *table, const char *column,
			struct text value);

/* ---- a long stream under a pass phrase: Argon2id, then XChaCha20-Poly1305 in pieces that cannot be moved, left out or cut off ---- */

extern const struct problem passphrase_wrong; /* 422 */

enum { STREAM_HEAD_BYTES = 56, STREAM_PIECE = 64 * 1024, STREAM_MORE = 17 };
struct sealed_stream;
/* The head stands in front of what is sealed. problem_busy without memory. */
MUST problem sealed_begin(struct text passphrase, struct world *world, unsigned char head[STREAM_HEAD_BYTES], struct sealed_stream **ret);
MUST problem sealed_open(struct text passphrase, const unsigned char head[STREAM_HEAD_BYTES], struct sealed_stream **ret);
/* At most STREAM_PIECE at once; the sealed piece is STREAM_MORE longer. How long it is: the caller keeps to one length, but for the last. */
size_t sealed_push(struct sealed_stream *stream, struct text plain, bool last, char *to);
MUST problem sealed_pull(struct sealed_stream *stream, struct text sealed, char *to, bool *ret_last); /* seal_broken */
void sealed_close(struct sealed_stream *stream); /* zeroised; NULL is fine */

/* ---- Ed25519: signed roots of the audit chain, of closed days ---- */

enum { ROOT_KEY_BYTES = 32, ROOT_SIGNATURE_BYTES = 64 };
struct text root_public(struct keyring *keyring, struct arena *arena);                    /* base64 */
struct text root_sign(struct keyring *keyring, struct arena *arena, struct text message); /* base64 */
MUST problem root_verify(struct text public_base64, struct text message, struct text signature_base64);

/* ---- files that hold a secret ---- */

/* At most `max` bytes; refused when group or others may touch it. The arena zeroises its copy when it is reset. */
MUST problem secret_file_read(const char *path, size_t max, struct arena *arena, struct text *ret);
/* Durable, mode 0600, all or nothing; an existing file is kept: problem_conflict, unless `replace`. */
MUST problem secret_file_write(const char *path, struct text bytes, bool replace);

#endif
