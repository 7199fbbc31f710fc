/* One entry of INSTALLED_APPS. */
#include "django/config.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "django/settings.h"
#include "python/classes.h"
#include "python/stdlib.h"

static const char *const config_classes[] = {"django.apps.AppConfig", "django.apps.config.AppConfig", NULL};
enum { NAME, LABEL, DEFAULT };
static const char *const attributes[] = {"name", "label", "default", NULL};

/* An AppConfig class that was found. */
struct candidate {
    char *class_name;
    struct py_class_query query;
};

struct candidates {
    struct candidate *items;
    size_t count, cap;
};

static void candidates_done(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].class_name);
        py_class_query_done(&list->items[i].query);
    }
    free(list->items);
}

static int undecided(struct err *from, struct err *reterr, const char *entry)
{
    char _cleanup_free_ *shown = text_escaped(entry);
    err_move(reterr, from);
    err_wrap(reterr, "the app %s", shown);
    return err_hint(reterr, DJANGO_HINT);
}

/* Does the name look like a class? What is written otherwise and cannot be followed is taken for a function. */
static bool looks_like_class(const char *name)
{
    while (*name == '_')
        name++;
    bool lower = false;
    for (const char *p = name; *p; p++)
        lower |= *p >= 'a' && *p <= 'z';
    return *name >= 'A' && *name <= 'Z' && lower;
}

/* Does the text hold a class statement of this name? */
static bool has_class(const struct py_module *module, const char *name)
{
    uint32_t symbol = py_symbols_find(&module->tokens.symbols, name);
    for (size_t i = 1; i < module->tokens.count; i++)
        if (py_is_word(&module->tokens.items[i - 1], PY_W_CLASS) && py_is_word(&module->tokens.items[i], symbol))
            return true;
    return false;
}

/* Apps modules import models, fields, signals and much else that leads through conditions and compiled modules. What
 * cannot be followed to its end, is not a base of a class here and is not even called like an AppConfig, is taken to be
 * none. */
static bool sounds_like_config(const char *name)
{
    return looks_like_class(name) && (strstr(name, "Config") != NULL || strstr(name, "App") != NULL);
}

static bool is_config_class(const char *dotted)
{
    for (size_t i = 0; config_classes[i] != NULL; i++)
        if (strcmp(config_classes[i], dotted) == 0)
            return true;
    return false;
}

/* Is what this name of the apps module is bound to an AppConfig class? */
static enum py_derives examine(struct py_class_query *query, const struct py_class_module *in, const char *name,
                               struct py_value *value)
{
    if (value->type == PY_T_CLASS)
        return py_class_of(query, in, value, 0);
    if (value->type == PY_T_IMPORT) {
        char _cleanup_free_ *dotted = py_absolute_name(value->string.text, in->package);
        if (dotted == NULL || is_config_class(dotted) || strchr(dotted, '.') == NULL || py_is_stdlib(dotted))
            return PY_DERIVES_NO;
        enum py_derives derives = py_class_named(query, dotted, 0);
        if (derives == PY_DERIVES_UNKNOWN && !sounds_like_config(strrchr(dotted, '.') + 1))
            return PY_DERIVES_NO;
        return derives;
    }
    if (value->type == PY_T_UNKNOWN && (looks_like_class(name) || has_class(in->module, name))) {
        py_module_undecided(in->module, in->file, name, value, &query->err);
        return PY_DERIVES_UNKNOWN;
    }
    return PY_DERIVES_NO;
}

/* Collects the AppConfig classes that the apps module holds, its imports included (inspect.getmembers). */
static int collect(struct py_stars *stars, const char *entry, const struct py_class_module *in, struct candidates *list,
                   struct err *reterr)
{
    struct py_module *module = in->module;
    size_t symbols = module->tokens.symbols.count;
    for (uint32_t symbol = 0; symbol < symbols; symbol++) {
        struct py_value *value = module->bound[symbol] == NULL ? NULL : py_module_get_symbol(module, symbol);
        if (value == NULL)
            continue;
        struct candidate one = {.class_name = py_symbol_name(module, symbol),
                                .query = {.roots = stars->roots,
                                          .stars = stars,
                                          .watch_self = true,
                                          .targets = config_classes,
                                          .attributes = attributes}};
        enum py_derives derives = examine(&one.query, in, one.class_name, value);
        if (derives == PY_DERIVES_YES) {
            MEM_GROW(list->items, list->count, list->cap);
            list->items[list->count++] = one;
            continue;
        }
        int result = derives == PY_DERIVES_UNKNOWN ? undecided(&one.query.err, reterr, entry) : 0;
        free(one.class_name);
        py_class_query_done(&one.query);
        if (result != 0)
            return -1;
    }
    return 0;
}

/* The name and label that this class gives the app. */
static int take(struct candidate *chosen, const char *entry, char **ret_name, char **ret_label, struct err *reterr)
{
    struct py_class_attribute *name = &chosen->query.found[NAME], *label = &chosen->query.found[LABEL];
    if (name->state == PY_ATTRIBUTE_UNKNOWN)
        return undecided(&name->err, reterr, entry);
    if (label->state == PY_ATTRIBUTE_UNKNOWN)
        return undecided(&label->err, reterr, entry);
    if (name->state != PY_ATTRIBUTE_STRING || label->state == PY_ATTRIBUTE_BOOL) {
        char _cleanup_free_ *shown = text_escaped(entry);
        char _cleanup_free_ *cls = text_escaped(chosen->class_name);
        return err_set(reterr, ERR_NO_EXPECTED, "the app %s: the class %s has no name", shown, cls);
    }
    const char *dot = strrchr(name->text, '.');
    *ret_name = mem_strdup(name->text);
    *ret_label = mem_strdup(label->state == PY_ATTRIBUTE_STRING ? label->text : dot != NULL ? dot + 1 : name->text);
    return 0;
}

/* The one class that Django takes: the only one that does not say default = False, else the only one that says
 * default = True. `*ret` is NULL when there is none. */
static int choose(struct candidates *list, const char *entry, const char *file, struct candidate **ret,
                  struct err *reterr)
{
    struct candidate *only = NULL, *marked = NULL;
    size_t usable = 0, marks = 0;
    *ret = NULL;
    for (size_t i = 0; i < list->count; i++) {
        struct py_class_attribute *mark = &list->items[i].query.found[DEFAULT];
        if (mark->state == PY_ATTRIBUTE_UNKNOWN)
            return undecided(&mark->err, reterr, entry);
        bool is_default = (mark->state == PY_ATTRIBUTE_BOOL && mark->truth) ||
                          (mark->state == PY_ATTRIBUTE_STRING && *mark->text != '\0');
        if (mark->state != PY_ATTRIBUTE_ABSENT && !is_default)
            continue;
        usable++;
        only = &list->items[i];
        if (is_default) {
            marks++;
            marked = &list->items[i];
        }
    }
    if (usable == 1)
        *ret = only;
    else if (marks == 1)
        *ret = marked;
    else if (marks > 1)
        return err_set(reterr, ERR_NO_EXPECTED, "%s: more than one AppConfig class says default = True", file);
    return 0;
}

/* Reads the module that `found` is; its text in `text`. */
static int load(const struct py_found *found, const char *entry, struct py_module *module, struct buf *text,
                struct err *reterr)
{
    if (found->source == NULL) {
        char _cleanup_free_ *file = text_escaped(found->compiled ? found->compiled : found->folders.items[0]);
        char _cleanup_free_ *shown = text_escaped(entry);
        err_set(reterr, ERR_NO_EXPECTED, "the app %s: %s: there is only a compiled file, and no source", shown, file);
        return err_hint(reterr, DJANGO_HINT);
    }
    module->strict = true;
    if (py_module_load(module, found->source, text, reterr) == 0)
        return 0;
    return err_hint(reterr, DJANGO_HINT);
}

/* The entry is a module: its `apps` submodule decides. `*ret_name` stays NULL when Django's plain AppConfig is used. */
static int from_apps_module(struct py_stars *stars, const char *entry, char **ret_name, char **ret_label,
                            struct err *reterr)
{
    struct py_module _cleanup_py_module_ module = {0};
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct candidates _cleanup_(candidates_done) list = {0};
    struct candidate *chosen = NULL;
    const struct py_found *found;
    char _cleanup_free_ *dotted = mem_printf("%s.apps", entry);
    if (py_roots_find(stars->roots, dotted, &found, reterr) != 0)
        return -1;
    if (found->kind == PY_FOUND_NONE || found->kind == PY_FOUND_NAMESPACE)
        return 0;
    char _cleanup_free_ *file = text_escaped(found->source ? found->source : found->compiled);
    struct py_class_module in = {&module, file, found->kind == PY_FOUND_PACKAGE ? dotted : entry};
    const char *outer = py_stars_use(stars, &module, in.package);
    int loaded = load(found, entry, &module, &text, reterr);
    stars->package = outer;
    if (loaded != 0)
        return -1;
    const char *why = module.wild_why ? module.wild_why : module.star_line ? "may come from import *" : NULL;
    if (why != NULL) {
        struct err err = ERR_INIT;
        err_set(&err, ERR_NO_EXPECTED, "%s:%u: the AppConfig class %s", file,
                module.wild_why ? module.wild_line : module.star_line, why);
        return undecided(&err, reterr, entry);
    }
    if (collect(stars, entry, &in, &list, reterr) != 0 || choose(&list, entry, file, &chosen, reterr) != 0)
        return -1;
    if (chosen == NULL)
        return 0;
    return take(chosen, entry, ret_name, ret_label, reterr);
}

static int not_found(const char *entry, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(entry);
    err_set(reterr, ERR_NO_EXPECTED, "the app %s of INSTALLED_APPS is not found", shown);
    return err_hint(reterr,
                    "add the folder that holds it to migrations.path or PYTHONPATH, name the virtual environment in "
                    "VIRTUAL_ENV, or: " DJANGO_HINT);
}

/* The entry is the dotted name of a class. */
static int from_class(struct py_stars *stars, const char *entry, char **ret_name, char **ret_label, struct err *reterr)
{
    struct candidates _cleanup_(candidates_done) list = {0};
    char _cleanup_free_ *module = mem_strdup(entry);
    char *dot = strrchr(module, '.');
    const struct py_found *found;
    if (dot == NULL)
        return not_found(entry, reterr);
    *dot = '\0';
    if (py_roots_find(stars->roots, module, &found, reterr) != 0)
        return -1;
    if (found->kind != PY_FOUND_MODULE && found->kind != PY_FOUND_PACKAGE)
        return not_found(entry, reterr);
    MEM_GROW(list.items, list.count, list.cap);
    struct candidate *one = &list.items[list.count++];
    *one = (struct candidate){.class_name = mem_strdup(dot + 1),
                              .query = {.roots = stars->roots,
                                        .stars = stars,
                                        .watch_self = true,
                                        .targets = config_classes,
                                        .attributes = attributes}};
    enum py_derives derives = py_class_named(&one->query, entry, 0);
    if (derives == PY_DERIVES_UNKNOWN)
        return undecided(&one->query.err, reterr, entry);
    if (derives == PY_DERIVES_NO) {
        char _cleanup_free_ *shown = text_escaped(entry);
        return err_set(reterr, ERR_NO_EXPECTED, "the app %s of INSTALLED_APPS is not a subclass of AppConfig", shown);
    }
    return take(one, entry, ret_name, ret_label, reterr);
}

int django_config_read(struct py_stars *stars, const char *entry, char **ret_name, char **ret_label, struct err *reterr)
{
    const struct py_found *found;
    *ret_name = NULL;
    *ret_label = NULL;
    if (py_roots_find(stars->roots, entry, &found, reterr) != 0)
        return -1;
    if (found->kind == PY_FOUND_NONE) {
        if (from_class(stars, entry, ret_name, ret_label, reterr) != 0)
            return -1;
    } else if (found->kind != PY_FOUND_MODULE) {
        if (from_apps_module(stars, entry, ret_name, ret_label, reterr) != 0)
            return -1;
    }
    if (*ret_name == NULL) {
        const char *dot = strrchr(entry, '.');
        *ret_name = mem_strdup(entry);
        *ret_label = mem_strdup(dot != NULL ? dot + 1 : entry);
    }
    if (strcmp(*ret_name, entry) == 0)
        return 0;
    if (py_roots_find(stars->roots, *ret_name, &found, reterr) != 0)
        return -1;
    if (found->kind != PY_FOUND_NONE)
        return 0;
    char _cleanup_free_ *shown = text_escaped(entry);
    char _cleanup_free_ *name = text_escaped(*ret_name);
    return err_set(reterr, ERR_NO_EXPECTED, "the app %s: its name %s is no module that is found", shown, name);
}
