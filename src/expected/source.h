/* One source of expected migrations as the configuration describes it. All pointers are borrowed; a NULL string or an
 * empty list means "not set". */
#pragma once

#include "base/environ.h"
#include "base/strv.h"
#include "expected/expected.h"

struct source {
    enum framework framework;        /* FRAMEWORK_AUTO: detect it from the files */
    struct strv paths;               /* folders to read; at least one */
    const char *settings;            /* Django: settings module ("shop.settings") or file */
    struct strv apps;                /* Django: the apps by hand, entries as in INSTALLED_APPS or LABEL=PACKAGE_OR_FOLDER */
    const char *user_model;          /* Django: AUTH_USER_MODEL by hand ("accounts.User") */
    const char *table;               /* history table by hand */
    struct environment env;
};

/* Readers: each fills an empty `ret` and finishes it (expected_finish). Errors are ERR_NO_EXPECTED with file and line in
 * the message and the way out in the hint. What the text does not decide is such an error, never a guess. */
int django_read(const struct source *source, struct expected *ret, struct err *reterr);
int alembic_read(const struct source *source, struct expected *ret, struct err *reterr);
