/* command_parts.h - the commands of `zhifang rec`, and what several of them share: the log and its columns, the recommenders' options. */
#ifndef REC_COMMAND_PARTS_H
#define REC_COMMAND_PARTS_H

#include <float.h>

#include "num/command.h"
#include "rec/recommender.h"

#define REC_NAMES "popularity, ease, item-knn, rp3beta, user-knn, als, gfcf, ratings"

#define REC_FILE \
	"FILE is CSV or TSV, a row for each time that somebody did something, its first line has the names; with --adjacency it has lines of\n" \
	"numbers, \"user item item ...\", from 0. - is what is piped in.\n"

#define REC_WHO_WHAT { "--user", OPTION_TEXT, "C", "column of who (user without)" }, { "--item", OPTION_TEXT, "C", "column of what (item without)" }
#define REC_WHEN \
	{ "--time", OPTION_TEXT, "C", "column of when, a number, of which a fraction is cut; without, the order of rows" }, \
	{ "--adjacency", OPTION_FLAG, NULL, "FILE has lines of numbers" }
#define REC_LOG REC_WHO_WHAT, { "--weight", OPTION_TEXT, "C", "column of how much; without, each counts 1" }, REC_WHEN
#define REC_SEQUENCES REC_WHO_WHAT, REC_WHEN /* in which what was had counts alike */

#define REC_OPTIONS \
	{ "--half-life", OPTION_NUMBER, "T", "popularity: what is so long ago counts half, in the unit of --time", DBL_MIN, DBL_MAX }, \
	{ "--lambda", OPTION_NUMBER, "L", "ease: the more, the more cautious", DBL_MIN, 1e12, 200 }, \
	{ "--keep", OPTION_COUNT, "N", "ease, item-knn, rp3beta: links to each item", 1, ITEMS_MAX, 200 }, \
	{ "--shrink", OPTION_NUMBER, "S", "item-knn, user-knn: nearness that rests on few counts less", 0, 1e12 }, \
	{ "--alpha", OPTION_NUMBER, "A", "rp3beta: power of each step's chance", 0, 2, 1 }, \
	{ "--beta", OPTION_NUMBER, "B", "rp3beta: power of the popularity", 0, 2, .5 }, \
	{ "--neighbours", OPTION_COUNT, "N", "user-knn: how many near users count", 1, USERS_MAX, 100 }, \
	{ "--factors", OPTION_COUNT, "K", "als (64 without), ratings (32; 0: means alone)", 0, ALS_FACTORS_MAX }, \
	{ "--epochs", OPTION_COUNT, "N", "als (10 without), ratings (12)", 1, 1000 }, \
	{ "--w0", OPTION_NUMBER, "W", "als: weight of what was not done", 1e-6, 100, .1 }, \
	{ "--regularise", OPTION_NUMBER, "R", "als (0.01 without), ratings (0.09): the more, the more cautious", 1e-9, 1e6 }, \
	{ "--waves", OPTION_COUNT, "K", "gfcf: slow waves of the graph that stay", 1, SVD_MOST, 256 }, \
	{ "--smooth", OPTION_NUMBER, "A", "gfcf: how much waves count beside neighbours", 0, 1000, .3 }, \
	COMMAND_SEED, COMMAND_THREADS

#define REC_GRAPH \
	{ "--graph", OPTION_TEXT, "TRIPLES", "ease: what is known of items" }, \
	{ "--relation", OPTION_TEXT, "R=W", "ease: of the graph only such, and how much each counts; without, each counts 1", .many = true }, \
	{ "--shared", OPTION_NUMBER, "P", "ease: what n items share counts less by n to this power", 0, 4, .5 }

#define REC_GRAPH_SAID \
	"TRIPLES has columns item, relation and thing; with --adjacency lines of three numbers. What two or more items share brings them together.\n"

/* A graph's file, read into triples that are freed with the arena; a problem of its columns is told, and what else there is to do. */
struct rec_triples {
	const char *file, *or_else;
	bool numbers;
	const struct text *names; /* (things) known already; NULL: none are */
	uint32_t things;
};
struct triples;
int rec_triples_load(struct command *c, const struct rec_triples *of, struct triples *ret);

/* What a graph says of the items of a log: features for recommender_options, freed with the arena. */
struct rec_graph {
	struct sparse *features; /* NULL: no graph is given */
	size_t triples;
};
int rec_graph_load(struct command *c, const struct interactions *m, struct rec_graph *ret);
void rec_say_graph(const struct command *c, const struct rec_graph *g);

#define REC_PATHS \
	{ "--graph", OPTION_TEXT, "TRIPLES", "show what of it leads from what they had to ITEM" }, \
	{ "--relation", OPTION_TEXT, "R=W", "only over such, and how much each counts; without, each counts 1", .many = true }, \
	{ "--paths", OPTION_COUNT, "N", "so many paths", 1, 100, 5 }, { "--links", OPTION_COUNT, "N", "a path has at most so many", 1, 6, 4 }, \
	{ "--damp", OPTION_NUMBER, "P", "what many share counts less by their number to this power", 0, 4, .4 }, \
	{ "--fade", OPTION_NUMBER, "F", "each link more makes a path count less, times F", .001, 1, .5 }

#define REC_PATHS_SAID \
	"TRIPLES has columns item, relation and thing; where the model knows items by numbers, lines of three numbers.\n"

/* Who had what, and what is to be explained: items as in the model. */
struct rec_paths_asked {
	const struct text *item_names; /* NULL: they are numbers */
	uint32_t items, item;
	const uint32_t *had;           /* (count) upwards, each once */
	size_t count;
};
struct rec_paths; /* in the arena */
int rec_paths_find(struct command *c, const struct rec_paths_asked *asked, struct rec_paths **ret); /* NULL: no graph is given */
void rec_say_paths(const struct command *c, const struct rec_paths *p);

#define REC_CONTENT \
	{ "--content", OPTION_TEXT, "TERMS", "als: what items are about, for those that nobody had" }, \
	{ "--prior", OPTION_NUMBER, "L", "als: the more, the nearer these are to the mean of all", 1e-9, 1e9, 1 }

#define REC_CONTENT_SAID "TERMS has columns item and term, also of items that are not in FILE; with --adjacency lines \"item term term ...\".\n"

/* Terms of the items of a log, for recommender_options. Items that the log has not are added to it. */
struct rec_content {
	struct sparse *terms; /* (items, terms) freed with the arena; NULL: none are given */
	size_t rows;
	uint32_t added;
};
int rec_content_load(struct command *c, struct interactions *m, struct rec_content *ret);
void rec_say_content(const struct command *c, const struct rec_content *t, size_t from_terms);

/* Is it one of those behind --by? */
bool rec_is_by(const struct command *c, enum recommender_kind kind);

/* Says where, and of columns that are not there what they are to be called. 1 */
int rec_problem(const struct command *c, const char *file, const struct interactions_place *where, problem why, const char *columns);
/* As the options of REC_LOG say, or those of REC_SEQUENCES; freed with the arena. */
int rec_load(struct command *c, const char *file, struct interactions *ret);
int rec_load_sequences(struct command *c, const char *file, struct interactions *ret);
/* A table of something else than a log, freed by the caller. called: what its columns are called, a sentence after a blank. */
struct rec_table {
	const char *file, *called;
	struct interaction_columns columns;
};
int rec_read(struct command *c, const struct rec_table *t, struct interactions *ret);
/* Of weights that something cannot take, added up for each pair, the least or the largest is one: both are told. x: of m; 1 */
int rec_weights_problem(const struct command *c, const char *what, problem why, const struct interactions *m, const struct sparse *x);
int rec_twice(const struct command *c, const char *file, const struct interactions *m); /* its first user who has two rows is told: 1 */
void rec_say_log(const struct command *c, const struct interactions *m); /* rows, users, items, of what time */
int rec_options(const struct command *c, const char *name, struct recommender_options *ret);

/* Of the rows that are for training, all where parts is NULL; says how much memory it wants, and how far it is. */
struct rec_learning {
	struct command *c;
	struct threads *threads;
	const struct interactions *m;
	const uint8_t *parts;
};
int rec_fit(const struct rec_learning *l, const struct recommender_options *o, struct recommender *ret);

extern const struct command_kind evaluate_kind, recommender_fit_kind, recommend_kind, explain_kind, sequence_fit_kind, sequence_next_kind, similar_kind;
extern const struct command_kind context_fit_kind, context_rerank_kind, graph_fit_kind, graph_related_kind;

#endif
