/* The table of commands. */
#include <string.h>

#include "cli/cli.h"

static const struct command rows[] = {
    {"run", COMMAND_RUN, true, true, cli_run, "tenantgate run [OPTIONS] -- APP [ARG...]",
     "wait for the database, run the steps, verify every tenant, then become APP",
     "APP gets the same PID, signal mask, descriptors and environment (less app.unset); it is not started unless every\n"
     "tenant was seen to be fully migrated. Standard output belongs to APP.\n"},
    {"wait", COMMAND_WAIT, true, true, cli_wait, "tenantgate wait [OPTIONS]", "only wait for the database and the other dependencies",
     "The others are [wait.NAME]: http(s), tcp and unix sockets.\n"},
    {"verify", COMMAND_VERIFY, true, true, cli_verify, "tenantgate verify [OPTIONS] [--tenant NAME]... [--format FORMAT]",
     "wait and verify once, report, exit (CI, cron, monitoring)",
     "Exit code 0: every tenant is fully migrated. The report goes to standard output where --format asks for it.\n"},
    {"status", COMMAND_STATUS, true, true, cli_status, "tenantgate status [OPTIONS] [--tenant NAME]... [--format FORMAT]",
     "one line per tenant: applied, pending, unknown, problems", "The exit codes are those of verify.\n"},
    {"manifest", COMMAND_OTHER, true, false, cli_manifest,
     "tenantgate manifest [OPTIONS] [-o FILE]\n"
     "tenantgate manifest --from FRAMEWORK [-o FILE] -\n"
     "tenantgate manifest --script django\n"
     "tenantgate manifest --check",
     "print the migrations that this image expects (docker build time; no database)",
     "From the files of migrations.path, or, with --from, from what the framework's own command prints:\n"
     "  tenantgate manifest --script django | python - | tenantgate manifest --from django -o FILE -\n"
     "  python manage.py showmigrations --plan | tenantgate manifest --from django -o FILE -   (a flat list)\n"
     "  alembic history | tenantgate manifest --from alembic -o FILE -\n"
     "  dotnet ef migrations list --json --no-connect | tenantgate manifest --from ef-core -o FILE -\n"
     "  sqitch plan -f oneline | tenantgate manifest --from sqitch -o FILE -\n"
     "  typeorm migration:show -d DATASOURCE | tenantgate manifest --from typeorm -o FILE -   (needs a database)\n"
     "  liquibase --url=\"offline:postgresql?changeLogFile=L.csv\" changelog-sync-sql; tenantgate manifest --from liquibase -o FILE L.csv\n"
     "  flyway info -outputType=json | tenantgate manifest --from flyway -o FILE -   (needs a database, which may be empty)\n"
     "  ls db/migrate | tenantgate manifest --from rails -o FILE -   (and all others that go by names; no checksums)\n"
     "  rails db:migrate:status | tenantgate manifest --from rails -o FILE -   (needs a database; what it holds does not matter)\n"
     "and so of laravel (artisan migrate:status), knex (migrate:list), sequelize (db:migrate:status), dbmate (status), ecto\n"
     "(ecto.migrations), goose (status 2>&1), sqlx (migrate info), diesel (migration list), doctrine (migrations:list) and phinx\n"
     "(status). Colours and warnings around the list do no harm; a list that may be cut short is refused (78).\n"
     "--check only judges: conflicts, missing dependencies, duplicates; exit code 0 or 78.\n"},
    {"snapshot", COMMAND_OTHER, false, false, NULL, "tenantgate snapshot [OPTIONS]",
     "print the structure of one migrated schema", ""},
    {"repair", COMMAND_OTHER, false, false, NULL, "tenantgate repair [OPTIONS] [--apply]",
     "print the SQL that would bring drifted tenants to the snapshot", ""},
    {"healthcheck", COMMAND_OTHER, true, false, cli_healthcheck,
     "tenantgate healthcheck [OPTIONS] [--expect-status CODE] [--expect-text TEXT] [URL]",
     "for Docker HEALTHCHECK and exec probes; needs no curl and no shell",
     "Exit code 0: healthy, 1: not, for whatever reason. While the gate of this container is closed it says what the gate is\n"
     "doing (1). Then URL, or health.url, is asked: http://, https:// (2xx or 3xx; redirects are not followed), tcp://host:port,\n"
     "unix:/path (it takes connections), http+unix://%2Frun%2Fapp.sock/path (HTTP over a socket).\n"},
    {"config", COMMAND_OTHER, true, false, cli_config, "tenantgate config [OPTIONS]",
     "the effective configuration, where each value came from, secrets hidden", ""},
    {"doctor", COMMAND_OTHER, false, false, NULL, "tenantgate doctor [OPTIONS]", "check the set-up end to end and advise", ""},
    {"init", COMMAND_OTHER, false, false, cli_init, "tenantgate init [-o FILE] [--force]",
     "write a starting tenantgate.ini for the project in this folder",
     "It looks for every framework's files, and needs no database. A file that is there already is replaced only with --force\n"
     "(else exit code 64); -o - prints it. Where nothing is recognised: exit code 78.\n"},
    {"help", COMMAND_OTHER, false, false, cli_help, "tenantgate help [COMMAND | config | frameworks]", "help on a command or topic",
     ""},
    {"version", COMMAND_OTHER, false, false, cli_version, "tenantgate version", "print the version", ""},
    {"completion", COMMAND_OTHER, false, false, NULL, "tenantgate completion bash|zsh|fish", "completion for a shell", ""},
};

const struct command *command_rows(size_t *ret_count)
{
    *ret_count = sizeof rows / sizeof *rows;
    return rows;
}

const struct command *command_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}
