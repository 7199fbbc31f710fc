/* The verdict on one tenant's structure. */
#include "structure/compare.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/relname.h"
#include "base/text.h"

/* Items that a message tells about one by one. */
#define TOLD 8

bool seen_is_whole(const struct assertions *assertions, const struct seen *seen)
{
    return strlen(seen->relations) == assertions->relations.count && strlen(seen->columns) == assertions->column_count &&
           strspn(seen->relations, "-rx") == assertions->relations.count &&
           strspn(seen->columns, "-c") == assertions->column_count;
}

/* How one assertion fails; FINDING_KIND_COUNT where it does not. */
static enum finding_kind judge(const struct assertion *one, const struct seen *seen)
{
    char relation = seen->relations[one->relation];
    bool column = one->column != ASSERTION_NO_COLUMN;
    bool there = column ? seen->columns[one->column] == SEEN_COLUMN : relation != SEEN_NOTHING;
    if (one->absent)
        return !there ? FINDING_KIND_COUNT : column ? FINDING_UNEXPECTED_COLUMN : FINDING_UNEXPECTED_TABLE;
    if (relation == SEEN_NOTHING)
        return FINDING_MISSING_TABLE;
    if (!there)
        return FINDING_MISSING_COLUMN;
    return !column && relation == SEEN_UNREADABLE ? FINDING_NO_PRIVILEGE : FINDING_KIND_COUNT;
}

/* Adds a word about one item: PostgreSQL's own, where it has one, because that is what people search for. */
static void tell(const struct assertions *all, const struct assertion *one, enum finding_kind kind, struct buf *out)
{
    char _cleanup_free_ *relation = text_escaped(all->relations.items[one->relation]);
    char _cleanup_free_ *column =
        one->column != ASSERTION_NO_COLUMN ? text_escaped(all->columns[one->column].name) : mem_strdup("");
    char _cleanup_free_ *role = text_escaped(all->role);
    buf_puts(out, out->len ? "; " : "");
    switch (kind) {
    case FINDING_MISSING_TABLE:
        buf_printf(out, "relation \"%s\" does not exist", relation);
        break;
    case FINDING_MISSING_COLUMN:
        buf_printf(out, "column \"%s\" does not exist in relation \"%s\"", column, relation);
        break;
    case FINDING_UNEXPECTED_TABLE:
        buf_printf(out, "relation \"%s\" is there and must not be", relation);
        break;
    case FINDING_UNEXPECTED_COLUMN:
        buf_printf(out, "column \"%s\" of relation \"%s\" is there and must not be", column, relation);
        break;
    default:
        buf_printf(out, "permission denied for table %s: the role %s%smay not SELECT from it", relation, role, *role ? " " : "");
    }
}

/* All assertions that fail in one way. */
static void compare_kind(const struct assertions *all, const struct seen *seen, enum finding_kind kind, struct strv *items,
                         struct buf *message)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct assertion *one = &all->items[i];
        if (judge(one, seen) != kind)
            continue;
        const struct assertion what = {.relation = one->relation,
                                       .column = kind == FINDING_MISSING_TABLE ? ASSERTION_NO_COLUMN : one->column};
        char _cleanup_free_ *text = assertion_text(all, &what);
        if (strv_has(items, text))
            continue;
        strv_add(items, text);
        if (items->count <= TOLD)
            tell(all, &what, kind, message);
    }
    if (items->count > TOLD)
        buf_printf(message, "; and %zu more", items->count - TOLD);
}

static bool asks_for_tables(const struct assertions *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (!all->items[i].absent && all->items[i].column == ASSERTION_NO_COLUMN)
            return true;
    return false;
}

void structure_compare(const struct assertions *assertions, const struct seen *seen, const char *database,
                       const char *tenant, struct findings *ret)
{
    static const enum finding_kind kinds[] = {FINDING_NO_PRIVILEGE, FINDING_MISSING_TABLE, FINDING_MISSING_COLUMN,
                                              FINDING_UNEXPECTED_TABLE, FINDING_UNEXPECTED_COLUMN};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct strv items = STRV_INIT;
        struct buf message = BUF_INIT;
        if (kinds[k] == FINDING_NO_PRIVILEGE && !seen->usage && asks_for_tables(assertions)) {
            char _cleanup_free_ *role = text_escaped(assertions->role);
            buf_printf(&message, "permission denied for the schema: the role %s%shas no USAGE on it", role, *role ? " " : "");
        }
        compare_kind(assertions, seen, kinds[k], &items, &message);
        if (message.len == 0)
            continue;
        struct finding *finding = findings_add(ret, kinds[k], SEVERITY_FAIL, database, NULL, tenant);
        finding->items = items;
        finding->message = buf_steal(&message);
    }
}
