/* Reading an Alembic project's expected revisions from its files. */
#include "alembic/read.h"

#include <string.h>

#include "alembic/config.h"
#include "alembic/env.h"
#include "alembic/files.h"
#include "alembic/graph.h"
#include "base/mem.h"
#include "base/text.h"
#include "python/roots.h"

/* Takes the version table from env.py; several projects must agree. */
static int read_env(const struct source *source, const char *folder, struct expected *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct alembic_env _cleanup_alembic_env_ env = {0};
    char _cleanup_free_ *file = py_path_join(folder, "env.py");
    bool table_known = source->table != NULL && *source->table != '\0';
    if (!py_file_exists(file))
        return 0;
    if (py_file_read(file, &text, reterr) != 0 ||
        alembic_env_parse(file, buf_text(&text), text.len, table_known, &env, reterr) != 0)
        return -1;
    /* Every env.py of Flask-Migrate's has it; the ini file beside it names no script_location, which `alembic` would need. */
    ret->flask_migrate = ret->flask_migrate || strstr(buf_text(&text), "from flask import current_app") != NULL;
    if (env.table != NULL && ret->table != NULL && strcmp(env.table, ret->table) != 0 && !table_known) {
        char _cleanup_free_ *shown = text_escaped(file);
        return err_set(reterr, ERR_NO_EXPECTED,
                       "%s: names another version table than the other projects of migrations.path", shown);
    }
    if (env.table != NULL)
        mem_set(&ret->table, env.table);
    if (env.schema != NULL)
        mem_set(&ret->schema, env.schema);
    return 0;
}

static int read_path(const struct source *source, struct py_roots *roots, const char *path, struct py_module *module,
                     struct alembic_revisions *revisions, struct expected *ret, struct err *reterr)
{
    struct alembic_config _cleanup_alembic_config_ config = {0};
    struct alembic_files _cleanup_alembic_files_ files = {0};
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (alembic_config_read(roots, path, &config, reterr) != 0 || alembic_files_list(&config, &files, reterr) != 0)
        return -1;
    for (size_t i = 0; i < files.count; i++) {
        MEM_GROW(revisions->items, revisions->count, revisions->cap);
        struct alembic_revision *revision = &revisions->items[revisions->count++];
        *revision = (struct alembic_revision){.file = mem_strdup(files.items[i].path)};
        char _cleanup_free_ *shown = text_escaped(revision->file);
        buf_clear(&text);
        if (py_file_read(revision->file, &text, reterr) != 0 ||
            alembic_revision_parse(module, shown, files.items[i].name, buf_text(&text), text.len, revision, reterr) !=
                0)
            return -1;
    }
    return config.script_folder != NULL ? read_env(source, config.script_folder, ret, reterr) : 0;
}

int alembic_read_below(const struct source *source, const char *prefix, struct expected *ret, struct err *reterr)
{
    struct py_roots _cleanup_py_roots_ roots = {0};
    struct py_module _cleanup_py_module_ module = {0};
    struct alembic_revisions _cleanup_alembic_revisions_ revisions = {0};
    py_roots_init(&roots, &source->paths, &source->env, prefix);
    ret->framework = FRAMEWORK_ALEMBIC;
    for (size_t i = 0; i < source->paths.count; i++)
        if (read_path(source, &roots, source->paths.items[i], &module, &revisions, ret, reterr) != 0)
            return -1;
    if (revisions.count == 0) {
        struct buf _cleanup_buf_ places = BUF_INIT;
        text_join(&places, &source->paths, 5);
        err_set(reterr, ERR_NO_EXPECTED, "there are no Alembic revisions in %s", buf_text(&places));
        return err_hint(
            reterr,
            "set migrations.path to the folder that holds alembic.ini, to the script folder (env.py, versions), "
            "or to a folder of revision files");
    }
    if (alembic_graph_build(&revisions, ret, reterr) != 0)
        return -1;
    return expected_finish(ret, reterr);
}

int alembic_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    return alembic_read_below(source, "", ret, reterr);
}
