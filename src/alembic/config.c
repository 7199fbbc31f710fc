/* Where an Alembic project keeps its scripts and revisions. */
#include "alembic/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alembic/options.h"
#include "alembic/revision.h"
#include "base/mem.h"
#include "base/text.h"

void alembic_config_done(struct alembic_config *config)
{
    free(config->file);
    free(config->script_folder);
    strv_done(&config->locations);
    *config = (struct alembic_config){0};
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool same_folder(const char *a, const char *b)
{
    struct stat one, two;
    return stat(a, &one) == 0 && stat(b, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

/* PACKAGE:DIR[:DIR...] is a folder inside a Python package. */
static int package_folder(struct py_roots *roots, const char *file, const char *location, char **ret,
                          struct err *reterr)
{
    const struct py_found *found;
    char _cleanup_free_ *package = mem_strndup(location, strcspn(location, ":"));
    char _cleanup_free_ *rest = mem_strdup(strchr(location, ':') + 1);
    char _cleanup_free_ *shown = text_escaped(location);
    if (py_roots_find(roots, package, &found, reterr) != 0)
        return err_wrap(reterr, "%s: %s", file, shown);
    if (found->folders.count != 1) {
        err_set(reterr, ERR_NO_EXPECTED, "%s: %s: the package is %s", file, shown,
                found->folders.count == 0 ? "not found" : "in more than one folder");
        return err_hint(reterr, "add the folder that holds it to migrations.path or PYTHONPATH, or: " ALEMBIC_HINT);
    }
    for (char *p = rest; *p; p++)
        if (*p == ':')
            *p = '/';
    *ret = py_path_join(found->folders.items[0], rest);
    return 0;
}

/* A location as the configuration writes it: absolute, PACKAGE:DIR, or relative to the folder in which Alembic is
 * started, which is nearly always the project's (`base`) or the one in which the gate is started. */
static int place(struct py_roots *roots, const char *file, const char *base, const char *location, char **ret,
                 struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(location);
    *ret = NULL;
    if (*location == '\0')
        return err_set(reterr, ERR_NO_EXPECTED, "%s: an empty folder name", file);
    if (*location == '/') {
        *ret = mem_strdup(location);
        return 0;
    }
    if (strchr(location, ':') != NULL)
        return package_folder(roots, file, location, ret, reterr);
    char _cleanup_free_ *near = py_path_join(base, location);
    if (is_folder(near) && is_folder(location) && !same_folder(near, location)) {
        err_set(reterr, ERR_NO_EXPECTED,
                "%s: \"%s\" is a folder beside this file and another one in the working directory", file, shown);
        return err_hint(reterr, "write %%(here)s/%s for the one beside the file", shown);
    }
    *ret = is_folder(near) || !is_folder(location) ? STEAL(near) : mem_strdup(location);
    return 0;
}

/* Splits as Alembic does without a separator: at commas with blanks after them, and at blanks. */
static void split_legacy(const char *text, struct strv *ret)
{
    const char *start = text, *p = text;
    while (*p) {
        if (*p != ',' && *p != ' ') {
            p++;
            continue;
        }
        strv_take(ret, mem_strndup(start, (size_t)(p - start)));
        p += *p == ',' ? 1 : 0;
        while (*p == ' ')
            p++;
        start = p;
    }
    strv_add(ret, start);
}

static void split_at(const char *text, char separator, struct strv *ret)
{
    const char stops[] = {separator, '\0'};
    while (*text) {
        size_t len = strcspn(text, stops);
        const char *start = text, *stop = text + len;
        while (start < stop && (*start == ' ' || *start == '\t' || *start == '\n'))
            start++;
        while (stop > start && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\n'))
            stop--;
        if (stop > start)
            strv_take(ret, mem_strndup(start, (size_t)(stop - start)));
        text += len + (text[len] != '\0');
    }
}

static int split(const struct alembic_options *options, const char *text, struct strv *ret, struct err *reterr)
{
    static const struct {
        const char *name;
        char separator;
    } separators[] = {{"os", ':'}, {"space", ' '}, {"newline", '\n'}, {":", ':'}, {";", ';'}};
    char _cleanup_free_ *name = NULL;
    if (alembic_options_get(options, "path_separator", &name, reterr) != 0 ||
        (name == NULL && alembic_options_get(options, "version_path_separator", &name, reterr) != 0))
        return -1;
    if (name == NULL) {
        split_legacy(text, ret);
        return 0;
    }
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        if (strcmp(separators[i].name, name) == 0) {
            split_at(text, separators[i].separator, ret);
            return 0;
        }
    }
    char _cleanup_free_ *shown = text_escaped(name);
    return err_set(reterr, ERR_NO_EXPECTED, "%s: \"%s\" is no path_separator (os, space, newline, : or ;)",
                   options->file, shown);
}

static int read_locations(struct py_roots *roots, const struct alembic_options *options, const char *base,
                          struct alembic_config *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ written = STRV_INIT;
    bool is_list;
    char _cleanup_free_ *text = NULL;
    if (alembic_options_list(options, "version_locations", &is_list, &written, reterr) != 0 ||
        (!is_list && alembic_options_get(options, "version_locations", &text, reterr) != 0))
        return -1;
    if (text != NULL && *text != '\0' && split(options, text, &written, reterr) != 0)
        return -1;
    for (size_t i = 0; i < written.count; i++) {
        char *folder = NULL;
        if (place(roots, options->file, base, written.items[i], &folder, reterr) != 0)
            return -1;
        strv_take(&ret->locations, folder);
        if (is_folder(folder))
            continue;
        char _cleanup_free_ *shown = text_escaped(folder);
        err_set(reterr, ERR_NO_EXPECTED, "%s: the version location %s is not there", options->file, shown);
        return err_hint(reterr, "is it part of the image? A relative location counts from migrations.path");
    }
    if (ret->locations.count == 0)
        strv_take(&ret->locations, py_path_join(ret->script_folder, "versions"));
    return 0;
}

static int from_options(struct py_roots *roots, const struct alembic_options *options, const char *base,
                        const char *script_folder, struct alembic_config *ret, struct err *reterr)
{
    char _cleanup_free_ *location = NULL;
    if (alembic_options_get(options, "script_location", &location, reterr) != 0)
        return -1;
    if (location != NULL) {
        if (place(roots, options->file, base, location, &ret->script_folder, reterr) != 0)
            return -1;
    } else if (script_folder != NULL) {
        ret->script_folder = mem_strdup(script_folder);
    } else {
        return err_set(reterr, ERR_NO_EXPECTED, "%s: there is no script_location in it", options->file);
    }
    if (!is_folder(ret->script_folder)) {
        char _cleanup_free_ *shown = text_escaped(ret->script_folder);
        err_set(reterr, ERR_NO_EXPECTED, "%s: the script location %s is not there", options->file, shown);
        return err_hint(reterr, "is it part of the image? A relative location counts from migrations.path");
    }
    if (alembic_options_bool(options, "recursive_version_locations", &ret->recursive, reterr) != 0 ||
        alembic_options_bool(options, "sourceless", &ret->sourceless, reterr) != 0)
        return -1;
    return read_locations(roots, options, base, ret, reterr);
}

static char *absolute(const char *path)
{
    char *real = realpath(path, NULL);
    return real ? real : mem_strdup(path);
}

/* pyproject.toml counts where it has a section for Alembic. */
static int read_toml(const char *path, struct alembic_options *ret, struct err *reterr)
{
    char _cleanup_free_ *file = py_path_join(path, "pyproject.toml");
    char _cleanup_free_ *here = absolute(path);
    return py_file_exists(file) ? alembic_options_read_toml(file, here, ret, reterr) : 0;
}

/* alembic.ini in `folder`; `script_folder` is what counts when the file names none (Flask-Migrate). */
static int from_ini(struct py_roots *roots, const char *path, const char *folder, const char *file,
                    struct alembic_config *ret, struct err *reterr)
{
    struct alembic_options _cleanup_alembic_options_ ini = {0}, toml = {0};
    char _cleanup_free_ *here = absolute(folder);
    char _cleanup_free_ *location = NULL;
    ret->file = mem_strdup(file);
    if (alembic_options_read_ini(file, here, &ini, reterr) != 0 ||
        alembic_options_get(&ini, "script_location", &location, reterr) != 0)
        return -1;
    /* Since Alembic 1.16 the ini file may leave the locations to pyproject.toml. */
    if (location == NULL && read_toml(path, &toml, reterr) != 0)
        return -1;
    if (location == NULL && toml.found)
        return from_options(roots, &toml, path, NULL, ret, reterr);
    char _cleanup_free_ *env = py_path_join(folder, "env.py");
    bool itself = strcmp(folder, path) != 0 || py_file_exists(env);
    return from_options(roots, &ini, path, itself ? folder : NULL, ret, reterr);
}

int alembic_config_read(struct py_roots *roots, const char *path, struct alembic_config *ret, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(path);
    char _cleanup_free_ *ini = py_path_join(path, "alembic.ini");
    char _cleanup_free_ *sub = py_path_join(path, "migrations");
    char _cleanup_free_ *flask = py_path_join(sub, "alembic.ini");
    char _cleanup_free_ *versions = py_path_join(path, "versions");
    struct alembic_options _cleanup_alembic_options_ toml = {0};
    if (!is_folder(path))
        return err_set(reterr, ERR_NO_EXPECTED, "%s: there is no such folder", shown);
    if (py_file_exists(ini))
        return from_ini(roots, path, path, ini, ret, reterr);
    if (py_file_exists(flask))
        return from_ini(roots, path, sub, flask, ret, reterr);
    if (read_toml(path, &toml, reterr) != 0)
        return -1;
    if (toml.found) {
        ret->file = mem_printf("%s", toml.file);
        return from_options(roots, &toml, path, NULL, ret, reterr);
    }
    char _cleanup_free_ *sub_versions = py_path_join(sub, "versions");
    if (is_folder(versions) || is_folder(sub_versions)) { /* a script folder, or what `flask db init` makes */
        ret->script_folder = mem_strdup(is_folder(versions) ? path : sub);
        strv_add(&ret->locations, is_folder(versions) ? versions : sub_versions);
        return 0;
    }
    /* A plain folder of revision files; the folder above may be the script folder. */
    char _cleanup_free_ *above = py_path_join(path, "../env.py");
    if (py_file_exists(above))
        ret->script_folder = py_path_join(path, "..");
    strv_add(&ret->locations, path);
    return 0;
}
