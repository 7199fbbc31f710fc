/* A Liquibase project: where its files are looked for, what its changelogs hold, and what they include. */
#pragma once

#include "base/environ.h"
#include "base/strv.h"
#include "expected/expected.h"
#include "liquibase/tree.h"

/* Values for ${NAME} (changelog/ChangeLogParameters.java): the first that is set wins. */
struct parameter {
    char *name, *value;
    char *owner;    /* the changelog that it is local to; NULL: global */
    bool undecided; /* something that is not in the files says whether, or what, it is */
};

struct parameters {
    struct parameter *items;
    size_t count, cap;
    bool opaque; /* from here on others may have been set before, of which nothing is known */
};

void parameters_done(struct parameters *parameters);
void parameters_add(struct parameters *parameters, const char *name, const char *value, const char *owner, bool undecided);

/* The text with every ${NAME} replaced; to be freed. NULL: it cannot be told what it becomes. `owners` are the changelogs that
 * the text stands in, the innermost last. */
char *parameters_expand(const struct parameters *parameters, const struct environment *env, const struct strv *owners, const char *text);

/* Where files are looked for (resource/AbstractPathResourceAccessor.java). A path may have "classpath:" or slashes in front. */
struct search {
    struct strv roots;
};

/* Finds the one file of that path: 1 found (`ret` is how it is opened, to be freed), 0 not there. -1: it is there more than once, or
 * not below any root. */
int search_file(const struct search *search, const char *path, char **ret, struct err *reterr);

/* All files in the folder and below, by their paths in the search path, ordered; `ret_there`: there is such a folder. */
struct search_depths {
    size_t least, most;
};
int search_folder(const struct search *search, const char *path, struct search_depths depths, const char *ending, struct strv *ret,
                  bool *ret_there, struct err *reterr);

/* Reading a project; one for each changelog to begin with. */
struct project {
    struct search search;
    struct parameters parameters;
    struct environment env;
    struct expected *expected;
    struct strv chain; /* the changelogs that are being read, the outermost first, by their paths */
    size_t files;
    char *logical;     /* the path that the include gives to its file; NULL: none */
    bool inherits;     /* a changelog further out has a logicalFilePath */
    bool ignored;      /* an include is to be ignored: what is in it does not count */
};

void project_done(struct project *project);
/* Forgets the search path and the values for ${NAME}. */
void project_forget(struct project *project);

/* What the file liquibase.properties says: the changelog (NULL: none), the search path, seen from its folder, and values. */
int liquibase_properties(const char *file, const char *text, const char *folder, struct project *project, char **ret_changelog,
                         struct err *reterr);

/* Adds what the app's configuration below this root names as its changelog, without "classpath:". */
int liquibase_app(const char *root, struct strv *ret, struct err *reterr);

/* One changelog, by its path in the search path, and all that it includes. */
int project_read(struct project *project, const char *path, struct err *reterr);
/* The same, with its text at hand, and how messages call it. */
int project_read_text(struct project *project, const char *path, const char *file, const char *text, size_t len, struct err *reterr);

/* Where a file with this line says what cannot be read, or decided. */
int project_bad(const char *file, int line, const char *what, struct err *reterr);

/* The value of a child, expanded; NULL: it has none. To be freed. */
struct place {
    const struct project *project;
    const char *file; /* for messages */
    const char *path; /* in the search path */
};
int place_value(const struct place *place, const struct tree *node, const char *name, char **ret, struct err *reterr);
int place_flag(const struct place *place, const struct tree *node, const char *name, bool *ret, struct err *reterr);

/* Adds the checksums that Liquibase computes for the changeset, where all of its changes are SQL; else none. */
void changeset_sums(const struct place *place, const struct tree *changeset, struct strv *ret);

/* The path of a file beside the changelog (resource/PathResource.java, resolveSibling). To be freed. */
char *project_sibling(const char *path, const char *file);
