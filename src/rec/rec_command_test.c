/* rec_command_test.c - `zhifang rec` as it is typed: who asks is who was judged, weights and all; people of whom nothing is known; what
 * was not wanted; graphs; what is refused. */
#include "rec/command_testing.h"

#include <math.h>

/* ---- who asks ---- */

/* a wants x and not y; q goes with y alone. */
#define LIKED "user,item,w\na,x,5\na,y,-5\nb,x,5\nb,z,5\nc,y,5\nc,q,5\nd,y,4\nd,q,3\ne,x,3\ne,z,3\n"

static void what_was_not_wanted_is_no_reason(void **state)
{
	(void)state;
	write_file("log.csv", LIKED);
	run(0, "fit log.csv --by als --weight w --factors 4 --model model");
	run(0, "recommend log.csv --model model --weight w --of a --at 1 --json");
	assert_says("\"items\":[{\"item\":\"z\",");
	assert_says("\"because\":\"x\",\"weight\":5,");
	run(0, "explain log.csv --model model --weight w --of a --why q --json");
	assert_says("{\"item\":\"y\",\"part\":0,\"percent\":0,\"weight\":-5}");
	run(0, "fit log.csv --by item-knn --weight w --model model");
	run(0, "explain log.csv --model model --weight w --of a --why q --json"); /* near to y, which he did not want */
	assert_says("\"score\":-");
}

/* The weights of a pair add up, when it is asked about as when it was learned from. */
static void repeats_add_up(void **state)
{
	char whole[2048];

	(void)state;
	write_file("log.csv", LIKED);
	write_file("other.csv", "user,item,w\na,z,1\na,x,.5\nb,x,9\na,z,.25\na,x,.25\na,nothing,7\n");
	run(0, "fit log.csv --by ease --lambda 2 --weight w --model model");
	run(0, "explain other.csv --model model --weight w --of a --why q --json");
	assert_says("\"had\":2,\"unknown\":1,");
	assert_says("\"weight\":0.75}");
	assert_says("\"weight\":1.25}");
	snprintf(whole, sizeof whole, "%s", said);
	write_file("other.csv", "user,item,w\na,x,.75\na,nothing,7\na,z,1.25\n");
	assert_string_equal(run(0, "explain other.csv --model model --weight w --of a --why q --json"), whole);
	run(2, "recommend --model model --weight w --had x");
	assert_says("--had stands alone");
}

static void many_names_are_found(void **state)
{
	enum { ITEMS = 3000 };
	char line[128];
	FILE *to = fopen("log.csv", "w");

	(void)state;
	fputs("user,item\n", to);
	for (int i = 0; i < ITEMS; i++)
		fprintf(to, "%s,thing%d\nlast,thing%d\n", i % 2 ? "a" : "b", i, ITEMS - 1 - i);
	fclose(to);
	run(0, "fit log.csv --by item-knn --keep 2 --model model");
	run(0, "recommend log.csv --model model --of a --at 1 --json");
	assert_says("\"had\":1500,\"unknown\":0,");
	run(0, "recommend log.csv --model model --of last --at 1 --json");
	assert_says("\"had\":3000,\"unknown\":0,");
	for (int i = 0; i < ITEMS; i += 97) {
		snprintf(line, sizeof line, "explain --model model --had thing%d --had thing%d --why thing%d --json", i, (i + 1) % ITEMS, i);
		run(0, line);
		snprintf(line, sizeof line, "\"had\":2,\"unknown\":0,\"nothing_known\":false,\"item\":\"thing%d\"", i);
		assert_says(line);
	}
	run(2, "recommend --model model --had thing3000");
}

/* ---- of whom nothing is known ---- */

/* From time 20 on come two who had nothing before: they want what most have. */
#define NEWCOMERS "user,item,time\na,x,1\na,p,2\nb,y,3\nb,p,4\nc,z,5\nc,p,6\nd,x,7\nd,y,8\ne,p,9\ne,y,10\nf,p,20\ng,y,21\n"

static void newcomers_see_what_is_popular(void **state)
{
	static const char *const names[] = { "ease", "item-knn", "rp3beta", "user-knn", "als", "gfcf" };
	char line[128];

	(void)state;
	write_file("log.csv", NEWCOMERS);
	write_file("other.csv", "user,item\nh,unheard\n");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(line, sizeof line, "evaluate log.csv --time time --split time --test .16 --at 2 --by %s --json", names[i]);
		run(0, line);
		assert_says("\"judged\":2,\"nothing_known\":2,");
		snprintf(line, sizeof line, "{\"recommender\":\"%s\",\"recall\":1,", names[i]);
		assert_says(line);
		snprintf(line, sizeof line, "fit log.csv --by %s --model model", names[i]);
		run(0, line);
		run(0, "recommend other.csv --model model --of h --at 2 --json");
		assert_says("\"nothing_known\":true,\"items\":[{\"item\":\"p\",\"score\":5},{\"item\":\"y\",\"score\":4}]");
		run(1, "explain other.csv --model model --of h --why p");
	}
	run(0, "recommend other.csv --model model --of h");
	assert_says("nothing is known: what is popular");
	run(0, "evaluate log.csv --time time --split time --test .16 --at 2");
	assert_says("of 2 of them nothing is known");
	run(0, "evaluate log.csv --time time --split last --at 2 --json");
	assert_says("\"nothing_known\":0,");
	run(0, "evaluate log.csv --time time --split last --least-known 9 --json"); /* nobody is judged */
	assert_says("\"judged\":0,");
	assert_says("{\"recommender\":\"popularity\",\"recall\":null,\"ndcg\":null,\"hit_rate\":null,\"mrr\":null,\"coverage\":null,\"novelty\":null,\"gini\":null}");
}

/* ---- a graph ---- */

/* Nobody had two of these. What two share is all that tells them anything, and how much it counts is said. */
static void a_graph_brings_together(void **state)
{
	(void)state;
	write_file("log.csv", "user,item\na,x\nb,y\nc,z\n");
	write_file("other.csv", "item,relation,thing\nx,is,short\ny,is,short\ny,by,Wang\nz,by,Wang\nz,by,x\n");
	run(0, "fit log.csv --by ease --lambda 1 --graph other.csv --shared 0 --model model --json");
	assert_says("\"triples\":5,\"features\":3,");
	run(0, "recommend --model model --had x --at 2");
	assert_says("because of x");
	run(0, "fit log.csv --by ease --lambda 1 --graph other.csv --shared 0 --relation is=2 --model model --json");
	assert_says("\"triples\":5,\"features\":1,");
	run(0, "explain --model model --had x --why y --json"); /* G + I is 4 and 2: the link is 2 / 4 */
	assert_says("\"score\":0.5,");
	run(0, "explain --model model --had x --why z --json");
	assert_says("\"score\":0,");
	write_file("log.csv", "0 0\n1 1\n2 2\n");
	write_file("other.csv", "0 7 9\n1 7 9\n1 1 8\n2 1 8\n");
	run(0, "fit log.csv --adjacency --by ease --lambda 1 --graph other.csv --relation 7=2 --shared 0 --model model");
	run(0, "explain --model model --had 0 --why 1 --json");
	assert_says("\"score\":0.5,");
	write_file("log.csv", "0 0 2\n1 1 2\n2 2 0\n3 2 1\n");
	run(0, "evaluate log.csv --adjacency --split last --by ease --graph other.csv --json");
	assert_says("\"triples\":4,\"features\":2,");
}

static void graphs_that_say_nothing_are_refused(void **state)
{
	(void)state;
	write_file("log.csv", "user,item\na,x\nb,y\n");
	write_file("other.csv", "item,relation,thing\nx,is,short\n");
	run(2, "fit log.csv --by als --graph other.csv --model model");
	assert_says("only ease learns from it");
	run(2, "evaluate log.csv --by als --graph other.csv");
	run(2, "fit log.csv --by ease --relation is=1 --model model");
	run(2, "fit log.csv --by ease --graph other.csv --relation of=1 --model model");
	assert_says("of=1: is no relation of the graph");
	run(2, "fit log.csv --by ease --graph other.csv --relation is --model model");
	run(2, "fit log.csv --by ease --graph other.csv --relation is=-1 --model model");
	run(2, "fit log.csv --by ease --graph other.csv --relation is=nan --model model");
	run(2, "fit log.csv --by ease --graph nowhere.csv --model model");
	write_file("other.csv", "item,is,thing\nx,is,short\n");
	run(1, "fit log.csv --by ease --graph other.csv --model model");
	assert_says("other.csv, line 1, column relation: The table has no such column. Those of a graph are item, relation and thing.");
}

/* What leads from one to the other, and how: the teacher of two weighs more than the language of three. */
static void paths_explain(void **state)
{
	(void)state;
	write_file("log.csv", "user,item\na,x\na,y\nb,x\nb,y\nc,z\n");
	write_file("other.csv", "item,relation,thing\nx,in,English\ny,in,English\nz,in,English\nx,by,Wang\ny,by,Wang\nz,after,x\n");
	run(0, "fit log.csv --by item-knn --model model");
	run(0, "explain --model model --had x --why y --graph other.csv");
	assert_says("\n\nin the graph, of 6 triples:\nweight        at most 4 links; no part of the score\n"
	            "0.143587      x - by -> Wang <- by - y\n0.103811      x - in -> English <- in - y\n"
	            "0.0519055     x <- after - z - in -> English <- in - y\n");
	run(0, "explain --model model --had x --why y --graph other.csv --damp 0 --fade 1 --relation by=3 --relation after=1 --json");
	assert_says(",\"triples\":6,\"cut\":false,\"paths\":[{\"weight\":9,\"from\":\"x\",\"links\":[{\"relation\":\"by\",\"back\":false,\"thing\":\"Wang\"},"
	            "{\"relation\":\"by\",\"back\":true,\"thing\":\"y\"}]}]}\n");
	run(0, "explain --model model --had x --why z --graph other.csv --links 1 --paths 1 --fade 1");
	assert_says("\n1             x <- after - z\n");
	run(0, "explain --model model --had x --why z --graph other.csv --relation by=1");
	assert_says("in the graph, of 6 triples, no path leads there:\n");
	run(2, "explain --model model --had x --why z --relation by=1");
	run(2, "explain --model model --had x --why z --graph nowhere.csv");
	write_file("log.csv", "0 0 1\n1 0 1\n");
	write_file("other.csv", "0 3 9\n1 3 9\n");
	run(0, "fit log.csv --adjacency --by item-knn --model model");
	run(0, "explain --model model --had 0 --why 1 --graph other.csv --damp 0");
	assert_says("0.25          0 - 3 -> 9 <- 3 - 1\n");
}

/* y is proposed before x, which it wants; of z and w, which want each other, the order stays; a wants u, which is not proposed. */
static void proposals_come_in_an_order_that_can_be_learned(void **state)
{
	(void)state;
	write_file("log.csv", "user,item\na,y\nb,y\nc,y\nd,y\na,x\nb,x\nc,x\na,z\nb,z\na,w\nb,u\n");
	write_file("other.csv", "before,after\nx,y\nz,w\nw,z\nu,a\nx,nowhere\n");
	run(0, "fit log.csv --by popularity --model model");
	run(0, "recommend --model model --had u --at 4 --json");
	assert_says("[{\"item\":\"y\",\"score\":4},{\"item\":\"x\",\"score\":3},{\"item\":\"z\",\"score\":2},{\"item\":\"w\",\"score\":1}]");
	run(0, "recommend --model model --had u --at 4 --prerequisites other.csv --json");
	assert_says("[{\"item\":\"x\",\"score\":3},{\"item\":\"y\",\"score\":4},{\"item\":\"z\",\"score\":2},{\"item\":\"w\",\"score\":1}]");
	assert_says("\"prerequisites\":3,\"broken\":1,");
	run(0, "recommend --model model --had u --at 4 --prerequisites other.csv");
	assert_says("arranged by 3 prerequisites between them; not kept, for circles: 1\n");
	write_file("other.csv", "before,later\nx,y\n");
	run(1, "recommend --model model --had u --prerequisites other.csv");
	assert_says("Those of prerequisites are before and after.");
}

/* Two kinds of people and of items; n is of the one kind, and nobody had it. o is about nothing that anybody had. */
#define KINDS "user,item\na,x\na,y\nb,x\nb,y\nc,p\nc,q\nd,p\nd,q\ne,x\nf,p\n"

/* ---- not all alike, not all of one, some of what is new ---- */

/* By popularity: v, x, y, z, n. v and x are about the same, n is new. */
#define SHELF "user,item\na,v\nb,v\nc,v\nd,v\ne,v\na,x\nb,x\nc,x\nd,x\na,y\nb,y\nc,y\na,z\nb,z\na,n\nf,u\n"

static void assert_order(const char *order)
{
	const char *from = said;
	char item[] = "{\"item\":\"?\"";

	for (; *order; order++) {
		item[9] = *order;
		from = strstr(from, item);
		if (!from)
			fail_msg("no %s in its place in: %s", item, said);
	}
}

static void lists_are_rearranged(void **state)
{
	(void)state;
	write_file("log.csv", SHELF);
	run(0, "fit log.csv --by popularity --model model");
	run(0, "recommend --model model --had u --at 4 --json");
	assert_order("vxyz");
	write_file("other.csv", "item,term\nv,c\nv,c\nx,c\ny,sql\nz,yoga\nn,tea\nelsewhere,c\n");
	run(0, "recommend --model model --had u --at 4 --diverse 9 --content other.csv --json");
	assert_order("vyz");
	assert_says("\"candidates\":5,\"relaxed\":0,\"items_unknown\":0,");
	run(0, "recommend --model model --had u --at 4 --diverse .1 --content other.csv --json");
	assert_order("vxyz");
	write_file("other.csv", "item,creator,created\nv,Wang,1\nx,Wang,1\ny,Wang,2\nz,Li,3\nn,Li,9\nelsewhere,Li,9\n");
	run(0, "recommend --model model --had u --at 3 --most-of-a-creator 1 --items other.csv --json");
	assert_order("vzx"); /* the third has no other creator */
	assert_says("\"relaxed\":1,\"items_unknown\":1,");
	run(0, "recommend --model model --had u --at 3 --most-of-a-creator 2 --items other.csv");
	assert_says("rearranged from the best 5; items that the model does not know, and cannot show: 1\nv ");
	run(0, "recommend --model model --had u --at 3 --new 1 --new-since 4 --items other.csv --json");
	assert_order("vxn");
	assert_says("{\"item\":\"n\",\"score\":1,\"new\":true}");
	assert_says("{\"item\":\"x\",\"score\":4,\"new\":false}");
	run(0, "recommend --model model --had u --at 3 --new 2 --new-since 3 --most-of-a-creator 1 --items other.csv --json");
	assert_order("vzx"); /* both that are new are of Li */
}

/* What is new is found though a thousand are better; factors say what is alike. */
static void newcomers_are_found_far_down(void **state)
{
	enum { ITEMS = 1500 };
	static const char *const by[] = { "fit log.csv --by als --factors 4 --model model", "fit log.csv --by gfcf --waves 2 --model model" };
	FILE *to = fopen("log.csv", "w");

	(void)state;
	for (int u = 0; u < 3; u++) {
		fprintf(to, "%d", u);
		for (int i = u; i < ITEMS - u; i++)
			fprintf(to, " %d", i);
		fputs("\n", to);
	}
	fputs("3 0\n", to);
	fclose(to);
	write_file("other.csv", "item,created\n1498,7\n1499,7\n5,3\n");
	run(0, "fit log.csv --adjacency --by popularity --model model");
	run(0, "recommend --model model --had 0 --at 3 --new 1 --new-since 7 --items other.csv --json");
	assert_says("\"candidates\":1000,");
	assert_says("[{\"item\":\"2\",\"score\":3,\"new\":false},{\"item\":\"3\",\"score\":3,\"new\":false},{\"item\":\"1498\",\"score\":2,\"new\":true}]");
	write_file("log.csv", KINDS "a,w\nb,w\n");
	for (size_t k = 0; k < sizeof by / sizeof *by; k++) {
		run(0, by[k]);
		run(0, "recommend --model model --had x --at 2 --json");
		assert_true(strstr(said, "\"item\":\"w\"") && strstr(said, "\"item\":\"y\""));
		run(0, "recommend --model model --had x --at 2 --diverse 100 --json");
		assert_true(strstr(said, "\"item\":\"p\"") || strstr(said, "\"item\":\"q\""));
	}
}

static void what_cannot_be_rearranged_is_refused(void **state)
{
	static const struct { const char *options, *says; } wrong[] = {
		{ "--most-of-a-creator 1", "--most-of-a-creator: wants --items" }, { "--new 1 --new-since 3", "--new: wants --items" },
		{ "--items other.csv", "--items: say nothing without" }, { "--new 1 --items other.csv", "--new: wants --new-since" },
		{ "--new-since 1", "--new-since: wants --new" }, { "--content other.csv", "--content: says nothing without --diverse" },
		{ "--new 3 --new-since 1 --at 2 --items other.csv", "--new: is more than --at" }, { "--diverse 1", "--diverse: wants --content" },
		{ "--diverse -1", "--diverse" }, { "--most-of-a-creator 0 --items other.csv", "--most-of-a-creator" },
	};
	char line[160];

	(void)state;
	write_file("log.csv", SHELF);
	write_file("other.csv", "item,creator\nv,Wang\nx,Li\nv,Li\n");
	run(0, "fit log.csv --by popularity --model model");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(line, sizeof line, "recommend --model model --had u %s", wrong[i].options);
		run(2, line);
		assert_says(wrong[i].says);
	}
	run(1, "recommend --model model --had u --most-of-a-creator 1 --items other.csv");
	assert_says("other.csv: v: stands there twice");
	run(1, "recommend --model model --had u --new 1 --new-since 3 --items other.csv");
	assert_says("Those of items are item, creator and created.");
	write_file("other.csv", "item,created\nv,soon\n");
	run(1, "recommend --model model --had u --new 1 --new-since 3 --items other.csv");
	assert_says("other.csv, line 2");
}

/* ---- what items are about, for factors ---- */

static void new_items_come_from_their_terms(void **state)
{
	(void)state;
	write_file("log.csv", KINDS);
	write_file("other.csv", "item,term\nx,c\ny,c\np,baking\nq,baking\nn,c\no,yoga\no,yoga\n");
	run(0, "fit log.csv --by als --factors 4 --content other.csv --prior .1 --model model --json");
	assert_says("\"content\":7,\"terms\":3,\"items_added\":2,\"items_from_terms\":2,");
	run(0, "recommend --model model --had x --had y --at 1");
	assert_says("\nn ");
	run(0, "recommend --model model --had p --had q --at 4 --json");
	assert_says("\"items\":[{\"item\":\"o\","); /* the mean of all, and n is of the others */
	run(0, "fit log.csv --by als --factors 4 --content other.csv --model model");
	assert_says("content: 7 rows, 3 terms, 2 items that nobody had; out of terms come the factors of 2 items\n");
	run(0, "evaluate log.csv --by als --by als+popularity --content other.csv --at 2 --test .3 --split users --json");
	assert_says("\"items_added\":2,\"items_from_terms\":");
	run(0, "evaluate log.csv --split last --by als --content other.csv --at 2 --json");
	assert_says("\"items_added\":2,");
	assert_says("\"coverage\":");
	write_file("log.csv", "0 0 1\n1 0 1\n2 2 3\n3 2 3\n");
	write_file("other.csv", "0 7\n1 7\n2 8\n3 8\n4 7\n");
	run(0, "fit log.csv --adjacency --by als --factors 2 --content other.csv --model model");
	run(0, "recommend --model model --had 0 --had 1 --at 1 --json");
	assert_says("\"items\":[{\"item\":\"4\",");
}

static void content_that_says_nothing_is_refused(void **state)
{
	(void)state;
	write_file("log.csv", KINDS);
	write_file("other.csv", "item,word\nx,c\n");
	run(1, "fit log.csv --by als --content other.csv --model model");
	assert_says("Those of content are item and term.");
	run(2, "fit log.csv --by ease --content other.csv --model model");
	assert_says("only als makes factors of it");
	run(2, "fit log.csv --by als --prior 3 --model model");
	assert_says("--prior: wants a --content");
	run(2, "fit log.csv --by als --content nowhere.csv --model model");
	write_file("other.csv", "item,term\n");
	run(1, "fit log.csv --by als --content other.csv --model model");
	assert_says("other.csv, line 1: There are no rows.\n");
	write_file("other.csv", "item,term\nx,c\n,c\n");
	run(1, "evaluate log.csv --by als --content other.csv");
	assert_says("other.csv, line 3");
}

/* ---- judging ---- */

static void what_was_not_wanted_is_no_hit(void **state)
{
	(void)state;
	write_file("log.csv", "user,item,w\na,x,1\na,y,-1\nb,x,1\nb,y,2\nc,y,1\nc,x,0\n");
	run(0, "evaluate log.csv --weight w --split last --at 1 --json");
	assert_says("\"test\":3,");
	assert_says("\"unwanted\":2,\"judged\":1,");
	assert_says("\"nothing_new\":2,");
	run(0, "evaluate log.csv --weight w --split last --at 1");
	assert_says("not wanted: 2 of what is asked");
	run(0, "evaluate log.csv --split last --at 1");
	assert_never_says("not wanted");
}

/* ---- stars ---- */

/* By hand: means alone, lambda .2, 8 ratings that everybody is taken to have given at the mean, 3.5. After one round Ann stands .25 above, C .5, and
 * who gave C 5 is (5 - 3.5 - .5) / (1 + .2 * 9) above. */
#define STARS "user,item,w,time\nAnn,C,5,1\nAnn,SQL,3,2\nBo,C,4,3\nBo,SQL,2,4\n"

static void stars_are_expected(void **state)
{
	(void)state;
	write_file("log.csv", STARS);
	write_file("other.csv", "user,item,w,time\nCai,C,5,9\nCai,C,1,7\n");
	run(0, "fit log.csv --by ratings --weight w --factors 0 --epochs 1 --regularise .2 --model model");
	run(0, "recommend other.csv --model model --of Cai --weight w --time time");
	assert_says("SQL                           3.35714   because of C: 0.357143\n");
	run(0, "recommend other.csv --model model --of Cai --weight w"); /* the last row says 1 star */
	assert_says("SQL                           1.92857\n");
	run(0, "explain other.csv --model model --of Cai --weight w --time time --why SQL");
	assert_says("score of SQL: 3.35714, the sum of\n3, from anybody, and\n");
	run(0, "explain other.csv --model model --of Cai --weight w --why SQL --json");
	assert_says("\"from_anybody\":3,");
}

/* Each one's last is asked, Bo's too, whom the other said more of than the mean: off by 5 - 4.5 and 5 - 2.5. */
static void stars_are_judged(void **state)
{
	(void)state;
	write_file("log.csv", "user,item,w,time\na,x,5,1\na,y,4,2\na,z,5,3\nb,x,4,1\nb,y,5,2\nb,z,1,3\n");
	run(0, "evaluate log.csv --weight w --time time --split last --by ratings --by als --liked 3 --at 1 --json");
	assert_says("\"unwanted\":1,\"judged\":1,");
	assert_says("\"stars_asked\":2,\"stars\":[{\"by\":\"ratings\",\"rmse\":");
	assert_says("{\"by\":\"mean\",\"rmse\":2.5,\"mae\":2}]}"); /* all were 4.5: off by .5 and 3.5 */
	run(0, "evaluate log.csv --weight w --time time --split last --by ratings --factors 0 --regularise 1e6");
	assert_says("how far off, of 2 stars that were asked:\n");
	assert_says("ratings                 2.5            2\n");
	run(0, "evaluate log.csv --weight w --split users --test .5 --by ratings --json");
	assert_says("\"stars_asked\":1,");
}

static void stars_that_say_nothing_are_refused(void **state)
{
	(void)state;
	write_file("log.csv", STARS);
	run(2, "fit log.csv --by ratings --model model");
	assert_says("ratings: wants --weight: the column of stars");
	run(2, "evaluate log.csv --by ratings");
	run(2, "evaluate log.csv --liked 4");
	assert_says("--liked: wants --weight");
	run(1, "fit log.csv --by ratings --weight w --factors 600 --model model");
	assert_says("out of their bounds");
	run(1, "fit log.csv --by als --factors 0 --model model");
	run(0, "fit log.csv --by ratings --weight w --model model");
	run(2, "recommend --model model --had C");
	assert_says("--had: says no stars");
	run(2, "recommend log.csv --model model --of Ann");
	assert_says("--weight: is missing");
	write_file("log.csv", "user,item,w\na,x,5\na,y,0\n");
	run(1, "fit log.csv --by gfcf --weight w --model model");
	assert_says("not above 0 and at most a million. Weights of --weight w go from 0 (a, y) to 5 (a, x).");
}

/* ---- several as one ---- */

/* Each has a chain of neighbours of their own: who goes with whom tells all, what is popular nothing. */
static void write_chains(void)
{
	FILE *to = fopen("log.csv", "w");

	fputs("user,item,time\n", to);
	for (int u = 0; u < 60; u++) {
		for (int k = 0; k < 6; k++)
			fprintf(to, "u%d,i%d,%d\n", u, (u % 10 * 4 + (u / 10 + k) % 7) % 40, k * 60 + u);
	}
	fclose(to);
}

static void several_are_as_good_as_the_best(void **state)
{
	static const char *const splits[] = { "time", "last", "users" };
	char line[160], whole[4096], *weights;
	double first, second;

	(void)state;
	write_chains();
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
		snprintf(line, sizeof line, "evaluate log.csv --time time --split %s --by item-knn+popularity --at 5 --json --threads 1", splits[i]);
		snprintf(whole, sizeof whole, "%s", run(0, line));
		weights = strstr(whole, ",\"blends\":[{\"recommender\":\"item-knn+popularity\",\"users\":");
		assert_non_null(weights);
		weights = strstr(weights, "\"weights\":{\"item-knn\":");
		assert_non_null(weights);
		assert_int_equal(sscanf(weights, "\"weights\":{\"item-knn\":%lf,\"popularity\":%lf}", &first, &second), 2);
		assert_true(first >= .5 && second >= 0 && fabs(first + second - 1) < 1e-9);
		line[strlen(line) - 1] = '2';
		assert_string_equal(run(0, line), whole);
	}
	run(0, "evaluate log.csv --time time --split last --by item-knn+popularity --by item-knn --at 5");
	assert_says("\nitem-knn+popularity: the weights of the best NDCG, ");
}

/* With a weight of 1 it is the one, though on another scale. */
static void one_of_several_alone_is_itself(void **state)
{
	const char *blend, *alone;

	(void)state;
	write_chains();
	run(0, "evaluate log.csv --time time --split last --by item-knn+popularity --by item-knn --at 1 --json");
	assert_says("\"weights\":{\"item-knn\":1,\"popularity\":0}");
	blend = strstr(said, "{\"recommender\":\"item-knn+popularity\",");
	alone = strstr(said, "{\"recommender\":\"item-knn\",");
	assert_true(blend && alone);
	blend = strchr(blend, ',');
	alone = strchr(alone, ',');
	assert_memory_equal(blend, alone, strcspn(alone, "}"));
}

static void what_makes_no_blend_is_refused(void **state)
{
	(void)state;
	write_file("other.csv", "item,relation,thing\nx,is,short\ny,is,short\n");
	write_file("log.csv", "user,item\na,x\na,y\na,z\nb,x\nb,z\nb,y\nc,y\nc,z\nc,x\n");
	run(2, "evaluate log.csv --split last --by als+item-knn --graph other.csv");
	assert_says("only ease learns from it");
	run(0, "evaluate log.csv --split last --by als+ease --graph other.csv");
	write_file("log.csv", "user,item\na,x\na,y\nb,x\nb,y\n");
	run(2, "evaluate log.csv --by als+als");
	assert_says("als+als: has the same recommender twice");
	run(2, "evaluate log.csv --by als+");
	run(2, "evaluate log.csv --by +");
	run(2, "evaluate log.csv --by als+best");
	assert_says("best: is no recommender");
	run(2, "evaluate log.csv --by als+ratings");
	assert_says("wants --weight");
	run(2, "fit log.csv --by als+als --model model");
	run(2, "fit log.csv --by als+ease --liked 3 --model model");
	assert_says("wants --weight");
	run(2, "fit log.csv --by ease --split last --model model");
	assert_says("one alone has none");
	run(1, "evaluate log.csv --split last --by item-knn+popularity"); /* one row each is left */
	assert_says("The split leaves nothing");
	write_file("log.csv", "user,item\na,x\na,x\na,z\nb,x\nb,x\nb,z\n");
	run(1, "evaluate log.csv --split last --by item-knn+popularity");
	assert_says("nobody in it had anything new");
	write_file("log.csv", "user,item\na,x\na,x\nb,x\nb,x\n");
	run(1, "fit log.csv --by item-knn+popularity --split last --model model");
	assert_says("nobody in it had anything new");
}

/* Sum of what stands behind `key` in what was said */
static double sum_of(const char *key)
{
	double sum = 0;

	for (const char *at = strstr(said, key); at; at = strstr(at, key)) {
		at += strlen(key);
		sum += strtod(at, NULL);
	}
	return sum;
}

/* Kept with the weights that were said; members that have none are not. */
static void a_blend_is_kept(void **state)
{
	static const char *const threads[] = { "1", "2" };
	char line[200], whole[2048];
	double item_knn, popularity;
	const char *parts;

	(void)state;
	write_chains();
	for (size_t i = 0; i < 2; i++) {
		snprintf(line, sizeof line, "fit log.csv --by item-knn+popularity+als --factors 4 --time time --at 5 --model model --json --threads %s", threads[i]);
		run(0, line);
		assert_says("\"recommender\":\"item-knn+popularity+als\",");
		parts = strstr(said, "\"weights\":{\"item-knn\":");
		assert_non_null(parts);
		assert_int_equal(sscanf(parts, "\"weights\":{\"item-knn\":%lf,\"popularity\":%lf", &item_knn, &popularity), 2);
		run(0, "recommend log.csv --time time --model model --of u3 --at 4 --json");
		if (i > 0)
			assert_string_equal(said, whole);
		snprintf(whole, sizeof whole, "%s", said);
	}
	run(0, "fit log.csv --by item-knn+popularity --time time --split last --at 1 --model model");
	assert_says("item-knn                  1\npopularity                0\n");
	run(0, "recommend --model model --had i3 --at 1 --json");
	assert_says("{\"recommender\":\"item-knn\",\"had\":1,");
}

/* Somebody who came after the log; what is rearranged is of the same scores. */
static void parts_of_a_blend_sum_up(void **state)
{
	char score[64];
	double said_score, everybody;

	(void)state;
	write_chains();
	run(0, "fit log.csv --by user-knn+als --factors 4 --time time --split users --test .4 --at 3 --model model");
	write_file("other.csv", "user,item\nnew,i3\nnew,i5\nnew,i6\nnew,nowhere\n");
	run(0, "explain other.csv --model model --of new --why i4 --json");
	assert_says("\"had\":3,\"unknown\":1,");
	assert_int_equal(sscanf(strstr(said, "\"score\":"), "\"score\":%lf,\"from_anybody\":%lf", &said_score, &everybody), 2);
	*strstr(said, "\"members\":") = 'x';
	assert_true(fabs(sum_of("\"part\":") - (said_score - everybody) - said_score) < 1e-4); /* of members, and of items */
	run(0, "recommend other.csv --model model --of new --at 1 --json");
	snprintf(score, sizeof score, "%s", strstr(said, "\"score\":"));
	*strchr(score, ',') = 0;
	write_file("other.csv", "item,creator\ni4,a\ni7,a\ni8,b\n");
	run(0, "recommend --model model --had i3 --had i5 --had i6 --at 1 --most-of-a-creator 1 --items other.csv --json");
	assert_says(score);
	run(0, "recommend --model model --had i3 --had i5 --had i6 --at 3 --diverse .5");
	assert_says("rearranged from the best 37\n");
}

/* Ratings take the latest stars of a pair, and the others what they sum up to. */
static void stars_in_a_blend_are_the_latest(void **state)
{
	char twice[2048];

	(void)state;
	write_file("log.csv", "user,item,stars,t\na,x,5,1\na,y,2,2\na,z,4,3\nb,x,4,1\nb,y,1,2\nb,z,5,4\nc,x,1,1\nc,y,5,2\nc,z,2,4\nd,x,2,1\nd,y,4,2\nd,w,5,4\ne,x,5,1\ne,w,1,4\n");
	run(2, "fit log.csv --by ratings+popularity --split last --model model");
	run(0, "fit log.csv --by ratings+popularity --weight stars --split last --at 1 --least-known 1 --time t --model model --factors 0 --json");
	assert_says("\"ratings\":");
	run(2, "recommend --model model --had x");
	assert_says("says no stars");
	write_file("other.csv", "user,item,stars,t\nn,x,1,9\nn,x,5,1\n");
	run(0, "explain other.csv --model model --weight stars --time t --of n --why w --json");
	snprintf(twice, sizeof twice, "%s", strstr(said, "\"score\":"));
	write_file("other.csv", "user,item,stars,t\nn,x,1,9\n");
	run(0, "explain other.csv --model model --weight stars --time t --of n --why w --json");
	*strstr(twice, ",\"parts\"") = 0;
	assert_says(twice);
}

/* ---- who is shown, and whom it serves ---- */

/* What was had before each one's last: C three times, SQL twice, Pointers once. By popularity Ann is shown SQL, Bo Pointers, Cai C and Dee SQL, who
 * alone took something else. */
#define FAIR "user,item\nAnn,C\nAnn,Pointers\nAnn,SQL\nBo,C\nBo,SQL\nBo,Pointers\nCai,SQL\nCai,C\nDee,C\nDee,Yoga\n"

static void shares_are_told(void **state)
{
	(void)state;
	write_file("log.csv", FAIR);
	write_file("other.csv", "item,group\nC,Wang\nPointers,Wang\nSQL,Li\nKnitting,Li\n");
	run(0, "evaluate log.csv --split last --at 1 --item-groups other.csv --json");
	assert_says("\"fairness\":[{\"recommender\":\"popularity\",\"gini\":0.375,\"coverage\":0.75,\"tail\":0.75,\"largest\":0.1666");
	assert_says("{\"group\":\"Wang\",\"catalogue\":0.5,\"taken_up\":0.6666");
	assert_says("\"visibility\":0.5,\"exposure\":0.5,\"over\":-0.1666");
	assert_says("{\"group\":\"(no group)\",\"catalogue\":0.25,\"taken_up\":0,\"visibility\":0,\"exposure\":0,\"over\":0}]}]");
	assert_says("\"items_unknown\":1");
	write_file("other.csv", "user,group\nAnn,old\nBo,old\nCai,young\nDee,young\n");
	run(0, "evaluate log.csv --split last --at 1 --user-groups other.csv --by item-knn --json");
	assert_says("\"gap\":0.5}");
	assert_says("\"user_groups\":[{\"group\":\"old\",\"users\":2,\"popularity\":1,\"item-knn\":");
	run(0, "evaluate log.csv --split last --at 1 --fairness --by als");
	assert_says("\nhow what is shown is spread:\n");
	assert_never_says("whose items");
	write_chains();
	write_file("other.csv", "item,group\ni1,few\ni2,few\n");
	run(0, "evaluate log.csv --time time --split last --at 3 --item-groups other.csv --by item-knn+popularity");
	assert_says("\nwhose items item-knn+popularity shows:\n");
	write_file("log.csv", "0 0 1 2\n1 0 2 1\n2 2 0\n3 0 3\n");
	write_file("other.csv", "item,group\n0,1\n1,1\n2,2\n");
	run(0, "evaluate log.csv --adjacency --split last --at 1 --item-groups other.csv --json");
	assert_says("\"gini\":0.375,\"coverage\":0.75,\"tail\":0.75,");
}

static void groups_that_say_nothing_are_refused(void **state)
{
	(void)state;
	write_file("log.csv", FAIR);
	write_file("other.csv", "item,group\nC,Wang\nC,Li\n");
	run(1, "evaluate log.csv --split last --item-groups other.csv");
	assert_says("other.csv: C: stands there twice");
	run(1, "evaluate log.csv --split last --user-groups other.csv");
	assert_says("Those of groups are item or user, and group.");
	write_file("other.csv", "user,group\nAnn,\n");
	run(1, "evaluate log.csv --split last --user-groups other.csv");
	assert_says("other.csv, line 2");
	run(2, "evaluate log.csv --split last --user-groups nowhere.csv");
}

/* ---- what follows ---- */

/* Of b's two the last is held back, and c had one alone. */
static void what_a_network_learns_from_is_told(void **state)
{
	(void)state;
	write_file("log.csv", "user,item,w\na,x,1\na,y,1\na,z,1\nb,y,1\nb,x,1\nc,z,-1\n");
	run(0, "fit-next log.csv --by gru4rec --width 2 --epochs 1 --model model --json");
	assert_says("\"learned_from\":2,\"held_back\":2,\"left_out\":2,");
	run(0, "fit-next log.csv --by gru4rec --width 2 --epochs 1 --all --model model");
	assert_says("\n5 rows learned from, 0 that say when to stop; left out: 1, with nothing before or after\n");
	run(2, "fit-next log.csv --by gru4rec --weight w --model model");
	assert_says("--weight: there is no such option");
	write_file("log.csv", "user,item\na,x\na,y\nb,y\nb,x\n");
	run(1, "fit-next log.csv --by gru4rec --width 2 --model model");
	assert_says("Nobody has two items left where each one's last is held back: --all");
	write_file("log.csv", "user,item\na,x\nb,y\n");
	run(1, "fit-next log.csv --by gru4rec --width 2 --model model");
	assert_says("Nobody had two items:");
}

/* ---- what is refused ---- */

static void columns_and_cells_that_make_no_log_are_told(void **state)
{
	(void)state;
	write_file("log.csv", "user,user,item\na,b,x\n");
	run(1, "fit log.csv --by popularity --model model");
	assert_says("log.csv, line 1, column user: A column that is wanted is there twice");
	write_file("log.csv", "user,item,w,when\na,x,1,1\nb,x,much,2\n");
	run(1, "fit log.csv --by popularity --weight w --model model");
	assert_says("log.csv, line 3, column w: A weight is to be a number, and at most a billion.");
	write_file("log.csv", "user,item,w,when\na,x,1,1\nb,x,2,2026-01-31\n");
	run(1, "fit log.csv --by popularity --time when --model model");
	assert_says("log.csv, line 3, column when: A time is to be a number");
	write_file("log.csv", "user,item,w\na,x,1\na,y,-2\na,y,.5\nb,x,2000000\n");
	run(1, "fit log.csv --by rp3beta --weight w --model model");
	assert_says("rp3beta: An option is out of its bounds, or a weight is not above 0. Weights of --weight w go from -1.5 (a, y) to 2000000 (b, x).\n");
	run(1, "fit log.csv --by als --weight w --model model");
	assert_says("beyond a million. Weights of --weight w go from -1.5 (a, y) to 2000000 (b, x).\n");
	run(1, "fit log.csv --by popularity --weight w --half-life 3 --model model");
	assert_says("wants a log with times.\n");
	write_file("log.csv", "user,item,more,more\na,x,1,1\n");
	run(0, "fit log.csv --by popularity --model model");
}

static void lines_of_numbers_have_no_columns(void **state)
{
	(void)state;
	write_file("log.csv", "0 0 1\n1 1\n");
	run(2, "fit log.csv --adjacency --weight w --by als --model model");
	assert_says("--weight: is a column, and with --adjacency there is none");
	run(2, "evaluate log.csv --time when --adjacency");
	assert_says("--time: is a column");
	run(2, "fit-next log.csv --adjacency --item what --by caser --model model");
	run(0, "fit log.csv --adjacency --by popularity --model model");
	run(2, "recommend log.csv --adjacency --user who --of 1 --model model");
	assert_says("--user: is a column");
}

static void what_no_file_holds_is_refused_first(void **state)
{
	(void)state;
	write_file("log.csv", "67108862 1\n");
	run(1, "fit log.csv --adjacency --by als --model model");
	assert_says("als: The model would be a file of more than 2 GB");
	write_file("log.csv", "0 1048575\n1 5\n0 5\n");
	run(0, "fit log.csv --adjacency --by item-knn --model model");
	run(0, "recommend --model model --had 5 --at 1");
	assert_says("\n1048575 ");
}

/* ---- what things are about ---- */

static void similar_things_and_why(void **state)
{
	(void)state;
	write_file("log.csv", "work,word,n\nC,pointers,1\nC,memory,3\nRust,memory,2\nRust,types,1\nBaking,bread,1\n");
	run(0, "similar log.csv --item work --term word --had C");
	assert_says("3 items, 4 terms, by 1 that they had\n");
	assert_says("memory: ");
	assert_never_says("Baking"); /* no word in common */
	run(0, "similar log.csv --item work --term word --weight n --tf-idf --had C --had C --json");
	assert_says("\"had\":1,\"items\":[{\"item\":\"Rust\",\"score\":");
	assert_says(",\"terms\":[{\"term\":\"memory\",\"part\":");
	run(0, "similar log.csv --item work --term word --had Baking --json");
	assert_says("\"items\":[]}");
}

static void what_is_not_similar_is_refused(void **state)
{
	(void)state;
	write_file("log.csv", "item,term,n\nC,pointers,1\nC,memory,0\n");
	run(2, "similar log.csv --had Cobol");
	assert_says("Cobol: is no item of the file");
	run(1, "similar log.csv --had C --weight n");
	assert_says("not above 0 and at most a billion. Weights of --weight n go from 0 (C, memory) to 1 (C, pointers).");
	run(1, "similar log.csv --had C --term word");
	assert_says("no such column");
	run(2, "similar log.csv --had C --b 2");
	run(2, "similar log.csv");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_wanted_is_no_reason),
		cmocka_unit_test(repeats_add_up),
		cmocka_unit_test(many_names_are_found),
		cmocka_unit_test(newcomers_see_what_is_popular),
		cmocka_unit_test(a_graph_brings_together),
		cmocka_unit_test(graphs_that_say_nothing_are_refused),
		cmocka_unit_test(paths_explain),
		cmocka_unit_test(proposals_come_in_an_order_that_can_be_learned),
		cmocka_unit_test(lists_are_rearranged),
		cmocka_unit_test(newcomers_are_found_far_down),
		cmocka_unit_test(what_cannot_be_rearranged_is_refused),
		cmocka_unit_test(new_items_come_from_their_terms),
		cmocka_unit_test(content_that_says_nothing_is_refused),
		cmocka_unit_test(what_was_not_wanted_is_no_hit),
		cmocka_unit_test(stars_are_expected),
		cmocka_unit_test(stars_are_judged),
		cmocka_unit_test(stars_that_say_nothing_are_refused),
		cmocka_unit_test(several_are_as_good_as_the_best),
		cmocka_unit_test(one_of_several_alone_is_itself),
		cmocka_unit_test(what_makes_no_blend_is_refused),
		cmocka_unit_test(a_blend_is_kept),
		cmocka_unit_test(parts_of_a_blend_sum_up),
		cmocka_unit_test(stars_in_a_blend_are_the_latest),
		cmocka_unit_test(shares_are_told),
		cmocka_unit_test(groups_that_say_nothing_are_refused),
		cmocka_unit_test(what_a_network_learns_from_is_told),
		cmocka_unit_test(columns_and_cells_that_make_no_log_are_told),
		cmocka_unit_test(lines_of_numbers_have_no_columns),
		cmocka_unit_test(what_no_file_holds_is_refused_first),
		cmocka_unit_test(similar_things_and_why), cmocka_unit_test(what_is_not_similar_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
