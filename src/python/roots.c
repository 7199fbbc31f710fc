/* Where Python would find a module. */
#include "python/roots.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define FILE_MAX_BYTES ((size_t)16 * 1024 * 1024)
/* Most lines of all .pth files together, and most folders in sys.path. */
#define ROOTS_MAX 1000

struct py_cached {
    char *dotted;
    struct py_found found;
};

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

bool py_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

enum { ABSENT, FOLDER, OTHER };

/* What is at the path? Only "not there" counts as absent: what cannot be looked at is not decided. */
static int examine(const char *path, int *ret, struct err *reterr)
{
    struct stat info;
    *ret = ABSENT;
    if (stat(path, &info) == 0) {
        *ret = S_ISDIR(info.st_mode) ? FOLDER : OTHER;
        return 0;
    }
    if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)
        return 0;
    char _cleanup_free_ *shown = text_escaped(path);
    return err_set(reterr, ERR_NO_EXPECTED, "%s: cannot be examined: %s", shown, strerror(errno));
}

char *py_path_join(const char *folder, const char *name)
{
    if (strcmp(folder, ".") == 0 || *folder == '\0')
        return mem_strdup(name);
    return mem_printf("%s%s%s", folder, text_ends(folder, "/") ? "" : "/", name);
}

int py_file_read(const char *path, struct buf *out, struct err *reterr)
{
    return file_read(path, FILE_MAX_BYTES, ERR_NO_EXPECTED, out, reterr);
}

static void add_root(struct py_roots *roots, const char *folder, int rank, int group)
{
    bool known = is_folder(folder);
    if (roots->count >= ROOTS_MAX || (!known && py_file_exists(folder))) /* an archive, for instance */
        roots->incomplete = true;
    if (roots->count >= ROOTS_MAX || !known)
        return;
    for (size_t i = 0; i < roots->count; i++)
        if (strcmp(roots->items[i].folder, folder) == 0)
            return;
    MEM_GROW(roots->items, roots->count, roots->cap);
    roots->items[roots->count++] = (struct py_root){.folder = mem_strdup(folder), .rank = rank, .group = group};
}

static void found_done(struct py_found *found)
{
    free(found->source);
    free(found->compiled);
    strv_done(&found->folders);
    *found = (struct py_found){0};
}

static void forget(struct py_roots *roots)
{
    for (size_t i = 0; i < roots->cache_count; i++) {
        free(roots->cache[i].dotted);
        found_done(&roots->cache[i].found);
    }
    roots->cache_count = 0;
    strmap_done(&roots->cached);
}

void py_roots_add(struct py_roots *roots, const char *folder, bool in_front)
{
    if (!is_folder(folder)) {
        roots->incomplete |= py_file_exists(folder);
        return;
    }
    forget(roots); /* what was found before may be hidden now */
    MEM_GROW(roots->items, roots->count, roots->cap);
    size_t at = in_front ? 0 : roots->count;
    memmove(&roots->items[at + 1], &roots->items[at], (roots->count - at) * sizeof *roots->items);
    roots->items[at] = (struct py_root){.folder = mem_strdup(folder), .rank = in_front ? -1 : INT_MAX};
    roots->count++;
}

/* Lines of a .pth file that are folders count as if they were in sys.path (Python's module site); lines that begin with
 * "import" run code: what they add cannot be known, and a package that only they would find is reported as missing. */
static void add_pth(struct py_roots *roots, const char *site, const char *name, int rank, int group)
{
    char _cleanup_free_ *path = py_path_join(site, name);
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct err _cleanup_err_ ignored = ERR_INIT;
    if (py_file_read(path, &text, &ignored) != 0) {
        roots->incomplete = true;
        return;
    }
    const char *p = buf_text(&text), *end = p + text.len;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        size_t len = (size_t)(stop - p);
        while (len > 0 && (p[len - 1] == '\r' || p[len - 1] == ' '))
            len--;
        char _cleanup_free_ *line = mem_strndup(p, len);
        if (len > 0 && *line != '#' && !text_starts(line, "import ") && !text_starts(line, "import\t") &&
            strlen(line) == len) {
            char _cleanup_free_ *folder = *line == '/' ? mem_strdup(line) : py_path_join(site, line);
            add_root(roots, folder, rank, group);
        } else if (len > 0 && *line != '#' && strstr(line, "_distutils_hack") == NULL && strcmp(line, "import _virtualenv") != 0) {
            roots->incomplete = true;
        }
        p = stop < end ? stop + 1 : end;
    }
}

/* The sorted names in a folder for which `wanted` holds; none where it cannot be read. */
static void list_names(const char *folder, bool (*wanted)(const char *), struct strv *names)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (wanted(entry->d_name))
            strv_add(names, entry->d_name);
    closedir(dir);
    strv_sort(names);
}

static bool is_pth(const char *name)
{
    return text_ends(name, ".pth") && *name != '.';
}

static bool is_python3(const char *name)
{
    return text_starts(name, "python3");
}

static void add_site(struct py_roots *roots, const char *folder, int rank, int group)
{
    size_t before = roots->count;
    add_root(roots, folder, rank, group);
    if (roots->count == before)
        return;
    struct strv _cleanup_strv_ names = STRV_INIT;
    list_names(folder, is_pth, &names);
    for (size_t i = 0; i < names.count; i++)
        add_pth(roots, folder, names.items[i], rank, group);
}

/* LIB/python3.X/SUB for every Python there is. */
static void add_sites(struct py_roots *roots, const char *lib, const char *sub, int rank)
{
    struct strv _cleanup_strv_ pythons = STRV_INIT;
    list_names(lib, is_python3, &pythons);
    for (size_t i = 0; i < pythons.count; i++) {
        char _cleanup_free_ *python = py_path_join(lib, pythons.items[i]);
        char _cleanup_free_ *folder = py_path_join(python, sub);
        add_site(roots, folder, rank, (int)i + 1);
    }
}

static void add_venv(struct py_roots *roots, const char *venv)
{
    char _cleanup_free_ *lib = py_path_join(venv, "lib");
    add_sites(roots, lib, "site-packages", ++roots->ranks);
}

/* Calls `use` for each part of a list that is separated by colons. */
static void each_part(const char *list, void (*use)(struct py_roots *, const char *), struct py_roots *roots)
{
    while (list != NULL && *list != '\0') {
        size_t len = strcspn(list, ":");
        char _cleanup_free_ *part = mem_strndup(list, len);
        if (len > 0)
            use(roots, part);
        list += len + (list[len] == ':');
    }
}

static void add_pythonpath(struct py_roots *roots, const char *folder)
{
    add_root(roots, folder, ++roots->ranks, 0);
}

/* A virtual environment is in use when its bin folder is in PATH; so is another interpreter (conda, pyenv, /opt/python)
 * that is found there. The system's own have their places behind. */
static void add_venv_of_bin(struct py_roots *roots, const char *bin)
{
    char _cleanup_free_ *venv = mem_strdup(bin);
    char *slash = strrchr(venv, '/');
    if (slash == NULL || slash == venv)
        return;
    *slash = '\0';
    char _cleanup_free_ *cfg = py_path_join(venv, "pyvenv.cfg");
    char _cleanup_free_ *python = py_path_join(bin, "python3");
    bool system = strcmp(venv, "/usr") == 0 || strcmp(venv, "/usr/local") == 0;
    if (is_file(cfg) || (is_file(python) && !system))
        add_venv(roots, venv);
}

/* Packages installed for the user alone (`pip install --user`): ~/.local, or $PYTHONUSERBASE. */
static void add_user_site(struct py_roots *roots, const struct environment *env)
{
    const char *base = environment_get(env, "PYTHONUSERBASE"), *home = environment_get(env, "HOME");
    char _cleanup_free_ *local = home != NULL && *home == '/' ? py_path_join(home, ".local") : NULL;
    if (base != NULL && *base != '\0')
        add_venv(roots, base);
    else if (local != NULL)
        add_venv(roots, local);
}

void py_roots_init(struct py_roots *roots, const struct strv *paths, const struct environment *env, const char *prefix)
{
    static const char *const venvs[] = {".venv", "venv"};
    static const struct {
        const char *lib, *sub;
    } system_sites[] = {{"/usr/local/lib", "site-packages"}, {"/usr/local/lib", "dist-packages"}};
    *roots = (struct py_roots){0};
    for (size_t i = 0; i < paths->count; i++)
        add_root(roots, paths->items[i], 0, 0);
    each_part(environment_get(env, "PYTHONPATH"), add_pythonpath, roots);
    const char *const named[] = {"VIRTUAL_ENV", "CONDA_PREFIX"};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        const char *venv = environment_get(env, named[i]);
        if (venv != NULL && *venv != '\0')
            add_venv(roots, venv);
    }
    each_part(environment_get(env, "PATH"), add_venv_of_bin, roots);
    for (size_t i = 0; i < paths->count; i++) {
        for (size_t k = 0; k < sizeof venvs / sizeof *venvs; k++) {
            char _cleanup_free_ *folder = py_path_join(paths->items[i], venvs[k]);
            add_venv(roots, folder);
        }
    }
    char _cleanup_free_ *opt = mem_printf("%s/opt/venv", prefix);
    add_venv(roots, opt);
    add_user_site(roots, env);
    for (size_t i = 0; i < sizeof system_sites / sizeof *system_sites; i++) {
        char _cleanup_free_ *lib = mem_printf("%s%s", prefix, system_sites[i].lib);
        add_sites(roots, lib, system_sites[i].sub, ++roots->ranks);
    }
    char _cleanup_free_ *debian = mem_printf("%s/usr/lib/python3/dist-packages", prefix);
    add_site(roots, debian, ++roots->ranks, 0);
    char _cleanup_free_ *lib = mem_printf("%s/usr/lib", prefix);
    add_sites(roots, lib, "site-packages", ++roots->ranks);
}

void py_roots_done(struct py_roots *roots)
{
    for (size_t i = 0; i < roots->count; i++)
        free(roots->items[i].folder);
    free(roots->items);
    forget(roots);
    free(roots->cache);
    *roots = (struct py_roots){0};
}

/* A compiled module FOLDER/NAME.pyc or FOLDER/NAME.SUFFIX.so, or NULL. */
static char *find_compiled(const char *folder, const char *name)
{
    char _cleanup_free_ *stem = py_path_join(folder, name);
    char *pyc = mem_printf("%s.pyc", stem);
    if (is_file(pyc))
        return pyc;
    free(pyc);
    char _cleanup_free_ *start = mem_printf("%s.", name);
    char *result = NULL;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && result == NULL && (entry = readdir(dir)) != NULL;)
        if (text_starts(entry->d_name, start) && text_ends(entry->d_name, ".so"))
            result = py_path_join(folder, entry->d_name);
    if (dir != NULL)
        closedir(dir);
    return result;
}

/* Does this package's __init__.py change where its modules are looked for? A mention is enough. */
static int check_package_path(struct py_found *found, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (py_file_read(found->source, &text, reterr) != 0)
        return -1;
    found->folders_changed = memmem(buf_text(&text), text.len, "__path__", 8) != NULL ||
                             memmem(buf_text(&text), text.len, "declare_namespace", 17) != NULL;
    return 0;
}

/* Looks for `name` in one folder. `compiled`: also compiled files without source. */
static int find_in(const char *folder, const char *name, bool compiled, struct py_found *found, struct err *reterr)
{
    char _cleanup_free_ *path = py_path_join(folder, name);
    char _cleanup_free_ *source = mem_printf("%s.py", path);
    int at_path, at_source, at_init = ABSENT;
    if (examine(path, &at_path, reterr) != 0 || examine(source, &at_source, reterr) != 0)
        return -1;
    if (at_path == FOLDER) {
        char _cleanup_free_ *init = py_path_join(path, "__init__.py");
        if (examine(init, &at_init, reterr) != 0)
            return -1;
        char *binary = at_init == OTHER || !compiled ? NULL : find_compiled(path, "__init__");
        if (at_init == OTHER || binary != NULL) {
            found->kind = PY_FOUND_PACKAGE;
            found->source = at_init == OTHER ? STEAL(init) : NULL;
            found->compiled = binary;
            strv_add(&found->folders, path);
            return found->source != NULL ? check_package_path(found, reterr) : 0;
        }
    }
    char *binary = at_source == OTHER || !compiled ? NULL : find_compiled(folder, name);
    if (at_source == OTHER || binary != NULL) {
        found->kind = PY_FOUND_MODULE;
        found->source = at_source == OTHER ? STEAL(source) : NULL;
        found->compiled = binary;
    } else if (at_path == FOLDER) {
        found->kind = PY_FOUND_NAMESPACE;
        strv_add(&found->folders, path);
    }
    return 0;
}

static bool same_file(const char *a, const char *b)
{
    struct stat one, two;
    return stat(a, &one) == 0 && stat(b, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static const char *place(const struct py_found *found)
{
    return found->source != NULL ? found->source : found->compiled != NULL ? found->compiled : found->folders.items[0];
}

static int ambiguous(const char *name, const struct py_found *one, const struct py_found *two, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(name);
    char _cleanup_free_ *first = text_escaped(place(one));
    char _cleanup_free_ *second = text_escaped(place(two));
    err_set(reterr, ERR_NO_EXPECTED,
            "the Python module %s is there twice, and which one the app imports is not known: %s and %s", shown, first,
            second);
    return err_hint(reterr, "set VIRTUAL_ENV or PYTHONPATH, or make a manifest when the image is built");
}

/* Looks for the top-level module `name`, with or without compiled files. */
static int find_top(const struct py_roots *roots, const char *name, bool compiled, struct py_found *found,
                    struct err *reterr)
{
    struct strv _cleanup_strv_ portions = STRV_INIT;
    const struct py_root *at = NULL;
    for (size_t i = 0; i < roots->count; i++) {
        const struct py_root *root = &roots->items[i];
        if (at != NULL && !found->folders_changed && (root->rank != at->rank || root->group == at->group))
            continue;
        struct py_found here = {0};
        if (access(root->folder, X_OK) != 0)
            continue; /* Python passes over folders of sys.path that it may not enter, too */
        if (find_in(root->folder, name, compiled, &here, reterr) != 0) {
            found_done(&here);
            return -1;
        }
        if (here.kind == PY_FOUND_NAMESPACE || (at != NULL && found->folders_changed && here.kind == PY_FOUND_PACKAGE))
            strv_add_all(&portions, &here.folders);
        if (at == NULL && (here.kind == PY_FOUND_MODULE || here.kind == PY_FOUND_PACKAGE)) {
            *found = here;
            at = root;
            continue;
        }
        bool rival = at != NULL && root->rank == at->rank && root->group != at->group &&
                     (here.kind == PY_FOUND_MODULE || here.kind == PY_FOUND_PACKAGE) &&
                     !same_file(place(found), place(&here));
        int result = rival ? ambiguous(name, found, &here, reterr) : 0;
        found_done(&here);
        if (result != 0)
            return -1;
    }
    if (at == NULL && portions.count > 0)
        found->kind = PY_FOUND_NAMESPACE;
    if (at == NULL || found->folders_changed)
        strv_add_all(&found->folders, &portions);
    return 0;
}

/* Looks for `name` among the modules of a package. */
static int find_sub(const struct py_found *parent, const char *dotted, const char *name, bool compiled,
                    struct py_found *found, struct err *reterr)
{
    struct strv _cleanup_strv_ portions = STRV_INIT;
    for (size_t i = 0; i < parent->folders.count; i++) {
        struct py_found here = {0};
        int result = find_in(parent->folders.items[i], name, compiled, &here, reterr);
        if (result == 0 && here.kind == PY_FOUND_NAMESPACE) {
            strv_add_all(&portions, &here.folders);
        } else if (result == 0 && here.kind != PY_FOUND_NONE && found->kind == PY_FOUND_NONE) {
            *found = here;
            continue;
        } else if (result == 0 && here.kind != PY_FOUND_NONE && !same_file(place(found), place(&here))) {
            result = ambiguous(dotted, found, &here, reterr);
        }
        found_done(&here);
        if (result != 0)
            return -1;
    }
    if (found->kind == PY_FOUND_NONE && portions.count > 0)
        found->kind = PY_FOUND_NAMESPACE;
    if (found->kind == PY_FOUND_NAMESPACE)
        strv_add_all(&found->folders, &portions);
    return 0;
}

static int find(struct py_roots *roots, const char *dotted, int depth, const struct py_found **ret, struct err *reterr)
{
    const char *dot = strrchr(dotted, '.');
    const char *name = dot ? dot + 1 : dotted;
    struct py_found found = {0};
    int result = 0;
    size_t known = strmap_get(&roots->cached, dotted);
    if (known != STRMAP_NONE) {
        *ret = &roots->cache[known].found;
        return 0;
    }
    if (depth > 50 || *name == '\0' || strchr(name, '/') != NULL) {
        char _cleanup_free_ *shown = text_escaped(dotted);
        return err_set(reterr, ERR_NO_EXPECTED, "\"%s\" is not the name of a Python module", shown);
    }
    if (dot == NULL) {
        result = find_top(roots, name, false, &found, reterr);
        if (result == 0 && (found.kind == PY_FOUND_NONE || found.kind == PY_FOUND_NAMESPACE)) {
            struct py_found compiled = {0};
            result = find_top(roots, name, true, &compiled, reterr);
            found_done(&found);
            found = compiled;
        }
    } else {
        char _cleanup_free_ *parent_name = mem_strndup(dotted, (size_t)(dot - dotted));
        const struct py_found *parent;
        if (find(roots, parent_name, depth + 1, &parent, reterr) != 0)
            return -1;
        result = find_sub(parent, dotted, name, true, &found, reterr);
    }
    if (result != 0) {
        found_done(&found);
        return -1;
    }
    MEM_GROW(roots->cache, roots->cache_count, roots->cache_cap);
    roots->cache[roots->cache_count++] = (struct py_cached){.dotted = mem_strdup(dotted), .found = found};
    strmap_put(&roots->cached, roots->cache[roots->cache_count - 1].dotted, roots->cache_count - 1);
    *ret = &roots->cache[roots->cache_count - 1].found;
    return 0;
}

int py_roots_find(struct py_roots *roots, const char *dotted, const struct py_found **ret, struct err *reterr)
{
    return find(roots, dotted, 0, ret, reterr);
}
