/* shape_pattern.c - the few forms of text that the whole site agrees on. By hand, since they are asked on every
 * request; the regular expressions beside them are what the API publishes, and a test holds both together. */
#include "base/shape_parts.h"

#include <stdlib.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One part of a domain name: letters, digits and inner hyphens. */
static bool is_label(struct text label)
{
	if (!label.length || label.length > 63 || label.at[0] == '-' || label.at[label.length - 1] == '-')
		return false;
	for (size_t i = 0; i < label.length; i++)
		if (!is_letter(label.at[i]) && !is_digit(label.at[i]) && label.at[i] != '-')
			return false;
	return true;
}

/* One part between the dots before the @: RFC 5322 atext. */
static bool is_atom(struct text atom)
{
	for (size_t i = 0; i < atom.length; i++)
		if (!is_letter(atom.at[i]) && !is_digit(atom.at[i]) &&
		    (!atom.at[i] || !strchr("!#$%&'*+/=?^_`{|}~-", atom.at[i])))
			return false;
	return atom.length > 0;
}

static bool all_parts(struct text t, bool (*fits)(struct text part), size_t *count)
{
	for (*count = 0; t.at; ++*count)
		if (!fits(text_cut(&t, '.')))
			return false;
	return true;
}

/* Quoted local parts, address literals and letters beyond ASCII exist on paper only. */
static bool is_mail(struct text t)
{
	struct text domain = t, local = text_cut(&domain, '@');
	size_t parts;

	return t.length <= 254 && local.length <= 64 && local.at && all_parts(local, is_atom, &parts) && domain.at &&
	       all_parts(domain, is_label, &parts) && parts > 1;
}

static bool is_phone(struct text t)
{
	struct text number = text_starts(t, TEXT("+86")) ? text_from(t, 3) : t;

	if (number.length != 11 || number.at[0] != '1' || number.at[1] < '3')
		return false;
	for (size_t i = 1; i < number.length; i++)
		if (!is_digit(number.at[i]))
			return false;
	return true;
}

static bool is_login(struct text t)
{
	return is_mail(t) || is_phone(t);
}

static bool is_slug(struct text t)
{
	for (size_t i = 0; i < t.length; i++)
		if (!(t.at[i] >= 'a' && t.at[i] <= 'z') && !is_digit(t.at[i]) && t.at[i] != '-')
			return false;
	return t.length > 0;
}

static bool is_language(struct text t)
{
	return text_is(t, "zh-CN") || text_is(t, "en");
}

#define ATOM        "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
#define LABEL       "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define MAIL_REGEX  ATOM "(\\." ATOM ")*@" LABEL "(\\." LABEL ")+"
#define PHONE_REGEX "(\\+86)?1[3-9][0-9]{9}"

static const struct shape_pattern patterns[] = {
	{ "mail", is_mail, "^" MAIL_REGEX "$", "email" },
	{ "phone", is_phone, "^" PHONE_REGEX "$", NULL },
	{ "login", is_login, "^(" MAIL_REGEX "|" PHONE_REGEX ")$", NULL },
	{ "slug", is_slug, "^[a-z0-9-]+$", NULL },
	{ "language", is_language, "^(zh-CN|en)$", NULL },
};

const struct shape_pattern *shape__pattern(const char *name)
{
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		if (!strcmp(patterns[i].name, name))
			return &patterns[i];
	abort(); /* a shape names a pattern that does not exist */
}
