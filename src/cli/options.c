/* The command line. */
#include "cli/options.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void options_done(struct options *options)
{
    strv_done(&options->settings);
    strv_done(&options->wheres);
    strv_done(&options->tenants);
    strv_done(&options->operands);
}

/* What an option does; those with `key` are short for a --set. */
enum option_id {
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_CONFIG,
    OPTION_SET,
    OPTION_KEY,
    OPTION_TENANT,
    OPTION_FORMAT,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_COLOR,
    OPTION_OUTPUT,
    OPTION_FROM,
    OPTION_SCRIPT,
    OPTION_CHECK,
    OPTION_FORCE,
};

static const struct option_row {
    const char *name, *short_name;
    enum option_id id;
    bool takes_value;
    const char *key;
    const char *commands; /* those that take it, between blanks; NULL: all */
} rows[] = {
    {"--help", "-h", OPTION_HELP, false, NULL, NULL},
    {"--version", NULL, OPTION_VERSION, false, NULL, NULL},
    {"--config", "-c", OPTION_CONFIG, true, NULL, NULL},
    {"--set", NULL, OPTION_SET, true, NULL, NULL},
    {"--database", NULL, OPTION_KEY, true, "database.url", NULL},
    {"--timeout", NULL, OPTION_KEY, true, "gate.timeout", NULL},
    {"--tenant", NULL, OPTION_TENANT, true, NULL, " verify status "},
    {"--format", NULL, OPTION_FORMAT, true, NULL, " verify status "},
    {"--quiet", "-q", OPTION_QUIET, false, NULL, NULL},
    {"--verbose", "-v", OPTION_VERBOSE, false, NULL, NULL},
    {"--color", NULL, OPTION_COLOR, true, NULL, NULL},
    {"--output", "-o", OPTION_OUTPUT, true, NULL, " manifest init "},
    {"--from", NULL, OPTION_FROM, true, NULL, " manifest "},
    {"--script", NULL, OPTION_SCRIPT, true, NULL, " manifest "},
    {"--check", NULL, OPTION_CHECK, false, NULL, " manifest "},
    {"--force", NULL, OPTION_FORCE, false, NULL, " init "},
    {"--expect-status", NULL, OPTION_KEY, true, "health.expect_status", " healthcheck "},
    {"--expect-text", NULL, OPTION_KEY, true, "health.expect_text", " healthcheck "},
};

static int choose(const char *value, const char *const *words, size_t count, const char *option, int *ret, struct err *reterr)
{
    struct buf _cleanup_buf_ all = BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value, words[i]) == 0) {
            *ret = (int)i;
            return 0;
        }
        buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
    }
    char _cleanup_free_ *shown = text_escaped(value);
    return err_set(reterr, ERR_USAGE, "%s takes %s, not '%s'", option, buf_text(&all), shown);
}

static int apply(const struct option_row *row, const char *value, struct options *ret, struct err *reterr)
{
    static const char *const formats[] = {"text", "json", "junit"};
    static const char *const colors[] = {"auto", "always", "never"};
    int chosen = 0;
    switch (row->id) {
    case OPTION_HELP:
        ret->help = true;
        return 0;
    case OPTION_VERSION:
        ret->command = "version";
        return 0;
    case OPTION_CONFIG:
        ret->config_file = value;
        return 0;
    case OPTION_SET:
        strv_add(&ret->settings, value);
        strv_add(&ret->wheres, "--set");
        return 0;
    case OPTION_KEY:
        strv_take(&ret->settings, mem_printf("%s=%s", row->key, value));
        strv_add(&ret->wheres, row->name);
        return 0;
    case OPTION_TENANT:
        if (*value == '\0')
            return err_set(reterr, ERR_USAGE, "--tenant needs a name");
        strv_add(&ret->tenants, value);
        return 0;
    case OPTION_FORMAT:
        if (choose(value, formats, 3, row->name, &chosen, reterr) != 0)
            return -1;
        ret->format = (enum format)(chosen + FORMAT_TEXT);
        return 0;
    case OPTION_QUIET:
        ret->quiet = true;
        return 0;
    case OPTION_VERBOSE:
        ret->verbose = true;
        return 0;
    case OPTION_COLOR:
        if (choose(value, colors, 3, row->name, &chosen, reterr) != 0)
            return -1;
        ret->color = (enum color)chosen;
        return 0;
    case OPTION_OUTPUT:
        ret->output = value;
        return 0;
    case OPTION_FROM:
        ret->from = value;
        return 0;
    case OPTION_SCRIPT:
        ret->script = value;
        return 0;
    case OPTION_CHECK:
        ret->check = true;
        return 0;
    case OPTION_FORCE:
        ret->force = true;
        return 0;
    }
    BUG("an option without a meaning");
}

/* Does `arg` name this option, and does it bring its value along ("--name=value")? */
static bool matches(const struct option_row *row, const char *arg, const char **value)
{
    size_t len = strlen(row->name);
    *value = NULL;
    if (row->short_name != NULL && strcmp(arg, row->short_name) == 0)
        return true;
    if (strncmp(arg, row->name, len) != 0 || (arg[len] != '\0' && arg[len] != '='))
        return false;
    if (arg[len] == '=')
        *value = arg + len + 1;
    return true;
}

static int check_places(const struct options *options, const bool *used, struct err *reterr)
{
    const char *command = options->command ? options->command : "run";
    char _cleanup_free_ *word = mem_printf(" %s ", command);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (used[i] && rows[i].commands != NULL && !options->help && strstr(rows[i].commands, word) == NULL) {
            char _cleanup_free_ *shown = text_escaped(command);
            err_set(reterr, ERR_USAGE, "`%s` takes no %s", shown, rows[i].name);
            if (rows[i].id == OPTION_TENANT && strcmp(command, "run") == 0)
                err_hint(reterr, "`run` always judges all tenants; to leave one out on purpose set "
                                 "TENANTGATE_TENANTS_EXCLUDE.");
            return -1;
        }
    return 0;
}

int options_parse(int argc, char *const *argv, struct options *ret, struct err *reterr)
{
    bool used[sizeof rows / sizeof *rows] = {false};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *value = NULL;
        const struct option_row *row = NULL;
        if (strcmp(arg, "--") == 0) {
            ret->app = &argv[i + 1];
            if (ret->command == NULL)
                ret->command = "run";
            break;
        }
        if (*arg != '-' || strcmp(arg, "-") == 0) {
            if (ret->command == NULL)
                ret->command = arg;
            else
                strv_add(&ret->operands, arg);
            continue;
        }
        for (size_t r = 0; r < sizeof rows / sizeof *rows && row == NULL; r++)
            if (matches(&rows[r], arg, &value)) {
                row = &rows[r];
                used[r] = true;
            }
        char _cleanup_free_ *shown = text_escaped(arg);
        if (row == NULL)
            return err_set(reterr, ERR_USAGE, "there is no option %s", shown);
        if (row->takes_value && value == NULL && i + 1 < argc)
            value = argv[++i];
        if (row->takes_value && value == NULL)
            return err_set(reterr, ERR_USAGE, "%s needs a value", shown);
        if (!row->takes_value && value != NULL)
            return err_set(reterr, ERR_USAGE, "%s takes no value", row->name);
        if (apply(row, value, ret, reterr) != 0)
            return -1;
    }
    return check_places(ret, used, reterr);
}
