/* network_command.c - `zhifang stats network`: what becomes likely in a Bayesian network once something is known. */
#include <stdlib.h>

#include "stats/command_parts.h"
#include "stats/network.h"

static int read_known(struct command *c, const struct network *n, unsigned *known)
{
	struct text rest = text_of(command_text(c, "--given")); /* absent: nothing is known */

	for (size_t i = 0; i < n->count; i++)
		known[i] = NOT_KNOWN;
	while (rest.at) {
		struct text one = text_trim(text_cut(&rest, ',')), state = one, name = text_cut(&state, '=');
		const char *word = arena_cstr(c->arena, one);
		size_t i = network_find(n, name), k = 0;

		if (i == n->count)
			return command_refuse(c, word, "names no node of the network");
		while (k < n->nodes[i].state_count && !text_eq(n->nodes[i].states[k], state))
			k++;
		if (k == n->nodes[i].state_count)
			return command_refuse(c, word, "names no state of the node");
		if (known[i] != NOT_KNOWN)
			return command_refuse(c, word, "is known twice");
		known[i] = (unsigned)k;
	}
	return 0;
}

static void print_posterior(const struct command *c, const struct node *node, const double *posterior, double evidence)
{
	char number[32];

	if (c->json) {
		fputs("{\"of\":", c->out);
		command_json_text(c->out, node->name);
		fputs(",\"states\":[", c->out);
	}
	for (size_t k = 0; k < node->state_count; k++) {
		if (c->json) {
			fputs(k ? ",{\"state\":" : "{\"state\":", c->out);
			command_json_text(c->out, node->states[k]);
			fputs(",", c->out);
			command_json_number(c->out, "chance", posterior[k]);
			fputs("}", c->out);
		} else {
			fprintf(c->out, "%.*s = %.*s: %s\n", TEXT_ARG(node->name), TEXT_ARG(node->states[k]), command_six(posterior[k], number));
		}
	}
	fputs(c->json ? "]" : "", c->out);
	command_lines(c, &(struct named){ "evidence", "chance of what is known", evidence }, 1);
	fputs(c->json ? "}\n" : "", c->out);
}

static int ask(struct command *c, const struct network *n)
{
	size_t target = network_find(n, text_of(command_text(c, "--of")));
	unsigned *known = ARENA_ARRAY(c->arena, unsigned, n->count);
	double *posterior, evidence;
	int status = target < n->count ? read_known(c, n, known) : command_refuse(c, command_text(c, "--of"), "names no node of the network");
	problem why;

	if (status)
		return status;
	posterior = ARENA_ARRAY(c->arena, double, n->nodes[target].state_count);
	why = network_ask(c->arena, n, known, target, posterior, &evidence);
	if (why)
		return command_problem(c, c->words[0], why);
	print_posterior(c, &n->nodes[target], posterior, evidence);
	return 0;
}

static int run(struct command *c)
{
	struct network n;
	struct text bytes;
	size_t line;
	int status = command_bytes(c, c->words[0], TABLE_BYTES_MAX, &bytes);
	problem why;

	if (status)
		return status;
	why = network_read_bif(c->arena, bytes, &n, &line);
	if (!why)
		return ask(c, &n);
	fprintf(c->err, "zhifang: %s, line %zu: %s\n", c->words[0], line, why->title);
	return 1;
}

static const struct command_option options[] = {
	{ "--of", OPTION_TEXT, "NODE", "how likely is each of its states?", .needed = true },
	{ "--given", OPTION_TEXT, "NODE=STATE,...", "what is known" }, { NULL }
};

const struct command_kind network_kind = {
	"network", "stats network FILE --of NODE [--given NODE=STATE,...] [--json]", "what becomes likely in a Bayesian network once something is known",
	"FILE is a network in BIF; - is what is piped in.\n", options, 1, 1,
	"printf 'variable rain { type discrete [ 2 ] { yes, no }; } probability ( rain ) { table .2, .8; }' | zhifang stats network - --of rain", run,
};
