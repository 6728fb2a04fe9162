/* import_quiz.c - quizzes: one a file, as docs/import.md says, or all of a language in one file of a "quiz-app". */
#include "catalog/catalog_room.h"
#include "catalog/import_parts.h"

enum { QUIZ_FILE_MAX = 2 * 1024 * 1024, QUIZ_NUMBER_MAX = 1000 * 1000 };

/* ---- what a shape cannot say ---- */

const char *catalog__quiz_wrong(const struct quiz_item *item)
{
	if (item->kind == QUIZ_NUMBER || item->kind == QUIZ_TEXT)
		return NULL;
	if (item->kind == QUIZ_SINGLE && item->choice.answer_count != 1)
		return "a single choice has one answer";
	for (size_t i = 0; i < item->choice.answer_count; i++) {
		if (item->choice.answer[i] < 0 || (size_t)item->choice.answer[i] >= item->choice.option_count)
			return "an answer names no option";
	}
	return NULL;
}

static bool is_taken(const struct importing *p, struct text key)
{
	for (size_t i = 0; i < p->quiz_count; i++) {
		if (text_eq(p->quizzes[i].draft.key, key))
			return true;
	}
	return false;
}

static void add_quiz(struct importing *p, struct text file, const struct import_quiz *quiz, const json_t *items)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(QUIZ_FILE_MAX);
	struct quiz_items read = { 0 };
	struct field_errors errors = { 0 };
	json_t *tree = json_pack("{s:O}", "items", items);
	problem why = tree ? shape_read_tree(&quiz_items_shape, p->arena, tree, &read, &errors) : &problem_malformed;

	json_decref(tree);
	for (size_t i = 0; i < errors.count; i++)
		import__wrong(p, file, arena_format(p->arena, "%.*s: %s", TEXT_ARG(errors.items[i].path), errors.items[i].why));
	for (size_t i = 0; !why && i < read.item_count; i++) {
		const char *wrong = catalog__quiz_wrong(&read.items[i]);

		if (wrong)
			import__wrong(p, file, arena_format(p->arena, "items[%zu]: %s", i, wrong));
	}
	if (why || p->quiz_count == IMPORT_QUIZZES_MAX) {
		import__wrong(p, file, why ? text_of(why->title) : TEXT("too many quizzes"));
		return;
	}
	if (is_taken(p, quiz->draft.key))
		import__wrong(p, file, arena_format(p->arena, "two quizzes have the key \"%.*s\"", TEXT_ARG(quiz->draft.key)));
	shape_write(&quiz_items_shape, &out, &read);
	p->quizzes[p->quiz_count] = *quiz;
	p->quizzes[p->quiz_count++].draft.items = arena_text(p->arena, buffer_text(&out));
}

void import__quiz_file(struct importing *p, struct text path, struct text lesson_key)
{
	struct import_quiz quiz = { .draft.lesson_key = lesson_key };
	struct text json;
	json_t *tree;

	if (!import__is_plain(path) || !import__read(p, path, QUIZ_FILE_MAX, &json) || json_read(p->arena, json, &tree) || !text_ends(path, TEXT(".json"))) {
		import__wrong(p, path, TEXT("there is no quiz"));
		return;
	}
	quiz.draft.key = text_head(path, path.length - 5);
	if (p->root.length)
		quiz.draft.key = text_from(quiz.draft.key, p->root.length + 1);
	quiz.draft.title = json_get_text(tree, "title");
	if (!quiz.draft.title.length)
		import__wrong(p, path, TEXT("title: missing"));
	add_quiz(p, path, &quiz, json_object_get(tree, "items"));
}

/* ---- quiz-app: [{"quizzes":[{"id","title","quiz":[{"questionText","answerOptions":[{"answerText","isCorrect":"true"}]}]}]}] ---- */

static bool is_right(const json_t *option)
{
	const json_t *right = json_object_get(option, "isCorrect");

	return json_is_true(right) || text_is(json_text(right), "true");
}

static json_t *app_item(const json_t *question)
{
	const json_t *options = json_object_get(question, "answerOptions");
	json_t *texts = json_array(), *answer = json_array();

	for (size_t i = 0; i < json_array_size(options); i++) {
		const json_t *option = json_array_get(options, i);
		json_t *text = json_object_get(option, "answerText");

		json_array_append_new(texts, text ? json_incref(text) : json_string(""));
		if (is_right(option))
			json_array_append_new(answer, json_integer((json_int_t)i));
	}
	return json_pack("{s:s, s:O?, s:o, s:o}", "kind", json_array_size(answer) == 1 ? "single" : "multiple",
	                 "question", json_object_get(question, "questionText"), "options", texts, "answer", answer);
}

static void add_app_quiz(struct importing *p, struct text file, const json_t *from)
{
	struct import_quiz quiz = { .number = json_get_int(from, "id", 0) };
	const json_t *questions = json_object_get(from, "quiz");
	json_t *items = json_array();

	quiz.draft.key = arena_format(p->arena, "quiz/%lld", (long long)quiz.number);
	quiz.draft.title = json_get_text(from, "title");
	for (size_t i = 0; i < json_array_size(questions); i++)
		json_array_append_new(items, app_item(json_array_get(questions, i)));
	if (!quiz.draft.title.length || quiz.number <= 0 || quiz.number > QUIZ_NUMBER_MAX)
		import__wrong(p, file, TEXT("a quiz has a title and an id"));
	add_quiz(p, file, &quiz, items);
	json_decref(items);
}

/* "zh-CN": zh-cn.json or zh.json */
static bool find_app(struct importing *p, struct text *ret_file, struct text *ret_json)
{
	struct text language = p->draft.language;
	char *lower = arena_alloc(p->arena, language.length + 1);

	for (size_t i = 0; i < language.length; i++)
		lower[i] = language.at[i] >= 'A' && language.at[i] <= 'Z' ? (char)(language.at[i] + 32) : language.at[i];
	for (size_t n = language.length; n; n = n > 2 ? 2 : 0) {
		*ret_file = arena_format(p->arena, "quiz-app/src/assets/translations/%.*s.json", (int)n, lower);
		if (import__read(p, *ret_file, QUIZ_FILE_MAX, ret_json))
			return true;
	}
	return false;
}

void import__quiz_app(struct importing *p)
{
	struct text file, json;
	const json_t *quizzes;
	json_t *tree;

	if (!find_app(p, &file, &json))
		return;
	if (json_read(p->arena, json, &tree)) {
		import__wrong(p, file, TEXT("not JSON"));
		return;
	}
	quizzes = json_object_get(json_array_get(tree, 0), "quizzes");
	for (size_t i = 0; i < json_array_size(quizzes); i++)
		add_app_quiz(p, file, json_array_get(quizzes, i));
}

/* ---- which lesson a quiz belongs to ---- */

static struct import_quiz *by_number(struct importing *p, int64_t number)
{
	for (size_t i = 0; i < p->quiz_count; i++) {
		if (p->quizzes[i].number == number && number)
			return &p->quizzes[i];
	}
	return NULL;
}

bool import__quiz_link(struct importing *p, struct text href)
{
	size_t at = href.length;
	int64_t number;
	struct import_quiz *quiz;

	while (at && href.at[at - 1] >= '0' && href.at[at - 1] <= '9')
		at--;
	if (!text_ends(text_head(href, at), TEXT("/quiz/")) || !text_to_int(text_from(href, at), &number))
		return false;
	quiz = by_number(p, number);
	if (quiz && !quiz->draft.lesson_key.at)
		quiz->draft.lesson_key = p->page->key;
	return quiz != NULL;
}

/* One before and one after each lesson: 1 and 2, 3 and 4. So the other of the pair tells, else the one before. */
void import__place_quizzes(struct importing *p)
{
	for (size_t i = 0; i < p->quiz_count; i++) {
		struct import_quiz *quiz = &p->quizzes[i], *pair = by_number(p, quiz->number % 2 ? quiz->number + 1 : quiz->number - 1);

		if (quiz->draft.lesson_key.at)
			continue;
		if (!pair || !pair->draft.lesson_key.at)
			pair = i ? &p->quizzes[i - 1] : NULL;
		quiz->draft.lesson_key = pair ? pair->draft.lesson_key : p->pages[0].key;
		import__note(p, NOTE_QUIZ, quiz->draft.key, 0,
		             arena_format(p->arena, "no lesson links to it: placed in %.*s", TEXT_ARG(quiz->draft.lesson_key)));
	}
}
