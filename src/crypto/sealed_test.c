/* sealed_test.c - a stream under a pass phrase: whole, wrong phrase, and every way to change, move, leave out or cut a piece. */
#include "base/testing.h"
#include "crypto/crypto.h"

enum { PIECES = 3, LENGTH = 100, SEALED = LENGTH + STREAM_MORE };

static struct world *world;
static unsigned char head[STREAM_HEAD_BYTES];
static char plain[LENGTH], sealed[PIECES][SEALED];

static int set_up(void **state)
{
	struct sealed_stream *stream;

	(void)state;
	world = world_test(1767225600000, 7);
	for (size_t i = 0; i < LENGTH; i++)
		plain[i] = (char)i;
	assert_done(sealed_begin(TEXT("correct horse"), world, head, &stream));
	for (int i = 0; i < PIECES; i++)
		assert_int_equal(sealed_push(stream, (struct text){ plain, LENGTH }, i == PIECES - 1, sealed[i]), SEALED);
	sealed_close(stream);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_close(world);
	return 0;
}

static struct text piece(int i) { return (struct text){ sealed[i], SEALED }; }

static void test_whole(void **state)
{
	struct sealed_stream *stream;
	char out[LENGTH];
	bool last;

	(void)state;
	assert_done(sealed_open(TEXT("correct horse"), head, &stream));
	for (int i = 0; i < PIECES; i++) {
		memset(out, 0, sizeof out);
		assert_done(sealed_pull(stream, piece(i), out, &last));
		assert_memory_equal(out, plain, LENGTH);
		assert_int_equal(last, i == PIECES - 1);
	}
	sealed_close(stream);
}

static void test_wrong_phrase(void **state)
{
	struct sealed_stream *stream;
	unsigned char other[STREAM_HEAD_BYTES];

	(void)state;
	assert_problem(sealed_open(TEXT("correct hors"), head, &stream), passphrase_wrong);
	assert_problem(sealed_open(TEXT(""), head, &stream), passphrase_wrong);
	memcpy(other, head, sizeof other);
	other[0] ^= 1;
	assert_problem(sealed_open(TEXT("correct horse"), other, &stream), passphrase_wrong);
}

/* The nonce is in the head too: what it begins does not open. */
static void test_head_is_bound(void **state)
{
	struct sealed_stream *stream;
	unsigned char other[STREAM_HEAD_BYTES];
	char out[LENGTH];
	bool last;

	(void)state;
	memcpy(other, head, sizeof other);
	other[STREAM_HEAD_BYTES - 1] ^= 1;
	assert_done(sealed_open(TEXT("correct horse"), other, &stream));
	assert_problem(sealed_pull(stream, piece(0), out, &last), seal_broken);
	sealed_close(stream);
}

static void test_pieces_keep_their_place(void **state)
{
	struct sealed_stream *stream;
	char out[LENGTH];
	bool last;

	(void)state;
	assert_done(sealed_open(TEXT("correct horse"), head, &stream));
	assert_done(sealed_pull(stream, piece(0), out, &last));
	assert_problem(sealed_pull(stream, piece(2), out, &last), seal_broken);
	assert_problem(sealed_pull(stream, text_head(piece(1), SEALED - 1), out, &last), seal_broken);
	assert_problem(sealed_pull(stream, text_head(piece(1), 3), out, &last), seal_broken);
	for (size_t i = 0; i < SEALED; i++) {
		sealed[1][i] ^= 1;
		assert_problem(sealed_pull(stream, piece(1), out, &last), seal_broken);
		sealed[1][i] ^= 1;
	}
	assert_done(sealed_pull(stream, piece(1), out, &last));
	assert_false(last);
	sealed_close(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_wrong_phrase),
		cmocka_unit_test(test_head_is_bound),
		cmocka_unit_test(test_pieces_keep_their_place),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
