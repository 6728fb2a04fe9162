/* config.h - built-in default < file < environment < command line. A key is "port" or "wechat.mchid"; in the environment it is
 * ZHIFANG_PORT or ZHIFANG_WECHAT_MCHID. Secrets are never values: a setting names the file that holds one. */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "base/arena.h"
#include "base/problem.h"

struct config;

struct config *config_new(void);
void config_free(struct config *config); /* NULL is fine */
/* "key = value" lines, '#' begins a comment line; a file that was named must be there. *ret_line: the first broken line. */
MUST problem config_read_file(struct config *config, const char *path, int *ret_line);
void config_set(struct config *config, const char *key, struct text value); /* command line */
/* Settings that are numbers are numbers within their bounds; else *ret_key names the first that is none. */
MUST problem config_check(const struct config *config, const char **ret_key);
struct text config_get(const struct config *config, const char *key);       /* absent when not set */
bool config_is_given(const struct config *config, const char *key);          /* by anybody, so it is no default */
/* Each key that holds, with its value and whence it comes. */
void config_print(const struct config *config);

#endif
