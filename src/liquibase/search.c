/* Liquibase's search path: folders in which every file is found by its path below them. */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "liquibase/liquibase.h"
#include "liquibase/project.h"

/* The path below a root; NULL: it leads out of every one. To be freed. */
static char *inside(const char *path, struct err *reterr)
{
    char *plain = liquibase_path(path);
    if (strcmp(plain, "..") != 0 && !text_starts(plain, "../"))
        return plain;
    free(plain);
    char _cleanup_free_ *shown = text_escaped(path);
    err_set(reterr, ERR_NO_EXPECTED, "%s: leads out of the search path", shown);
    return NULL;
}

int search_file(const struct search *search, const char *path, char **ret, struct err *reterr)
{
    char _cleanup_free_ *plain = inside(path, reterr), *found = NULL;
    if (plain == NULL)
        return -1;
    for (size_t i = 0; i < search->roots.count; i++) {
        char *file = path_join(search->roots.items[i], plain);
        if (!path_is_file(file)) {
            free(file);
        } else if (found == NULL) {
            found = file;
        } else {
            char _cleanup_free_ *one = text_escaped(found), *other = text_escaped(file);
            free(file);
            return err_set(reterr, ERR_NO_EXPECTED, "%s and %s are one and the same file to Liquibase", one, other);
        }
    }
    *ret = STEAL(found);
    return *ret != NULL;
}

static bool has_ending(const char *path, const char *ending)
{
    size_t len = strlen(path), wanted = strlen(ending);
    return len >= wanted && strcasecmp(path + len - wanted, ending) == 0;
}

static size_t depth_of(const char *below)
{
    size_t depth = 1;
    for (; (below = strchr(below, '/')) != NULL; below++)
        depth++;
    return depth;
}

int search_folder(const struct search *search, const char *path, struct search_depths depths, const char *ending, struct strv *ret,
                  bool *ret_there, struct err *reterr)
{
    char _cleanup_free_ *plain = inside(path, reterr);
    if (plain == NULL)
        return -1;
    for (size_t i = 0; i < search->roots.count; i++) {
        char _cleanup_free_ *folder = path_join(search->roots.items[i], plain);
        struct strv _cleanup_strv_ files = STRV_INIT;
        if (!path_is_folder(folder))
            continue;
        *ret_there = true;
        if (paths_walk(folder, WALK_FILES | WALK_BELOW | WALK_LINKS | WALK_HIDDEN, &files, reterr) != 0)
            return -1;
        for (size_t k = 0; k < files.count; k++) {
            const char *below = strcmp(folder, ".") == 0 ? files.items[k] : files.items[k] + strlen(folder);
            below += strspn(below, "/");
            size_t depth = depth_of(below);
            if (depth >= depths.least && depth <= depths.most && has_ending(files.items[k], ending))
                strv_take(ret, *plain ? mem_printf("%s/%s", plain, below) : mem_strdup(below));
        }
    }
    strv_sort(ret);
    strv_unique(ret);
    return 0;
}
