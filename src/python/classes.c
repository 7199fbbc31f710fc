/* Classes across files. */
#include "python/classes.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/stars.h"

/* How many bases and imports one behind the other are followed. */
#define MAX_STEPS 10
/* How many files are read for one question. */
#define MAX_LOADS 100

void py_class_query_done(struct py_class_query *query)
{
    for (size_t i = 0; i < PY_CLASS_ATTRIBUTES; i++) {
        free(query->found[i].text);
        err_done(&query->found[i].err);
        query->found[i] = (struct py_class_attribute){0};
    }
    err_done(&query->err);
}

int py_module_load(struct py_module *module, const char *path, struct buf *text, struct err *reterr)
{
    struct py_failure failure = {0};
    buf_clear(text);
    if (py_file_read(path, text, reterr) != 0)
        return -1;
    if (py_module_read(module, buf_text(text), text->len, &failure) == 0)
        return 0;
    char _cleanup_free_ *shown = text_escaped(path);
    return err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s", shown, failure.line, failure.what);
}

char *py_absolute_name(const char *dotted, const char *package)
{
    size_t dots = strspn(dotted, ".");
    if (dots == 0)
        return mem_strdup(dotted);
    char *base = mem_strdup(package);
    for (size_t i = 1; i < dots; i++) {
        char *dot = strrchr(base, '.');
        if (dot == NULL) {
            free(base);
            return NULL;
        }
        *dot = '\0';
    }
    char *name = dotted[dots] == '\0' ? mem_strdup(base) : mem_printf("%s.%s", base, dotted + dots);
    free(base);
    return name;
}

/* Where a method of the file sets self.NAME; 0: nowhere. */
static uint32_t sets_on_self(const struct py_module *module, uint32_t symbol)
{
    const struct py_token *items = module->tokens.items;
    for (size_t i = 3; symbol != PY_SYMBOL_NONE && i < module->tokens.count; i++)
        if (py_is_word(&items[i - 1], symbol) && py_is_op(&items[i], '=') && py_is_op(&items[i - 2], '.') &&
            py_is_word(&items[i - 3], PY_W_SELF))
            return items[i].line;
    return 0;
}

static void take_attributes(struct py_class_query *query, const struct py_class_module *in, const struct py_value *cls)
{
    for (size_t i = 0; query->attributes[i] != NULL; i++) {
        struct py_class_attribute *found = &query->found[i];
        uint32_t set =
            query->watch_self
                ? sets_on_self(in->module, py_symbols_find(&in->module->tokens.symbols, query->attributes[i]))
                : 0;
        if (set > 0) {
            found->state = PY_ATTRIBUTE_UNKNOWN;
            err_set(&found->err, ERR_NO_EXPECTED, "%s:%u: %s is set when the class is made", in->file, set,
                    query->attributes[i]);
            continue;
        }
        if (cls->cls.changed_why != NULL && found->state == PY_ATTRIBUTE_ABSENT) {
            found->state = PY_ATTRIBUTE_UNKNOWN;
            err_set(&found->err, ERR_NO_EXPECTED, "%s:%u: the class %s", in->file, cls->cls.changed_line,
                    cls->cls.changed_why);
            continue;
        }
        uint32_t symbol = py_symbols_find(&in->module->tokens.symbols, query->attributes[i]);
        const struct py_value *value = symbol == PY_SYMBOL_NONE ? NULL : py_class_get(cls, symbol);
        if (found->state != PY_ATTRIBUTE_ABSENT || value == NULL)
            continue;
        if (value->type == PY_T_STRING) {
            found->state = PY_ATTRIBUTE_STRING;
            found->text = mem_strdup(value->string.text);
        } else if (value->type == PY_T_BOOL) {
            found->state = PY_ATTRIBUTE_BOOL;
            found->truth = value->truth;
        } else {
            found->state = PY_ATTRIBUTE_UNKNOWN;
            if (value->type == PY_T_UNKNOWN)
                py_module_undecided(in->module, in->file, query->attributes[i], value, &found->err);
            else
                err_set(&found->err, ERR_NO_EXPECTED, "%s:%u: %s is not a plain string", in->file, value->line,
                        query->attributes[i]);
        }
    }
}

static bool is_target(const struct py_class_query *query, const char *dotted)
{
    for (size_t i = 0; query->targets[i] != NULL; i++)
        if (strcmp(query->targets[i], dotted) == 0)
            return true;
    return false;
}

static enum py_derives unknown(struct py_class_query *query, const char *file, uint32_t line, const char *what)
{
    if (query->err.kind == ERR_NONE)
        err_set(&query->err, ERR_NO_EXPECTED, "%s:%u: %s", file, line, what);
    return PY_DERIVES_UNKNOWN;
}

/* What a value that a name is bound to says. */
static enum py_derives of_value(struct py_class_query *query, const struct py_class_module *in, const char *name,
                                struct py_value *value, int depth)
{
    if (depth > MAX_STEPS)
        return unknown(query, in->file, value->line, "a class whose bases lead through too many files");
    if (value->type == PY_T_CLASS)
        return py_class_of(query, in, value, depth + 1);
    if (value->type == PY_T_IMPORT) {
        char _cleanup_free_ *dotted = py_absolute_name(value->string.text, in->package);
        if (dotted == NULL)
            return unknown(query, in->file, value->line, "a relative import that leads out of its package");
        enum py_derives derives = py_class_named(query, dotted, depth + 1);
        return derives;
    }
    if (value->type == PY_T_UNKNOWN) {
        if (query->err.kind == ERR_NONE)
            py_module_undecided(in->module, in->file, name, value, &query->err);
        return PY_DERIVES_UNKNOWN;
    }
    return value->type == PY_T_CALL ? unknown(query, in->file, value->line, "a class that a call returns")
                                    : PY_DERIVES_NO;
}

/* A name that the module does not bind is Python's own: object, Exception, dict, ... */
static bool is_builtin(const struct py_module *module, const struct py_value *base)
{
    return base->type == PY_T_UNKNOWN && base->unknown.subject < module->tokens.symbols.count &&
           module->bound[base->unknown.subject] == NULL && module->star_line == 0 && module->wild_why == NULL;
}

enum py_derives py_class_of(struct py_class_query *query, const struct py_class_module *in, const struct py_value *cls,
                            int depth)
{
    enum py_derives result = PY_DERIVES_NO;
    take_attributes(query, in, cls);
    for (uint32_t i = 0; i < cls->cls.bases->list.count; i++) {
        struct py_value *base = cls->cls.bases->list.items[i];
        if (is_builtin(in->module, base))
            continue;
        enum py_derives one = of_value(query, in, "a base class", base, depth);
        if (one == PY_DERIVES_YES || result == PY_DERIVES_NO)
            result = result == PY_DERIVES_UNKNOWN ? result : one;
        if (one == PY_DERIVES_UNKNOWN)
            result = one;
    }
    if (result != PY_DERIVES_NO && !cls->cls.plain)
        return unknown(query, in->file, cls->line, "a class with a decorator or a metaclass");
    return result;
}

/* Reads the module `dotted` and looks for `name` in it. */
static enum py_derives in_module(struct py_class_query *query, const struct py_found *found, const char *dotted,
                                 const char *name, int depth)
{
    struct py_module _cleanup_py_module_ module = {0};
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct err err = ERR_INIT;
    char _cleanup_free_ *file = text_escaped(found->source != NULL ? found->source : found->compiled);
    if (found->source == NULL)
        return unknown(query, file, 1, "a compiled file without its source");
    if (++query->loads > MAX_LOADS)
        return unknown(query, file, 1, "a class whose bases lead through too many files");
    char _cleanup_free_ *package = mem_strdup(dotted);
    char *dot = strrchr(package, '.');
    if (found->kind == PY_FOUND_MODULE && dot != NULL)
        *dot = '\0';
    const char *outer = py_stars_use(query->stars, &module, package);
    int loaded = py_module_load(&module, found->source, &text, &err);
    if (query->stars != NULL)
        query->stars->package = outer;
    if (loaded != 0) {
        if (query->err.kind == ERR_NONE)
            err_move(&query->err, &err);
        err_done(&err);
        return PY_DERIVES_UNKNOWN;
    }
    struct py_value *value = py_module_get(&module, name);
    struct py_class_module in = {&module, file, package};
    if (value == NULL) {
        char _cleanup_free_ *shown = text_escaped(name);
        if (query->err.kind == ERR_NONE)
            err_set(&query->err, ERR_NO_EXPECTED, "%s: there is no %s in it", file, shown);
        return PY_DERIVES_UNKNOWN;
    }
    return of_value(query, &in, name, value, depth);
}

static enum py_derives follow(struct py_class_query *query, const char *dotted, int depth);

enum py_derives py_class_named(struct py_class_query *query, const char *dotted, int depth)
{
    struct py_stars *stars = query->stars;
    if (stars == NULL)
        return follow(query, dotted, depth);
    size_t known = strmap_get(&stars->strangers, dotted);
    if (known != STRMAP_NONE) {
        const char *why = stars->stranger_whys.items[known];
        if (*why != '\0' && query->err.kind == ERR_NONE)
            err_set(&query->err, ERR_NO_EXPECTED, "%s", why);
        return *why != '\0' ? PY_DERIVES_UNKNOWN : PY_DERIVES_NO;
    }
    enum py_derives result = follow(query, dotted, depth);
    if (result != PY_DERIVES_YES) {
        strv_add(&stars->stranger_names, dotted);
        strmap_put(&stars->strangers, stars->stranger_names.items[stars->stranger_names.count - 1],
                   stars->stranger_whys.count);
        strv_add(&stars->stranger_whys, result == PY_DERIVES_UNKNOWN ? query->err.msg : "");
    }
    return result;
}

static enum py_derives follow(struct py_class_query *query, const char *dotted, int depth)
{
    const struct py_found *found;
    struct err err = ERR_INIT;
    if (is_target(query, dotted))
        return PY_DERIVES_YES;
    char _cleanup_free_ *shown = text_escaped(dotted);
    char _cleanup_free_ *module = mem_strdup(dotted);
    char *dot = strrchr(module, '.');
    if (depth > MAX_STEPS)
        return unknown(query, shown, 1, "a class whose bases lead through too many files");
    int result = py_roots_find(query->roots, dotted, &found, &err);
    if (result == 0 && found->kind != PY_FOUND_NONE)
        return PY_DERIVES_NO; /* a module */
    if (result == 0 && dot != NULL) {
        *dot = '\0';
        result = py_roots_find(query->roots, module, &found, &err);
    }
    if (result != 0 || dot == NULL || (found->kind != PY_FOUND_MODULE && found->kind != PY_FOUND_PACKAGE)) {
        if (query->err.kind == ERR_NONE && result != 0)
            err_move(&query->err, &err);
        else if (query->err.kind == ERR_NONE)
            err_set(&query->err, ERR_NO_EXPECTED, "%s: the module it is imported from is not found", shown);
        err_done(&err);
        return PY_DERIVES_UNKNOWN;
    }
    return in_module(query, found, module, dot + 1, depth);
}
