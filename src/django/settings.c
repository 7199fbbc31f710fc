/* The Django settings of a project. */
#include "django/settings.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/classes.h"
#include "python/literal.h"

static const char variable[] = "DJANGO_SETTINGS_MODULE";

void django_settings_done(struct django_settings *settings)
{
    free(settings->file);
    free(settings->path);
    free(settings->name);
    free(settings->package);
    py_lenders_done(&settings->lenders);
    py_module_done(&settings->module);
    buf_done(&settings->text);
    *settings = (struct django_settings){0};
}

/* Libraries that put settings into the module from elsewhere without naming it. */
static void distrust_libraries(struct py_module *module)
{
    static const struct {
        const char *name, *why;
    } libraries[] = {
        {"split_settings", "may be changed by the library split_settings"},
        {"dynaconf", "may be changed by the library dynaconf"},
        {"django_heroku", "may be changed by the library django_heroku"},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        uint32_t symbol = py_symbols_find(&module->tokens.symbols, libraries[i].name);
        for (size_t k = 0; symbol != PY_SYMBOL_NONE && k < module->tokens.count; k++) {
            if (!py_is_word(&module->tokens.items[k], symbol) || module->wild_why != NULL)
                continue;
            module->wild_why = libraries[i].why;
            module->wild_line = module->tokens.items[k].line;
        }
    }
}

static int parse(struct django_settings *settings, const char *text, size_t len, struct err *reterr)
{
    struct py_failure failure = {0};
    settings->module.strict = true;
    if (py_module_read(&settings->module, text, len, &failure) != 0) {
        err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s", settings->file, failure.line, failure.what);
        return err_hint(reterr, DJANGO_HINT);
    }
    distrust_libraries(&settings->module);
    if (!py_borrow_settled(&settings->lenders, &settings->module) && settings->module.wild_why == NULL) {
        settings->module.wild_why = "may be changed in another module, since several import it";
        settings->module.wild_line = 1;
    }
    return 0;
}

int django_settings_parse(const char *file, const char *text, size_t len, struct django_settings *ret,
                          struct err *reterr)
{
    buf_add(&ret->text, text, len);
    ret->file = text_escaped(file);
    ret->path = mem_strdup(file);
    return parse(ret, buf_text(&ret->text), ret->text.len, reterr);
}

static int undecided(struct django_settings *settings, const char *name, const struct py_value *value,
                     struct err *reterr)
{
    py_module_undecided(&settings->module, settings->file, name, value, reterr);
    return err_hint(reterr, DJANGO_HINT);
}

static int not_understood(const struct django_settings *settings, const char *name, const struct py_value *value,
                          const char *what, struct err *reterr)
{
    if (value->type == PY_T_IMPORT) {
        char _cleanup_free_ *from = text_escaped(value->string.text);
        err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s is imported from %s", settings->file, value->line, name, from);
    } else if (value->type == PY_T_CALL) {
        err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s is the result of a call", settings->file, value->line, name);
    } else {
        err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s %s", settings->file, value->line, name, what);
    }
    return err_hint(reterr, DJANGO_HINT);
}

int django_settings_apps(struct django_settings *settings, struct strv *ret, struct strv *ret_maybe, struct err *reterr)
{
    static const char name[] = "INSTALLED_APPS";
    struct py_value *value = py_module_get(&settings->module, name);
    if (value == NULL) {
        err_set(reterr, ERR_NO_EXPECTED, "%s: %s is not assigned in it", settings->file, name);
        return err_hint(reterr, DJANGO_HINT);
    }
    if (value->type == PY_T_UNKNOWN)
        return undecided(settings, name, value, reterr);
    if (!py_is_sequence(value))
        return not_understood(settings, name, value, "is not a list that is understood", reterr);
    for (uint32_t i = 0; i < value->list.count; i++) {
        const struct py_value *item = value->list.items[i];
        if (item->type == PY_T_UNKNOWN && item->unknown.maybe != NULL) {
            strv_add(ret_maybe, item->unknown.maybe);
            continue;
        }
        if (item->type == PY_T_UNKNOWN)
            return undecided(settings, "an entry of INSTALLED_APPS", item, reterr);
        if (!py_is_string(item))
            return not_understood(settings, "an entry of INSTALLED_APPS", item, "is not a plain string", reterr);
        strv_add(ret, item->string.text);
    }
    return 0;
}

int django_settings_app_undecided(struct django_settings *settings, const char *entry, const char *what, struct err *reterr)
{
    static const char name[] = "INSTALLED_APPS";
    struct py_value *apps = py_module_get(&settings->module, name);
    char _cleanup_free_ *shown = text_escaped(entry);
    for (uint32_t i = 0; apps != NULL && py_is_sequence(apps) && i < apps->list.count; i++) {
        const struct py_value *item = apps->list.items[i];
        if (item->type != PY_T_UNKNOWN || item->unknown.maybe == NULL || strcmp(item->unknown.maybe, entry) != 0)
            continue;
        py_module_undecided(&settings->module, settings->file, name, item, reterr);
        err_set(reterr, ERR_NO_EXPECTED, "%s: the app %s may be installed or not, %s", reterr->msg, shown, what);
        return err_hint(reterr, DJANGO_HINT);
    }
    BUG("an app that may be installed and is not in the list");
}

int django_settings_string(struct django_settings *settings, const char *name, const char **ret, struct err *reterr)
{
    *ret = NULL;
    if (settings->file == NULL)
        return 0;
    struct py_value *value = py_module_get(&settings->module, name);
    if (value == NULL || value->type == PY_T_NONE)
        return 0;
    if (value->type == PY_T_UNKNOWN)
        return undecided(settings, name, value, reterr);
    if (!py_is_string(value))
        return not_understood(settings, name, value, "is not a plain string", reterr);
    *ret = value->string.text;
    return 0;
}

int django_settings_migrations(struct django_settings *settings, const char *label, bool *ret_set,
                               const char **ret_module, struct err *reterr)
{
    static const char name[] = "MIGRATION_MODULES";
    *ret_set = false;
    *ret_module = NULL;
    if (settings->file == NULL)
        return 0;
    struct py_value *value = py_module_get(&settings->module, name);
    if (value == NULL)
        return 0;
    if (value->type == PY_T_UNKNOWN)
        return undecided(settings, name, value, reterr);
    if (value->type != PY_T_DICT)
        return not_understood(settings, name, value, "is not a dictionary that is understood", reterr);
    const struct py_value *module = py_dict_get(value, label);
    *ret_set = module != NULL;
    if (module == NULL || module->type == PY_T_NONE)
        return 0;
    if (module->type == PY_T_UNKNOWN)
        return undecided(settings, "an entry of MIGRATION_MODULES", module, reterr);
    if (!py_is_string(module))
        return not_understood(settings, "an entry of MIGRATION_MODULES", module, "is not a plain string", reterr);
    *ret_module = module->string.text;
    return 0;
}

/* Is the token a string literal of this text? */
static bool is_literal(const struct py_tokens *tokens, uint32_t i, const char *text)
{
    struct buf _cleanup_buf_ value = BUF_INIT;
    return tokens->items[i].kind == PY_STRING && py_literal_decode(tokens, &tokens->items[i], &value) == NULL &&
           strcmp(buf_text(&value), text) == 0;
}

int django_settings_named(const char *file, const char *text, size_t len, char **ret, struct err *reterr)
{
    struct py_tokens _cleanup_py_tokens_ tokens = {0};
    struct py_failure failure = {0};
    char _cleanup_free_ *shown = text_escaped(file);
    char _cleanup_free_ *found = NULL;
    *ret = NULL;
    if (py_tokenize(&tokens, text, len, &failure) != 0)
        return err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s", shown, failure.line, failure.what);
    for (uint32_t i = 2;
         tokens.items[i - 2].kind != PY_END && tokens.items[i - 1].kind != PY_END && tokens.items[i].kind != PY_END;
         i++) {
        /* setdefault("DJANGO_SETTINGS_MODULE", VALUE) and environ["DJANGO_SETTINGS_MODULE"] = VALUE */
        if (!is_literal(&tokens, i, variable))
            continue;
        uint32_t value = 0;
        const struct py_symbol *before =
            tokens.items[i - 2].kind == PY_NAME ? py_name(&tokens, &tokens.items[i - 2]) : NULL;
        if (before != NULL && py_is_op(&tokens.items[i - 1], '(') && py_is_op(&tokens.items[i + 1], ',') &&
            before->len == 10 && memcmp(before->text, "setdefault", 10) == 0)
            value = i + 2;
        else if (py_is_op(&tokens.items[i - 1], '[') && py_is_op(&tokens.items[i + 1], ']') &&
                 py_is_op(&tokens.items[i + 2], '='))
            value = i + 3;
        if (value == 0)
            continue;
        struct buf _cleanup_buf_ module = BUF_INIT;
        const struct py_token *after = &tokens.items[value + 1];
        bool plain = tokens.items[value].kind == PY_STRING &&
                     (after->kind <= PY_NEWLINE || py_is_close(after) || py_is_op(after, ',') || py_is_op(after, ';'));
        if (!plain || py_literal_decode(&tokens, &tokens.items[value], &module) != NULL) {
            err_set(reterr, ERR_NO_EXPECTED, "%s:%u: the value of %s is computed", shown, tokens.items[i].line,
                    variable);
            return err_hint(reterr, "set migrations.settings or %s; or: " DJANGO_HINT, variable);
        }
        if (found != NULL && strcmp(found, buf_text(&module)) != 0) {
            char _cleanup_free_ *other = text_escaped(buf_text(&module));
            char _cleanup_free_ *one = text_escaped(found);
            err_set(reterr, ERR_NO_EXPECTED, "%s:%u: names several settings modules: %s and %s", shown,
                    tokens.items[i].line, one, other);
            return err_hint(reterr, "set migrations.settings or %s", variable);
        }
        mem_set(&found, buf_text(&module));
    }
    *ret = STEAL(found);
    return 0;
}

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* What this file names, if it is there and no name was found before. */
static int named_in(const char *path, char **ret, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (*ret != NULL || !exists(path))
        return 0;
    if (py_file_read(path, &text, reterr) != 0)
        return -1;
    return django_settings_named(path, buf_text(&text), text.len, ret, reterr);
}

/* FOLDER/SUB/wsgi.py and FOLDER/SUB/asgi.py, for projects without a manage.py. */
static int named_below(const char *folder, char **ret, struct err *reterr)
{
    static const char *const files[] = {"wsgi.py", "asgi.py"};
    struct strv _cleanup_strv_ subs = STRV_INIT;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
        if (*entry->d_name != '.' || entry->d_name[1] == '\0')
            strv_add(&subs, entry->d_name);
    if (dir != NULL)
        closedir(dir);
    strv_sort(&subs);
    for (size_t i = 0; i < subs.count; i++) {
        for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
            char _cleanup_free_ *sub = py_path_join(folder, subs.items[i]);
            char _cleanup_free_ *path = py_path_join(sub, files[k]);
            if (named_in(path, ret, reterr) != 0)
                return -1;
        }
    }
    return 0;
}

static int find_name(const struct source *source, char **ret, struct err *reterr)
{
    const char *name = source->settings;
    if (name == NULL || *name == '\0')
        name = environment_get(&source->env, variable);
    if (name != NULL && *name != '\0') {
        *ret = mem_strdup(name);
        return 0;
    }
    for (size_t i = 0; i < source->paths.count; i++) {
        char _cleanup_free_ *path = py_path_join(source->paths.items[i], "manage.py");
        if (named_in(path, ret, reterr) != 0)
            return -1;
    }
    for (size_t i = 0; *ret == NULL && i < source->paths.count; i++)
        if (named_below(source->paths.items[i], ret, reterr) != 0)
            return -1;
    return 0;
}

static int no_settings(const struct source *source, struct err *reterr)
{
    struct buf _cleanup_buf_ places = BUF_INIT;
    text_join(&places, &source->paths, 5);
    err_set(
        reterr, ERR_NO_EXPECTED,
        "the Django settings are not known: neither migrations.settings nor %s is set, and no manage.py, wsgi.py or "
        "asgi.py names them in %s",
        variable, buf_text(&places));
    return err_hint(reterr, DJANGO_HINT);
}

/* The file of settings that are given as a path: as it is, or relative to one of the folders. */
static char *settings_file(const struct source *source, const char *name)
{
    for (size_t i = 0; *name != '/' && i < source->paths.count; i++) {
        char *path = py_path_join(source->paths.items[i], name);
        if (exists(path))
            return path;
        free(path);
    }
    return exists(name) ? mem_strdup(name) : NULL;
}

static int settings_path(const struct source *source, struct py_roots *roots, const char *name, char **ret, char **ret_package,
                         struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(name);
    if (strchr(name, '/') != NULL || text_ends(name, ".py")) {
        *ret = settings_file(source, name);
        *ret_package = mem_strdup("");
        if (*ret != NULL)
            return 0;
        err_set(reterr, ERR_NO_EXPECTED, "the Django settings file %s is not found", shown);
        return err_hint(reterr, "set migrations.settings to a module (shop.settings) or a file in migrations.path");
    }
    const struct py_found *found;
    if (py_roots_find(roots, name, &found, reterr) != 0)
        return -1;
    if (found->source == NULL) {
        struct buf _cleanup_buf_ places = BUF_INIT;
        text_join(&places, &source->paths, 5);
        err_set(reterr, ERR_NO_EXPECTED, "the Django settings module %s is not found%s in %s", shown,
                found->kind == PY_FOUND_NONE ? "" : " as a source file", buf_text(&places));
        return err_hint(reterr,
                        "set migrations.path to the folder that holds it, or migrations.settings to another module");
    }
    *ret = mem_strdup(found->source);
    const char *end = found->kind == PY_FOUND_PACKAGE ? name + strlen(name) : strrchr(name, '.');
    *ret_package = mem_strndup(name, end ? (size_t)(end - name) : 0);
    return 0;
}

int django_settings_read(const struct source *source, struct py_roots *roots, bool required,
                         struct django_settings *ret, struct err *reterr)
{
    if (find_name(source, &ret->name, reterr) != 0)
        return required ? -1 : (err_done(reterr), 0);
    if (ret->name == NULL)
        return required ? no_settings(source, reterr) : 0;
    if (settings_path(source, roots, ret->name, &ret->path, &ret->package, reterr) != 0)
        return required || source->settings != NULL ? -1 : (err_done(reterr), 0);
    if (py_file_read(ret->path, &ret->text, reterr) != 0)
        return -1;
    ret->file = text_escaped(ret->path);
    ret->lenders.roots = roots;
    ret->lenders.inspect = distrust_libraries;
    ret->lenders.root = ret->name;
    py_borrow_start(&ret->lenders, &ret->module, ret->package);
    return parse(ret, buf_text(&ret->text), ret->text.len, reterr);
}
