/* Finding files and folders of a project. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/strv.h"

/* "FOLDER/NAME"; the folder "." is left out. To be freed. */
char *path_join(const char *folder, const char *name);
/* The last part of a path. Borrowed. */
const char *path_name(const char *path);

bool path_is_file(const char *path);
bool path_is_folder(const char *path);

/* Adds what is at `pattern` below `folder`, in the order of names. Each part between slashes is a name or a pattern of
 * fnmatch(3); one that does not begin with a dot does not match a name that does. */
void paths_match(const char *folder, const char *pattern, struct strv *ret);

enum {
    WALK_FILES = 1,   /* files, and links to them */
    WALK_FOLDERS = 2, /* folders */
    WALK_BELOW = 4,   /* what is in folders below, too */
    WALK_LINKS = 8,   /* a link to a folder is one */
    WALK_HIDDEN = 16, /* names that begin with a dot, too */
    WALK_NAMES = 32,  /* whatever it is, links to nowhere too: the framework goes by names alone */
};

/* Adds the paths of all entries of the folder, ordered by their bytes. Fails with ERR_NO_EXPECTED where a folder cannot be
 * read, or is deeper than any project's. */
int paths_walk(const char *folder, unsigned what, struct strv *ret, struct err *reterr);

/* Reads a file of a project (at most 64 MiB); fails with ERR_NO_EXPECTED. */
struct buf;
int path_read(const char *path, struct buf *out, struct err *reterr);
