#include "app/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { SETTINGS_MAX = 128, FILE_MAX = 64 * 1024 };

enum whence { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_COMMAND_LINE };
static const char *const whence_names[] = { "default", "file", "environment", "command line" };

struct setting {
	struct text key, value;
	enum whence whence;
};

struct config {
	struct arena *arena;
	struct setting settings[SETTINGS_MAX];
	size_t count;
};

static const struct {
	const char *key, *value;
} defaults[] = {
	{ "address", "127.0.0.1" }, { "port", "8080" }, { "data", "data" }, { "web", "web/dist" }, { "site_name", "知坊" }, { "mode", "sandbox" },
	{ "order.commission_permille", "200" },
};

static const struct problem config_full = { 500, "config-full", "There are too many settings." };
static const struct problem config_missing = { 500, "config-missing", "There is no such file of settings, or it may not be read." };
static const struct problem config_number = { 500, "config-number", "This is not a whole number within its bounds." };
static const struct problem config_broken = { 500, "config-broken", "A line of the configuration is not \"key = value\"." };

static struct setting *find(const struct config *config, struct text key)
{
	for (size_t i = 0; i < config->count; i++) {
		if (text_eq(config->settings[i].key, key))
			return (struct setting *)&config->settings[i];
	}
	return NULL;
}

static problem set(struct config *config, struct text key, struct text value, enum whence whence)
{
	struct setting *setting = find(config, key);

	if (setting && setting->whence > whence)
		return NULL;
	if (!setting) {
		if (config->count == SETTINGS_MAX)
			return &config_full;
		setting = &config->settings[config->count++];
		setting->key = arena_text(config->arena, key);
	}
	setting->value = arena_text(config->arena, value);
	setting->whence = whence;
	return NULL;
}

struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof *config);

	if (!config)
		abort();
	config->arena = arena_new(1 << 20);
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		(void)!set(config, text_of(defaults[i].key), text_of(defaults[i].value), FROM_DEFAULT);
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	arena_free(config->arena);
	free(config);
}

static problem read_line(struct config *config, struct text line)
{
	struct text rest = text_trim(line), key;

	if (!rest.length || rest.at[0] == '#')
		return NULL;
	key = text_trim(text_cut(&rest, '='));
	return rest.at && key.length ? set(config, key, text_trim(rest), FROM_FILE) : &config_broken;
}

problem config_read_file(struct config *config, const char *path, int *ret_line)
{
	char *bytes;
	FILE *file = fopen(path, "re");
	struct text rest;
	problem why = NULL;

	*ret_line = 0;
	if (!file)
		return &config_missing;
	bytes = arena_alloc(config->arena, FILE_MAX);
	rest = (struct text){ bytes, fread(bytes, 1, FILE_MAX, file) };
	fclose(file);
	while (!why && rest.at) {
		++*ret_line;
		why = read_line(config, text_cut(&rest, '\n'));
	}
	return why;
}

void config_set(struct config *config, const char *key, struct text value)
{
	(void)!set(config, text_of(key), value, FROM_COMMAND_LINE);
}

static const char *from_environment(const char *key)
{
	char name[96] = "ZHIFANG_";
	size_t n = strlen(name);

	for (; *key && n < sizeof name - 1; key++)
		name[n++] = *key == '.' ? '_' : (char)toupper((unsigned char)*key);
	name[n] = '\0';
	return getenv(name);
}

struct text config_get(const struct config *config, const char *key)
{
	const struct setting *setting = find(config, text_of(key));
	const char *value = setting && setting->whence == FROM_COMMAND_LINE ? NULL : from_environment(key);

	if (value)
		return text_of(value);
	return setting ? setting->value : (struct text){ 0 };
}

bool config_is_given(const struct config *config, const char *key)
{
	const struct setting *setting = find(config, text_of(key));

	return from_environment(key) || (setting && setting->whence != FROM_DEFAULT);
}

problem config_check(const struct config *config, const char **ret_key)
{
	static const struct {
		const char *key;
		int64_t most;
	} numbers[] = { { "port", 65535 }, { "http.port", 65535 }, { "order.commission_permille", 1000 } };
	int64_t number;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		*ret_key = numbers[i].key;
		if (config_get(config, *ret_key).at && (!text_to_int(config_get(config, *ret_key), &number) || number < 0 || number > numbers[i].most))
			return &config_number;
	}
	return NULL;
}

void config_print(const struct config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		const struct setting *s = &config->settings[i];
		struct text holds = config_get(config, s->key.at);
		enum whence whence = text_eq(holds, s->value) ? s->whence : FROM_ENVIRONMENT;

		printf("%.*s = %.*s  (%s)\n", TEXT_ARG(s->key), TEXT_ARG(holds), whence_names[whence]);
	}
}
