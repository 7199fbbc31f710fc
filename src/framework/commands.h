/* The commands of a framework that a person is told: filled in with the folder, the table and the tenant. */
#pragma once

#include "framework/framework.h"

/* The command that applies what is pending; there is one. `expected` may be NULL: as it is by default. These are to be freed. */
char *framework_migrate(const struct framework_row *row, const struct expected *expected);
/* The command that shows the state, or NULL. */
char *framework_show(const struct expected *expected);
/* The command for what is recorded as failed; NULL where there is none. */
char *framework_mend(const struct expected *expected);

/* How the parts of a loop over tenants look, where one command cannot do them all:
 * for tenant in A B; do COMMAND with "$tenant"; done */
#define FRAMEWORK_LOOP_VARIABLE "tenant"
#define FRAMEWORK_LOOP_VALUE "$" FRAMEWORK_LOOP_VARIABLE "\""
#define FRAMEWORK_LOOP "for " FRAMEWORK_LOOP_VARIABLE " in"
#define FRAMEWORK_LOOP_DO "; do "
#define FRAMEWORK_LOOP_DONE "; done"

/* Adds the commands that apply what is pending everywhere in the project at `path`: those of its own migrations, and where its
 * tenants have migrations of their own, those too. `expected` is what was read of it, or empty. */
void framework_commands(const struct framework_row *row, const struct expected *expected, const char *path, struct strv *ret);

/* Do those commands get to the tenant's schema by themselves? Else it is their connection that says which one they migrate. */
bool framework_reaches(const struct expected *expected, const char *tenant);

/* Adds the commands that apply what is pending in these tenants: one each while they are few, else one for all.
 * `late`: some of it is out of order. */
void framework_remedies(const struct expected *expected, const struct strv *tenants, bool late, struct strv *ret);
