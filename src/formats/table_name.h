/* The name of a history table as other tools' settings write it. Pure. */
#pragma once

#include <stdbool.h>

/* As SQL reads it: [SCHEMA.]TABLE, each in double quotes or folded to small letters. To be freed, *ret_schema NULL where there is
 * none; false: it is no such name, and nothing is made. */
bool table_name_sql(const char *text, char **ret_schema, char **ret_table);

/* [SCHEMA.]TABLE, as they are, perhaps in double quotes. */
bool table_name_dotted(const char *text, char **ret_schema, char **ret_table);

/* As golang-migrate's URL gives it ("?x-migrations-table=NAME", with "&x-migrations-table-quoted=true" "SCHEMA"."TABLE"): neither
 * where the URL says nothing of it; false: golang-migrate itself refuses it. */
bool table_name_golang_migrate(const char *url, char **ret_schema, char **ret_table);
