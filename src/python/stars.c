/* What `from MODULE import *` binds. */
#include "python/stars.h"

#include <string.h>

#include "base/mem.h"
#include "python/classes.h"

/* How many modules that import * from each other are followed, and how many in all. */
#define MAX_DEPTH 5
#define MAX_MODULES 200

struct py_star_module {
    char *dotted;
    bool known;
    struct strv names;
};

void py_stars_done(struct py_stars *stars)
{
    for (size_t i = 0; i < stars->count; i++) {
        free(stars->known[i].dotted);
        strv_done(&stars->known[i].names);
    }
    free(stars->known);
    strmap_done(&stars->by_name);
    strmap_done(&stars->strangers);
    strv_done(&stars->stranger_names);
    strv_done(&stars->stranger_whys);
    *stars = (struct py_stars){0};
}

const char *py_stars_use(struct py_stars *stars, struct py_module *module, const char *package)
{
    if (stars == NULL)
        return NULL;
    const char *before = stars->package;
    stars->package = package;
    module->star_names = py_stars_names;
    module->star_context = stars;
    return before;
}

/* Adds a name of the module, and what it stands for: what the module imported itself, or its own. */
static bool add_name(struct py_module *module, const char *dotted, const char *package, const char *name,
                     struct strv *names)
{
    const struct py_value *value = py_module_get(module, name);
    char *target = value != NULL && value->type == PY_T_IMPORT ? py_absolute_name(value->string.text, package)
                                                               : mem_printf("%s.%s", dotted, name);
    if (target == NULL)
        return false;
    strv_add(names, name);
    strv_take(names, target);
    return true;
}

/* __all__ where it is set; otherwise all names without an underscore in front. */
static bool public_names(struct py_module *module, const char *dotted, const char *package, struct strv *names)
{
    struct py_value *all = py_module_get(module, "__all__");
    if (module->wild_why != NULL || module->star_line != 0)
        return false;
    if (all == NULL) {
        for (uint32_t i = 0; i < module->tokens.symbols.count; i++) {
            char _cleanup_free_ *name = module->bound[i] != NULL ? py_symbol_name(module, i) : NULL;
            if (name != NULL && *name != '_' && !add_name(module, dotted, package, name, names))
                return false;
        }
        return true;
    }
    if (!py_is_sequence(all))
        return false;
    for (uint32_t i = 0; i < all->list.count; i++)
        if (!py_is_string(all->list.items[i]) ||
            !add_name(module, dotted, package, all->list.items[i]->string.text, names))
            return false;
    return true;
}

static bool read_names(struct py_stars *stars, const char *dotted, struct strv *names)
{
    struct py_module _cleanup_py_module_ module = {0};
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct err _cleanup_err_ ignored = ERR_INIT;
    const struct py_found *found;
    if (py_roots_find(stars->roots, dotted, &found, &ignored) != 0 || found->source == NULL)
        return false;
    char _cleanup_free_ *package = mem_strdup(dotted);
    char *dot = strrchr(package, '.');
    if (found->kind == PY_FOUND_MODULE && dot != NULL)
        *dot = '\0';
    module.strict = true;
    const char *outer = py_stars_use(stars, &module, package);
    bool result =
        py_module_load(&module, found->source, &text, &ignored) == 0 && public_names(&module, dotted, package, names);
    stars->package = outer;
    return result;
}

bool py_stars_names(void *context, const char *dotted, struct strv *names)
{
    struct py_stars *stars = context;
    char _cleanup_free_ *absolute = py_absolute_name(dotted, stars->package ? stars->package : "");
    if (absolute == NULL)
        return false;
    size_t at = strmap_get(&stars->by_name, absolute);
    if (at == STRMAP_NONE) {
        if (stars->depth >= MAX_DEPTH || stars->count >= MAX_MODULES)
            return false;
        struct py_star_module read = {.dotted = mem_strdup(absolute)};
        stars->depth++;
        read.known = read_names(stars, absolute, &read.names);
        stars->depth--;
        at = stars->count;
        MEM_GROW(stars->known, stars->count, stars->cap);
        stars->known[stars->count++] = read;
        strmap_put(&stars->by_name, read.dotted, at);
    }
    if (stars->known[at].known)
        strv_add_all(names, &stars->known[at].names);
    return stars->known[at].known;
}
