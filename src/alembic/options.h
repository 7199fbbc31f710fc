/* The options of Alembic's configuration files as they are written, with interpolation (Python's configparser; for
 * pyproject.toml what is plainly literal in [tool.alembic]). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strv.h"

struct alembic_option {
    char *key;        /* lower case */
    char *value;      /* as written; NULL for a list */
    struct strv list; /* pyproject.toml: an array of strings */
    bool is_list;
    bool fallback; /* from [DEFAULT] */
    int line;
};

struct alembic_options {
    char *file; /* for messages, escaped */
    char *here; /* absolute folder of the file */
    bool toml;
    bool found; /* there is an [alembic] (or [tool.alembic]) section */
    struct alembic_option *items;
    size_t count, cap;
};

void alembic_options_done(struct alembic_options *options);
#define _cleanup_alembic_options_ __attribute__((cleanup(alembic_options_done)))

/* Reads the file; `here` is its absolute folder. */
int alembic_options_read_ini(const char *path, const char *here, struct alembic_options *ret, struct err *reterr);
int alembic_options_read_toml(const char *path, const char *here, struct alembic_options *ret, struct err *reterr);
/* The same from a buffer. */
int alembic_options_parse_ini(const char *path, const char *here, const char *text, size_t len,
                              struct alembic_options *ret, struct err *reterr);
int alembic_options_parse_toml(const char *path, const char *here, const char *text, size_t len,
                               struct alembic_options *ret, struct err *reterr);

/* The interpolated value of the option; `*ret` stays NULL when it is not set. The caller frees it. */
int alembic_options_get(const struct alembic_options *options, const char *key, char **ret, struct err *reterr);
/* The option as a list that pyproject.toml holds; `*ret_is_list` is false when it is not one. */
int alembic_options_list(const struct alembic_options *options, const char *key, bool *ret_is_list, struct strv *ret,
                         struct err *reterr);
/* A boolean option: false when it is not set. */
int alembic_options_bool(const struct alembic_options *options, const char *key, bool *ret, struct err *reterr);
