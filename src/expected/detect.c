/* Which framework do the files belong to? */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/alembic_options.h"
#include "expected/django_settings.h"
#include "expected/source.h"
#include "python/roots.h"

/* What was found, for the message when it is not one thing. */
struct evidence {
    char *django, *alembic; /* the file that says so, escaped; NULL: none */
};

static void evidence_done(struct evidence *found)
{
    free(found->django);
    free(found->alembic);
}

static void note(char **slot, const char *path)
{
    if (*slot == NULL)
        *slot = text_escaped(path);
}

/* A manage.py that speaks of the settings is Django's, whatever it does with them. */
static void look_at_manage(const char *folder, struct evidence *found)
{
    char _cleanup_free_ *path = py_path_join(folder, "manage.py");
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct err _cleanup_err_ ignored = ERR_INIT;
    if (py_file_exists(path) && py_file_read(path, &text, &ignored) == 0 &&
        memmem(buf_text(&text), text.len, "DJANGO_SETTINGS_MODULE", 22) != NULL)
        note(&found->django, path);
}

static void look_for_alembic(const char *folder, struct evidence *found)
{
    char _cleanup_free_ *ini = py_path_join(folder, "alembic.ini");
    char _cleanup_free_ *flask = py_path_join(folder, "migrations/alembic.ini");
    char _cleanup_free_ *toml = py_path_join(folder, "pyproject.toml");
    struct alembic_options _cleanup_alembic_options_ options = {0};
    struct err _cleanup_err_ ignored = ERR_INIT;
    if (py_file_exists(ini)) {
        note(&found->alembic, ini);
    } else if (py_file_exists(flask)) {
        note(&found->alembic, flask);
    } else if (py_file_exists(toml)) {
        (void)alembic_options_read_toml(toml, ".", &options, &ignored); /* what is wrong with it, the reader says */
        if (options.found)
            note(&found->alembic, toml);
    }
}

/* The settings that are named from outside, and are there. */
static void look_for_settings(const struct source *source, struct evidence *found)
{
    struct py_roots _cleanup_py_roots_ roots = {0};
    struct django_settings _cleanup_django_settings_ settings = {0};
    struct err _cleanup_err_ ignored = ERR_INIT;
    const char *name = environment_get(&source->env, "DJANGO_SETTINGS_MODULE");
    bool by_hand = (source->settings != NULL && *source->settings != '\0') || source->apps.count > 0;
    if (by_hand) {
        note(&found->django, source->settings != NULL ? "migrations.settings" : "migrations.apps");
        return;
    }
    if (name == NULL || *name == '\0' || found->django != NULL)
        return;
    py_roots_init(&roots, &source->paths, &source->env, "");
    const struct py_found *module;
    if (py_roots_find(&roots, name, &module, &ignored) == 0 && module->source != NULL)
        note(&found->django, module->source);
}

int detect_framework(const struct source *source, enum framework *ret, struct err *reterr)
{
    struct evidence _cleanup_(evidence_done) found = {0};
    for (size_t i = 0; i < source->paths.count; i++) {
        look_at_manage(source->paths.items[i], &found);
        look_for_alembic(source->paths.items[i], &found);
    }
    look_for_settings(source, &found);
    if (found.django != NULL && found.alembic != NULL) {
        err_set(reterr, ERR_NO_EXPECTED, "the files belong to more than one framework: Django (%s) and Alembic (%s)",
                found.django, found.alembic);
        return err_hint(
            reterr, "set migrations.framework to the one that is meant, or name each in a section [migrations.NAME]");
    }
    if (found.django == NULL && found.alembic == NULL) {
        struct buf _cleanup_buf_ places = BUF_INIT;
        text_join(&places, &source->paths, 5);
        err_set(
            reterr, ERR_NO_EXPECTED,
            "no migration framework is recognised in %s: there is no manage.py that names DJANGO_SETTINGS_MODULE, no "
            "alembic.ini, no migrations/alembic.ini and no [tool.alembic] in pyproject.toml",
            buf_text(&places));
        return err_hint(reterr, "set migrations.framework and migrations.path, or migrations.manifest");
    }
    *ret = found.django != NULL ? FRAMEWORK_DJANGO : FRAMEWORK_ALEMBIC;
    return 0;
}
