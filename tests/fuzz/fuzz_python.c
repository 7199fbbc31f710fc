/* Fuzzing of everything that reads Python text. The first byte chooses the reader, the rest is the file.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Isrc tests/fuzz/fuzz_python.c src/python/?*.c ...
 *
 * Besides crashes it looks for texts that take too long (libFuzzer's -timeout). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alembic/env.h"
#include "alembic/options.h"
#include "alembic/revision.h"
#include "base/mem.h"
#include "django/migration.h"
#include "django/settings.h"
#include "django/tenants.h"
#include "python/syspath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int get_setting(void *context, const char *name, const char **ret, struct err *reterr)
{
    (void)context;
    (void)reterr;
    *ret = name;
    return 0;
}

static void fuzz_settings(const char *text, size_t len)
{
    struct django_settings _cleanup_django_settings_ settings = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    struct strv _cleanup_strv_ apps = STRV_INIT;
    char _cleanup_free_ *name = NULL;
    const char *value;
    bool set;
    if (django_settings_named("manage.py", text, len, &name, &err) != 0)
        err_done(&err);
    if (django_settings_parse("settings.py", text, len, &settings, &err) != 0)
        return;
    (void)django_settings_apps(&settings, &apps, &apps, &err);
    (void)django_settings_string(&settings, "AUTH_USER_MODEL", &value, &err);
    (void)django_settings_migrations(&settings, "shop", &set, &value, &err);
}

static void fuzz_migration(const char *text, size_t len)
{
    struct django_reader _cleanup_(django_reader_done) reader = {.get_setting = get_setting};
    struct django_migration _cleanup_django_migration_ migration = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    struct django_table _cleanup_(django_table_done) table = {.model = "Client"};
    (void)django_migration_parse(&reader, "m.py", "shop.migrations", text, len, &migration, &err);
    django_table_scan(&table, text, len);
    char _cleanup_free_ *name = django_table_name(&table, "shop");
}

static void fuzz_alembic(const char *text, size_t len)
{
    struct py_module _cleanup_py_module_ module = {0};
    struct alembic_revision _cleanup_(alembic_revision_done) revision = {0};
    struct alembic_env _cleanup_alembic_env_ env = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    (void)alembic_revision_parse(&module, "r.py", "1a.py", text, len, &revision, &err);
    (void)alembic_env_parse("env.py", text, len, false, &env, &err);
}

static void fuzz_module(const char *text, size_t len)
{
    struct py_module _cleanup_py_module_ module = {.strict = true};
    struct py_failure failure = {0};
    struct py_roots _cleanup_py_roots_ roots = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    (void)py_syspath_apply(&roots, "manage.py", text, len, &err);
    /* Twice, since the memory is used again. */
    for (int i = 0; i < 2; i++) {
        if (py_module_read(&module, text, len, &failure) != 0)
            return;
        for (uint32_t symbol = 0; symbol < module.tokens.symbols.count; symbol++)
            (void)py_module_get_symbol(&module, symbol);
    }
}

static void fuzz_options(const char *text, size_t len)
{
    struct alembic_options _cleanup_alembic_options_ toml = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    char _cleanup_free_ *value = NULL;
    struct strv _cleanup_strv_ list = STRV_INIT;
    bool is_list;
    if (alembic_options_parse_toml("pyproject.toml", "/here", text, len, &toml, &err) == 0) {
        (void)alembic_options_get(&toml, "script_location", &value, &err);
        (void)alembic_options_list(&toml, "version_locations", &is_list, &list, &err);
    }
    struct alembic_options _cleanup_alembic_options_ ini = {0};
    if (alembic_options_parse_ini("alembic.ini", "/here", text, len, &ini, &err) == 0) {
        mem_set(&value, NULL);
        (void)alembic_options_get(&ini, "script_location", &value, &err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const char *, size_t) = {fuzz_module, fuzz_settings, fuzz_migration, fuzz_alembic,
                                                            fuzz_options};
    if (size == 0)
        return 0;
    /* A copy of exactly this size, so that reading past the end is seen. */
    char _cleanup_free_ *text = malloc(size);
    if (text == NULL)
        abort();
    memcpy(text, data + 1, size - 1);
    readers[data[0] % (sizeof readers / sizeof *readers)](text, size - 1);
    return 0;
}
