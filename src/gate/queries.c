/* What `framework = sql` expects. */
#include "gate/queries.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define HINT "migrations.expected_query must be one SELECT whose first column is a migration, in the order in which they are applied."

static int take(const struct db_rows *rows, struct expected *ret, struct err *reterr)
{
    ret->framework = FRAMEWORK_SQL;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *id = db_rows_columns(rows) > 0 ? db_rows_value(rows, i, 0) : NULL;
        if (id == NULL || *id == '\0') {
            err_set(reterr, ERR_NO_EXPECTED, "migrations.expected_query: row %zu holds no migration", i + 1);
            return err_hint(reterr, HINT);
        }
        expected_add(ret, id)->place = i + 1;
    }
    return expected_finish(ret, reterr);
}

/* A statement that cannot work is the configuration's fault, not the server's. */
static int failed(struct err *reterr)
{
    bool wrong = text_starts(reterr->sqlstate, "42") || text_starts(reterr->sqlstate, "25006") || text_starts(reterr->sqlstate, "22");
    if (reterr->kind == ERR_QUERY && wrong && strcmp(reterr->sqlstate, "42501") != 0)
        reterr->kind = ERR_CONFIG;
    err_wrap(reterr, "migrations.expected_query");
    return reterr->kind == ERR_CONFIG ? err_hint(reterr, HINT) : -1;
}

static int ask(struct gate_source *source, struct db *db, const struct db_options *options, const struct watch *watch,
               struct deadline until, struct err *reterr)
{
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    struct db_options own = *options;
    own.own_search_path = true;
    db_batch_add(&batch, config_text(source->section, KEY_MIGRATIONS_expected_query), 0, NULL);
    if (db_run(db, &batch, &own, watch, until, &rows, NULL, reterr) != 0)
        return failed(reterr);
    judge_done(&source->judge);
    expected_done(&source->expected);
    free(source->digest);
    source->digest = NULL;
    if (take(rows, &source->expected, reterr) != 0 || judge_make(&source->expected, &source->judge, reterr) != 0)
        return -1;
    source->digest = expected_digest(&source->expected);
    return 0;
}

int gate_sources_ask(const struct gate_sources *sources, struct db *db, const struct db_options *options, const struct watch *watch,
                     struct deadline until, struct err *reterr)
{
    for (size_t i = 0; i < sources->count; i++)
        if (sources->items[i]->asks && ask(sources->items[i], db, options, watch, until, reterr) != 0)
            return -1;
    return 0;
}
