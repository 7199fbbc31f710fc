/* TypeORM: the classes of migration files. */
#include "readers/typeorm.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/order.h"
#include "expected/paths.h"
#include "files/files.h"

#define STAMP_DIGITS 13 /* milliseconds since 1970, at the end of every name */
#define HINT                                                                                                           \
    "TypeORM records names that stand in the code; make a manifest when the image is built: "                         \
    "typeorm migration:show -d DATASOURCE | tenantgate manifest --from typeorm -o FILE -"

static int bad(const char *name, int line, const char *what, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(name);
    err_set(reterr, ERR_NO_EXPECTED, "%s:%d: %s", shown, line, what);
    return err_hint(reterr, HINT);
}

static bool is_migration_name(const char *name)
{
    size_t len = strlen(name);
    return len >= STAMP_DIGITS && strspn(name + len - STAMP_DIGITS, "0123456789") == STAMP_DIGITS;
}

/* Words, strings and signs of the text; what they mean is for read_class(). */
struct scan {
    const char *begin, *at, *end;
    int line;
    enum { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_TEMPLATE, TOKEN_SIGN, TOKEN_BROKEN } kind;
    const char *text; /* of a string without its quotes */
    size_t len;
};

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

static void skip(struct scan *scan, size_t count)
{
    for (; count > 0 && scan->at < scan->end; count--, scan->at++)
        scan->line += *scan->at == '\n';
}

static bool at_text(const struct scan *scan, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(scan->end - scan->at) >= len && memcmp(scan->at, text, len) == 0;
}

static bool skip_comment(struct scan *scan)
{
    bool line = at_text(scan, "//"), block = at_text(scan, "/*");
    if (!line && !block)
        return false;
    const char *stop = line ? "\n" : "*/";
    const char *found = memmem(scan->at + 2, (size_t)(scan->end - scan->at) - 2, stop, strlen(stop));
    skip(scan, found ? (size_t)(found - scan->at) + strlen(stop) : (size_t)(scan->end - scan->at));
    return true;
}

/* A string ends on its line, a template where its quote comes again, whatever ${...} holds. */
static void take_quoted(struct scan *scan)
{
    char quote = *scan->at;
    skip(scan, 1);
    scan->text = scan->at;
    scan->kind = quote == '`' ? TOKEN_TEMPLATE : TOKEN_STRING;
    while (scan->at < scan->end && *scan->at != quote) {
        if (*scan->at == '\n' && quote != '`')
            break;
        if (quote == '`' && at_text(scan, "${") && memchr(scan->at, '`', strcspn(scan->at, "}")) != NULL)
            break; /* a template within a template */
        skip(scan, *scan->at == '\\' ? 2 : 1);
    }
    if (scan->at >= scan->end || *scan->at != quote) {
        scan->kind = TOKEN_BROKEN;
        return;
    }
    scan->len = (size_t)(scan->at - scan->text);
    skip(scan, 1);
}

static void next(struct scan *scan)
{
    while (scan->at < scan->end && (strchr(" \t\r\n", *scan->at) != NULL || skip_comment(scan)))
        if (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL)
            skip(scan, 1);
    scan->kind = TOKEN_END;
    scan->text = scan->at;
    scan->len = 0;
    if (scan->at >= scan->end)
        return;
    if (*scan->at == '"' || *scan->at == '\'' || *scan->at == '`') {
        take_quoted(scan);
        return;
    }
    while (scan->at + scan->len < scan->end && in_word(scan->at[scan->len]))
        scan->len++;
    scan->kind = scan->len > 0 ? TOKEN_WORD : TOKEN_SIGN;
    if (scan->len == 0)
        scan->len = 1;
    skip(scan, scan->len);
}

static bool is(const struct scan *scan, const char *text)
{
    return (scan->kind == TOKEN_WORD || scan->kind == TOKEN_SIGN) && scan->len == strlen(text) &&
           memcmp(scan->text, text, scan->len) == 0;
}

/* Behind a string: is it all of the value? */
static bool is_whole(const struct scan *scan)
{
    const char *at = scan->at;
    while (at < scan->end && strchr(" \t\r\n", *at) != NULL)
        at++;
    return at == scan->end || strchr("+.?[(`", *at) == NULL;
}

static bool is_plain(const struct scan *scan)
{
    return scan->kind == TOKEN_STRING && memchr(scan->text, '\\', scan->len) == NULL && is_whole(scan);
}

/* Behind the word `name`: is a plain text assigned to it ("name = 'x'", "name: string = 'x'")? 1: yes, 0: nothing is
 * assigned, -1: something else is. */
static int take_name(struct scan *scan, char **ret)
{
    next(scan);
    while (scan->kind == TOKEN_WORD || is(scan, ":") || is(scan, "!") || is(scan, "?"))
        next(scan);
    if (!is(scan, "="))
        return 0;
    next(scan);
    if (!is_plain(scan))
        return -1;
    free(*ret);
    *ret = mem_strndup(scan->text, scan->len);
    return 1;
}

static bool is_string(const struct scan *scan, const char *text)
{
    return scan->kind == TOKEN_STRING && scan->len == strlen(text) && memcmp(scan->text, text, scan->len) == 0;
}

/* Behind "this, 'name'" of Object.defineProperty(), which is how fields are compiled for old targets: its value. */
static int take_defined(struct scan *scan, char **ret)
{
    while (scan->kind != TOKEN_END && scan->kind != TOKEN_BROKEN && !is(scan, "value") && !is(scan, "}") && !is(scan, "get"))
        next(scan);
    if (!is(scan, "value"))
        return -1;
    next(scan);
    if (!is(scan, ":"))
        return -1;
    next(scan);
    if (!is_plain(scan))
        return -1;
    free(*ret);
    *ret = mem_strndup(scan->text, scan->len);
    return 1;
}

/* The body of a class: is its name given by a property, in the body itself or in its constructor? */
static int read_body(struct scan *scan, const char *file, char **name, struct err *reterr)
{
    int depth = 1;
    bool own = true, self = false; /* own: at the start of a member, or behind "this." */
    bool computed = false, of_self = false; /* behind "get" or "static"; behind "this," or "this[" */
    while (depth > 0) {
        int line = scan->line;
        next(scan);
        if (scan->kind == TOKEN_END || scan->kind == TOKEN_BROKEN)
            return bad(file, scan->line, "a text that does not end where it should; it cannot be read without running it", reterr);
        own = own || (depth == 1 && scan->line > line); /* a line end does for a semicolon */
        bool defined = of_self && is_string(scan, "name");
        if ((is(scan, "name") && ((computed && depth == 1) || (own && take_name(scan, name) < 0))) ||
            (depth == 1 && is_string(scan, "name")) || (defined && take_defined(scan, name) < 0))
            return bad(file, scan->line, "the name of a migration is computed", reterr);
        depth += is(scan, "{") ? 1 : is(scan, "}") ? -1 : 0;
        own = (depth == 1 && (is(scan, ";") || is(scan, "}") || is(scan, "readonly") || is(scan, "public"))) ||
              (is(scan, ".") && self);
        of_self = self && (is(scan, ",") || is(scan, "["));
        computed = is(scan, "get") || is(scan, "static");
        self = is(scan, "this");
    }
    return 0;
}

/* Is the class named anywhere but where it is made, used or extended? Then that is taken for its export. */
static bool is_mentioned(const char *text, size_t len, const char *class)
{
    struct scan scan = {.at = text, .end = text + len, .line = 1};
    bool used = false;
    for (next(&scan); scan.kind != TOKEN_END && scan.kind != TOKEN_BROKEN; next(&scan)) {
        if (is(&scan, class) && !used)
            return true;
        used = is(&scan, "class") || is(&scan, "new") || is(&scan, "extends");
    }
    return false;
}

/* The scan stands at the word "class"; exported: by the words before it. */
static int read_class(struct scan *scan, const char *file, bool exported, struct expected *ret, struct err *reterr)
{
    char _cleanup_free_ *name = NULL;
    const char *text = scan->begin;
    next(scan);
    if (scan->kind == TOKEN_WORD && !is(scan, "extends") && !is(scan, "implements"))
        name = mem_strndup(scan->text, scan->len);
    if (name != NULL && !exported && !is_mentioned(text, (size_t)(scan->end - text), name))
        return bad(file, scan->line, "a class that is not exported, as far as the text tells; it cannot be read without running it",
                   reterr);
    while (scan->kind != TOKEN_END && scan->kind != TOKEN_BROKEN && !is(scan, "{"))
        next(scan);
    if (read_body(scan, file, &name, reterr) != 0)
        return -1;
    if (name == NULL || !is_migration_name(name))
        return bad(file, scan->line, "a class whose name does not end in 13 digits, and without a property `name` that does", reterr);
    expected_add(ret, name)->file = mem_strdup(file);
    return 0;
}

int typeorm_file(const char *name, const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    struct scan scan = {.begin = text, .at = text, .end = text + len, .line = 1};
    size_t before = ret->count;
    bool member = false;                     /* behind a dot: a property of that name */
    bool exported = false, behind = false;   /* behind "export" or "exports" of the same statement; behind a class */
    bool defining = false, comma = false;    /* behind a word that is not "exports"; behind such a word and a comma */
    ret->framework = FRAMEWORK_TYPEORM;
    if (memchr(text, '\0', len) != NULL)
        return bad(name, 1, "holds NUL bytes", reterr);
    for (next(&scan); scan.kind != TOKEN_END; next(&scan)) {
        if (scan.kind == TOKEN_BROKEN)
            return bad(name, scan.line, "a text that does not end where it should; it cannot be read without running it", reterr);
        if (comma && is_string(&scan, "name"))
            return bad(name, scan.line, "the name of a migration is computed", reterr);
        exported = (exported && !is(&scan, ";") && (!behind || is(&scan, ","))) || is(&scan, "export") || is(&scan, "exports");
        comma = defining && is(&scan, ",");
        defining = scan.kind == TOKEN_WORD && !is(&scan, "exports");
        behind = is(&scan, "class") && !member;
        if (behind && read_class(&scan, name, exported, ret, reterr) != 0)
            return -1;
        member = is(&scan, ".");
    }
    return ret->count > before ? 0 : bad(name, scan.line, "no class is found in it", reterr);
}

/* By the time at the end of the name. */
static int by_time(const void *a, const void *b)
{
    const char *one = ((const struct migration *)a)->id, *two = ((const struct migration *)b)->id;
    int order = strcmp(one + strlen(one) - STAMP_DIGITS, two + strlen(two) - STAMP_DIGITS);
    return order != 0 ? order : strcmp(one, two);
}

static bool is_script(const char *path)
{
    static const char *const endings[] = {".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"};
    bool script = false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        script = script || text_ends(path, endings[i]);
    return script && !text_ends(path, ".d.ts") && !text_ends(path, ".d.cts") && !text_ends(path, ".d.mts");
}

int typeorm_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    static const struct file_rule rule = {
        .folders = {"migrations", "migration", "src/migrations", "src/migration", "dist/migrations", "dist/migration",
                    "build/migrations"},
        .like = "1767225600000-Name.js",
        .loose = true,
    };
    struct strv _cleanup_strv_ folders = STRV_INIT, files = STRV_INIT;
    if (files_folders(source, &rule, &folders, reterr) != 0)
        return -1;
    for (size_t i = 0; i < folders.count; i++)
        if (paths_walk(folders.items[i], WALK_FILES, &files, reterr) != 0)
            return -1;
    for (size_t i = 0; i < files.count; i++) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        if (!is_script(files.items[i]))
            continue;
        if (path_read(files.items[i], &text, reterr) != 0 ||
            typeorm_file(files.items[i], buf_text(&text), text.len, ret, reterr) != 0)
            return -1;
    }
    if (ret->count == 0) {
        struct buf _cleanup_buf_ places = BUF_INIT;
        text_join(&places, &folders, 5);
        err_set(reterr, ERR_NO_EXPECTED, "there are no migrations like %s in %s", rule.like, buf_text(&places));
        return err_hint(reterr, HINT);
    }
    expected_place(ret, by_time);
    return expected_finish(ret, reterr);
}

int listing_read_typeorm(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    int number = 0;
    ret->framework = FRAMEWORK_TYPEORM;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        char _cleanup_free_ *whole = mem_strndup(line, (size_t)(stop - line));
        whole[strcspn(whole, "\r")] = '\0';
        const char *name = whole + strspn(whole, " ");
        number++;
        line = newline ? newline + 1 : end;
        bool entry = text_starts(name, "[X] ") || text_starts(name, "[ ] ");
        if (!entry && newline == NULL && *whole != '\0' && ret->count > 0)
            return bad("standard input", number, "the last line does not end: the list is cut short", reterr);
        if (!entry)
            continue;
        name += 4;
        const char *blank = strchr(name, ' ');
        if (blank != NULL && strspn(name, "0123456789") == (size_t)(blank - name))
            name = blank + 1;
        if (!is_migration_name(name) || strchr(name, ' ') != NULL)
            return bad("standard input", number, "not of the form '[X] 1 NAME' or '[ ] NAME'", reterr);
        expected_add(ret, name);
    }
    if (ret->count == 0)
        return bad("standard input", number, "it lists no migrations", reterr);
    expected_place(ret, by_time);
    return expected_finish(ret, reterr);
}
