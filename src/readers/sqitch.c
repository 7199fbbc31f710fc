/* Sqitch: where the plan and its scripts are, and what the scripts' sums are. */
#include "readers/sqitch.h"

#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"

/* What sqitch.conf says of where things are; NULL: nothing. */
struct places {
    char *plan, *top, *deploy, *registry, *extension;
};

static void places_done(struct places *places)
{
    free(places->plan);
    free(places->top);
    free(places->deploy);
    free(places->registry);
    free(places->extension);
}

/* A line "name = value" of a file in the manner of Git; the section does not matter for these names. */
static void take_setting(const char *at, const char *end, struct places *places)
{
    const struct {
        const char *name;
        char **slot;
    } known[] = {{"plan_file", &places->plan}, {"top_dir", &places->top}, {"deploy_dir", &places->deploy},
                 {"registry", &places->registry}, {"extension", &places->extension}};
    const char *equals = memchr(at, '=', (size_t)(end - at));
    if (equals == NULL)
        return;
    const char *name_end = equals, *value = equals + 1;
    while (at < name_end && strchr(" \t", *at) != NULL)
        at++;
    while (name_end > at && strchr(" \t", name_end[-1]) != NULL)
        name_end--;
    while (value < end && strchr(" \t\"", *value) != NULL)
        value++;
    while (end > value && strchr(" \t\r\"", end[-1]) != NULL)
        end--;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if ((size_t)(name_end - at) == strlen(known[i].name) && strncasecmp(at, known[i].name, strlen(known[i].name)) == 0) {
            free(*known[i].slot);
            *known[i].slot = mem_strndup(value, (size_t)(end - value));
        }
}

static int read_conf(const char *folder, struct places *ret, struct err *reterr)
{
    char _cleanup_free_ *file = path_join(folder, "sqitch.conf");
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (!path_is_file(file))
        return 0;
    if (path_read(file, &text, reterr) != 0)
        return -1;
    for (const char *line = buf_text(&text), *end = line + text.len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        if (line + strspn(line, " \t") < stop && strchr("#;[", line[strspn(line, " \t")]) == NULL)
            take_setting(line, stop, ret);
        line = newline ? newline + 1 : end;
    }
    return 0;
}

/* Sums of the scripts; of a change that was reworked the older script has another name and is left out, and so is one that
 * the image does not hold: what is compared only warns. */
static int read_scripts(const char *folder, const struct places *places, struct expected *ret, struct err *reterr)
{
    for (size_t i = 0; i < ret->count; i++) {
        char _cleanup_free_ *name = mem_printf("%s.%s", ret->items[i].id, places->extension ? places->extension : "sql");
        char _cleanup_free_ *path = path_join(folder, name);
        struct buf _cleanup_buf_ text = BUF_INIT;
        if (strchr(ret->items[i].id, '@') != NULL || !path_is_file(path))
            continue;
        if (path_read(path, &text, reterr) != 0)
            return -1;
        strv_take(&ret->items[i].checksums, digest_hex(DIGEST_SHA1, buf_text(&text), text.len));
    }
    return 0;
}

int sqitch_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    struct places _cleanup_(places_done) places = {0};
    struct buf _cleanup_buf_ text = BUF_INIT;
    const char *path = source->paths.items[0];
    if (source->paths.count > 1)
        return err_set(reterr, ERR_NO_EXPECTED, "migrations.path: Sqitch has one plan; name each project in a section "
                                                "[migrations.NAME]");
    if (read_conf(path, &places, reterr) != 0)
        return -1;
    char _cleanup_free_ *top = path_join(path, places.top ? places.top : "");
    char _cleanup_free_ *plan = places.plan ? path_join(path, places.plan) : path_join(top, "sqitch.plan");
    char _cleanup_free_ *deploy = places.deploy ? path_join(path, places.deploy) : path_join(top, "deploy");
    if (path_read(plan, &text, reterr) != 0)
        return err_hint(reterr, "Set migrations.path to the folder that holds sqitch.conf and sqitch.plan.");
    if (sqitch_plan(plan, buf_text(&text), text.len, ret, reterr) != 0 || read_scripts(deploy, &places, ret, reterr) != 0)
        return -1;
    ret->schema = mem_strdup(places.registry ? places.registry : "sqitch");
    return expected_finish(ret, reterr);
}
