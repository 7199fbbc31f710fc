/* Lists of tables and columns as values. */
#include "config/relations.h"

#include <string.h>

#include "base/mem.h"
#include "base/relname.h"
#include "base/text.h"

static int check_kind(const char *item, const struct relname *name, enum relations_kind kind, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(item);
    if (kind == RELATIONS_COLUMNS && name->column == NULL)
        return err_set(reterr, ERR_CONFIG, "'%s' names no column: expected is table.column", shown);
    if (kind != RELATIONS_TABLES || name->column == NULL)
        return 0;
    err_set(reterr, ERR_CONFIG, "'%s' is no table: the dot separates a table from a column", shown);
    return err_hint(reterr, "Tables are looked for in each tenant's own schema, which is not named here. A name with a dot in it "
                            "stands in double quotes.");
}

static int add_item(const char *item, enum relations_kind kind, struct strv *ret, struct err *reterr)
{
    struct relname _cleanup_relname_ name = {0};
    if (relname_parse(item, &name, reterr) != 0 || check_kind(item, &name, kind, reterr) != 0)
        return -1;
    char *text = relname_text(name.table, name.column);
    if (strv_has(ret, text)) {
        char _cleanup_free_ *shown = text_escaped(text);
        free(text);
        return err_set(reterr, ERR_CONFIG, "'%s' is there twice", shown);
    }
    strv_take(ret, text);
    return 0;
}

int relations_list(const char *text, enum relations_kind kind, struct strv *ret, struct err *reterr)
{
    while (*text != '\0') {
        text += strspn(text, ", \t\r\n");
        size_t len = relname_length(text), kept = len;
        while (kept > 0 && strchr(" \t\r", text[kept - 1]) != NULL)
            kept--;
        char _cleanup_free_ *item = mem_strndup(text, kept);
        if (kept > 0 && add_item(item, kind, ret, reterr) != 0)
            return -1;
        text += len;
    }
    return 0;
}
