/* EF Core: migrations are classes of a compiled assembly, so that only EF Core itself can list them. */
#pragma once

#include <stddef.h>

#include "expected/expected.h"

/* What `dotnet ef migrations list --json --no-connect` prints: a JSON list with an `id` each, perhaps behind lines of the
 * build and between lines "//BEGIN" and "//END". The label is the id as it compares, without regard to case
 * (dotnet/efcore, Migrations/Internal/MigrationsAssembly.cs; src/ef/Commands/MigrationsListCommand.cs). */
int listing_read_ef_core(const char *text, size_t len, struct expected *ret, struct err *reterr);
