/* certificate.c - the certificate and its key from their files: looked at before they are used, and again when they were renewed.
 *
 * Connections keep what they were opened with, new ones take the newest. What cannot be used never takes the place of what can.
 * Session tickets are sealed by a key that lives in the context, so a new context twice a day is a new key. */
#include "http/tls.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/crypto.h"

enum { PEM_MAX = 256 << 10, CHAIN_MAX = 10 };

static const int64_t ticket_key_ms = (int64_t)12 * 3600 * 1000;

const struct problem tls_one_of_two = { 500, "tls-one-of-two", "tls.certificate_file and tls.key_file are set both, or neither." };
const struct problem tls_certificate_unreadable = { 500, "tls-certificate-unreadable",
	"tls.certificate_file cannot be read, or does not begin with a certificate in PEM." };
const struct problem tls_certificate_expired = { 500, "tls-certificate-expired", "The certificate in tls.certificate_file has expired: renew it." };
const struct problem tls_certificate_early = { 500, "tls-certificate-early",
	"The certificate in tls.certificate_file is not valid yet: look at this machine's clock." };
const struct problem tls_key_open = { 500, "tls-key-open", "The file tls.key_file may be touched by others than its owner: chmod 600." };
const struct problem tls_key_unreadable = { 500, "tls-key-unreadable",
	"tls.key_file cannot be read, or holds no private key in PEM without a pass phrase." };
const struct problem tls_key_other = { 500, "tls-key-other", "The key in tls.key_file does not belong to the certificate in tls.certificate_file." };
const struct problem tls_certificate_weak = { 500, "tls-certificate-weak",
	"The certificate in tls.certificate_file is too weak or of a kind that browsers do not take: RSA of 2048 bits or P-256, signed with SHA-256." };

/* ---- reading ---- */

static void bio_drop(BIO **bio) { BIO_free(*bio); }
static void arena_drop(struct arena **arena) { arena_free(*arena); }

/* Nobody is there to type a pass phrase. */
static int no_pass_phrase(char *at, int room, int writing, void *arg)
{
	(void)at, (void)room, (void)writing, (void)arg;
	return -1;
}

static bool read_file(const char *path, struct arena *arena, struct text *ret)
{
	FILE *file = fopen(path, "re");
	char *at = arena_alloc(arena, PEM_MAX);

	if (!file)
		return false;
	*ret = (struct text){ at, fread(at, 1, PEM_MAX, file) };
	fclose(file);
	return ret->length < PEM_MAX;
}

static int64_t ms_of(const ASN1_TIME *time)
{
	struct tm utc;

	return ASN1_TIME_to_tm(time, &utc) ? (int64_t)timegm(&utc) * 1000 : 0;
}

static problem read_chain(const char *path, struct arena *arena, struct credentials *c)
{
	CLEANUP(bio_drop) BIO *bio = NULL;
	struct text pem;
	X509 *next;

	if (!read_file(path, arena, &pem) || !(bio = BIO_new_mem_buf(pem.at, (int)pem.length)))
		return &tls_certificate_unreadable;
	c->leaf = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL);
	c->chain = sk_X509_new_null();
	if (!c->leaf || !c->chain)
		return &tls_certificate_unreadable;
	while (sk_X509_num(c->chain) < CHAIN_MAX && (next = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL)) != NULL)
		sk_X509_push(c->chain, next);
	c->from_ms = ms_of(X509_get0_notBefore(c->leaf));
	c->until_ms = ms_of(X509_get0_notAfter(c->leaf));
	return NULL;
}

static problem read_key(const char *path, struct arena *arena, struct credentials *c)
{
	CLEANUP(bio_drop) BIO *bio = NULL;
	struct text pem;
	problem why = secret_file_read(path, PEM_MAX, arena, &pem);

	if (why)
		return why == &secret_file_open ? &tls_key_open : &tls_key_unreadable;
	bio = BIO_new_mem_buf(pem.at, (int)pem.length);
	c->key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;
	return c->key ? NULL : &tls_key_unreadable;
}

static int64_t now_ms(void) { return (int64_t)time(NULL) * 1000; }

static problem look_at(const struct credentials *c)
{
	if (!X509_check_private_key(c->leaf, c->key))
		return &tls_key_other;
	if (now_ms() >= c->until_ms)
		return &tls_certificate_expired;
	return now_ms() < c->from_ms ? &tls_certificate_early : NULL;
}

void credentials_free(struct credentials *c)
{
	X509_free(c->leaf);
	sk_X509_pop_free(c->chain, X509_free);
	EVP_PKEY_free(c->key);
	*c = (struct credentials){ 0 };
}

problem credentials_read(const struct certificate_files *files, struct credentials *ret)
{
	CLEANUP(arena_drop) struct arena *arena = arena_new(4 * PEM_MAX);
	struct credentials c = { 0 };
	problem why = read_chain(files->chain, arena, &c);

	if (!why)
		why = read_key(files->key, arena, &c);
	if (!why)
		why = look_at(&c);
	if (why)
		credentials_free(&c);
	else
		*ret = c;
	ERR_clear_error();
	return why;
}

/* ---- the context of new connections ---- */

/* HTTP/1 is all there is; whoever offers other protocols only is told so. */
static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_length, const unsigned char *offered, unsigned length, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";
	unsigned char *chosen;

	(void)ssl, (void)arg;
	if (SSL_select_next_proto(&chosen, ret_length, ours, sizeof ours - 1, offered, length) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static bool settle(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
				     SSL_OP_IGNORE_UNEXPECTED_EOF); /* lengths and chunks say whether a request is whole */
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets are kept by the client */
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) && SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") &&
	       SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
}

static bool give(SSL_CTX *context, const struct credentials *c)
{
	if (!SSL_CTX_use_certificate(context, c->leaf) || !SSL_CTX_use_PrivateKey(context, c->key))
		return false;
	for (int i = 0; i < sk_X509_num(c->chain); i++)
		if (!SSL_CTX_add1_chain_cert(context, sk_X509_value(c->chain, i)))
			return false;
	return true;
}

SSL_CTX *credentials_context(const struct credentials *c)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context && settle(context) && give(context, c))
		return context;
	SSL_CTX_free(context);
	ERR_clear_error();
	return NULL;
}

/* ---- what a server holds ---- */

struct stamp {
	struct timespec changed;
	off_t size;
	ino_t inode;
};

struct tls_server {
	char *chain_path, *key_path;
	pthread_mutex_t lock; /* of the context */
	SSL_CTX *context;
	struct credentials credentials; /* only the renewing thread looks */
	struct stamp stamps[2];
	int64_t tickets_ms; /* since when this context is used; monotonic would do, but days are meant */
	_Atomic int64_t until_ms;
};

static struct stamp stamp_of(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return (struct stamp){ 0 };
	return (struct stamp){ .changed = status.st_mtim, .size = status.st_size, .inode = status.st_ino };
}

static bool same(struct stamp a, struct stamp b)
{
	return a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec && a.size == b.size && a.inode == b.inode;
}

/* Before they are read: what is written meanwhile is looked at next time. */
static bool have_changed(struct tls_server *server)
{
	struct stamp now[2] = { stamp_of(server->chain_path), stamp_of(server->key_path) };
	bool changed = !same(now[0], server->stamps[0]) || !same(now[1], server->stamps[1]);

	server->stamps[0] = now[0];
	server->stamps[1] = now[1];
	return changed;
}

static void use(struct tls_server *server, SSL_CTX *context)
{
	SSL_CTX *before;

	pthread_mutex_lock(&server->lock);
	before = server->context;
	server->context = context;
	pthread_mutex_unlock(&server->lock);
	SSL_CTX_free(before);
	server->tickets_ms = now_ms();
}

static problem take_files(struct tls_server *server)
{
	struct credentials next = { 0 };
	problem why = credentials_read(&(struct certificate_files){ server->chain_path, server->key_path }, &next);
	SSL_CTX *context = why ? NULL : credentials_context(&next);

	if (why || !context) {
		credentials_free(&next);
		return why ? why : &tls_certificate_weak;
	}
	use(server, context);
	credentials_free(&server->credentials);
	server->credentials = next;
	atomic_store(&server->until_ms, next.until_ms);
	return NULL;
}

problem tls_server_renew(struct tls_server *server, bool *ret_changed)
{
	SSL_CTX *context;

	*ret_changed = have_changed(server);
	if (*ret_changed)
		return take_files(server);
	if (now_ms() - server->tickets_ms >= ticket_key_ms && (context = credentials_context(&server->credentials)) != NULL)
		use(server, context);
	return NULL;
}

problem tls_server_open(const struct http_server_options *options, struct tls_server **ret)
{
	struct tls_server *server;
	bool changed;
	problem why;

	if (!options->certificate_file.length && !options->key_file.length)
		return NULL;
	if (!options->certificate_file.length || !options->key_file.length)
		return &tls_one_of_two;
	server = calloc(1, sizeof *server);
	if (!server)
		abort();
	pthread_mutex_init(&server->lock, NULL);
	server->chain_path = strndup(options->certificate_file.at, options->certificate_file.length);
	server->key_path = strndup(options->key_file.at, options->key_file.length);
	if (!server->chain_path || !server->key_path)
		abort();
	changed = have_changed(server);
	(void)changed;
	why = take_files(server);
	if (why)
		tls_server_close(server);
	else
		*ret = server;
	return why;
}

void tls_server_close(struct tls_server *server)
{
	if (!server)
		return;
	SSL_CTX_free(server->context);
	credentials_free(&server->credentials);
	pthread_mutex_destroy(&server->lock);
	free(server->chain_path);
	free(server->key_path);
	free(server);
}

int64_t tls_server_until_ms(struct tls_server *server)
{
	return atomic_load(&server->until_ms);
}

SSL *tls_server_accept(struct tls_server *server)
{
	SSL *ssl;

	pthread_mutex_lock(&server->lock);
	ssl = SSL_new(server->context);
	pthread_mutex_unlock(&server->lock);
	if (!ssl)
		abort();
	return ssl;
}
