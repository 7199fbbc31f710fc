/* One Django migration file. */
#include "django/migration.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "django/settings.h"

static const char *const migration_classes[] = {"django.db.migrations.Migration",
                                                "django.db.migrations.migration.Migration", NULL};
static const char *const swappable[] = {"django.db.migrations.swappable_dependency",
                                        "django.db.migrations.migration.swappable_dependency"};
/* What a base class of one's own, or the class itself, must not bind if Migration() is to be built as Django does. */
static const char *const special[] = {"__init__",     "__new__",    "__init_subclass__", "__getattribute__",
                                      "dependencies", "run_before", "replaces",          NULL};
static const size_t special_methods = 4; /* how many of them are methods */

void django_migration_done(struct django_migration *migration)
{
    strv_done(&migration->dependencies);
    strv_done(&migration->run_before);
    strv_done(&migration->replaces);
}

void django_reader_done(struct django_reader *reader)
{
    py_module_done(&reader->module);
    buf_done(&reader->text);
    py_stars_done(&reader->stars);
    strmap_done(&reader->bases);
    strv_done(&reader->base_names);
}

struct reading {
    struct django_reader *reader;
    const char *file, *package;
    struct err *reterr;
};

static struct py_value *resolve(void *context, struct py_module *module, const struct py_value *value);

static int undecided(const struct reading *r, const char *name, const struct py_value *value)
{
    py_module_undecided(&r->reader->module, r->file, name, value, r->reterr);
    return err_hint(r->reterr, DJANGO_HINT);
}

static int refuse(const struct reading *r, uint32_t line, const char *what)
{
    err_set(r->reterr, ERR_NO_EXPECTED, "%s:%u: %s", r->file, line, what);
    return err_hint(r->reterr, DJANGO_HINT);
}

static struct py_value *text_value(struct py_module *module, const struct py_value *at, const char *text)
{
    return text == NULL ? py_value_new(&module->arena, PY_T_NONE, at->line)
                        : py_value_string(&module->arena, text, strlen(text), at->line);
}

static bool is_import(const struct py_value *value, const char *dotted)
{
    return value->type == PY_T_IMPORT && strcmp(value->string.text, dotted) == 0;
}

/* getattr(settings, "NAME", DEFAULT) */
static struct py_value *setting_or_default(struct django_reader *reader, struct py_module *module,
                                           const struct py_value *call)
{
    struct py_value *const *arguments = call->list.items + 1;
    struct err _cleanup_err_ ignored = ERR_INIT;
    const char *setting = NULL;
    if (call->list.count != 4 || !is_import(arguments[0], "django.conf.settings"))
        return NULL;
    const struct py_value *name =
        arguments[1]->type == PY_T_CALL ? resolve(reader, module, arguments[1]) : arguments[1];
    if (name == NULL || !py_is_string(name) ||
        reader->get_setting(reader->context, name->string.text, &setting, &ignored) != 0)
        return NULL;
    return setting != NULL ? text_value(module, call, setting) : arguments[2];
}

/* What imported things are worth that the migrations of widely used packages ask for. */
static struct py_value *resolve(void *context, struct py_module *module, const struct py_value *value)
{
    struct django_reader *reader = context;
    /* django-allauth (allauth/app_settings.py) */
    if (is_import(value, "allauth.app_settings.SITES_ENABLED") && reader->is_installed != NULL) {
        struct py_value *truth = py_value_new(&module->arena, PY_T_BOOL, value->line);
        truth->truth = reader->is_installed(reader->context, "django.contrib.sites");
        return truth;
    }
    if (value->type != PY_T_CALL)
        return NULL;
    const struct py_value *callee = value->list.items[0];
    if (is_import(callee, "builtins.getattr"))
        return setting_or_default(reader, module, value);
    /* social-auth (social_core/utils.py): the setting's name with its prefix */
    if (is_import(callee, "social_core.utils.setting_name") && value->list.count == 2 &&
        py_is_string(value->list.items[1])) {
        char _cleanup_free_ *name = mem_printf("SOCIAL_AUTH_%s", value->list.items[1]->string.text);
        return text_value(module, value, name);
    }
    return NULL;
}

/* swappable_dependency(VALUE): the app before the first dot of VALUE, and its first migration. */
static int swappable_pair(const struct reading *r, const char *attribute, const struct py_value *call, struct strv *ret)
{
    static const char settings[] = "django.conf.settings.";
    const struct py_value *callee = call->list.items[0];
    bool known = false;
    for (size_t i = 0; i < sizeof swappable / sizeof *swappable; i++)
        known = known || (callee->type == PY_T_IMPORT && strcmp(callee->string.text, swappable[i]) == 0);
    if (!known || call->list.count != 2) {
        err_set(r->reterr, ERR_NO_EXPECTED, "%s:%u: an entry of %s is the result of a call", r->file, call->line,
                attribute);
        return err_hint(r->reterr, DJANGO_HINT);
    }
    const struct py_value *argument = call->list.items[1];
    const char *value = NULL;
    if (argument->type == PY_T_CALL) {
        const struct py_value *worth = resolve(r->reader, &r->reader->module, argument);
        argument = worth != NULL ? worth : argument;
    }
    if (argument->type == PY_T_UNKNOWN)
        return undecided(r, "the argument of swappable_dependency", argument);
    if (py_is_string(argument))
        value = argument->string.text;
    else if (argument->type != PY_T_IMPORT || !text_starts(argument->string.text, settings))
        return refuse(r, call->line, "the argument of swappable_dependency is not understood");
    else if (r->reader->get_setting(r->reader->context, argument->string.text + sizeof settings - 1, &value,
                                    r->reterr) != 0)
        return err_wrap(r->reterr, "%s:%u", r->file, call->line);
    if (value == NULL) {
        char _cleanup_free_ *name =
            text_escaped(argument->type == PY_T_IMPORT ? argument->string.text + sizeof settings - 1 : "?");
        err_set(r->reterr, ERR_NO_EXPECTED, "%s:%u: the setting %s is needed, and the settings do not set it", r->file,
                call->line, name);
        return err_hint(r->reterr, DJANGO_HINT);
    }
    strv_take(ret, mem_printf("%.*s.__first__", (int)strcspn(value, "."), value));
    return 0;
}

static int pair(const struct reading *r, const char *attribute, const struct py_value *item, struct strv *ret)
{
    char _cleanup_free_ *entry = mem_printf("an entry of %s", attribute);
    if (item->type == PY_T_UNKNOWN)
        return undecided(r, entry, item);
    if (item->type == PY_T_CALL)
        return swappable_pair(r, attribute, item, ret);
    if (item->type == PY_T_TUPLE && item->list.count == 2) {
        const struct py_value *label = item->list.items[0], *name = item->list.items[1];
        if (label->type == PY_T_UNKNOWN || name->type == PY_T_UNKNOWN)
            return undecided(r, entry, label->type == PY_T_UNKNOWN ? label : name);
        if (py_is_string(label) && py_is_string(name)) {
            strv_take(ret, mem_printf("%s.%s", label->string.text, name->string.text));
            return 0;
        }
    }
    err_set(r->reterr, ERR_NO_EXPECTED, "%s:%u: %s is not a pair of an app label and a migration name", r->file,
            item->line, entry);
    return err_hint(r->reterr, DJANGO_HINT);
}

static int pairs(const struct reading *r, const struct py_value *cls, uint32_t symbol, const char *attribute,
                 struct strv *ret)
{
    const struct py_value *value = py_class_get(cls, symbol);
    if (value == NULL)
        return 0;
    if (value->type == PY_T_UNKNOWN)
        return undecided(r, attribute, value);
    if (!py_is_sequence(value)) {
        err_set(r->reterr, ERR_NO_EXPECTED, "%s:%u: %s %s", r->file, value->line, attribute,
                value->type == PY_T_CALL     ? "is the result of a call"
                : value->type == PY_T_IMPORT ? "is imported"
                                             : "is not a list that is understood");
        return err_hint(r->reterr, DJANGO_HINT);
    }
    for (uint32_t i = 0; i < value->list.count; i++)
        if (pair(r, attribute, value->list.items[i], ret) != 0)
            return -1;
    return 0;
}

static bool is_migration_class(const struct py_value *base)
{
    for (size_t i = 0; migration_classes[i] != NULL; i++)
        if (base->type == PY_T_IMPORT && strcmp(base->string.text, migration_classes[i]) == 0)
            return true;
    return false;
}

/* Another base than Django's own: it is followed through its file, and must leave the graph alone. */
static int other_base(const struct reading *r, const struct py_value *cls)
{
    struct py_class_query query = {
        .roots = r->reader->roots, .stars = &r->reader->stars, .targets = migration_classes, .attributes = special};
    struct py_class_module in = {&r->reader->module, r->file, r->package};
    char _cleanup_free_ *key = NULL;
    if (r->reader->roots == NULL)
        return refuse(r, cls->line, "the class Migration has a base that is not followed");
    if (cls->cls.bases->list.count == 1 && cls->cls.bases->list.items[0]->type == PY_T_IMPORT)
        key = py_absolute_name(cls->cls.bases->list.items[0]->string.text, r->package);
    if (key != NULL && strmap_get(&r->reader->bases, key) != STRMAP_NONE)
        return 0;
    int result = 0;
    /* The class's own attributes are read by the caller; here only those that come with the bases count. */
    struct py_value bases_only = *cls;
    bases_only.cls.count = 0;
    enum py_derives derives = py_class_of(&query, &in, &bases_only, 0);
    if (derives == PY_DERIVES_UNKNOWN) {
        err_move(r->reterr, &query.err);
        err_wrap(r->reterr, "%s:%u: the base of class Migration is not decided", r->file, cls->line);
        result = err_hint(r->reterr, DJANGO_HINT);
    } else if (derives == PY_DERIVES_NO) {
        result = refuse(r, cls->line, "the class Migration does not derive from Django's");
    }
    for (size_t i = 0; result == 0 && special[i] != NULL; i++)
        if (query.found[i].state != PY_ATTRIBUTE_ABSENT)
            result = refuse(r, cls->line,
                            "the base of class Migration has a graph of its own or builds itself in its own way");
    py_class_query_done(&query);
    if (result == 0 && key != NULL) {
        strv_take(&r->reader->base_names, STEAL(key));
        strmap_put(&r->reader->bases, r->reader->base_names.items[r->reader->base_names.count - 1], 0);
    }
    return result;
}

static int check_class(const struct reading *r, const struct py_value *cls)
{
    const struct py_value *bases = cls->cls.bases;
    for (size_t i = 0; i < special_methods; i++) {
        uint32_t symbol = py_symbols_find(&r->reader->module.tokens.symbols, special[i]);
        const struct py_value *method = symbol == PY_SYMBOL_NONE ? NULL : py_class_get(cls, symbol);
        if (method != NULL) {
            err_set(r->reterr, ERR_NO_EXPECTED, "%s:%u: the class Migration has a %s of its own", r->file, method->line,
                    special[i]);
            return err_hint(r->reterr, DJANGO_HINT);
        }
    }
    if (cls->cls.changed_why != NULL) {
        err_set(r->reterr, ERR_NO_EXPECTED, "%s:%u: the class Migration %s", r->file, cls->cls.changed_line,
                cls->cls.changed_why);
        return err_hint(r->reterr, DJANGO_HINT);
    }
    if (!cls->cls.plain)
        return refuse(r, cls->line, "the class Migration has a decorator or a metaclass");
    if (bases->list.count == 1 && is_migration_class(bases->list.items[0]))
        return 0;
    return other_base(r, cls);
}

int django_migration_parse(struct django_reader *reader, const char *file, const char *package, const char *text,
                           size_t len, struct django_migration *ret, struct err *reterr)
{
    struct reading r = {reader, file, package, reterr};
    struct py_failure failure = {0};
    reader->stars.roots = reader->roots;
    reader->module.resolve = resolve;
    reader->module.resolve_context = reader;
    if (reader->roots != NULL)
        py_stars_use(&reader->stars, &reader->module, package);
    if (py_module_read(&reader->module, text, len, &failure) != 0)
        return refuse(&r, failure.line, failure.what);
    struct py_value *cls = py_module_get_symbol(&reader->module, PY_W_MIGRATION);
    if (cls == NULL) {
        err_set(reterr, ERR_NO_EXPECTED, "%s: there is no class Migration in it", file);
        return err_hint(reterr,
                        "Django refuses such a file in a migrations package (BadMigrationError); move it elsewhere, or "
                        "let its name begin with _");
    }
    if (cls->type == PY_T_UNKNOWN)
        return undecided(&r, "Migration", cls);
    if (cls->type != PY_T_CLASS)
        return refuse(&r, cls->line, "Migration is not a class of this file");
    if (check_class(&r, cls) != 0 || pairs(&r, cls, PY_W_DEPENDENCIES, "dependencies", &ret->dependencies) != 0 ||
        pairs(&r, cls, PY_W_RUN_BEFORE, "run_before", &ret->run_before) != 0 ||
        pairs(&r, cls, PY_W_REPLACES, "replaces", &ret->replaces) != 0)
        return -1;
    return 0;
}
