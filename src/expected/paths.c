/* Finding files and folders of a project. */
#include "expected/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define FILE_MAX_BYTES ((size_t)64 * 1024 * 1024)
/* A tree deeper than that is a circle of links. */
#define DEPTH_MAX 32

char *path_join(const char *folder, const char *name)
{
    if (*name == '\0')
        return mem_strdup(folder);
    size_t len = strlen(folder);
    return strcmp(folder, ".") == 0 ? mem_strdup(name)
                                    : mem_printf("%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", name);
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool path_is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool path_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int path_read(const char *path, struct buf *out, struct err *reterr)
{
    return file_read(path, FILE_MAX_BYTES, ERR_NO_EXPECTED, out, reterr);
}

static void close_dir(DIR **dir)
{
    if (*dir != NULL)
        closedir(*dir);
}

static bool is_self(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void match_names(const char *folder, const char *pattern, struct strv *ret)
{
    DIR _cleanup_(close_dir) *dir = opendir(folder);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (!is_self(entry->d_name) && fnmatch(pattern, entry->d_name, FNM_PERIOD) == 0)
            strv_take(ret, path_join(folder, entry->d_name));
    strv_sort(ret);
}

void paths_match(const char *folder, const char *pattern, struct strv *ret)
{
    size_t len = strcspn(pattern, "/");
    const char *rest = pattern[len] == '/' ? pattern + len + 1 : NULL;
    char _cleanup_free_ *part = mem_strndup(pattern, len);
    struct strv _cleanup_strv_ found = STRV_INIT;
    if (strpbrk(part, "*?[") != NULL) {
        match_names(folder, part, &found);
    } else {
        char _cleanup_free_ *path = path_join(folder, part);
        struct stat info;
        if (stat(path, &info) == 0)
            strv_add(&found, path);
    }
    for (size_t i = 0; i < found.count; i++) {
        if (rest == NULL)
            strv_add(ret, found.items[i]);
        else
            paths_match(found.items[i], rest, ret);
    }
}

struct entry_kind {
    bool folder, file, link;
};

/* What an entry is; a link is what it points to. One that points nowhere is neither. */
static struct entry_kind kind_of(const char *path, const struct dirent *entry)
{
    struct stat info;
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR)
        return (struct entry_kind){.folder = entry->d_type == DT_DIR, .file = entry->d_type == DT_REG};
    struct entry_kind kind = {.link = entry->d_type == DT_LNK};
    if (entry->d_type == DT_UNKNOWN && lstat(path, &info) == 0)
        kind.link = S_ISLNK(info.st_mode);
    if (stat(path, &info) != 0)
        return kind;
    kind.folder = S_ISDIR(info.st_mode);
    kind.file = S_ISREG(info.st_mode);
    return kind;
}

static int walk(const char *folder, unsigned what, int depth, struct strv *ret, struct err *reterr)
{
    DIR _cleanup_(close_dir) *dir = opendir(folder);
    char _cleanup_free_ *shown = text_escaped(folder);
    if (dir == NULL)
        return err_set(reterr, ERR_NO_EXPECTED, "%s: cannot be read: %s", shown, strerror(errno));
    if (depth > DEPTH_MAX)
        return err_set(reterr, ERR_NO_EXPECTED, "%s: folders within folders without end", shown);
    struct dirent *entry;
    while (errno = 0, (entry = readdir(dir)) != NULL) {
        if (is_self(entry->d_name) || (entry->d_name[0] == '.' && !(what & WALK_HIDDEN)))
            continue;
        char *path = path_join(folder, entry->d_name);
        struct entry_kind kind = kind_of(path, entry);
        int code = 0;
        bool follow = !kind.link || (what & WALK_LINKS);
        if (kind.folder && (what & WALK_BELOW) && follow)
            code = walk(path, what, depth + 1, ret, reterr);
        if ((what & WALK_NAMES) || (kind.file && (what & WALK_FILES)) || (kind.folder && (what & WALK_FOLDERS) && follow))
            strv_add(ret, path);
        free(path);
        if (code != 0)
            return -1;
    }
    /* Half a list would look like fewer migrations. */
    return errno == 0 ? 0 : err_set(reterr, ERR_NO_EXPECTED, "%s: cannot be read: %s", shown, strerror(errno));
}

int paths_walk(const char *folder, unsigned what, struct strv *ret, struct err *reterr)
{
    if (walk(folder, what, 0, ret, reterr) != 0)
        return -1;
    strv_sort(ret);
    return 0;
}
