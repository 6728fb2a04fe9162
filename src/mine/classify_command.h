/* classify_command.h - what `zhifang mine logit`, `svm` and `bayes` share: learn a classifier and say what it is worth, or ask one that
 * was kept about the rows of another file. */
#ifndef MINE_CLASSIFY_COMMAND_H
#define MINE_CLASSIFY_COMMAND_H

#include "mine/classify.h"
#include "mine/command_parts.h"

#define CLASSIFY_OPTIONS \
	{ "--chances", OPTION_TEXT, "HOW", "scores into chances: own, platt or isotonic" }, \
	{ "--false-alarm", OPTION_NUMBER, "COST", "of acting for nothing: where to draw the line", 0, 1e12, 1 }, \
	{ "--missed", OPTION_NUMBER, "COST", "of not acting where one should have", 0, 1e12, 1 }, \
	ASK_OPTIONS, \
	COMMAND_MODEL, COMMAND_SEED, COMMAND_THREADS, LEARN_OPTIONS

struct classifying {
	struct learning l;
	struct classify_options options; /* chances 0: chosen by the kind and the rows */
	/* What the model is made of, between its scores and the line that is drawn; NULL: nothing. */
	void (*say)(const struct classifying *c, const struct classifier *m);
};

int classify_learn(struct command *c, struct classifying *of);
int classify_use(struct command *c);
int classify_ask(struct command *c, const char *file, const struct saved *saved); /* a model of the file, by --reasons and --threads */

#endif
