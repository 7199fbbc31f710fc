/* The graph that Django builds of all migrations before replacements are carried out (django/db/migrations/loader.py,
 * build_graph, add_internal_dependencies, add_external_dependencies, check_key; graph.py, root_nodes, leaf_nodes). */
#pragma once

#include "django/package.h"

/* Fills `ret` with the migrations and their edges. `migrated[i]` tells whether app i has migrations. */
int django_graph_build(const struct django_apps *apps, const bool *migrated, const struct django_nodes *nodes,
                       struct expected *ret, struct err *reterr);
