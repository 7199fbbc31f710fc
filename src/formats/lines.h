/* Settings that stand one a line: files of variables (.env) and INI files. Nothing of them is expanded. Pure. */
#pragma once

#include "formats/settings.h"

/* Looks for "KEY=VALUE" (or "KEY: VALUE", with "export" in front, the value perhaps in quotes), with `section` given for
 * "KEY = VALUE" below "[SECTION]". The last one counts, and is added to `ret`; an empty value is none. *ret_line is where it was
 * computed: put together from other variables, or by a template. */
enum setting_is lines_find(const char *text, size_t len, const char *section, const char *key, struct strv *ret, int *ret_line);
