/* main.c - the command line: one table of commands, the same configuration for each. */
#include "app/app.h"
#include "app/keeping.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "account/account.h"
#include "audit/audit.h"
#include "catalog/import.h"
#include "ledger/ledger.h"
#include "mine/mine.h"
#include "order/order.h"
#include "rec/rec.h"
#include "stats/stats.h"

struct command_line {
	struct config *config;
	struct world *world;
	struct arena *arena;
	int count;                  /* words that are no options */
	const char **words;
	const char *creator, *language, *price, *name, *role, *user, *about, *to, *passphrase_file;
	bool edition, again, move;
};

static int fail(problem why, struct text what)
{
	fprintf(stderr, "zhifang: %.*s%s%s (%s)\n", TEXT_ARG(what), what.length ? ": " : "", why->title, why->type);
	return 1;
}

static int with_db(struct command_line *c, int (*use)(struct command_line *c, struct db *db))
{
	struct db *db;
	problem why = app_open_db(c->config, c->world, &db);
	int status;

	if (why)
		return fail(why, TEXT("database"));
	status = use(c, db);
	db_close(db);
	return status;
}

static int serve(struct command_line *c)
{
	problem why = app_serve(c->config, c->world);

	return why ? fail(why, TEXT("serve")) : 0;
}

/* An empty shop: database, keys, and the mode that it keeps. */
static int init(struct command_line *c)
{
	struct text mode = config_get(c->config, "mode"), data = config_get(c->config, "data");
	problem why = app_begin(c->config, c->world);

	if (why)
		return fail(why, TEXT("init"));
	printf("An empty shop in %.*s mode stands in %.*s; this mode is kept.\n"
	       "Start it with \"zhifang serve\" and the same options: it prints the address where its owner begins.\n",
	       TEXT_ARG(mode), TEXT_ARG(data));
	return 0;
}

/* ---- import ---- */

static int import_into(struct command_line *c, struct db *db)
{
	struct import_options options = { .folder = text_of(c->words[0]), .creator = text_of(c->creator), .language = text_of(c->language), .new_edition = c->edition, .move = c->move };
	struct import_report report = { 0 };
	int64_t fen;
	problem why;

	if (c->price) {
		if (!text_to_int(text_of(c->price), &fen) || fen < 0) {
			fprintf(stderr, "zhifang: --price takes a whole number of fen\n");
			return 2;
		}
		options.price = MONEY(fen);
		options.price_given = true;
	}
	why = import_folder(db, config_get(c->config, "data"), &options, c->arena, &report);
	import_print(&report, stdout);
	return why ? fail(why, options.folder) : 0;
}

static int import(struct command_line *c)
{
	if (c->count != 1 || !c->creator || !c->language) {
		fprintf(stderr, "usage: zhifang import FOLDER --creator NAME --language zh-CN|en [--price FEN] [--edition] [--move]\n");
		return 2;
	}
	return with_db(c, import_into);
}

static int catalogue_into(struct command_line *c, struct db *db)
{
	struct import_report report = { 0 };
	problem why = import_catalogue(db, text_of(c->words[0]), 0, c->arena, &report);

	import_print(&report, stdout);
	return why ? fail(why, text_of(c->words[0])) : 0;
}

static int import_a_catalogue(struct command_line *c)
{
	if (c->count != 1) {
		fprintf(stderr, "usage: zhifang import-catalogue FILE\n");
		return 2;
	}
	return with_db(c, catalogue_into);
}

/* ---- people ---- */

/* Read from standard input where it is not a terminal; else made up and printed, once. */
static struct text a_password(struct command_line *c, bool *ret_made)
{
	char line[256];

	*ret_made = isatty(STDIN_FILENO) || !fgets(line, sizeof line, stdin) || line[0] == '\n';
	return *ret_made ? token_make(c->arena, c->world, 16) : arena_text(c->arena, text_trim(text_of(line)));
}

struct user_change {
	struct command_line *c;
	struct account account;
	enum who role;
};

static problem grant(struct tx *tx, void *arg)
{
	struct user_change *u = arg;

	return account_grant(tx, u->account.id, u->role, (struct user_id){ 0 });
}

static problem own_creator(struct tx *tx, void *arg)
{
	struct user_change *u = arg;
	struct creator creator;
	struct text name = text_of(u->c->name), about = u->c->about ? text_of(u->c->about) : TEXT("");
	problem why = creator_by_name(tx, name, &creator);

	if (why == &creator_missing)
		return creator_add(tx, name, about, u->account.id, &creator);
	return why ? why : creator_describe(tx, creator.id, about.length ? about : creator.about, u->account.id);
}

struct finding {
	struct keyring *keyring;
	struct text login;
	struct account *account;
};

static problem find_account(struct tx *tx, void *arg)
{
	struct finding *f = arg;

	return account_by_login(tx, f->keyring, f->login, f->account);
}

static problem vouch_login(struct tx *tx, void *arg)
{
	struct finding *f = arg;

	return account_vouch_login(tx, f->keyring, f->login);
}

/* Somebody new, or with --again somebody who may be there already and gets this password. */
static problem enter_user(struct command_line *c, struct db *db, struct keyring *keyring, const struct account_draft *draft, struct account *ret)
{
	struct finding finding = { keyring, draft->login, ret };
	problem why = account_create(db, keyring, c->arena, draft, ret);

	if (why != &login_taken || !c->again)
		return why;
	why = db_read(db, find_account, &finding);
	if (!why)
		why = db_write(db, vouch_login, &finding);
	return why ? why : account_set_password(db, c->arena, ret->id, draft->password);
}

static int add_user(struct command_line *c, struct db *db, const char *role)
{
	struct user_change u = { .c = c };
	struct keyring *keyring;
	bool made;
	const struct account_draft draft = { .login = text_of(c->words[0]), .password = a_password(c, &made), .name = text_of(c->name), .verified = true };
	problem why;

	if (role && !role_from_name(text_of(role), &u.role)) {
		fprintf(stderr, "zhifang: no role %s; there are creator, moderator, finance, analyst, admin\n", role);
		return 2;
	}
	why = account_keyring_open(config_get(c->config, "data"), c->world, &keyring);
	if (!why)
		why = enter_user(c, db, keyring, &draft, &u.account);
	if (!why && role)
		why = db_write(db, grant, &u);
	if (!why && role && u.role == CREATOR && c->name)
		why = db_write(db, own_creator, &u);
	if (why)
		return fail(why, draft.login);
	keyring_close(keyring);
	if (made)
		printf("%.*s  %.*s\n", TEXT_ARG(draft.login), TEXT_ARG(draft.password));
	return 0;
}

static int user_into(struct command_line *c, struct db *db) { return add_user(c, db, c->role); }
static int admin_into(struct command_line *c, struct db *db) { return add_user(c, db, "admin"); }

static int user_usage(void)
{
	fprintf(stderr, "usage: zhifang user create LOGIN [--name NAME] [--role ROLE] [--about TEXT] [--again]   (the password on standard input)\n"
	                "       zhifang user one-step LOGIN   (takes the second factor away: for who lost phone and recovery codes)\n"
	                "       zhifang admin create LOGIN [--name NAME]\n");
	return 2;
}

struct losing {
	struct finding finding;
	struct account account;
	bool on;
};

static problem drop_second_factor(struct tx *tx, void *arg)
{
	struct losing *l = arg;
	problem why = account_by_login(tx, l->finding.keyring, l->finding.login, &l->account);

	if (!why)
		l->on = account_drop_second_factor(tx, l->account.id);
	return why ? why : tx_problem(tx);
}

static int one_step(struct command_line *c, struct db *db)
{
	struct losing l = { .finding = { .login = text_of(c->words[0]) } };
	problem why = account_keyring_open(config_get(c->config, "data"), c->world, &l.finding.keyring);

	if (!why)
		why = db_write(db, drop_second_factor, &l);
	if (why)
		return fail(why, l.finding.login);
	keyring_close(l.finding.keyring);
	printf("%s\n", l.on ? "From now on the password alone is asked for." : "There was no second factor.");
	return 0;
}

static int user(struct command_line *c)
{
	bool creates = c->count == 2 && !strcmp(c->words[0], "create");

	if (!creates && (c->count != 2 || strcmp(c->words[0], "one-step") != 0))
		return user_usage();
	c->words++;
	return with_db(c, creates ? user_into : one_step);
}

static int admin(struct command_line *c)
{
	if (c->count != 2 || strcmp(c->words[0], "create"))
		return user_usage();
	c->words++;
	return with_db(c, admin_into);
}

/* ---- looking ---- */

static int openapi(struct command_line *c)
{
	struct buffer out = BUFFER(16 << 20);
	bool written;

	(void)c;
	serve_openapi(app_modules, &out);
	written = !out.why && fwrite(out.at, 1, out.length, stdout) == out.length && fputc('\n', stdout) != EOF;
	buffer_free(&out);
	return written ? 0 : 1;
}

static void print_routes(const struct module *module)
{
	static const char *const methods[] = { [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE", [OPTIONS] = "OPTIONS" };

	for (const struct route *route = module->routes; route && route->method; route++)
		printf("%-7s %s\n", methods[route->method], route->path);
}

/* What the build compares with src/ROLES. */
static int routes(struct command_line *c)
{
	(void)c;
	print_routes(&serve_module);
	for (size_t i = 0; app_modules[i]; i++)
		print_routes(app_modules[i]);
	return 0;
}

static int config(struct command_line *c)
{
	config_print(c->config);
	return 0;
}

static int migrate_only(struct command_line *c, struct db *db)
{
	(void)c;
	printf("The database is up to date (%s).\n", db_is_postgresql(db) ? "PostgreSQL" : "SQLite");
	return 0;
}
static int migrate(struct command_line *c) { return with_db(c, migrate_only); }

static int say_verdict(const char *what, bool sound, struct text wrong)
{
	if (sound)
		printf("%s: all is well\n", what);
	else
		printf("%s: WRONG: %.*s\n", what, TEXT_ARG(wrong));
	return sound ? 0 : 1;
}

static int verify_ledger(struct command_line *c, struct db *db)
{
	struct ledger_report ledger;
	struct order_report orders;
	problem why = ledger_verify(db, c->arena, &ledger);

	if (!why)
		why = order_verify(db, c->arena, &orders);
	if (why)
		return fail(why, TEXT("ledger"));
	printf("ledger: %lld entries, %lld postings; %lld orders\n", (long long)ledger.journals, (long long)ledger.postings, (long long)orders.orders);
	return say_verdict("ledger", ledger.sound, ledger.first_wrong) | say_verdict("orders", orders.sound, orders.first_wrong);
}

static int verify_audit(struct command_line *c, struct db *db)
{
	struct audit_report report;
	problem why = audit_verify(db, NULL, &report);

	if (why)
		return fail(why, TEXT("audit"));
	printf("audit: %lld sealed, %lld not sealed yet\n", (long long)report.sealed, (long long)report.unsealed);
	return say_verdict("audit", !report.wrong,
	                   arena_format(c->arena, "row %lld at place %lld: %s", (long long)report.wrong_id, (long long)report.wrong, report.why ? report.why : ""));
}

static bool is_verify(const struct command_line *c) { return c->count == 1 && !strcmp(c->words[0], "verify"); }

static int ledger(struct command_line *c)
{
	if (is_verify(c))
		return with_db(c, verify_ledger);
	fprintf(stderr, "usage: zhifang ledger verify\n");
	return 2;
}

static int audit(struct command_line *c)
{
	if (is_verify(c))
		return with_db(c, verify_audit);
	fprintf(stderr, "usage: zhifang audit verify\n");
	return 2;
}

/* ---- keeping it alive ---- */

static struct keeping keeping_of(const struct command_line *c)
{
	return (struct keeping){ .config = c->config, .world = c->world, .arena = c->arena, .to = c->to, .passphrase_file = c->passphrase_file,
		                 .file = c->count == 1 ? c->words[0] : NULL };
}

static int backup(struct command_line *c)
{
	struct keeping k = keeping_of(c);

	if (c->to && !c->count)
		return keeping_backup(&k);
	fprintf(stderr, "usage: zhifang backup --to FOLDER|FILE [--passphrase-file FILE]\n");
	return 2;
}

static int restore(struct command_line *c)
{
	struct keeping k = keeping_of(c);

	if (k.file)
		return keeping_restore(&k);
	fprintf(stderr, "usage: zhifang restore FILE --data FOLDER [--database URL] [--passphrase-file FILE]\n");
	return 2;
}

static int check(struct command_line *c)
{
	struct keeping k = keeping_of(c);

	if (!c->count)
		return keeping_check(&k);
	fprintf(stderr, "usage: zhifang check\n");
	return 2;
}

static int health(struct command_line *c)
{
	struct keeping k = keeping_of(c);

	if (!c->count)
		return keeping_health(&k);
	fprintf(stderr, "usage: zhifang health\n");
	return 2;
}

/* ---- the table ---- */

static const struct {
	const char *name;
	int (*run)(struct command_line *c);
	const char *says;
} commands[] = {
	{ "init", init, "[--mode sandbox|production] [--origin https://...]: an empty shop; the mode is kept for ever" },
	{ "serve", serve, "serve the site until Ctrl-C" },
	{ "import", import, "FOLDER --creator NAME --language zh-CN|en [--price FEN] [--edition] [--move]: a course kept as Markdown" },
	{ "import-catalogue", import_a_catalogue, "FILE: a large catalogue, tab-separated" },
	{ "user", user, "create LOGIN [--name NAME] [--role ROLE]: somebody who may sign in; one-step LOGIN: without a second factor" },
	{ "admin", admin, "create LOGIN: the first administrator" },
	{ "ledger", ledger, "verify: check every entry and every order" },
	{ "audit", audit, "verify: check the chain of audit rows" },
	{ "backup", backup, "--to FOLDER|FILE [--passphrase-file FILE]: database and files in one file, while the site serves" },
	{ "restore", restore, "FILE --data FOLDER [--database URL] [--passphrase-file FILE]: a backup into an empty place, then check" },
	{ "check", check, "database, book, orders, audit rows, keyring and files: the first that disagrees is named" },
	{ "health", health, "disk, jobs, messages of the payment channel: fine, look or act; 1 when something must be done" },
	{ "migrate", migrate, "bring the database up to date" },
	{ "openapi", openapi, "print the API's description" },
	{ "routes", routes, "print method and path of each route" },
	{ "config", config, "print each setting and whence it comes" },
};

/* Those that need no settings and no site: they read their own words. */
static const struct {
	const char *name;
	int (*run)(int count, const char **words, FILE *out, FILE *err);
	const char *says;
} pure_commands[] = {
	{ "stats", stats_command, "dist | fit | chance | regress | test | network | structure: distributions, and what the columns of a file say; each has its --help" },
	{ "mine", mine_command, "what rows tell: classifiers and more, learned from the columns of a file; each has its --help" },
	{ "rec", rec_command, "evaluate | fit | recommend | explain | fit-next | next | similar | fit-context | rerank | fit-graph | related: what may somebody want next, and why; each has its --help" },
};

static int usage(FILE *to, int status)
{
	fprintf(to, "zhifang - a knowledge-commerce site\n\nusage: zhifang COMMAND [--data DIR] [--database URL] [--port N] [--address A] [--config FILE]\n\n");
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(to, "  %-17s %s\n", commands[i].name, commands[i].says);
	for (size_t i = 0; i < sizeof pure_commands / sizeof *pure_commands; i++)
		fprintf(to, "  %-17s %s\n", pure_commands[i].name, pure_commands[i].says);
	return status;
}

/* Options that set a key of the configuration, and those that a command reads. */
static const char **option_of(struct command_line *c, const char *word)
{
	const struct {
		const char *word;
		const char **to;
	} own[] = {
		{ "--creator", &c->creator }, { "--language", &c->language }, { "--price", &c->price }, { "--name", &c->name },
		{ "--role", &c->role }, { "--about", &c->about },
		{ "--to", &c->to }, { "--passphrase-file", &c->passphrase_file },
	};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		if (!strcmp(word, own[i].word))
			return own[i].to;
	}
	return NULL;
}

static bool is_setting(const char *word)
{
	static const char *const settings[] = { "--data", "--database", "--port", "--address", "--origin", "--web", "--mode" };

	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (!strcmp(word, settings[i]))
			return true;
	}
	return false;
}

static int read_config_file(struct command_line *c, const char *path)
{
	int line;
	problem why = config_read_file(c->config, path, &line);

	return why ? fail(why, line ? arena_format(c->arena, "%s:%d", path, line) : text_of(path)) : 0;
}

static bool read_flag(struct command_line *c, const char *word)
{
	const struct {
		const char *word;
		bool *to;
	} flags[] = { { "--edition", &c->edition }, { "--again", &c->again }, { "--move", &c->move } };

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!strcmp(word, flags[i].word))
			return *flags[i].to = true;
	}
	return false;
}

static int check_config(struct command_line *c)
{
	const char *key;
	problem why = config_check(c->config, &key);

	return why ? fail(why, text_of(key)) : 0;
}

static int read_words(struct command_line *c, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		const char **to = option_of(c, argv[i]);

		if (read_flag(c, argv[i])) {
			continue;
		} else if (strncmp(argv[i], "--", 2) != 0) {
			c->words[c->count++] = argv[i];
		} else if (!to && strcmp(argv[i], "--config") && !is_setting(argv[i])) {
			fprintf(stderr, "zhifang: no option %s\n", argv[i]);
			return 2;
		} else if (i + 1 == argc) {
			fprintf(stderr, "zhifang: %s needs a value\n", argv[i]);
			return 2;
		} else if (to) {
			*to = argv[++i];
		} else if (!strcmp(argv[i], "--config")) {
			int status = read_config_file(c, argv[++i]);

			if (status)
				return status;
		} else {
			config_set(c->config, argv[i] + 2, text_of(argv[i + 1]));
			i++;
		}
	}
	return 0;
}

static bool asks_for_help(int argc, char **argv)
{
	bool asks = argc > 1 && !strcmp(argv[1], "help");

	for (int i = 1; i < argc; i++)
		asks |= !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h");
	return asks;
}

int main(int argc, char **argv)
{
	struct command_line c = { 0 };
	int status = 2;

	for (size_t i = 0; argc > 1 && i < sizeof pure_commands / sizeof *pure_commands; i++) {
		if (!strcmp(argv[1], pure_commands[i].name))
			return pure_commands[i].run(argc - 2, (const char **)argv + 2, stdout, stderr);
	}
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is told like a full disk */
	if (argc < 2 || asks_for_help(argc, argv))
		return usage(argc < 2 ? stderr : stdout, argc < 2 ? 2 : 0);
	c.config = config_new();
	c.world = world_real(0);
	c.arena = arena_new((size_t)2 << 30);
	c.words = ARENA_ARRAY(c.arena, const char *, (size_t)argc);
	status = read_words(&c, argc, argv);
	if (!status)
		status = check_config(&c);
	for (size_t i = 0; !status && i <= sizeof commands / sizeof *commands; i++) {
		if (i == sizeof commands / sizeof *commands) {
			fprintf(stderr, "zhifang: no command %s\n", argv[1]);
			status = usage(stderr, 2);
		} else if (!strcmp(argv[1], commands[i].name)) {
			status = commands[i].run(&c);
			break;
		}
	}
	arena_free(c.arena);
	config_free(c.config);
	world_close(c.world);
	return status;
}
