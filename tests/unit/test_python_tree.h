/* Folders and files for a test, made in a temporary folder and removed afterwards. */
#pragma once

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/strv.h"
#include "expected/source.h"

struct tree {
    char *root;
};

static inline struct tree tree_new(void)
{
    char *root = mem_strdup("/tmp/tenantgate-test-XXXXXX");
    assert_non_null(mkdtemp(root));
    return (struct tree){root};
}

static inline int tree_remove_one(const char *path, const struct stat *info, int flag, struct FTW *ftw)
{
    (void)info;
    (void)ftw;
    if (flag == FTW_DNR)
        chmod(path, 0700);
    return remove(path);
}

static inline void tree_done(struct tree *tree)
{
    nftw(tree->root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(tree->root);
    tree->root = NULL;
}

#define _cleanup_tree_ __attribute__((cleanup(tree_done)))

/* The path in the tree, to be freed. */
static inline char *tree_path(const struct tree *tree, const char *name)
{
    return *name ? mem_printf("%s/%s", tree->root, name) : mem_strdup(tree->root);
}

static inline void tree_folder(const struct tree *tree, const char *name)
{
    char _cleanup_free_ *path = tree_path(tree, name);
    for (char *p = path + strlen(tree->root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        mkdir(path, 0755);
        *p = '/';
    }
    mkdir(path, 0755);
}

static inline void tree_bytes(const struct tree *tree, const char *name, const char *text, size_t len)
{
    char _cleanup_free_ *path = tree_path(tree, name);
    char _cleanup_free_ *folder = mem_strdup(name);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
        tree_folder(tree, folder);
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
}

static inline void tree_file(const struct tree *tree, const char *name, const char *text)
{
    tree_bytes(tree, name, text, strlen(text));
}

/* Copies a folder with all that is in it. */
static inline void tree_copy(const struct tree *tree, const char *from, const char *name)
{
    DIR *dir = opendir(from);
    assert_non_null(dir);
    tree_folder(tree, *name ? name : ".");
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, "__pycache__") == 0)
            continue;
        char _cleanup_free_ *source = mem_printf("%s/%s", from, entry->d_name);
        char _cleanup_free_ *target = *name ? mem_printf("%s/%s", name, entry->d_name) : mem_strdup(entry->d_name);
        struct stat info;
        assert_int_equal(stat(source, &info), 0);
        if (S_ISDIR(info.st_mode)) {
            tree_copy(tree, source, target);
            continue;
        }
        struct buf _cleanup_buf_ text = BUF_INIT;
        struct err _cleanup_err_ err = ERR_INIT;
        assert_int_equal(file_read(source, 1 << 24, ERR_INTERNAL, &text, &err), 0);
        tree_bytes(tree, target, buf_text(&text), text.len);
    }
    closedir(dir);
}

/* One of tests/cases, copied to the root of the tree. */
static inline void tree_case(const struct tree *tree, const char *name)
{
    const char *tests = getenv("TESTS_DIR");
    char _cleanup_free_ *from = mem_printf("%s/cases/%s", tests ? tests : "tests", name);
    tree_copy(tree, from, "");
}

/* Fails with both texts when `part` is not in `text`. */
static inline void assert_has(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

static inline const struct migration *find_migration(const struct expected *expected, const char *id)
{
    for (size_t i = 0; i < expected->count; i++)
        if (strcmp(expected->items[i].id, id) == 0)
            return &expected->items[i];
    return NULL;
}

/* The items of the list, separated by blanks. */
static inline char *list_text(const struct strv *list)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < list->count; i++)
        buf_printf(&out, "%s%s", i > 0 ? " " : "", list->items[i]);
    return buf_steal(&out);
}

static inline void assert_list(const struct strv *list, const char *wanted)
{
    char _cleanup_free_ *text = list_text(list);
    assert_string_equal(text, wanted);
}
