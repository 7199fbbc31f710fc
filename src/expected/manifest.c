/* The manifest. */
#include "expected/manifest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsontext.h"
#include "base/mem.h"
#include "base/text.h"

static const char *const kind_names[] = {
    [MIGRATION_PLAIN] = "plain",
    [MIGRATION_REPEATABLE] = "repeatable",
    [MIGRATION_ANYTIME] = "anytime",
    [MIGRATION_TEMPLATE] = "template",
    [MIGRATION_CHECKPOINT] = "checkpoint",
};

/* What a migration depends on is written where the framework has such a thing, even where it is nothing. */
static bool has_graph(const struct expected *expected)
{
    return expected->framework == FRAMEWORK_DJANGO || expected->framework == FRAMEWORK_ALEMBIC;
}

static json_t *migration_json(const struct migration *migration, bool graph)
{
    json_t *object = json_object();
    json_object_set_new(object, "id", json_text(migration->id));
    if (migration->parents_unknown)
        json_object_set_new(object, "parents_unknown", json_true());
    if ((graph && !migration->parents_unknown) || migration->parents.count > 0) /* those that others' run_before names are known */
        json_object_set_new(object, "parents", json_text_array(&migration->parents));
    if (migration->depends.count > 0)
        json_object_set_new(object, "depends", json_text_array(&migration->depends));
    if (migration->replaces.count > 0)
        json_object_set_new(object, "replaces", json_text_array(&migration->replaces));
    if (migration->label != NULL)
        json_object_set_new(object, "label", json_text(migration->label));
    if (migration->kind != MIGRATION_PLAIN)
        json_object_set_new(object, "kind", json_text(kind_names[migration->kind]));
    if (migration->checksums.count > 0)
        json_object_set_new(object, "checksums", json_text_array(&migration->checksums));
    if (migration->place > 0)
        json_object_set_new(object, "place", json_integer((json_int_t)migration->place));
    return object;
}

char *manifest_write(const struct expected *expected, const char *framework_name)
{
    json_t *document = json_object(), *migrations = json_array();
    char _cleanup_free_ *digest = expected_digest(expected);
    json_object_set_new(document, "tenantgate_manifest", json_integer(MANIFEST_FORMAT));
    json_object_set_new(document, "framework", json_text(framework_name));
    json_object_set_new(document, "digest", json_text(digest));
    if (expected->table != NULL)
        json_object_set_new(document, "table", json_text(expected->table));
    if (expected->schema != NULL)
        json_object_set_new(document, "schema", json_text(expected->schema));
    if (expected->project != NULL)
        json_object_set_new(document, "project", json_text(expected->project));
    if (expected->tenancy)
        json_object_set_new(document, "tenancy", json_true());
    if (expected->flask_migrate)
        json_object_set_new(document, "flask_migrate", json_true());
    if (expected->django_tenants) {
        json_t *tenants = json_object();
        json_object_set_new(tenants, "table", json_text(expected->tenant_table));
        json_object_set_new(tenants, "public_schema", json_text(expected->public_schema ? expected->public_schema : "public"));
        json_object_set_new(document, "tenants", tenants);
    }
    for (size_t i = 0; i < expected->count; i++)
        json_array_append_new(migrations, migration_json(&expected->items[i], has_graph(expected)));
    json_object_set_new(document, "migrations", migrations);
    return json_finish(document);
}

static int bad(const char *name, const char *what, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(name);
    err_set(reterr, ERR_NO_EXPECTED, "%s: %s", shown, what);
    return err_hint(reterr, "Make the manifest again when the image is built: tenantgate manifest -o FILE.");
}

/* An optional list of texts. */
static int read_list(const json_t *object, const char *key, struct strv *ret)
{
    const json_t *list = json_object_get(object, key);
    if (list == NULL)
        return 0;
    if (!json_is_array(list))
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || *text == '\0')
            return -1;
        strv_add(ret, text);
    }
    return 0;
}

/* An optional text; a null is none. */
static int read_text(const json_t *object, const char *key, char **ret)
{
    const json_t *text = json_object_get(object, key);
    mem_set(ret, json_string_value(text));
    return text == NULL || json_is_null(text) || json_is_string(text) ? 0 : -1;
}

static int read_kind(const json_t *object, struct migration *migration)
{
    const json_t *kind = json_object_get(object, "kind");
    if (kind == NULL)
        return 0;
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
        if (json_is_string(kind) && strcmp(json_string_value(kind), kind_names[i]) == 0) {
            migration->kind = (enum migration_kind)i;
            return 0;
        }
    return -1;
}

static int read_place(const json_t *object, struct migration *migration)
{
    const json_t *place = json_object_get(object, "place");
    if (place == NULL)
        return 0;
    if (!json_is_integer(place) || json_integer_value(place) <= 0)
        return -1;
    migration->place = (size_t)json_integer_value(place);
    return 0;
}

static int read_migration(const json_t *object, struct expected *ret)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    if (id == NULL || *id == '\0')
        return -1;
    struct migration *migration = expected_add(ret, id);
    migration->parents_unknown = json_is_true(json_object_get(object, "parents_unknown"));
    return read_text(object, "label", &migration->label) | read_kind(object, migration) | read_place(object, migration) |
           read_list(object, "parents", &migration->parents) | read_list(object, "depends", &migration->depends) | read_list(object, "replaces", &migration->replaces) |
           read_list(object, "checksums", &migration->checksums);
}

static int read_tenancy(const json_t *document, struct expected *ret)
{
    const json_t *tenants = json_object_get(document, "tenants");
    if (tenants != NULL && !json_is_object(tenants) && !json_is_null(tenants))
        return -1;
    ret->tenancy = json_is_true(json_object_get(document, "tenancy"));
    ret->flask_migrate = json_is_true(json_object_get(document, "flask_migrate"));
    ret->django_tenants = json_is_object(tenants);
    return read_text(document, "table", &ret->table) | read_text(document, "schema", &ret->schema) |
           read_text(document, "project", &ret->project) | read_text(tenants, "table", &ret->tenant_table) |
           read_text(tenants, "public_schema", &ret->public_schema);
}

static int read_document(const char *name, const json_t *document, enum framework (*framework_of)(const char *),
                         struct expected *ret, struct err *reterr)
{
    const json_t *format = json_object_get(document, "tenantgate_manifest");
    const json_t *migrations = json_object_get(document, "migrations");
    const char *framework = json_string_value(json_object_get(document, "framework"));
    const char *digest = json_string_value(json_object_get(document, "digest"));
    if (!json_is_integer(format))
        return bad(name, "is no manifest of tenantgate", reterr);
    if (json_integer_value(format) != MANIFEST_FORMAT)
        return bad(name, "is a manifest of another format: it was made by another version of tenantgate", reterr);
    if (framework == NULL || digest == NULL || !json_is_array(migrations))
        return bad(name, "is damaged: the framework, the digest or the migrations are missing", reterr);
    ret->framework = framework_of(framework);
    if (ret->framework == FRAMEWORK_AUTO)
        return bad(name, "is for a framework that this version of tenantgate does not know", reterr);
    for (size_t i = 0; i < json_array_size(migrations); i++)
        if (read_migration(json_array_get(migrations, i), ret) != 0)
            return bad(name, "is damaged: a migration without an id, of an unknown kind, or with something else than ids in its lists", reterr);
    if (read_tenancy(document, ret) != 0)
        return bad(name, "is damaged: a table, a schema, a project or the tenants are something else than a name", reterr);
    if (expected_finish(ret, reterr) != 0) {
        char _cleanup_free_ *why = mem_strdup(reterr->msg);
        return bad(name, why, reterr);
    }
    char _cleanup_free_ *actual = expected_digest(ret);
    if (strcmp(actual, digest) != 0)
        return bad(name, "is damaged or was edited: its digest does not fit its content", reterr);
    if (ret->count == 0)
        return bad(name, "lists no migrations", reterr);
    return 0;
}

int manifest_read(const char *name, const char *text, size_t len, enum framework (*framework_of)(const char *name),
                  struct expected *ret, struct err *reterr)
{
    json_error_t why;
    if (len == 0)
        return bad(name, "is empty", reterr);
    json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (document == NULL) {
        char _cleanup_free_ *reason = text_escaped(why.text);
        char _cleanup_free_ *what = mem_printf("line %d: is damaged: %s", why.line, reason);
        return bad(name, what, reterr);
    }
    struct expected _cleanup_expected_ expected = EXPECTED_INIT;
    int code = read_document(name, document, framework_of, &expected, reterr);
    json_decref(document);
    if (code != 0)
        return -1;
    *ret = expected;
    expected = EXPECTED_INIT;
    return 0;
}
