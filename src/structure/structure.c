/* Checking every tenant's structure. */
#include "structure/structure.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "structure/compare.h"

/* Look-ups in the catalog (relations and columns of tenants) a statement: bounds its time, and the memory of both sides. */
#define LOOKUPS_A_STATEMENT 20000
#define TENANTS_A_STATEMENT 1000

static const char role_sql[] =
    "SELECT r.oid::pg_catalog.text FROM pg_catalog.pg_roles AS r WHERE r.rolname::pg_catalog.text OPERATOR(pg_catalog.=) "
    "CASE WHEN $1::pg_catalog.text OPERATOR(pg_catalog.=) '' THEN current_user::pg_catalog.text ELSE $1 END";

/* $1 schemas, $2 relations, $3 and $4 columns: number of the relation (from 1) and name, $5 the role.
 *
 * Each schema, each relation in it and each column of that is one descent of a catalog's unique index, whatever the statistics
 * say: that is what LIMIT 1 is for. The server may answer a question about a right only after it has cached the relation,
 * so it is not asked for every one: with the same owner and the same grants the answer is the same, and one speaks for all.
 * Where that one may not be read, or has just gone, each is asked for itself, down to rights on columns. */
static const char look_sql[] =
    "WITH n AS MATERIALIZED (SELECT t.i, s.oid FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS t(name, i) "
    "CROSS JOIN LATERAL (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname OPERATOR(pg_catalog.=) t.name LIMIT 1) AS s), "
    "r AS MATERIALIZED (SELECT n.i, q.k, c.oid, c.relowner, c.relacl FROM n "
    "CROSS JOIN pg_catalog.unnest($2::pg_catalog.text[]) WITH ORDINALITY AS q(name, k) "
    "LEFT JOIN LATERAL (SELECT c.oid, c.relowner, c.relacl FROM pg_catalog.pg_class AS c "
    "WHERE c.relnamespace OPERATOR(pg_catalog.=) n.oid AND c.relname OPERATOR(pg_catalog.=) q.name "
    "AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog.\"char\"[]) LIMIT 1) AS c ON true), "
    "g AS (SELECT pg_catalog.has_table_privilege($5::pg_catalog.oid, pg_catalog.min(r.oid), 'SELECT') AS ok, "
    "pg_catalog.array_agg(r.i) AS i, pg_catalog.array_agg(r.k) AS k, pg_catalog.array_agg(r.oid) AS oid "
    "FROM r GROUP BY r.relowner, r.relacl), "
    "v AS (SELECT u.i, pg_catalog.string_agg(CASE WHEN u.oid IS NULL THEN '-' WHEN g.ok THEN 'r' ELSE "
    "CASE pg_catalog.has_table_privilege($5::pg_catalog.oid, u.oid, 'SELECT') WHEN true THEN 'r' WHEN false THEN "
    "CASE WHEN (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege($5::pg_catalog.oid, u.oid, a.attnum, 'SELECT')) "
    "FROM pg_catalog.pg_attribute AS a WHERE a.attrelid OPERATOR(pg_catalog.=) u.oid AND a.attnum OPERATOR(pg_catalog.>) 0 "
    "AND NOT a.attisdropped) THEN 'r' ELSE 'x' END ELSE '-' END END, '' ORDER BY u.k) AS letters "
    "FROM g CROSS JOIN LATERAL "
    "ROWS FROM (pg_catalog.unnest(g.i), pg_catalog.unnest(g.k), pg_catalog.unnest(g.oid)) AS u(i, k, oid) GROUP BY u.i), "
    "w AS (SELECT r.i, pg_catalog.string_agg(CASE WHEN a.attnum IS NULL THEN '-' ELSE 'c' END, '' ORDER BY p.m) AS letters "
    "FROM ROWS FROM (pg_catalog.unnest($3::pg_catalog.int8[]), pg_catalog.unnest($4::pg_catalog.text[])) "
    "WITH ORDINALITY AS p(k, name, m) "
    "JOIN r ON r.k OPERATOR(pg_catalog.=) p.k LEFT JOIN LATERAL (SELECT a.attnum FROM pg_catalog.pg_attribute AS a "
    "WHERE a.attrelid OPERATOR(pg_catalog.=) r.oid AND a.attname OPERATOR(pg_catalog.=) p.name "
    "AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped LIMIT 1) AS a ON true GROUP BY r.i) "
    "SELECT n.i, pg_catalog.has_schema_privilege($5::pg_catalog.oid, n.oid, 'USAGE'), "
    "CASE WHEN v.letters IS NULL THEN '' ELSE v.letters END, CASE WHEN w.letters IS NULL THEN '' ELSE w.letters END "
    "FROM n LEFT JOIN v ON v.i OPERATOR(pg_catalog.=) n.i LEFT JOIN w ON w.i OPERATOR(pg_catalog.=) n.i";

struct checking {
    struct crew *crew;
    const struct assertions *assertions;
    const struct structure_options *options;
    const struct watch *watch;
    struct deadline until;
    struct unit **units;
    size_t count, step;                             /* tenants in all, of one statement */
    char *role;                                     /* its OID */
    char *relations, *column_relations, *columns;   /* parameters that all statements share */
};

static void make_parameters(struct checking *c)
{
    const struct assertions *all = c->assertions;
    struct strv _cleanup_strv_ numbers = STRV_INIT, names = STRV_INIT;
    for (size_t i = 0; i < all->column_count; i++) {
        strv_take(&numbers, mem_printf("%zu", all->columns[i].relation + 1));
        strv_add(&names, all->columns[i].name);
    }
    c->relations = db_text_array(&all->relations);
    c->column_relations = db_text_array(&numbers);
    c->columns = db_text_array(&names);
}

static int find_role(struct checking *c, struct err *reterr)
{
    struct db_batch _cleanup_db_batch_ batch = {0};
    struct db_rows _cleanup_db_rows_ *rows = NULL;
    const char *params[] = {c->assertions->role};
    db_batch_add(&batch, role_sql, 1, params);
    if (db_run(*c->crew->first, &batch, &c->options->db, c->watch, c->until, &rows, NULL, reterr) != 0)
        return -1;
    if (db_rows_count(rows) == 1) {
        c->role = mem_strdup(db_rows_value(rows, 0, 0));
        return 0;
    }
    char _cleanup_free_ *shown = text_escaped(c->assertions->role);
    err_set(reterr, ERR_CONFIG, "structure.role: role \"%s\" does not exist", shown);
    memcpy(reterr->sqlstate, "42704", sizeof reterr->sqlstate);
    return err_hint(reterr, "Name the role as the app connects (letters as they stand), or leave it out for the role that the "
                            "gate connects with.");
}

/* A tenant that has been dropped since its history was read. */
static void note_gone(const struct checking *c, struct unit *unit)
{
    for (size_t i = 0; i < unit->findings.count; i++)
        if (unit->findings.items[i].kind == FINDING_MISSING_SCHEMA)
            return;
    if (unit->absent)
        return; /* on purpose, as the rule about missing schemas has it */
    unit->absent = true;
    if (c->options->missing_schema != SEVERITY_IGNORE)
        findings_add(&unit->findings, FINDING_MISSING_SCHEMA, c->options->missing_schema, c->options->database, NULL,
                     unit->tenant)->message = mem_strdup("there is no such schema any more");
}

static int take(const struct checking *c, const struct db_rows *rows, struct unit **units, size_t count, struct err *reterr)
{
    bool _cleanup_free_ *there = mem_alloc(count * sizeof *there);
    for (size_t row = 0; row < db_rows_count(rows); row++) {
        const char *number = db_rows_value(rows, row, 0);
        size_t at = number ? strtoul(number, NULL, 10) : 0;
        const struct seen seen = {.usage = db_rows_true(rows, row, 1), .relations = db_rows_value(rows, row, 2),
                                  .columns = db_rows_value(rows, row, 3)};
        if (at < 1 || at > count || there[at - 1] || seen.relations == NULL || seen.columns == NULL ||
            !seen_is_whole(c->assertions, &seen))
            return err_set(reterr, ERR_INTERNAL, "the catalog's answer about the tables of a schema makes no sense");
        if (db_rows_value(rows, row, 1) == NULL) /* the right to a schema that has just gone */
            continue;
        there[at - 1] = true;
        structure_compare(c->assertions, &seen, c->options->database, units[at - 1]->tenant, &units[at - 1]->findings);
    }
    for (size_t i = 0; i < count; i++)
        if (!there[i])
            note_gone(c, units[i]);
    return 0;
}

static size_t tenants_a_statement(const struct assertions *all)
{
    size_t count = LOOKUPS_A_STATEMENT / (all->relations.count + all->column_count + 1);
    return count > TENANTS_A_STATEMENT ? TENANTS_A_STATEMENT : count > 0 ? count : 1;
}

static size_t tenants_of(const struct checking *c, size_t job)
{
    size_t left = c->count - job * c->step;
    return left < c->step ? left : c->step;
}

static void make_look(void *context, size_t job, struct db_batch *batch)
{
    const struct checking *c = context;
    struct strv _cleanup_strv_ names = STRV_INIT;
    for (size_t i = 0; i < tenants_of(c, job); i++)
        strv_add(&names, c->units[job * c->step + i]->tenant);
    char _cleanup_free_ *schemas = db_text_array(&names);
    const char *params[] = {schemas, c->relations, c->column_relations, c->columns, c->role};
    db_batch_add(batch, look_sql, 5, params);
}

static int take_look(void *context, size_t job, struct db_rows *const *rows, struct err *reterr)
{
    const struct checking *c = context;
    return take(c, rows[0], c->units + job * c->step, tenants_of(c, job), reterr);
}

int structure_check(struct crew *crew, const struct assertions *assertions, const struct structure_options *options,
                    struct unit **units, size_t count, const struct watch *watch, struct deadline until, struct err *reterr)
{
    struct checking c = {.crew = crew, .assertions = assertions, .options = options, .watch = watch, .until = until,
                         .units = units, .count = count};
    if (assertions->count == 0)
        return 0;
    make_parameters(&c);
    c.step = tenants_a_statement(assertions);
    int code = find_role(&c, reterr);
    const struct crew_work work = {
        .count = (count + c.step - 1) / c.step, .context = &c, .make = make_look, .take = take_look};
    if (code == 0)
        code = crew_run(crew, &work, &options->db, watch, until, reterr);
    free(c.role);
    free(c.relations);
    free(c.column_relations);
    free(c.columns);
    return code;
}
