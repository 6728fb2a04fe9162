/* testing_tls.h - certificates made on the spot, and a client's side of TLS that looks like a plain socket: one end of a pair, with
 * a thread behind it that encodes and decodes. So the same tests run with and without TLS. */
#ifndef HTTP_TESTING_TLS_H
#define HTTP_TESTING_TLS_H

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* ---- certificates ---- */

struct test_certificate {
	const char *chain, *key; /* files to write */
	long from_s, until_s;    /* from now; until_s 0: a day */
	long serial;
	int rsa_bits;            /* 0: P-256 */
};

static inline void test_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert(extension && X509_add_ext(x, extension, -1));
	X509_EXTENSION_free(extension);
}

static inline void test_write_key(const char *path, EVP_PKEY *key)
{
	FILE *file = fopen(path, "w");

	assert(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
	fclose(file);
	assert(!chmod(path, 0600));
}

/* For 127.0.0.1 and localhost, signed by itself. */
static inline void test_certificate(const struct test_certificate *t)
{
	EVP_PKEY *key = t->rsa_bits ? EVP_RSA_gen((unsigned)t->rsa_bits) : EVP_EC_gen("P-256");
	X509 *x = X509_new();
	FILE *file;

	assert(key && x);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), t->serial ? t->serial : 1);
	X509_gmtime_adj(X509_getm_notBefore(x), t->from_s);
	X509_gmtime_adj(X509_getm_notAfter(x), t->until_s ? t->until_s : 86400);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	test_extension(x, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	test_extension(x, NID_basic_constraints, "critical,CA:TRUE");
	assert(X509_sign(x, key, EVP_sha256()));
	file = fopen(t->chain, "w");
	assert(file && PEM_write_X509(file, x));
	fclose(file);
	test_write_key(t->key, key);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* ---- a client behind a plain socket ---- */

struct relay {
	int outside, inside; /* the wire to the server, our end of the pair */
	int tester;          /* the other end, which the test holds */
};

enum { RELAYS_MAX = 4096 };
static atomic_bool relay_torn[RELAYS_MAX]; /* by the test's end: no word of goodbye came */

static inline void relay_give(const struct relay *r, const char *at, ssize_t n)
{
	for (ssize_t done = 0, now = 1; done < n && now > 0; done += now)
		now = send(r->inside, at + done, (size_t)(n - done), MSG_NOSIGNAL);
}

/* False: nothing more comes. */
static inline bool relay_down(const struct relay *r, SSL *ssl)
{
	char bytes[16 << 10];
	int n;

	do {
		n = SSL_read(ssl, bytes, sizeof bytes);
		if (n > 0)
			relay_give(r, bytes, n);
	} while (n > 0 && SSL_pending(ssl));
	if (n > 0 || SSL_get_error(ssl, n) == SSL_ERROR_WANT_READ)
		return true;
	if (SSL_get_error(ssl, n) != SSL_ERROR_ZERO_RETURN && r->tester < RELAYS_MAX)
		atomic_store(&relay_torn[r->tester], true);
	shutdown(r->inside, SHUT_WR);
	return false;
}

static inline bool relay_up(const struct relay *r, SSL *ssl)
{
	char bytes[16 << 10];
	ssize_t n = recv(r->inside, bytes, sizeof bytes, 0);

	if (n > 0)
		return SSL_write(ssl, bytes, (int)n) > 0;
	SSL_shutdown(ssl);
	shutdown(r->outside, SHUT_WR);
	return false;
}

static inline void relay_run(const struct relay *r, SSL *ssl)
{
	bool up = true, down = true;

	while (up || down) {
		struct pollfd fds[2] = { { .fd = r->inside, .events = up ? POLLIN : 0 }, { .fd = down ? r->outside : -1, .events = POLLIN } };

		poll(fds, 2, -1);
		if (fds[1].revents)
			down = relay_down(r, ssl);
		if (fds[0].revents & POLLIN && up)
			up = relay_up(r, ssl);
		else if (fds[0].revents & POLLHUP)
			return; /* the test has closed its end */
	}
}

static SSL_CTX *relay_context;

static inline void relay_make_context(void)
{
	/* a relay may outlive main() by a moment */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	relay_context = SSL_CTX_new(TLS_client_method());
	assert(relay_context);
	SSL_CTX_set_mode(relay_context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_clear_mode(relay_context, SSL_MODE_AUTO_RETRY);
}

static inline void *relay_thread(void *arg)
{
	struct relay *r = arg;
	SSL *ssl = SSL_new(relay_context);
	sigset_t pipe_signal;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	SSL_set_fd(ssl, r->outside);
	if (SSL_connect(ssl) == 1) {
		relay_run(r, ssl);
	} else if (r->tester < RELAYS_MAX) {
		atomic_store(&relay_torn[r->tester], true);
	}
	SSL_free(ssl);
	close(r->outside);
	close(r->inside);
	free(r);
	return NULL;
}

/* Takes a connected socket over. */
static inline int relay_through_tls(int outside)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct relay *r = malloc(sizeof *r);
	pthread_attr_t detached;
	pthread_t thread;
	int pair[2];

	pthread_once(&once, relay_make_context);
	assert(r && !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	*r = (struct relay){ outside, pair[1], pair[0] };
	if (pair[0] < RELAYS_MAX)
		atomic_store(&relay_torn[pair[0]], false);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&detached, 256 << 10);
	assert(!pthread_create(&thread, &detached, relay_thread, r));
	pthread_attr_destroy(&detached);
	return pair[0];
}

#endif
