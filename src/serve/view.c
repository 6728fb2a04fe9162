/* view.c - how a struct with a shape looks to a template. */
#include "serve/page.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum { BEIJING_S = 8 * 3600 };

static const struct view_kind shape_kind_of_view;

struct view view_of(const struct shape *shape, const void *at)
{
	return (struct view){ .kind = &shape_kind_of_view, .at = at, .shape = shape, .what = SHAPE_OBJECT };
}

static int64_t int_at(struct view v)
{
	return *(const int64_t *)v.at; /* INT, TIME, and ID and MONEY as one-field structs */
}

static struct text text_at(struct view v)
{
	return *(const struct text *)v.at;
}

static struct text word_at(struct view v)
{
	return text_of(*(const char *const *)v.at);
}

static const char *enum_name(struct view v)
{
	const char *name = v.field && v.field->names ? v.field->names[*(const int *)v.at] : NULL;

	return name ? name : "";
}

static struct view view_of_field(const struct field *field, const char *base)
{
	struct view v = { .kind = &shape_kind_of_view, .at = base + field->at, .field = field, .what = field->kind };

	if (field->kind == SHAPE_OBJECT)
		v.shape = field->of;
	if (field->kind == SHAPE_OBJECT && field->given_at && *(const enum given *)(base + field->given_at) != GIVEN_VALUE)
		v.at = NULL; /* an object that is not there */
	if (field->kind != SHAPE_LIST)
		return v;
	v.at = *(const void *const *)v.at;
	v.count_at = base + field->count_at;
	v.count = *(const size_t *)v.count_at;
	v.shape = field->of;
	return v;
}

/* A union's variant has its fields beside those of the shape. */
static const struct field *field_of(const struct shape *shape, const void *base, struct text name)
{
	const struct field *field = shape_field(shape, name);
	const struct shape *variant = field || !shape->tag ? NULL : shape_variant(shape, base);

	return variant ? shape_field(variant, name) : field;
}

/* The parts of a plain value that a template may ask for. */
static const char *const money_parts[] = { "yuan", "fen", NULL };
static const char *const time_parts[] = { "iso", "clock", NULL };
static const char *const enum_parts[] = { "name", NULL };

/* A part is a view of the same value whose `count` says which one, from 1. */
static bool part_of(struct view of, const char *const *parts, struct text name, struct view *ret)
{
	for (size_t i = 0; parts[i]; i++)
		if (text_is(name, parts[i])) {
			*ret = of;
			ret->count = i + 1;
			return true;
		}
	return false;
}

bool view_has_part(struct view of, struct text name)
{
	struct view part;

	switch (of.what) {
	case SHAPE_MONEY:
		return part_of(of, money_parts, name, &part);
	case SHAPE_TIME:
		return part_of(of, time_parts, name, &part);
	case SHAPE_LIST:
		return text_is(name, "count");
	case SHAPE_ENUM:
		for (size_t i = 0; of.field && of.field->names && (!i || of.field->names[i]); i++) /* the first may stand for none */
			if (of.field->names[i] && text_is(name, of.field->names[i]))
				return true;
		return part_of(of, enum_parts, name, &part);
	default:
		return false;
	}
}

static const bool yes = true, no = false;

static bool enum_part(struct view of, struct text name, struct view *ret)
{
	if (part_of(of, enum_parts, name, ret))
		return true;
	*ret = (struct view){ .kind = &shape_kind_of_view, .what = SHAPE_BOOL, .at = text_is(name, enum_name(of)) ? &yes : &no };
	return true;
}

/* The number of items is a plain view of the size_t beside the list. */
static bool list_part(struct view of, struct text name, struct view *ret)
{
	if (!text_is(name, "count"))
		return false;
	static_assert(sizeof(size_t) == sizeof(int64_t), "a count is printed like any number");
	*ret = (struct view){ .kind = &shape_kind_of_view, .what = SHAPE_INT, .at = of.count_at };
	return true;
}

static bool shape_member(struct view of, struct text name, struct view *ret)
{
	const struct field *field;

	switch (of.what) {
	case SHAPE_OBJECT:
		if (!of.at)
			return false;
		field = field_of(of.shape, of.at, name);
		if (field)
			*ret = view_of_field(field, of.at);
		return field;
	case SHAPE_LIST:
		return list_part(of, name, ret);
	case SHAPE_MONEY:
		return part_of(of, money_parts, name, ret);
	case SHAPE_TIME:
		return part_of(of, time_parts, name, ret);
	case SHAPE_ENUM:
		return enum_part(of, name, ret);
	case SHAPE_BOOL: case SHAPE_INT: case SHAPE_ID: case SHAPE_REAL: case SHAPE_TEXT: case SHAPE_JSON: case SHAPE_HTML:
	case SHAPE_WORD:
		return false;
	}
	return false;
}

static bool shape_is_list(struct view v, size_t *ret_count)
{
	*ret_count = v.count;
	return v.what == SHAPE_LIST;
}

static size_t size_of(enum shape_kind kind)
{
	switch (kind) {
	case SHAPE_BOOL:
		return sizeof(bool);
	case SHAPE_INT: case SHAPE_ID: case SHAPE_MONEY: case SHAPE_TIME:
		return sizeof(int64_t);
	case SHAPE_REAL:
		return sizeof(double);
	case SHAPE_TEXT: case SHAPE_JSON: case SHAPE_HTML:
		return sizeof(struct text);
	case SHAPE_ENUM:
		return sizeof(int);
	case SHAPE_WORD:
		return sizeof(const char *);
	case SHAPE_OBJECT: case SHAPE_LIST:
		break;
	}
	assert(!"a list of this kind has a shape");
	return 0;
}

static struct view shape_item(struct view list, size_t i)
{
	enum shape_kind each = list.field->each;

	assert(i < list.count);
	if (list.shape)
		return view_of(list.shape, (const char *)list.at + i * list.shape->size);
	return (struct view){ .kind = &shape_kind_of_view, .field = list.field, .what = each,
	                      .at = (const char *)list.at + i * size_of(each) };
}

static bool shape_is_true(struct view v)
{
	switch (v.what) {
	case SHAPE_BOOL:
		return *(const bool *)v.at;
	case SHAPE_INT: case SHAPE_ID: case SHAPE_MONEY: case SHAPE_TIME:
		return int_at(v) != 0;
	case SHAPE_REAL:
		return *(const double *)v.at != 0;
	case SHAPE_TEXT: case SHAPE_JSON: case SHAPE_HTML:
		return text_at(v).length;
	case SHAPE_WORD:
		return word_at(v).length;
	case SHAPE_ENUM:
		return *(const int *)v.at != 0;
	case SHAPE_LIST:
		return v.count;
	case SHAPE_OBJECT:
		return v.at;
	}
	return false;
}

/* ---- printing ---- */

static void print_money(struct view v, const struct style *style, struct buffer *out)
{
	int64_t fen = int_at(v);
	struct text is_free = !fen && style->messages ? messages_find(style->messages, style->language, TEXT("card.free")) : (struct text){ 0 };
	const char *sign = fen < 0 ? "-" : "";
	unsigned long long most = (unsigned long long)(fen < 0 ? -fen : fen);

	if (v.count == 1)
		buffer_format(out, "%s%llu.%02llu", sign, most / 100, most % 100);
	else if (v.count == 2)
		buffer_add_int(out, fen);
	else if (is_free.at)
		buffer_add(out, is_free);
	else if (most % 100)
		buffer_format(out, "%s¥%llu.%02llu", sign, most / 100, most % 100);
	else
		buffer_format(out, "%s¥%llu", sign, most / 100);
}

static void print_time(struct view v, const struct style *style, struct buffer *out)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(int_at(v) / 1000), beijing = seconds + BEIJING_S;
	struct tm utc, local;

	gmtime_r(&seconds, &utc);
	gmtime_r(&beijing, &local);
	if (v.count == 1)
		buffer_format(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
		              utc.tm_min, utc.tm_sec);
	else if (v.count == 2)
		buffer_format(out, "%02d:%02d", local.tm_hour, local.tm_min);
	else if (text_is(style->language, "en"))
		buffer_format(out, "%s %d, %d", months[local.tm_mon], local.tm_mday, local.tm_year + 1900);
	else
		buffer_format(out, "%d年%d月%d日", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
}

static void print_enum(struct view v, const struct style *style, struct buffer *out)
{
	char key[128];
	struct text message = { 0 };

	snprintf(key, sizeof(key), "%s.%s", v.field->name, enum_name(v));
	if (!v.count && style->messages)
		message = messages_find(style->messages, style->language, text_of(key));
	buffer_add(out, message.at ? message : text_of(enum_name(v)));
}

static void shape_print(struct view v, const struct style *style, struct buffer *out)
{
	switch (v.what) {
	case SHAPE_BOOL:
		buffer_add(out, *(const bool *)v.at ? TEXT("true") : TEXT("false"));
		break;
	case SHAPE_INT: case SHAPE_ID:
		buffer_add_int(out, int_at(v));
		break;
	case SHAPE_MONEY:
		print_money(v, style, out);
		break;
	case SHAPE_TIME:
		print_time(v, style, out);
		break;
	case SHAPE_REAL:
		json_write_real(out, *(const double *)v.at);
		break;
	case SHAPE_TEXT: case SHAPE_JSON: case SHAPE_HTML:
		buffer_add(out, text_at(v));
		break;
	case SHAPE_WORD:
		buffer_add(out, word_at(v));
		break;
	case SHAPE_ENUM:
		print_enum(v, style, out);
		break;
	case SHAPE_LIST: case SHAPE_OBJECT:
		break;
	}
}

static bool shape_is_number(struct view v, int64_t *ret)
{
	if (v.what != SHAPE_INT)
		return false;
	*ret = int_at(v);
	return true;
}

static enum raw shape_raw(struct view v)
{
	return v.what == SHAPE_HTML ? RAW_HTML : v.what == SHAPE_JSON ? RAW_SCRIPT : RAW_NO;
}

static const struct view_kind shape_kind_of_view = {
	.member = shape_member, .is_list = shape_is_list, .item = shape_item, .is_true = shape_is_true, .print = shape_print,
	.is_number = shape_is_number, .raw = shape_raw,
};
