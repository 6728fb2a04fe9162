/* import_print.c - the report, for the operator. */
#include "catalog/import.h"

#define X_NOTE_NAME(kind, name) name,
const char *const import_note_names[] = { NULL, IMPORT_NOTES(X_NOTE_NAME) NULL };
#undef X_NOTE_NAME

static const char *said(enum work_change change)
{
	switch (change) {
	case WORK_SAME:
		return "nothing changed";
	case WORK_ADDED:
		return "added";
	case WORK_REVISED:
		return "revised";
	case WORK_NEW_EDITION:
		return "new edition";
	}
	return "not stored";
}

static void print_note(const struct import_note *note, FILE *out)
{
	fprintf(out, "%s\t%.*s", import_note_names[note->kind], TEXT_ARG(note->file));
	if (note->line)
		fprintf(out, ":%lld", (long long)note->line);
	fprintf(out, "\t%.*s\n", TEXT_ARG(note->what));
}

void import_print(const struct import_report *report, FILE *out)
{
	for (size_t i = 0; i < report->note_count; i++)
		print_note(&report->notes[i], out);
	if (report->new_creator.length)
		fprintf(out, "new-creator\t%.*s\n", TEXT_ARG(report->new_creator));
	if (report->works)
		fprintf(out, "%zu works read, %zu of them new or changed\n", report->works, report->works_changed);
	else if (report->title.length)
		fprintf(out, "%.*s: %s; %zu sections, %zu lessons, %zu images, %zu quizzes\n", TEXT_ARG(report->title), said(report->change),
		        report->sections, report->lessons, report->images, report->quizzes);
}
