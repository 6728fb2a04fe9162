/* export.c - all that is kept about a person, as one ZIP. Gathered in one read transaction, so that the tables fit together;
 * written to a draft and renamed, so that a download is whole. A run that died begins again. */
#include "account/privacy_room.h"

#include "audit/audit.h"
#include "base/csv.h"
#include "base/json.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const struct problem export_too_soon = { 429, "export-too-soon", "Your data can be gathered once a day." };
const struct problem export_missing = { 404, "export-missing", "There is no such export." };
const struct problem export_gone = { 410, "export-gone", "This export is no longer kept. Ask for a new one." };
static const struct problem export_failed = { 500, "export-failed", "The file cannot be written." };

/* ---- tables ---- */

enum { TABLES_MAX = 40, TABLE_BYTES_MAX = 64 << 20 };

struct table {
	const char *name;
	const struct shape *shape;
	struct buffer json, csv;
	size_t rows;
};

struct privacy_writer {
	struct arena *arena;
	struct keyring *keyring;
	struct table tables[TABLES_MAX];
	size_t count;
};

struct privacy_writer *writer_new(struct arena *arena, struct keyring *keyring)
{
	struct privacy_writer *w = ARENA_NEW(arena, struct privacy_writer);

	w->arena = arena;
	w->keyring = keyring;
	return w;
}

void writer_free(struct privacy_writer *w)
{
	for (size_t i = 0; i < w->count; i++) {
		buffer_free(&w->tables[i].json);
		buffer_free(&w->tables[i].csv);
	}
	w->count = 0;
}

struct arena *privacy_arena(struct privacy_writer *w) { return w->arena; }

struct keyring *privacy_keyring(struct privacy_writer *w) { return w->keyring; }

static void csv_time(struct buffer *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;
	char text[32];

	if (ms && gmtime_r(&seconds, &utc) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc))
		csv_write_text(out, text_of(text));
}

static void csv_cell(struct buffer *out, const struct field *field, const char *at)
{
	switch (field->kind) {
	case SHAPE_TEXT:
	case SHAPE_JSON:
		csv_write_text(out, *(const struct text *)at);
		break;
	case SHAPE_ENUM:
		csv_write_text(out, text_of(field->names[*(const int *)at]));
		break;
	case SHAPE_BOOL:
		buffer_add(out, *(const bool *)at ? TEXT("true") : TEXT("false"));
		break;
	case SHAPE_INT:
		buffer_add_int(out, *(const int64_t *)at);
		break;
	case SHAPE_ID:
		csv_write_id(out, *(const int64_t *)at);
		break;
	case SHAPE_MONEY:
		csv_write_money(out, *(const struct money *)at);
		break;
	case SHAPE_TIME:
		csv_time(out, *(const int64_t *)at);
		break;
	case SHAPE_REAL:
		json_write_real(out, *(const double *)at);
		break;
	default:
		assert(false && "the row of an export is flat");
	}
}

void privacy_table(struct privacy_writer *w, const char *name, const struct shape *row)
{
	struct table *t = &w->tables[w->count++];

	assert(w->count <= TABLES_MAX);
	*t = (struct table){ .name = name, .shape = row, .json = BUFFER(TABLE_BYTES_MAX), .csv = BUFFER(TABLE_BYTES_MAX) };
	buffer_add(&t->json, TEXT("["));
	buffer_add(&t->csv, TEXT("\xef\xbb\xbf")); /* by this Excel knows UTF-8 */
	for (size_t i = 0; i < row->count; i++) {
		buffer_add(&t->csv, i ? TEXT(",") : TEXT(""));
		csv_write_text(&t->csv, text_of(row->fields[i].name));
	}
	buffer_add(&t->csv, TEXT("\r\n"));
}

problem privacy_row(void *writer, const void *row)
{
	struct privacy_writer *w = writer;
	struct table *t = &w->tables[w->count - 1];

	assert(w->count);
	buffer_add(&t->json, t->rows++ ? TEXT(",\n") : TEXT("\n"));
	shape_write(t->shape, &t->json, row);
	for (size_t i = 0; i < t->shape->count; i++) {
		buffer_add(&t->csv, i ? TEXT(",") : TEXT(""));
		csv_cell(&t->csv, &t->shape->fields[i], (const char *)row + t->shape->fields[i].at);
	}
	buffer_add(&t->csv, TEXT("\r\n"));
	return t->json.why ? t->json.why : t->csv.why;
}

/* ---- the file ---- */

static bool add_file(struct archive *zip, struct text name, struct text bytes, int64_t now_ms)
{
	struct archive_entry *entry = archive_entry_new();
	bool added;

	assert(entry);
	archive_entry_set_pathname_utf8(entry, name.at);
	archive_entry_set_size(entry, (int64_t)bytes.length);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_mtime(entry, (time_t)(now_ms / 1000), 0);
	added = archive_write_header(zip, entry) == ARCHIVE_OK && archive_write_data(zip, bytes.at, bytes.length) == (la_ssize_t)bytes.length;
	archive_entry_free(entry);
	return added;
}

static bool add_tables(struct privacy_writer *w, struct archive *zip, int64_t now_ms)
{
	bool added = true;

	for (size_t i = 0; added && i < w->count; i++) {
		struct table *t = &w->tables[i];

		buffer_add(&t->json, TEXT("\n]\n"));
		added = !t->json.why && add_file(zip, arena_format(w->arena, "%s.json", t->name), buffer_text(&t->json), now_ms) &&
		        add_file(zip, arena_format(w->arena, "%s.csv", t->name), buffer_text(&t->csv), now_ms);
	}
	return added;
}

static bool write_zip(struct privacy_writer *w, int fd, int64_t now_ms)
{
	struct archive *zip = archive_write_new();
	bool written;

	assert(zip);
	written = archive_write_set_format_zip(zip) == ARCHIVE_OK && archive_write_open_fd(zip, fd) == ARCHIVE_OK && add_tables(w, zip, now_ms) &&
	          archive_write_close(zip) == ARCHIVE_OK;
	archive_write_free(zip);
	return written && !fsync(fd);
}

problem writer_save(struct privacy_writer *w, const char *path, int64_t now_ms, int64_t *ret_size)
{
	const char *draft = arena_format(w->arena, "%s.draft", path).at;
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat status;
	bool written;

	if (fd < 0)
		return &export_failed;
	written = write_zip(w, fd, now_ms) && !fstat(fd, &status);
	close(fd);
	if (!written || rename(draft, path)) {
		unlink(draft);
		return &export_failed;
	}
	*ret_size = status.st_size;
	return NULL;
}

const char *export__path(struct arena *arena, struct text data_folder, int64_t id)
{
	return arena_format(arena, "%.*s/exports/%lld.zip", TEXT_ARG(data_folder), (long long)id).at;
}

/* ---- asking ---- */

static problem refuse(struct tx *tx, struct privacy_request *r)
{
	problem why = privacy__move(tx, r, PRIVACY_REFUSED);

	if (why)
		return why;
	r->reason = text_of(export_failed.type);
	privacy__set_result(tx, r);
	audit_add(tx, (struct user_id){ 0 }, "export-refused", "user", r->user.v, arena_format(tx_arena(tx), "{\"reason\":\"%s\"}", export_failed.type));
	return tx_problem(tx);
}

static bool is_open(const struct privacy_request *r) { return r->state == PRIVACY_RECEIVED || r->state == PRIVACY_RUNNING; }

/* One that failed does not count, nor does one that nobody ended within a day: its job is gone, or ends when it sees this. */
static problem make_room(struct tx *tx, struct user_id user)
{
	struct privacy_request last;
	problem why = privacy__newest(tx, user, PRIVACY_EXPORT, &last);

	if (why)
		return why == &export_missing ? NULL : why;
	if (last.state != PRIVACY_REFUSED && last.received_ms > tx_now_ms(tx) - DAY_MS)
		return &export_too_soon;
	return is_open(&last) ? refuse(tx, &last) : NULL;
}

problem export__ask(struct tx *tx, struct user_id user, struct privacy_request *ret)
{
	int64_t now_ms = tx_now_ms(tx);
	problem why = make_room(tx, user);

	if (why)
		return why;
	*ret = (struct privacy_request){ .id = tx_id(tx), .user = user, .kind = PRIVACY_EXPORT, .state = PRIVACY_RECEIVED, .received_ms = now_ms, .due_ms = now_ms };
	privacy__insert(tx, ret);
	job_add(tx, JOB_EXPORT, (struct text){ 0 }, arena_format(tx_arena(tx), "{\"request\":%lld}", (long long)ret->id), 0);
	audit_add(tx, user, "export-asked", "user", user.v, (struct text){ 0 });
	return tx_problem(tx) == &db_unique ? &export_too_soon : tx_problem(tx);
}

/* ---- the job ---- */

struct exporting {
	struct job *job;
	struct serve *serve;
	struct privacy_request request;
	struct privacy_writer *writer;
};

static int64_t request_of(struct job *job)
{
	json_t *payload;

	return json_read(job->arena, job->payload, &payload) ? 0 : json_get_int(payload, "request", 0);
}

static problem begin_export(struct tx *tx, void *arg)
{
	struct exporting *e = arg;
	problem why;

	tx_use_arena(tx, e->job->arena);
	why = privacy__by_id(tx, request_of(e->job), &e->request);
	return !why && e->request.state == PRIVACY_RECEIVED ? privacy__move(tx, &e->request, PRIVACY_RUNNING) : why;
}

static problem gather_all(struct tx *tx, void *arg)
{
	struct exporting *e = arg;
	const struct privacy_part *const *parts = privacy_parts(e->serve);
	problem why;

	writer_free(e->writer);
	tx_use_arena(tx, e->job->arena);
	why = account_privacy.gather(tx, e->request.user, e->writer);
	for (size_t i = 0; !why && parts[i]; i++)
		why = parts[i]->gather(tx, e->request.user, e->writer);
	return why;
}

static problem end_export(struct tx *tx, void *arg)
{
	struct exporting *e = arg;
	struct privacy_request done = e->request;
	problem why;

	done.expires_ms = tx_now_ms(tx) + EXPORT_LIFE_MS;
	why = privacy__move(tx, &done, PRIVACY_DONE);
	if (why)
		return why;
	privacy__set_result(tx, &done);
	job_add(tx, JOB_EXPORT_EXPIRES, (struct text){ 0 }, arena_format(tx_arena(tx), "{\"request\":%lld}", (long long)done.id), done.expires_ms);
	audit_add(tx, done.user, "export-made", "user", done.user.v, (struct text){ 0 });
	return tx_problem(tx);
}

static problem export_now(struct exporting *e)
{
	struct job *job = e->job;
	struct text data = serve_data_folder(e->serve);
	problem why;

	if (mkdir(arena_format(job->arena, "%.*s/exports", TEXT_ARG(data)).at, 0700) && access(arena_format(job->arena, "%.*s/exports", TEXT_ARG(data)).at, W_OK))
		return &export_failed;
	e->writer = writer_new(job->arena, account_keyring(e->serve));
	why = db_read(job->db, gather_all, e);
	if (!why)
		why = writer_save(e->writer, export__path(job->arena, data, e->request.id), world_now_ms(db_world(job->db)), &e->request.size);
	writer_free(e->writer);
	return why ? why : db_write(job->db, end_export, e);
}

static problem give_up(struct tx *tx, void *arg)
{
	struct exporting *e = arg;
	struct privacy_request is;
	problem why;

	tx_use_arena(tx, e->job->arena);
	why = privacy__by_id(tx, e->request.id, &is);
	return why || !is_open(&is) ? why : refuse(tx, &is);
}

problem export__run(struct job *job)
{
	struct exporting e = { .job = job, .serve = job->home };
	problem why = db_write(job->db, begin_export, &e);

	if (!why && e.request.state == PRIVACY_RUNNING)
		why = export_now(&e);
	if (why && e.request.id && job->tries >= EXPORT_TRIES_MAX && !db_write(job->db, give_up, &e))
		e.request.state = PRIVACY_REFUSED;
	/* nobody would fetch it any more */
	if (e.request.state == PRIVACY_REFUSED)
		unlink(export__path(job->arena, serve_data_folder(e.serve), e.request.id));
	return why;
}

problem export__expire(struct job *job)
{
	unlink(export__path(job->arena, serve_data_folder(job->home), request_of(job)));
	return NULL;
}
