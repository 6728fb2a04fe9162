/* mine_command.c - `zhifang mine`: which of its commands there are. Each is in a file of its own. */
#include "mine/mine.h"

#include "mine/command_parts.h"

int mine_command(int count, const char **words, FILE *out, FILE *err)
{
	static const struct command_kind *const kinds[] = {
		&tree_kind,
		&forest_kind,
		&boost_kind,
		&logit_kind,
		&svm_kind,
		&bayes_kind,
		&predict_kind,
		&features_kind,
		&cluster_kind,
		&sales_kind,
		&rfm_kind,
		&survival_kind,
		&trial_kind,
		&rules_kind,
		NULL,
	};
	static const struct command_group mine = { "mine", "\nWhat is foretold is judged by rows that were not learned from.\n", kinds };

	return command_group_run(&mine, count, words, out, err);
}
