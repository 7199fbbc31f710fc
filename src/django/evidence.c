/* Is it a Django project? */
#include "django/evidence.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/roots.h"

/* A manage.py that speaks of the settings is Django's, whatever it does with them. */
static char *look_at_manage(const char *folder)
{
    char _cleanup_free_ *path = py_path_join(folder, "manage.py");
    struct buf _cleanup_buf_ text = BUF_INIT;
    struct err _cleanup_err_ ignored = ERR_INIT;
    if (py_file_exists(path) && py_file_read(path, &text, &ignored) == 0 &&
        memmem(buf_text(&text), text.len, "DJANGO_SETTINGS_MODULE", 22) != NULL)
        return STEAL(path);
    return NULL;
}

/* The settings that are named from outside, and are there. */
static char *look_for_settings(const struct source *source)
{
    struct py_roots _cleanup_py_roots_ roots = {0};
    struct err _cleanup_err_ ignored = ERR_INIT;
    const char *name = environment_get(&source->env, "DJANGO_SETTINGS_MODULE");
    bool by_hand = (source->settings != NULL && *source->settings != '\0') || source->apps.count > 0;
    if (by_hand)
        return mem_strdup(source->settings != NULL ? "migrations.settings" : "migrations.apps");
    if (name == NULL || *name == '\0')
        return NULL;
    py_roots_init(&roots, &source->paths, &source->env, "");
    const struct py_found *module;
    if (py_roots_find(&roots, name, &module, &ignored) == 0 && module->source != NULL)
        return mem_strdup(module->source);
    return NULL;
}

char *evidence_of_django(const struct source *source)
{
    for (size_t i = 0; i < source->paths.count; i++) {
        char *file = look_at_manage(source->paths.items[i]);
        if (file != NULL)
            return file;
    }
    return look_for_settings(source);
}
