/* One Alembic revision file. */
#include "alembic/revision.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void alembic_revision_done(struct alembic_revision *revision)
{
    free(revision->id);
    free(revision->file);
    strv_done(&revision->down);
    strv_done(&revision->depends);
    strv_done(&revision->labels);
    *revision = (struct alembic_revision){0};
}

static int undecided(struct py_module *module, const char *file, const char *name, const struct py_value *value,
                     struct err *reterr)
{
    py_module_undecided(module, file, name, value, reterr);
    return err_hint(reterr, ALEMBIC_HINT);
}

static int refuse(const char *file, uint32_t line, const char *name, const char *what, struct err *reterr)
{
    err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s %s", file, line, name, what);
    return err_hint(reterr, ALEMBIC_HINT);
}

/* None, a string, or a sequence of strings. */
static int names(struct py_module *module, const char *file, const char *variable, const struct py_value *value,
                 struct strv *ret, struct err *reterr)
{
    if (value == NULL || value->type == PY_T_NONE)
        return 0;
    if (value->type == PY_T_UNKNOWN)
        return undecided(module, file, variable, value, reterr);
    if (py_is_string(value)) {
        strv_add(ret, value->string.text);
        return 0;
    }
    if (!py_is_sequence(value))
        return refuse(file, value->line, variable, "is neither None, a string nor a sequence of strings", reterr);
    for (uint32_t i = 0; i < value->list.count; i++) {
        const struct py_value *item = value->list.items[i];
        if (item->type == PY_T_UNKNOWN)
            return undecided(module, file, variable, item, reterr);
        if (!py_is_string(item))
            return refuse(file, item->line, variable, "holds something that is no string", reterr);
        strv_add(ret, item->string.text);
    }
    return 0;
}

/* Files of Alembic 0.1: the id is the name, hexadecimal digits. */
static char *legacy_id(const char *name)
{
    size_t digits = strspn(name, "0123456789abcdef");
    return digits > 0 && strcmp(name + digits, ".py") == 0 ? mem_strndup(name, digits) : NULL;
}

static int check_id(const char *file, const char *id, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(id);
    if (*id == '\0')
        return err_set(reterr, ERR_NO_EXPECTED, "%s: revision is empty", file);
    if (strpbrk(id, "@-+:") != NULL)
        return err_set(reterr, ERR_NO_EXPECTED,
                       "%s: the revision \"%s\" holds a character that Alembic does not allow "
                       "(@ - + :)",
                       file, shown);
    return 0;
}

int alembic_revision_parse(struct py_module *module, const char *file, const char *name, const char *text, size_t len,
                           struct alembic_revision *ret, struct err *reterr)
{
    struct py_failure failure = {0};
    if (py_module_read(module, text, len, &failure) != 0) {
        err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s", file, failure.line, failure.what);
        return err_hint(reterr, ALEMBIC_HINT);
    }
    struct py_value *id = py_module_get_symbol(module, PY_W_REVISION);
    struct py_value *down = py_module_get_symbol(module, PY_W_DOWN_REVISION);
    if (id != NULL && id->type == PY_T_UNKNOWN)
        return undecided(module, file, "revision", id, reterr);
    if (id != NULL && !py_is_string(id))
        return refuse(file, id->line, "revision", "is not a string", reterr);
    ret->id = id != NULL ? mem_strdup(id->string.text) : legacy_id(name);
    if (ret->id == NULL) {
        err_set(reterr, ERR_NO_EXPECTED, "%s: there is no variable `revision` in it", file);
        return err_hint(
            reterr, "Alembic refuses such a file in a versions folder; move it elsewhere, or set migrations.path to "
                    "the folder that holds alembic.ini");
    }
    if (check_id(file, ret->id, reterr) != 0)
        return -1;
    if (down == NULL)
        return err_set(reterr, ERR_NO_EXPECTED,
                       "%s: there is no variable `down_revision` in it (None for a first revision)", file);
    if (names(module, file, "down_revision", down, &ret->down, reterr) != 0 ||
        names(module, file, "depends_on", py_module_get_symbol(module, PY_W_DEPENDS_ON), &ret->depends, reterr) != 0)
        return -1;
    struct err _cleanup_err_ ignored = ERR_INIT;
    ret->labels_unknown = names(module, file, "branch_labels", py_module_get_symbol(module, PY_W_BRANCH_LABELS),
                                &ret->labels, &ignored) != 0;
    return 0;
}
