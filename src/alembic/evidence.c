/* Is it a project with Alembic? */
#include "alembic/evidence.h"

#include "alembic/options.h"
#include "base/mem.h"
#include "python/roots.h"

static char *look_for_alembic(const char *folder)
{
    char _cleanup_free_ *ini = py_path_join(folder, "alembic.ini");
    char _cleanup_free_ *flask = py_path_join(folder, "migrations/alembic.ini");
    char _cleanup_free_ *toml = py_path_join(folder, "pyproject.toml");
    struct alembic_options _cleanup_alembic_options_ options = {0};
    struct err _cleanup_err_ ignored = ERR_INIT;
    if (py_file_exists(ini))
        return STEAL(ini);
    if (py_file_exists(flask))
        return STEAL(flask);
    if (!py_file_exists(toml))
        return NULL;
    (void)alembic_options_read_toml(toml, ".", &options, &ignored); /* what is wrong with it, the reader says */
    return options.found ? STEAL(toml) : NULL;
}

char *evidence_of_alembic(const struct source *source)
{
    for (size_t i = 0; i < source->paths.count; i++) {
        char *file = look_for_alembic(source->paths.items[i]);
        if (file != NULL)
            return file;
    }
    return NULL;
}
