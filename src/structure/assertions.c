/* What must be there, and what must not. */
#include "structure/assertions.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/relname.h"
#include "base/text.h"

void assertions_done(struct assertions *assertions)
{
    for (size_t i = 0; i < assertions->column_count; i++)
        free(assertions->columns[i].name);
    free(assertions->columns);
    free(assertions->items);
    strv_done(&assertions->relations);
    *assertions = (struct assertions){0};
}

static size_t relation_at(struct assertions *all, const char *name)
{
    for (size_t i = 0; i < all->relations.count; i++)
        if (strcmp(all->relations.items[i], name) == 0)
            return i;
    strv_add(&all->relations, name);
    return all->relations.count - 1;
}

static size_t column_at(struct assertions *all, size_t relation, const char *name)
{
    for (size_t i = 0; i < all->column_count; i++)
        if (all->columns[i].relation == relation && strcmp(all->columns[i].name, name) == 0)
            return i;
    MEM_GROW(all->columns, all->column_count, all->column_cap);
    all->columns[all->column_count] = (struct asserted_column){.relation = relation, .name = mem_strdup(name)};
    return all->column_count++;
}

static int add_list(struct assertions *all, const struct strv *names, bool absent, struct err *reterr)
{
    for (size_t i = 0; i < names->count; i++) {
        struct relname _cleanup_relname_ name = {0};
        if (relname_parse(names->items[i], &name, reterr) != 0)
            return -1;
        size_t relation = relation_at(all, name.table);
        MEM_GROW(all->items, all->count, all->cap);
        all->items[all->count++] = (struct assertion){
            .relation = relation,
            .column = name.column ? column_at(all, relation, name.column) : ASSERTION_NO_COLUMN,
            .absent = absent,
        };
    }
    return 0;
}

/* One that must be there, though its table, or it itself, must not. */
static int check_contradictions(const struct section *section, const struct assertions *all, struct err *reterr)
{
    for (size_t i = 0; i < all->count; i++) {
        for (size_t k = 0; k < all->count; k++) {
            const struct assertion *must = &all->items[i], *must_not = &all->items[k];
            if (must->absent || !must_not->absent || must->relation != must_not->relation ||
                (must_not->column != ASSERTION_NO_COLUMN && must_not->column != must->column))
                continue;
            char _cleanup_free_ *one = assertion_text(all, must), *other = assertion_text(all, must_not);
            char _cleanup_free_ *wanted = text_escaped(one), *unwanted = text_escaped(other);
            return err_set(reterr, ERR_CONFIG, "%s: structure.absent: %s must not be there, but structure.%s (%s) asks for %s",
                           config_where(section, KEY_STRUCTURE_absent), unwanted,
                           must->column == ASSERTION_NO_COLUMN ? "tables" : "columns",
                           config_where(section, must->column == ASSERTION_NO_COLUMN ? KEY_STRUCTURE_tables
                                                                                     : KEY_STRUCTURE_columns),
                           wanted);
        }
    }
    return 0;
}

int assertions_read(const struct section *section, struct assertions *ret, struct err *reterr)
{
    struct assertions _cleanup_assertions_ all = {.role = config_text(section, KEY_STRUCTURE_role)};
    if (strlen(all.role) > RELNAME_MAX_BYTES || !text_is_utf8(all.role, strlen(all.role)))
        return err_set(reterr, ERR_CONFIG, "%s: structure.role: PostgreSQL's names have at most %d bytes of UTF-8, so there can "
                                           "be no such role", config_where(section, KEY_STRUCTURE_role), RELNAME_MAX_BYTES);
    if (add_list(&all, config_list(section, KEY_STRUCTURE_tables), false, reterr) != 0 ||
        add_list(&all, config_list(section, KEY_STRUCTURE_columns), false, reterr) != 0 ||
        add_list(&all, config_list(section, KEY_STRUCTURE_absent), true, reterr) != 0 ||
        check_contradictions(section, &all, reterr) != 0)
        return -1;
    *ret = all;
    all = (struct assertions){0};
    return 0;
}

char *assertion_text(const struct assertions *assertions, const struct assertion *assertion)
{
    return relname_text(assertions->relations.items[assertion->relation],
                        assertion->column == ASSERTION_NO_COLUMN ? NULL : assertions->columns[assertion->column].name);
}
