/* Lists of names, and what the status commands of frameworks that go by names print, on standard input of
 * `tenantgate manifest --from FRAMEWORK -`. */
#pragma once

#include "base/err.h"
#include "files/names.h"

/* What one line of the status command says, without blanks at its ends: the id (and label) of a migration that has a file.
 * NAME_IGNORED: a heading, or a row of the history that no file has. */
typedef enum name_is listed_rule(const char *line, struct name *ret);

/* Rows "up 20260101000000 ...": Rails, Ecto, Phinx. */
listed_rule listed_number;
/* "up NAME" or "[X] NAME", with the name of the file: Sequelize, dbmate, Diesel. */
listed_rule listed_sequelize, listed_dbmate, listed_diesel;
/* What no other is like. */
listed_rule listed_goose, listed_sqlx, listed_laravel, listed_doctrine;

/* Takes away what a terminal or another system put in: colours, a byte order mark. What other control characters are left
 * is an error with the line's number. `text` is changed. */
int listed_clean(struct buf *text, struct err *reterr);

/* How many migrations does this line say there are (dbmate, Knex)? Adds to `ret`; false: it is no such line. */
bool listed_total(const char *line, size_t *ret);

/* Is it the heading of one of several databases' lists (Rails, Ecto)? */
bool listed_heading(const char *line);

/* The rule's name among other words of a line that is none itself, as `ls -l`, `ls -F` and errors print it; to be freed.
 * NULL: there is none. Or (`cut`) whether the line could be the beginning of a name like `like`. */
char *listed_hidden(const char *line, name_rule *rule);
bool listed_cut(const char *line, name_rule *rule, const char *like);
