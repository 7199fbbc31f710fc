/* Changes of sys.path that a script makes for itself. */
#include "python/syspath.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/literal.h"

/* How deep names and calls are followed in one expression. */
#define MAX_STEPS 30
/* How many folders one file may add. */
#define MAX_ADDED 50

struct reading {
    struct py_tokens tokens;
    const char *file; /* absolute path of the script */
    int steps;
};

static char *evaluate(struct reading *r, uint32_t first, uint32_t end, int depth);

static const struct py_token *at(const struct reading *r, uint32_t i)
{
    return &r->tokens.items[i];
}

static uint32_t next(const struct reading *r, uint32_t i)
{
    return (py_is_open(at(r, i)) ? at(r, i)->link : i) + 1;
}

static bool is_name(const struct reading *r, uint32_t i, const char *text)
{
    if (at(r, i)->kind != PY_NAME)
        return false;
    const struct py_symbol *name = py_name(&r->tokens, at(r, i));
    return name->len == strlen(text) && memcmp(name->text, text, name->len) == 0;
}

/* The absolute path, with "." and ".." worked out in the text, as os.path.abspath() does. */
static char *normalised(const char *path)
{
    char _cleanup_free_ *here = *path == '/' ? mem_strdup("") : getcwd(NULL, 0);
    char _cleanup_free_ *whole = mem_printf("%s/%s", here ? here : "", path);
    struct buf out = BUF_INIT;
    for (const char *p = whole; *p;) {
        while (*p == '/')
            p++;
        size_t len = strcspn(p, "/");
        if (len == 2 && memcmp(p, "..", 2) == 0) {
            while (out.len > 0 && out.data[--out.len] != '/')
                ;
            if (out.data != NULL)
                out.data[out.len] = '\0';
        } else if (len > 0 && !(len == 1 && *p == '.')) {
            buf_putc(&out, '/');
            buf_add(&out, p, len);
        }
        p += len;
    }
    if (out.len == 0)
        buf_putc(&out, '/');
    return buf_steal(&out);
}

static char *parent(char *path)
{
    char *slash = path ? strrchr(path, '/') : NULL;
    if (slash != NULL)
        slash[slash == path ? 1 : 0] = '\0';
    return path;
}

static char *joined(char *base, char *part)
{
    char *path = base && part ? (*part == '/' ? mem_strdup(part) : py_path_join(base, part)) : NULL;
    free(base);
    free(part);
    return path;
}

static char *resolved(char *path)
{
    char *real = path ? realpath(path, NULL) : NULL;
    if (path != NULL && real == NULL) /* what is not there has no links to follow */
        real = normalised(path);
    free(path);
    return real;
}

/* The last assignment to the name, where there is only one. */
static char *variable(struct reading *r, uint32_t symbol, int depth)
{
    uint32_t found = 0;
    for (uint32_t i = 0; at(r, i)->kind != PY_END; i++) {
        if (!py_is_word(at(r, i), symbol) || !py_is_op(at(r, i + 1), '=') || (i > 0 && at(r, i - 1)->kind > PY_DEDENT))
            continue;
        if (found != 0)
            return NULL;
        found = i + 2;
    }
    if (found == 0)
        return NULL;
    uint32_t end = found;
    while (at(r, end)->kind != PY_NEWLINE && at(r, end)->kind != PY_END && !py_is_op(at(r, end), ';'))
        end = next(r, end);
    return evaluate(r, found, end, depth + 1);
}

static uint32_t comma(const struct reading *r, uint32_t i, uint32_t end)
{
    while (i < end && !py_is_op(at(r, i), ','))
        i = next(r, i);
    return i < end ? i : end;
}

/* All arguments of a call, joined: join(a, b), Path(a, b). */
static char *join_all(struct reading *r, uint32_t first, uint32_t end, int depth)
{
    uint32_t stop = comma(r, first, end);
    char *path = evaluate(r, first, stop, depth + 1);
    while (path != NULL && stop < end && stop + 1 < end) {
        first = stop + 1;
        stop = comma(r, first, end);
        path = joined(path, evaluate(r, first, stop, depth + 1));
    }
    return path;
}

/* os.path.NAME(...): `open` is the bracket. */
static char *path_function(struct reading *r, uint32_t name, uint32_t open, int depth)
{
    uint32_t close = at(r, open)->link;
    char *path = join_all(r, open + 1, close, depth);
    if (path == NULL || is_name(r, name, "join"))
        return path;
    if (is_name(r, name, "dirname")) {
        if (strchr(path, '/') == NULL) {
            free(path);
            return mem_strdup("");
        }
        return parent(path);
    }
    if (is_name(r, name, "realpath"))
        return resolved(path);
    char *result = is_name(r, name, "abspath") || is_name(r, name, "normpath") ? normalised(path) : NULL;
    free(path);
    return result;
}

/* .parent, .parents[N], .resolve(), .absolute(), .joinpath(...), .as_posix() behind a path. */
static char *attributes(struct reading *r, char *path, uint32_t *i, uint32_t end, int depth)
{
    while (path != NULL && *i + 1 < end && py_is_op(at(r, *i), '.')) {
        uint32_t name = *i + 1, after = *i + 2;
        bool call = after < end && py_is_op(at(r, after), '(');
        if (is_name(r, name, "parent") && !call) {
            path = parent(path);
            *i = after;
        } else if (is_name(r, name, "parents") && after < end && py_is_op(at(r, after), '[') &&
                   at(r, after)->link == after + 2 && at(r, after + 1)->kind == PY_NUMBER &&
                   at(r, after + 1)->len == 1) {
            for (int up = r->tokens.text[at(r, after + 1)->start] - '0'; up >= 0; up--)
                path = parent(path);
            *i = after + 3;
        } else if (call && is_name(r, name, "joinpath")) {
            path = joined(path, join_all(r, after + 1, at(r, after)->link, depth));
            *i = at(r, after)->link + 1;
        } else if (call &&
                   (is_name(r, name, "resolve") || is_name(r, name, "absolute") || is_name(r, name, "as_posix"))) {
            path = is_name(r, name, "resolve") ? resolved(path) : path;
            *i = at(r, after)->link + 1;
        } else {
            free(path);
            return NULL;
        }
    }
    return path;
}

static char *term(struct reading *r, uint32_t *i, uint32_t end, int depth)
{
    uint32_t first = *i;
    if (first >= end || r->steps++ > MAX_STEPS * MAX_ADDED)
        return NULL;
    if (at(r, first)->kind == PY_STRING) {
        struct buf _cleanup_buf_ text = BUF_INIT;
        if (py_literal_decode(&r->tokens, at(r, first), &text) != NULL)
            return NULL;
        *i = first + 1;
        return buf_steal(&text);
    }
    if (py_is_op(at(r, first), '(')) {
        char *path = evaluate(r, first + 1, at(r, first)->link, depth + 1);
        *i = at(r, first)->link + 1;
        return attributes(r, path, i, end, depth);
    }
    if (!py_is_identifier(at(r, first)))
        return NULL;
    if (is_name(r, first, "__file__")) {
        *i = first + 1;
        return mem_strdup(r->file);
    }
    /* os.path.X(...) and path.X(...); os.getcwd() */
    uint32_t name = first;
    while (name + 2 < end && py_is_op(at(r, name + 1), '.') &&
           (is_name(r, name, "os") || is_name(r, name, "path") || is_name(r, name, "pathlib")))
        name += 2;
    bool call = name + 1 < end && py_is_op(at(r, name + 1), '(');
    char *path = NULL;
    if (call && (is_name(r, name, "Path") || is_name(r, name, "PurePath") || is_name(r, name, "str") ||
                 is_name(r, name, "fspath")))
        path = join_all(r, name + 2, at(r, name + 1)->link, depth);
    else if (call && is_name(r, name, "getcwd"))
        path = mem_strdup(".");
    else if (call)
        path = path_function(r, name, name + 1, depth);
    else
        path = variable(r, at(r, first)->link, depth);
    *i = call ? at(r, name + 1)->link + 1 : first + 1;
    return attributes(r, path, i, end, depth);
}

/* The path that the expression means, or NULL; to be freed. */
static char *evaluate(struct reading *r, uint32_t first, uint32_t end, int depth)
{
    if (depth > MAX_STEPS)
        return NULL;
    char *path = term(r, &first, end, depth);
    while (path != NULL && first < end && py_is_op(at(r, first), '/')) {
        first++;
        path = joined(path, term(r, &first, end, depth));
    }
    if (path != NULL && first == end)
        return path;
    free(path);
    return NULL;
}

static int not_understood(const struct reading *r, const char *path, uint32_t i, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(path);
    err_set(reterr, ERR_NO_EXPECTED, "%s:%u: sys.path is changed in a way that is not understood", shown,
            at(r, i)->line);
    return err_hint(reterr,
                    "name the apps in migrations.apps (LABEL=FOLDER), or make a manifest when the image is built");
}

/* The method called on sys.path at `i` (its name token). */
static int method(struct reading *r, struct py_roots *roots, const char *path, uint32_t i, struct err *reterr)
{
    uint32_t open = i + 1;
    bool front = is_name(r, i, "insert");
    if (is_name(r, i, "index") || is_name(r, i, "count") || is_name(r, i, "copy"))
        return 0;
    if (!py_is_op(at(r, open), '(') || !(front || is_name(r, i, "append") || is_name(r, i, "extend")))
        return not_understood(r, path, i, reterr);
    uint32_t first = open + 1, end = at(r, open)->link;
    if (front)
        first = comma(r, first, end) + 1;
    if (is_name(r, i, "extend")) {
        bool list = py_is_op(at(r, first), '[') || py_is_op(at(r, first), '(');
        if (!list || at(r, first)->link + 1 != end) {
            roots->incomplete = true;
            return 0;
        }
        end = at(r, first)->link;
        first++;
    }
    while (first < end) {
        uint32_t stop = comma(r, first, end);
        char _cleanup_free_ *folder = evaluate(r, first, stop, 0);
        if (folder == NULL && front)
            return not_understood(r, path, i, reterr);
        if (folder == NULL)
            roots->incomplete = true;
        else
            py_roots_add(roots, *folder ? folder : ".", front);
        first = stop + 1;
    }
    return 0;
}

static int apply(struct reading *r, struct py_roots *roots, const char *path, struct err *reterr)
{
    int changes = 0;
    for (uint32_t i = 2; i < r->tokens.count && at(r, i - 2)->kind != PY_END; i++) {
        if (!py_is_word(at(r, i), PY_W_PATH) || !py_is_op(at(r, i - 1), '.') || !py_is_word(at(r, i - 2), PY_W_SYS) ||
            (i > 2 && py_is_op(at(r, i - 3), '.')))
            continue;
        const struct py_token *after = at(r, i + 1);
        if (++changes > MAX_ADDED)
            return not_understood(r, path, i, reterr);
        if (py_is_op(after, '.')) {
            if (method(r, roots, path, i + 2, reterr) != 0)
                return -1;
            continue;
        }
        uint32_t end = py_is_op(after, '[') ? after->link + 1 : i + 1; /* sys.path[0:0] = ... */
        if (py_is_op(at(r, end), '=') || py_is_op(at(r, end), PY_AUG_EQ) ||
            (i > 2 && py_is_word(at(r, i - 3), PY_W_DEL)))
            return not_understood(r, path, i, reterr);
    }
    return 0;
}

int py_syspath_apply(struct py_roots *roots, const char *path, const char *text, size_t len, struct err *reterr)
{
    char _cleanup_free_ *file = normalised(path);
    struct reading r = {.file = file};
    struct py_failure failure = {0};
    int result = 0;
    if (memmem(text, len, "sys", 3) != NULL && py_tokenize(&r.tokens, text, len, &failure) == 0)
        result = apply(&r, roots, path, reterr);
    py_tokens_done(&r.tokens);
    return result;
}
