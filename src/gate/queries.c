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

static void asked_done(struct gate_asked *asked)
{
    judge_done(&asked->judge);
    expected_done(&asked->expected);
    free(asked->digest);
    *asked = (struct gate_asked){0};
}

void gate_asked_done(struct gate_database *database)
{
    for (size_t i = 0; i < database->asked_count; i++)
        asked_done(&database->asked[i]);
    free(database->asked);
    database->asked = NULL;
    database->asked_count = 0;
}

static int ask(const struct gate *gate, struct gate_database *database, const char *query, struct gate_asked *ret,
               const struct db_options *options, const struct watch *watch, struct err *reterr)
{
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    struct db_options own = *options;
    own.own_search_path = true;
    db_batch_add(&batch, query, 0, NULL);
    if (db_run(database->db, &batch, &own, watch, gate->deadline, &rows, NULL, reterr) != 0)
        return failed(reterr);
    if (take(rows, &ret->expected, reterr) != 0 || judge_make(&ret->expected, &ret->judge, reterr) != 0)
        return -1;
    ret->digest = expected_digest(&ret->expected);
    return 0;
}

int gate_ask(const struct gate *gate, struct gate_database *database, const struct db_options *options, const struct watch *watch,
             struct err *reterr)
{
    gate_asked_done(database);
    database->asked = mem_alloc(database->judged_count * sizeof *database->asked);
    database->asked_count = database->judged_count;
    for (size_t i = 0; i < database->judged_count; i++) {
        const struct gate_source *source = gate->sources.items[database->source_of[i]];
        if (!source->asks)
            continue;
        const char *query = config_text(source->section, KEY_MIGRATIONS_expected_query);
        if (ask(gate, database, query, &database->asked[i], options, watch, reterr) != 0)
            return -1;
        database->judged[i].judge = &database->asked[i].judge;
    }
    return 0;
}

const struct gate_asked *gate_asked_of(const struct gate *gate, size_t source)
{
    for (size_t d = 0; d < gate->databases.count; d++) {
        const struct gate_database *database = gate->databases.items[d];
        for (size_t i = 0; i < database->asked_count; i++)
            if (database->source_of[i] == source && database->asked[i].digest != NULL)
                return &database->asked[i];
    }
    return NULL;
}
