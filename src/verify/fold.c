/* What the folds of the families share, and those of the simplest ones. */
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "verify/family.h"

#define DIGITS "0123456789"

void fold_odd(struct recorded *recorded, const char *fmt, ...)
{
    if (recorded->odd != NULL)
        return;
    struct buf text = BUF_INIT;
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    recorded->odd = buf_steal(&text);
}

bool fold_true(const char *cell)
{
    return cell != NULL && strcmp(cell, "true") == 0;
}

bool fold_bool(const char *cell, struct recorded *recorded)
{
    if (cell == NULL) {
        recorded->null = true;
    } else if (strcmp(cell, "true") != 0 && strcmp(cell, "false") != 0) {
        char _cleanup_free_ *shown = text_escaped(cell);
        fold_odd(recorded, "holds '%s' where true or false is expected: another framework's table?", shown);
    }
    return fold_true(cell);
}

bool fold_same_sum(const struct migration *migration, const char *sum)
{
    return migration->checksums.count == 0 || (sum != NULL && strv_has(&migration->checksums, sum));
}

/* Ruby's String#to_i: blanks, a sign, digits with single underscores between; what follows does not count, nothing is 0. */
static void add_to_i(const char *text, struct buf *ret)
{
    struct buf _cleanup_buf_ digits = BUF_INIT;
    text += strspn(text, " \t\n\v\f\r");
    bool minus = *text == '-';
    text += *text == '-' || *text == '+';
    for (; (*text >= '0' && *text <= '9') || (*text == '_' && digits.len > 0 && text[1] >= '0' && text[1] <= '9'); text++)
        if (*text != '_')
            buf_putc(&digits, *text);
    if (minus && strspn(buf_text(&digits), "0") < digits.len)
        buf_putc(ret, '-');
    order_number(buf_text(&digits), digits.len, ret);
}

static bool add_integer(const char *cell, struct buf *ret, struct recorded *recorded)
{
    bool minus = *cell == '-';
    size_t len = strspn(cell + minus, DIGITS);
    if (len == 0 || cell[minus + len] != '\0') {
        char _cleanup_free_ *shown = text_escaped(cell);
        fold_odd(recorded, "holds '%s' where a number is expected: another framework's table?", shown);
        return false;
    }
    if (minus)
        buf_putc(ret, '-');
    order_number(cell + minus, len, ret);
    if (!order_fits(buf_text(ret) + minus)) { /* the framework's own column could not hold it */
        char _cleanup_free_ *shown = text_escaped(cell);
        fold_odd(recorded, "holds '%s', a number that does not fit into 64 bits: another framework's table?", shown);
        return false;
    }
    return true;
}

bool fold_number(const char *cell, struct recorded *recorded)
{
    struct buf _cleanup_buf_ ignored = BUF_INIT;
    recorded->null = recorded->null || cell == NULL;
    return cell != NULL && add_integer(cell, &ignored, recorded);
}

bool fold_id(const struct judge *judge, const char *cell, struct buf *ret, struct recorded *recorded)
{
    size_t len = cell ? strlen(cell) : 0;
    buf_clear(ret);
    if (cell == NULL) {
        recorded->null = true;
        return false;
    }
    switch (family_row(judge)->key) {
    case KEY_TEXT:
        buf_puts(ret, cell);
        return true;
    case KEY_INTEGER:
        return add_integer(cell, ret, recorded);
    case KEY_TO_I:
        add_to_i(cell, ret);
        return true;
    case KEY_NO_JS:
        buf_add(ret, cell, text_ends(cell, ".js") || text_ends(cell, ".ts") ? len - 3 : len);
        return true;
    case KEY_FOLDED:
        for (size_t i = 0; i < len; i++)
            buf_putc(ret, cell[i] >= 'A' && cell[i] <= 'Z' ? (char)(cell[i] - 'A' + 'a') : cell[i]);
        return true;
    }
    BUG("a kind of key without a meaning");
}

size_t fold_key(const struct judge *judge, const char *id)
{
    return family_row(judge)->key == KEY_FOLDED ? strmap_get(&judge->labels, id) : judge_key(judge, id);
}

void fold_add(const struct judge *judge, const char *id, struct recorded *recorded)
{
    size_t key = fold_key(judge, id);
    if (key != STRMAP_NONE)
        recorded->applied[key] = RECORDED_APPLIED;
    else
        strv_add(&recorded->unknown, id);
}

/* A row is one id: its columns, joined by a dot. */
void fold_joined(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    struct buf _cleanup_buf_ id = BUF_INIT;
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        bool null = false;
        buf_clear(&id);
        for (size_t c = 0; c < rows->columns; c++) {
            null = null || cells[c] == NULL;
            buf_printf(&id, "%s%s", c ? "." : "", cells[c] ? cells[c] : "");
        }
        if (null)
            recorded->null = true;
        else
            recorded_add(judge, buf_text(&id), recorded);
    }
}

/* A row is one migration. Where a framework's column has several names, only one of them is there. */
void fold_set(const struct judge *judge, const struct table_rows *rows, struct recorded *recorded)
{
    const struct framework_row *row = family_row(judge);
    struct buf _cleanup_buf_ id = BUF_INIT;
    for (size_t i = 0; i < rows->count; i++) {
        const char *const *cells = &rows->cells[i * rows->columns];
        size_t c = 0;
        while (c + 1 < rows->columns && cells[c] == NULL && row->columns[c].optional && row->columns[c + 1].optional)
            c++;
        if (fold_id(judge, cells[c], &id, recorded))
            fold_add(judge, buf_text(&id), recorded);
    }
}
