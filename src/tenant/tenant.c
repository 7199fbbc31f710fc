/* Who the tenants are. */
#include "tenant/tenant.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

void tenants_done(struct tenants *tenants)
{
    strv_done(&tenants->names);
    strv_done(&tenants->excluded);
}

/* The catalog is asked by name and by operator in pg_catalog: nothing that a search_path could change. */
#define NOT_SYSTEM                                                                                                     \
    " n.nspname::pg_catalog.text OPERATOR(pg_catalog.!~) '^pg_' AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema' "

static const char schemas_sql[] =
    "SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_namespace AS n WHERE" NOT_SYSTEM;

/* Views and foreign tables count here: one that stands in a history table's place has to be found to be refused. */
static const char holders_sql[] =
    "SELECT DISTINCT n.nspname::pg_catalog.text FROM pg_catalog.pg_class AS c "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace "
    "WHERE c.relkind::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog.text[]) "
    "AND c.relname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]) AND" NOT_SYSTEM;

/* Tables of a schema with a unique column schema_name: what a tenant model of django-tenants looks like. With $2 given,
 * that table whatever it looks like; the second column tells whether it has the column. */
static const char models_sql[] =
    "SELECT c.relname::pg_catalog.text, a.attname IS NOT NULL FROM pg_catalog.pg_class AS c "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace "
    "LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid "
    "AND a.attname OPERATOR(pg_catalog.=) 'schema_name' AND NOT a.attisdropped "
    "WHERE n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) $1 "
    "AND c.relkind::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog.text[]) "
    "AND CASE WHEN $2::pg_catalog.text IS NOT NULL THEN c.relname::pg_catalog.text OPERATOR(pg_catalog.=) $2 "
    "ELSE EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisunique "
    "AND i.indnkeyatts OPERATOR(pg_catalog.=) 1 AND i.indkey[0] OPERATOR(pg_catalog.=) a.attnum) END";

#define QUERY_HINT "Correct it (tenants.query); it must be one SELECT whose first column is a schema name."
#define DATABASES_QUERY "tenants.databases_query"
#define DATABASES_QUERY_HINT "Correct it; it must be one SELECT whose first column is the name of a database."

/* What the query is to hold. */
static const char *query_hint(const char *what)
{
    return strcmp(what, DATABASES_QUERY) == 0 ? DATABASES_QUERY_HINT : QUERY_HINT;
}

/* What a failed listing means for the gate. */
static int listing_failed(struct err *reterr, const char *what)
{
    if (reterr->kind == ERR_CONFIG) {
        err_wrap(reterr, "%s", what);
        return err_hint(reterr, "%s", query_hint(what));
    }
    static const char *const passing[] = {"0800", "40", "53", "55P03", "57014", "58", "XX"};
    if (reterr->kind != ERR_QUERY)
        return -1;
    enum err_kind kind = ERR_CONFIG;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (text_starts(reterr->sqlstate, passing[i]))
            kind = ERR_LOST;
    if (strcmp(reterr->sqlstate, "42501") == 0)
        kind = ERR_REFUSED;
    reterr->kind = kind;
    err_wrap(reterr, "%s", what);
    if (kind == ERR_REFUSED)
        return err_hint(reterr, "Let the role read the list of tenants: GRANT SELECT on that table (and USAGE on its schema), "
                                "and no row-level security that hides rows from it.");
    if (strcmp(reterr->sqlstate, "57014") == 0)
        return err_hint(reterr, "It takes longer than database.statement_timeout, or somebody cancelled it.");
    if (kind == ERR_CONFIG)
        return err_hint(reterr, "%s", query_hint(what));
    return -1;
}

/* Adds the first column; a null or an empty name is an error, since a tenant nobody can name cannot be judged. */
static int add_names(const struct db_rows *rows, const char *what, struct strv *ret, struct err *reterr)
{
    if (db_rows_columns(rows) == 0) {
        err_set(reterr, ERR_CONFIG, "it returns no column");
        return listing_failed(reterr, what);
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *name = db_rows_value(rows, i, 0);
        if (name == NULL || *name == '\0') {
            err_set(reterr, ERR_CONFIG, "%s: row %zu holds %s instead of a name", what, i + 1,
                    name == NULL ? "a null" : "an empty text");
            return err_hint(reterr, "Leave such rows out on purpose (WHERE ... IS NOT NULL), or mend the tenant.");
        }
        strv_add(ret, name);
    }
    return 0;
}

struct asking {
    struct db *db;
    const struct db_options *options;
    const struct watch *watch;
    struct deadline until;
};

static int ask(const struct asking *asking, const char *sql, size_t nparams, const char *const *params, bool own_path,
               struct db_rows **ret, struct err *reterr)
{
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct db_options options = *asking->options;
    options.own_search_path = own_path;
    db_batch_add(&batch, sql, nparams, params);
    return db_run(asking->db, &batch, &options, asking->watch, asking->until, ret, NULL, reterr);
}

static int add_query(const struct asking *asking, const char *query, struct strv *ret, struct err *reterr)
{
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    if (ask(asking, query, 0, NULL, true, &rows, reterr) != 0)
        return listing_failed(reterr, "tenants.query");
    return add_names(rows, "tenants.query", ret, reterr);
}

static int add_pattern(const struct asking *asking, const char *pattern, struct strv *ret, struct err *reterr)
{
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    if (ask(asking, schemas_sql, 0, NULL, false, &rows, reterr) != 0)
        return listing_failed(reterr, "the list of schemas");
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return err_set(reterr, ERR_CONFIG, "tenants.pattern is no regular expression");
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *name = db_rows_value(rows, i, 0);
        if (regexec(&regex, name, 0, NULL, 0) == 0)
            strv_add(ret, name);
    }
    regfree(&regex);
    return 0;
}

static int add_holders(const struct asking *asking, const struct strv *tables, struct strv *ret, struct err *reterr)
{
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    char _cleanup_free_ *array = db_text_array(tables);
    const char *params[] = {array};
    if (ask(asking, holders_sql, 1, params, false, &rows, reterr) != 0)
        return listing_failed(reterr, "the list of schemas with a history table");
    return add_names(rows, "the list of schemas with a history table", ret, reterr);
}

/* Reads the tenant model's table. */
static int add_model_rows(const struct asking *asking, const char *schema, const char *table, struct strv *ret,
                          struct err *reterr)
{
    struct buf _cleanup_buf_ sql = BUF_INIT;
    buf_puts(&sql, "SELECT t.schema_name::pg_catalog.text FROM ");
    db_quote_ident(&sql, schema);
    buf_putc(&sql, '.');
    db_quote_ident(&sql, table);
    buf_puts(&sql, " AS t");
    char _cleanup_free_ *shown = text_escaped(table);
    char _cleanup_free_ *what = mem_printf("the tenant table %s", shown);
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    if (ask(asking, buf_text(&sql), 0, NULL, false, &rows, reterr) != 0)
        return listing_failed(reterr, what);
    return add_names(rows, what, ret, reterr);
}

/* django-tenants and its kin: the public schema, and every schema that the tenant model's table lists. In a database
 * that was never migrated there is no such table yet; public will be found without history then. */
static int add_django_tenants(const struct asking *asking, const struct tenant_rules *rules, struct strv *ret,
                              struct err *reterr)
{
    const char *schema = rules->public_schema ? rules->public_schema : "public";
    const char *params[] = {schema, rules->tenant_table};
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    if (ask(asking, models_sql, 2, params, false, &rows, reterr) != 0)
        return listing_failed(reterr, "the search for the tenant table");
    strv_add(ret, schema);
    size_t found = db_rows_count(rows);
    if (found == 1 && db_rows_true(rows, 0, 1))
        return add_model_rows(asking, schema, db_rows_value(rows, 0, 0), ret, reterr);
    if (found == 0) {
        struct strv _cleanup_strv_ holders = STRV_INIT;
        if (add_holders(asking, &rules->history_tables, &holders, reterr) != 0)
            return -1;
        if (!strv_has(&holders, schema))
            return 0;
    }
    if (rules->tenant_table != NULL)
        err_set(reterr, ERR_CONFIG, "the tenant table %s %s", rules->tenant_table,
                found ? "has no column schema_name" : "is not there, though the schema has been migrated");
    else
        err_set(reterr, ERR_CONFIG, "%s tables look like the tenant model's (a unique column schema_name)",
                found ? "several" : "no");
    if (found == 0)
        memcpy(reterr->sqlstate, "42P01", sizeof reterr->sqlstate); /* the same as asking a table that is not there */
    return err_hint(reterr, "Say who the tenants are: tenants.query = SELECT schema_name FROM the tenant model's table.");
}

static int detect(const struct asking *asking, const struct tenant_rules *rules, struct strv *ret, struct err *reterr)
{
    if (rules->django_tenants)
        return add_django_tenants(asking, rules, ret, reterr);
    if (rules->url_schema != NULL) {
        strv_add(ret, rules->url_schema);
        return 0;
    }
    if (add_holders(asking, &rules->history_tables, ret, reterr) != 0)
        return -1;
    /* A database that was never migrated must be refused, not passed for want of tenants. */
    if (ret->count == 0)
        strv_add(ret, "public");
    return 0;
}

bool tenant_is_excluded(const struct strv *exclude, const char *name)
{
    for (size_t i = 0; i < exclude->count; i++) {
        const char *entry = exclude->items[i];
        size_t len = strlen(entry);
        if (len < 2 || entry[0] != '/' || entry[len - 1] != '/') {
            if (strcmp(entry, name) == 0)
                return true;
            continue;
        }
        char _cleanup_free_ *pattern = mem_strndup(entry + 1, len - 2);
        regex_t regex;
        if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
            continue; /* checked when the configuration was read */
        bool matches = regexec(&regex, name, 0, NULL, 0) == 0;
        regfree(&regex);
        if (matches)
            return true;
    }
    return false;
}

int tenants_databases(struct db *db, const char *query, const struct db_options *options, const struct watch *watch,
                      struct deadline until, struct strv *ret, struct err *reterr)
{
    const struct asking asking = {.db = db, .options = options, .watch = watch, .until = until};
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    if (ask(&asking, query, 0, NULL, true, &rows, reterr) != 0)
        return listing_failed(reterr, DATABASES_QUERY);
    if (add_names(rows, DATABASES_QUERY, ret, reterr) != 0)
        return -1;
    strv_sort(ret);
    strv_unique(ret);
    return 0;
}

int tenants_discover(struct db *db, const struct tenant_rules *rules, const struct db_options *options,
                     const struct watch *watch, struct deadline until, struct tenants *ret, struct err *reterr)
{
    const struct asking asking = {.db = db, .options = options, .watch = watch, .until = until};
    struct strv _cleanup_strv_ names = STRV_INIT;
    if (rules->only != NULL && rules->only->count > 0) {
        strv_add_all(&ret->names, rules->only);
        strv_sort(&ret->names);
        strv_unique(&ret->names);
        return 0;
    }
    strv_add_all(&names, rules->schemas);
    if (*rules->query != '\0' && add_query(&asking, rules->query, &names, reterr) != 0)
        return -1;
    if (*rules->pattern != '\0' && add_pattern(&asking, rules->pattern, &names, reterr) != 0)
        return -1;
    if (rules->detect) {
        struct strv _cleanup_strv_ found = STRV_INIT;
        if (detect(&asking, rules, &found, reterr) != 0)
            return -1;
        strv_add_all(&names, &found);
    }
    strv_sort(&names);
    strv_unique(&names);
    for (size_t i = 0; i < names.count; i++)
        strv_add(tenant_is_excluded(rules->exclude, names.items[i]) ? &ret->excluded : &ret->names, names.items[i]);
    return 0;
}
