/* Which files in Alembic's version locations are revisions. */
#include "alembic/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alembic/revision.h"
#include "base/mem.h"
#include "base/text.h"

/* How deep recursive_version_locations is followed. */
#define MAX_FOLDERS_DEEP 100

void alembic_files_done(struct alembic_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i].path);
    free(files->items);
    strv_done(&files->seen);
    strmap_done(&files->by_inode);
    *files = (struct alembic_files){0};
}

/* ".#" is an editor's lock file; everything else that ends in .py counts, but for __init__*. */
static bool is_revision_name(const char *name, const char *suffix)
{
    return text_ends(name, suffix) && !text_starts(name, ".#") && !text_starts(name, "__init__") &&
           strchr(name, '\n') == NULL;
}

static int cannot(const char *path, const char *what, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(path);
    return err_set(reterr, ERR_NO_EXPECTED, "%s: cannot be %s: %s", shown, what, strerror(errno));
}

static int compiled_only(const char *path, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(path);
    err_set(reterr, ERR_NO_EXPECTED, "%s: a compiled revision without its source: its id is not in its name", shown);
    return err_hint(reterr, "keep the .py files in the image, or: " ALEMBIC_HINT);
}

static bool is_compiled_name(const char *name)
{
    return is_revision_name(name, ".pyc") || is_revision_name(name, ".pyo");
}

/* With `sourceless`, compiled files beside the sources and in __pycache__ count where there is no source of that name;
 * but their ids are inside. */
static int check_compiled(const char *folder, const struct strv *names, struct err *reterr)
{
    struct strmap _cleanup_strmap_ known = STRMAP_INIT; /* names up to their first dot */
    struct strv _cleanup_strv_ stems = STRV_INIT;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        char _cleanup_free_ *path = py_path_join(folder, name);
        char _cleanup_free_ *source = mem_strndup(path, strlen(path) - 1);
        if (is_compiled_name(name) && !py_file_exists(source))
            return compiled_only(path, reterr);
        strv_take(&stems, mem_strndup(name, strcspn(name, ".")));
        strmap_put(&known, stems.items[stems.count - 1], i);
    }
    char _cleanup_free_ *cache = py_path_join(folder, "__pycache__");
    DIR *dir = opendir(cache);
    int result = 0;
    for (struct dirent *entry; dir != NULL && result == 0 && (entry = readdir(dir)) != NULL;) {
        char _cleanup_free_ *stem = mem_strndup(entry->d_name, strcspn(entry->d_name, "."));
        char _cleanup_free_ *path = py_path_join(cache, entry->d_name);
        if (is_compiled_name(entry->d_name) && strmap_get(&known, stem) == STRMAP_NONE)
            result = compiled_only(path, reterr);
    }
    if (dir != NULL)
        closedir(dir);
    return result;
}

/* Alembic resolves links first, and then goes by the target's name. */
static int add_file(const char *folder, const char *name, struct alembic_files *ret, struct err *reterr)
{
    char _cleanup_free_ *path = py_path_join(folder, name);
    struct stat info;
    if (lstat(path, &info) != 0)
        return cannot(path, "examined", reterr);
    if (S_ISLNK(info.st_mode)) {
        char *real = realpath(path, NULL);
        /* A link to nowhere (as Emacs makes for its locks) counts only when it looks like a revision. */
        if (real == NULL || stat(real, &info) != 0) {
            free(real);
            return is_revision_name(name, ".py") ? cannot(path, "followed", reterr) : 0;
        }
        free(path);
        path = real;
    }
    const char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    if (!is_revision_name(last, ".py"))
        return 0;
    char _cleanup_free_ *inode =
        mem_printf("%llu:%llu", (unsigned long long)info.st_dev, (unsigned long long)info.st_ino);
    if (strmap_get(&ret->by_inode, inode) != STRMAP_NONE)
        return 0;
    strv_take(&ret->seen, STEAL(inode));
    strmap_put(&ret->by_inode, ret->seen.items[ret->seen.count - 1], ret->count);
    MEM_GROW(ret->items, ret->count, ret->cap);
    ret->items[ret->count++] = (struct alembic_file){.path = STEAL(path), .name = last};
    return 0;
}

enum { OTHER, FOLDER, LINKED_FOLDER };

static int kind_of(const char *folder, const struct dirent *entry)
{
    if (entry->d_type == DT_REG)
        return OTHER;
    char _cleanup_free_ *path = py_path_join(folder, entry->d_name);
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return FOLDER;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? LINKED_FOLDER : OTHER;
}

static int list_names(const char *folder, struct strv *files, struct strv *folders, struct err *reterr)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return cannot(folder, "listed", reterr);
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (entry == NULL)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        int kind = kind_of(folder, entry);
        if (kind == OTHER)
            strv_add(files, entry->d_name);
        else if (kind == FOLDER) /* os.walk() does not follow links to folders */
            strv_add(folders, entry->d_name);
    }
    int why = errno;
    closedir(dir);
    errno = why;
    if (why != 0)
        return cannot(folder, "listed", reterr);
    strv_sort(files);
    strv_sort(folders);
    return 0;
}

static int list_folder(const struct alembic_config *config, const char *folder, int depth, struct alembic_files *ret,
                       struct err *reterr)
{
    struct strv _cleanup_strv_ files = STRV_INIT, folders = STRV_INIT;
    bool cache = text_ends(folder, "__pycache__");
    if (depth > MAX_FOLDERS_DEEP) {
        char _cleanup_free_ *shown = text_escaped(folder);
        return err_set(reterr, ERR_NO_EXPECTED, "%s: folders nested too deeply", shown);
    }
    if (list_names(folder, &files, &folders, reterr) != 0)
        return -1;
    for (size_t i = 0; i < files.count && !cache; i++)
        if (add_file(folder, files.items[i], ret, reterr) != 0)
            return -1;
    if (config->sourceless && !cache && check_compiled(folder, &files, reterr) != 0)
        return -1;
    for (size_t i = 0; config->recursive && i < folders.count; i++) {
        char _cleanup_free_ *path = py_path_join(folder, folders.items[i]);
        if (list_folder(config, path, depth + 1, ret, reterr) != 0)
            return -1;
    }
    return 0;
}

int alembic_files_list(const struct alembic_config *config, struct alembic_files *ret, struct err *reterr)
{
    for (size_t i = 0; i < config->locations.count; i++)
        /* The default location may be missing: then there are no revisions in it. */
        if (py_file_exists(config->locations.items[i]) &&
            list_folder(config, config->locations.items[i], 0, ret, reterr) != 0)
            return -1;
    return 0;
}
