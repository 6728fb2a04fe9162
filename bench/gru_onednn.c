/* gru_onednn.c - the step of a gated recurrent unit and its gradients by oneDNN ("linear before reset", which is PyTorch's variant and ours)
 * beside those that `rec_bench export FOLDER` wrote. `gru_onednn FOLDER`: the largest difference of each, one JSON object a line. */
#include <math.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { D = 128, N = 128, GATES = 3, BIASES = 4, ARGS_MAX = 24 };
/* Ours are reset, update, candidate; theirs update, reset, candidate, and the candidate's second bias as a fourth. */
static const int place[GATES] = { 1, 0, 2 };

static void must(dnnl_status_t status, const char *what)
{
	if (status == dnnl_success)
		return;
	fprintf(stderr, "gru_onednn: %s: status %d\n", what, status);
	exit(1);
}

/* ---- arrays of the folder ---- */

static float *room(size_t count)
{
	float *at = calloc(count, sizeof *at);

	if (!at)
		abort();
	return at;
}

/* NumPy's format, version 1: 6 bytes of magic, 2 of version, 2 of the header's length, the header, the values. */
static float *array(const char *folder, const char *name, size_t count)
{
	float *at = room(count);
	uint8_t head[10];
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.npy", folder, name);
	f = fopen(path, "rb");
	if (!f || fread(head, 1, sizeof head, f) != sizeof head || fseek(f, head[8] + 256 * head[9], SEEK_CUR) || fread(at, sizeof *at, count, f) != count) {
		fprintf(stderr, "gru_onednn: %s can not be read\n", path);
		exit(1);
	}
	fclose(f);
	return at;
}

/* (rows, GATES, D) in the other order of gates; the same way there and back */
static float *gates_turned(const float *from, size_t rows)
{
	float *to = room(rows * GATES * D);

	for (size_t i = 0; i < rows; i++)
		for (int g = 0; g < GATES; g++)
			memcpy(to + (i * GATES + (size_t)place[g]) * D, from + (i * GATES + (size_t)g) * D, D * sizeof *to);
	return to;
}

/* ---- oneDNN ---- */

static dnnl_engine_t engine;
static dnnl_stream_t stream;

enum shape { LAYER, STATE, WEIGHTS, BIAS, SHAPES };

static dnnl_memory_desc_t shape_of(enum shape shape, bool any)
{
	static const struct { int count; dnnl_dims_t of; dnnl_format_tag_t tag; } shapes[SHAPES] = {
		[LAYER] = { 3, { 1, N, D }, dnnl_tnc }, [STATE] = { 4, { 1, 1, N, D }, dnnl_ldnc },
		[WEIGHTS] = { 5, { 1, 1, D, GATES, D }, dnnl_ldigo }, [BIAS] = { 4, { 1, 1, BIASES, D }, dnnl_ldgo },
	};
	dnnl_memory_desc_t d;

	must(dnnl_memory_desc_init_by_tag(&d, shapes[shape].count, shapes[shape].of, dnnl_f32, any ? dnnl_format_tag_any : shapes[shape].tag), "shape");
	return d;
}

static void run(dnnl_primitive_desc_t of, const dnnl_exec_arg_t *args, int count)
{
	dnnl_primitive_t primitive;

	must(dnnl_primitive_create(&primitive, of), "primitive");
	must(dnnl_primitive_execute(primitive, stream, count, args), "execute");
	must(dnnl_stream_wait(stream), "wait");
	dnnl_primitive_destroy(primitive);
}

static void reorder(dnnl_memory_t from, dnnl_memory_t to)
{
	const dnnl_memory_desc_t *a, *b;
	dnnl_primitive_desc_t of;

	must(dnnl_memory_get_memory_desc(from, &a), "description");
	must(dnnl_memory_get_memory_desc(to, &b), "description");
	must(dnnl_reorder_primitive_desc_create(&of, a, engine, b, engine, NULL), "reorder");
	run(of, (const dnnl_exec_arg_t[]){ { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } }, 2);
	dnnl_primitive_desc_destroy(of);
}

/* Some direction's arguments, each laid out as its primitive wants it */
struct step {
	dnnl_primitive_desc_t of;
	dnnl_exec_arg_t args[ARGS_MAX];
	int count;
};

static dnnl_memory_t plain(enum shape shape, float *at)
{
	dnnl_memory_desc_t d = shape_of(shape, false);
	dnnl_memory_t m;

	must(dnnl_memory_create(&m, &d, engine, at), "memory");
	return m;
}

static dnnl_memory_t argument(struct step *s, int arg)
{
	dnnl_memory_t m;

	must(dnnl_memory_create(&m, dnnl_primitive_desc_query_md(s->of, dnnl_query_exec_arg_md, arg), engine, DNNL_MEMORY_ALLOCATE), "memory");
	s->args[s->count++] = (dnnl_exec_arg_t){ arg, m };
	return m;
}

static void give(struct step *s, int arg, enum shape shape, float *at)
{
	dnnl_memory_t from = plain(shape, at);

	reorder(from, argument(s, arg));
	dnnl_memory_destroy(from);
}

static float *take(const struct step *s, int arg, enum shape shape, size_t count)
{
	float *at = room(count);
	dnnl_memory_t to = plain(shape, at);

	for (int i = 0; i < s->count; i++)
		if (s->args[i].arg == arg)
			reorder(s->args[i].memory, to);
	dnnl_memory_destroy(to);
	return at;
}

static dnnl_memory_t held(const struct step *s, int arg)
{
	for (int i = 0; i < s->count; i++)
		if (s->args[i].arg == arg)
			return s->args[i].memory;
	abort();
}

struct given { float *x, *h, *wx, *wh, *bias, *dnext; };

static void give_both(struct step *s, const struct given *g)
{
	give(s, DNNL_ARG_SRC_LAYER, LAYER, g->x);
	give(s, DNNL_ARG_SRC_ITER, STATE, g->h);
	give(s, DNNL_ARG_WEIGHTS_LAYER, WEIGHTS, g->wx);
	give(s, DNNL_ARG_WEIGHTS_ITER, WEIGHTS, g->wh);
	give(s, DNNL_ARG_BIAS, BIAS, g->bias);
}

static struct step forward(const struct given *g)
{
	dnnl_memory_desc_t layer = shape_of(LAYER, false), state = shape_of(STATE, false), weights = shape_of(WEIGHTS, true), bias = shape_of(BIAS, false);
	struct step s = { 0 };
	dnnl_rnn_desc_t d;

	must(dnnl_lbr_gru_forward_desc_init(&d, dnnl_forward_training, dnnl_unidirectional_left2right, &layer, &state, &weights, &weights, &bias, &layer, &state, 0),
	     "forward");
	must(dnnl_primitive_desc_create(&s.of, &d, NULL, engine, NULL), "forward");
	give_both(&s, g);
	argument(&s, DNNL_ARG_DST_LAYER);
	argument(&s, DNNL_ARG_DST_ITER);
	argument(&s, DNNL_ARG_WORKSPACE);
	run(s.of, s.args, s.count);
	return s;
}

static struct step backward(const struct given *g, const struct step *f)
{
	dnnl_memory_desc_t layer = shape_of(LAYER, false), state = shape_of(STATE, false), weights = shape_of(WEIGHTS, true), bias = shape_of(BIAS, false);
	struct step s = { 0 };
	float *none = room(N * D);
	dnnl_rnn_desc_t d;

	must(dnnl_lbr_gru_backward_desc_init(&d, dnnl_backward, dnnl_unidirectional_left2right, &layer, &state, &weights, &weights, &bias, &layer, &state, &layer,
	                                     &state, &weights, &weights, &bias, &layer, &state, 0),
	     "backward");
	must(dnnl_primitive_desc_create(&s.of, &d, NULL, engine, f->of), "backward");
	give_both(&s, g);
	give(&s, DNNL_ARG_DIFF_DST_LAYER, LAYER, g->dnext);
	give(&s, DNNL_ARG_DIFF_DST_ITER, STATE, none);
	for (int arg = 0; arg < 3; arg++) {
		static const int same[] = { DNNL_ARG_DST_LAYER, DNNL_ARG_DST_ITER, DNNL_ARG_WORKSPACE };

		s.args[s.count++] = (dnnl_exec_arg_t){ same[arg], held(f, same[arg]) };
	}
	argument(&s, DNNL_ARG_DIFF_SRC_LAYER);
	argument(&s, DNNL_ARG_DIFF_SRC_ITER);
	/* what is found is added to these */
	give(&s, DNNL_ARG_DIFF_WEIGHTS_LAYER, WEIGHTS, room(D * GATES * D));
	give(&s, DNNL_ARG_DIFF_WEIGHTS_ITER, WEIGHTS, room(D * GATES * D));
	give(&s, DNNL_ARG_DIFF_BIAS, BIAS, room(BIASES * D));
	run(s.of, s.args, s.count);
	free(none);
	return s;
}

static void compare(const char *folder, const char *name, const float *theirs, size_t count)
{
	const float *ours = array(folder, name, count);
	double most = 0;

	for (size_t i = 0; i < count; i++)
		most = fmax(most, fabs((double)ours[i] - (double)theirs[i]));
	printf("{\"what\":\"%s\",\"unit\":\"\",\"values\":[%.4g]}\n", name, most);
}

static struct given given_in(const char *folder)
{
	struct given g = { array(folder, "gru_x", N * D), array(folder, "gru_h", N * D), gates_turned(array(folder, "gru_wx", D * GATES * D), D),
		           gates_turned(array(folder, "gru_wh", D * GATES * D), D), room(BIASES * D), array(folder, "gru_dnext", N * D) };
	float *bx = gates_turned(array(folder, "gru_bx", GATES * D), 1), *bh = gates_turned(array(folder, "gru_bh", GATES * D), 1);

	for (size_t i = 0; i < 2 * D; i++)
		g.bias[i] = bx[i] + bh[i];
	memcpy(g.bias + 2 * D, bx + 2 * D, D * sizeof *bx);
	memcpy(g.bias + 3 * D, bh + 2 * D, D * sizeof *bh);
	return g;
}

int main(int count, char **words)
{
	struct step f, b;
	struct given g;
	float *bias;

	if (count != 2)
		return 2;
	must(dnnl_engine_create(&engine, dnnl_cpu, 0), "engine");
	must(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags), "stream");
	g = given_in(words[1]);
	f = forward(&g);
	b = backward(&g, &f);
	compare(words[1], "gru_next", take(&f, DNNL_ARG_DST_LAYER, LAYER, N * D), N * D);
	compare(words[1], "gru_dx", take(&b, DNNL_ARG_DIFF_SRC_LAYER, LAYER, N * D), N * D);
	compare(words[1], "gru_dh", take(&b, DNNL_ARG_DIFF_SRC_ITER, STATE, N * D), N * D);
	compare(words[1], "gru_dwx", gates_turned(take(&b, DNNL_ARG_DIFF_WEIGHTS_LAYER, WEIGHTS, D * GATES * D), D), D * GATES * D);
	compare(words[1], "gru_dwh", gates_turned(take(&b, DNNL_ARG_DIFF_WEIGHTS_ITER, WEIGHTS, D * GATES * D), D), D * GATES * D);
	bias = take(&b, DNNL_ARG_DIFF_BIAS, BIAS, BIASES * D);
	compare(words[1], "gru_dbx", gates_turned(bias, 1), GATES * D);
	memcpy(bias + 2 * D, bias + 3 * D, D * sizeof *bias);
	compare(words[1], "gru_dbh", gates_turned(bias, 1), GATES * D);
	return 0;
}
