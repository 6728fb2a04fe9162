/* testing.c - see testing.h. */
#include "serve/testing.h"

#include "db/embedded.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER_ARENA = 64 << 20 };

static const int64_t start_ms = 1790000000000;

static void must(problem why)
{
	if (!why)
		return;
	fprintf(stderr, "testing: %s\n", why->type);
	abort();
}

static void make_folder(struct house *house)
{
	const char *where = getenv("TMPDIR"), *source = getenv("ZHIFANG_SOURCE");
	char words[512], link[300];

	snprintf(house->folder, sizeof(house->folder), "%s/zhifang-house-XXXXXX", where ? where : "/tmp");
	if (!mkdtemp(house->folder)) {
		perror(house->folder);
		abort();
	}
	snprintf(house->web, sizeof(house->web), "%s/web", house->folder);
	snprintf(link, sizeof(link), "%s/locales", house->web);
	snprintf(words, sizeof(words), "%s/web/src/locales", source ? source : ".");
	if (mkdir(house->web, 0700) || symlink(words, link)) {
		perror(link);
		abort();
	}
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

void house_open(struct house *house, const struct migration *more, size_t n)
{
	struct migration *all = calloc(migrations_all_count + n, sizeof(*all));

	assert(all);
	memcpy(all, migrations_all, migrations_all_count * sizeof(*all));
	if (n)
		memcpy(all + migrations_all_count, more, n * sizeof(*all));
	house->world = world_test(start_ms, 1);
	house->db = db_testing_open(house->world, all, migrations_all_count + n);
	house->serve = NULL;
	make_folder(house);
	house->options = (struct serve_options){
		.db = house->db, .world = house->world, .address = TEXT("127.0.0.1"), .loops = 2, .sandbox = true,
		.site_name = TEXT("Workshop"), .quiet = true, .data_folder = text_of(house->folder),
		.web_folder = text_of(house->web),
	};
	free(all);
}

void house_start(struct house *house, const struct module *const *modules, const struct session_source *sessions)
{
	house->options.modules = modules;
	house->options.sessions = sessions;
	must(serve_start(&house->options, &house->serve));
}

void house_close(struct house *house)
{
	serve_stop(house->serve);
	db_testing_close(house->db);
	world_close(house->world);
	if (nftw(house->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		perror(house->folder);
}

void visitor_open(struct visitor *visitor, struct house *house)
{
	*visitor = (struct visitor){ .house = house, .arena = arena_new(ANSWER_ARENA) };
}

void visitor_close(struct visitor *visitor)
{
	arena_free(visitor->arena);
}

/* The token is PERSON-ROLES, and -stale where the sign-in was long ago. */
struct visitor visitor_of(struct house *house, int64_t person, unsigned roles)
{
	struct visitor visitor;

	visitor_open(&visitor, house);
	if (person)
		snprintf(visitor.session, sizeof(visitor.session), "%lld-%u", (long long)person, roles);
	return visitor;
}

static problem find_numbered(struct tx *tx, struct text token, int64_t now_ms, struct person *ret)
{
	struct text rest = token;
	int64_t person, roles;

	(void)tx, (void)now_ms;
	if (text_to_int(text_cut(&rest, '-'), &person) && text_to_int(text_cut(&rest, '-'), &roles))
		*ret = (struct person){ .id = { person }, .roles = ANYBODY | LEARNER | (unsigned)roles, .session = person, .fresh = !rest.length };
	return NULL;
}

const struct session_source testing_sessions = { .find = find_numbered, .cookie = "session" };

/* "session=abc; Path=/; ..."; there may be other cookies. */
static void keep_cookies(struct visitor *visitor)
{
	for (size_t i = 0; i < visitor->answer.header_count; i++) {
		struct text rest = visitor->answer.headers[i].value, pair = text_cut(&rest, ';'), name = text_cut(&pair, '=');

		if (text_eq_nocase(visitor->answer.headers[i].name, TEXT("Set-Cookie")) && text_is(name, "session"))
			snprintf(visitor->session, sizeof(visitor->session), "%.*s", TEXT_ARG(pair));
	}
}

static size_t add_headers(struct visitor *visitor, const char *body, struct header *headers)
{
	size_t n = 0;

	if (body)
		headers[n++] = (struct header){ TEXT("Content-Type"), TEXT("application/json") };
	if (!visitor->foreign)
		headers[n++] = (struct header){ TEXT("Sec-Fetch-Site"), TEXT("same-origin") };
	if (visitor->session[0])
		headers[n++] = (struct header){ TEXT("Cookie"), arena_format(visitor->arena, "session=%s", visitor->session) };
	if (visitor->key)
		headers[n++] = (struct header){ TEXT("Idempotency-Key"), text_of(visitor->key) };
	for (size_t i = 0; i < visitor->more_count; i++)
		headers[n++] = visitor->more[i];
	return n;
}

int visit(struct visitor *visitor, enum method method, const char *path, const char *body)
{
	struct header headers[16];
	struct http_call call = { .method = method, .headers = headers, .body = text_of(body), .plain_http_on_loopback = true,
	                          .total_ms = 30000 };
	problem why;

	arena_reset(visitor->arena);
	visitor->answer = (struct http_answer){ 0 };
	call.url = arena_format(visitor->arena, "http://127.0.0.1:%d%s", serve_port(visitor->house->serve), path);
	call.header_count = add_headers(visitor, body, headers);
	why = http_call(visitor->arena, &call, &visitor->answer);
	visitor->key = NULL;
	if (why)
		return 0;
	keep_cookies(visitor);
	return visitor->answer.status;
}

const json_t *answer_at(const struct visitor *visitor, const char *path)
{
	struct text rest = text_of(path), part;
	json_t *at = NULL;

	if (json_read(visitor->arena, visitor->answer.body, &at))
		return NULL;
	while (at && rest.at && rest.length) {
		int64_t i;

		part = text_cut(&rest, '.');
		if (json_is_array(at))
			at = text_to_int(part, &i) ? json_array_get(at, (size_t)i) : NULL;
		else
			at = json_object_get(at, arena_cstr(visitor->arena, part));
	}
	return at;
}

bool answer_is_problem(const struct visitor *visitor, const char *type)
{
	return text_is(http_answer_header(&visitor->answer, "Content-Type"), "application/problem+json") &&
	       text_is(json_text(answer_at(visitor, "type")), type) &&
	       json_integer_value(answer_at(visitor, "status")) == visitor->answer.status;
}

struct text answer_header(const struct visitor *visitor, const char *name)
{
	return http_answer_header(&visitor->answer, name);
}
