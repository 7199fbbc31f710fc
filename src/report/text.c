/* The report for people: the fatal banner, its body, and a line per tenant. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "base/text.h"
#include "report/report.h"

#define WIDTH 100
/* Names of tenants and migrations shown before "... and N more". */
#define NAMES_SHOWN 6
/* Groups of findings shown before the rest is only counted. */
#define GROUPS_SHOWN 12

/* Adds `text` as lines of at most WIDTH columns: the first after `lead`, the others indented as far. A word that does not
 * fit is cut, never dropped. */
static void wrap(struct buf *out, const char *lead, const char *text)
{
    size_t indent = text_width(lead), column = indent;
    buf_puts(out, lead);
    for (const char *p = text; *p != '\0';) {
        while (*p == ' ')
            p++;
        size_t len = strcspn(p, " ");
        if (len == 0)
            break;
        char _cleanup_free_ *word = mem_strndup(p, len);
        size_t width = text_width(word);
        if (column > indent && column + 1 + width > WIDTH) {
            buf_putc(out, '\n');
            buf_fill(out, ' ', indent);
            column = indent;
        } else if (column > indent) {
            buf_putc(out, ' ');
            column++;
        }
        const char *rest = word;
        while (column + text_width(rest) > WIDTH) {
            size_t fits = text_fit(rest, WIDTH - column);
            buf_add(out, rest, fits);
            rest += fits;
            buf_putc(out, '\n');
            buf_fill(out, ' ', indent);
            column = indent;
        }
        buf_puts(out, rest);
        column += text_width(rest);
        p += len;
    }
    buf_putc(out, '\n');
}

/* Bytes up to the next blank outside of quotes, as a POSIX shell sees it. `script`: what stands here is a script in single quotes
 * (sh -c), whose own words count: the shell that runs it joins its lines as well. */
static size_t shell_word_length(const char *text, bool script)
{
    bool quoted = false;
    size_t len = script && *text == '\'' ? 1 : 0;
    for (; text[len] != '\0' && (quoted || text[len] != ' '); len++) {
        if (text[len] == '\'')
            quoted = !quoted;
        else if (text[len] == '\\' && !quoted && text[len + 1] != '\0')
            len++;
    }
    return len;
}

/* Adds a shell command as lines that can be copied together: broken between words, each line but the last ending in a
 * backslash. Only a word that is wider than a line is cut. */
static void fold_command(struct buf *out, const char *command)
{
    size_t column = 4;
    buf_puts(out, "    ");
    for (const char *p = command; *p != '\0';) {
        size_t len = shell_word_length(p, p - command > 3 && strncmp(p - 3, "-c ", 3) == 0);
        char _cleanup_free_ *word = mem_strndup(p, len);
        bool is_first = p == command, is_last = p[len] == '\0';
        size_t room = is_last ? WIDTH : WIDTH - 2;
        if (!is_first && column + 1 + text_width(word) <= room) {
            buf_putc(out, ' ');
            column++;
        } else if (!is_first) {
            buf_puts(out, " \\\n      ");
            column = 6;
        }
        const char *rest = word;
        while (column + text_width(rest) > room) {
            size_t fits = text_fit(rest, room - column);
            buf_add(out, rest, fits);
            buf_puts(out, "\n      ");
            rest += fits;
            column = 6;
        }
        buf_puts(out, rest);
        column += text_width(rest);
        p += len + strspn(p + len, " ");
    }
    buf_putc(out, '\n');
}

/* A command stands on lines of its own, so that it can be copied; on one line where that is wide enough. */
static void command_line(struct buf *out, const char *text)
{
    char _cleanup_free_ *safe = text_escaped_controls(text);
    if (text_width(safe) + 4 <= WIDTH)
        buf_printf(out, "    %s\n", safe);
    else if (text_starts(text, "GRANT"))
        wrap(out, "    ", safe);
    else
        fold_command(out, safe);
}

static void box_line(struct buf *out, const char *text, enum banner_style style)
{
    const char *side = style == BANNER_UNICODE ? "│" : "|";
    size_t inner = WIDTH - 4;
    const char *rest = text;
    do {
        size_t fits = text_fit(rest, inner);
        if (rest[fits] != '\0') {
            size_t cut = fits; /* at a blank, if there is one */
            while (cut > 0 && rest[cut] != ' ')
                cut--;
            fits = cut > 0 ? cut : fits;
        }
        char _cleanup_free_ *line = mem_strndup(rest, fits);
        buf_printf(out, "%s %s", side, line);
        buf_fill(out, ' ', inner - text_width(line));
        buf_printf(out, " %s\n", side);
        rest += fits;
        rest += strspn(rest, " ");
    } while (*rest != '\0');
}

static void box_edge(struct buf *out, enum banner_style style, bool top)
{
    if (style == BANNER_ASCII) {
        buf_putc(out, '+');
        buf_fill(out, '-', WIDTH - 2);
        buf_puts(out, "+\n");
        return;
    }
    buf_puts(out, top ? "┌" : "└");
    for (int i = 0; i < WIDTH - 2; i++)
        buf_puts(out, "─");
    buf_puts(out, top ? "┐\n" : "┘\n");
}

/* "2 of 3 tenants are not fully migrated", or the error in short. */
static void headline(const struct report *report, struct buf *out)
{
    static const struct {
        const char *reason, *words;
    } short_words[] = {
        {"too_few_tenants", "fewer tenants than there must be"},
        {"no_expected_migrations", "the expected migrations cannot be told"},
        {"configuration", "the configuration cannot work"},
        {"database_unavailable", "the database is not available"},
        {"database_refused", "the database refuses the gate"},
        {"step_failed", "a step before the start failed"},
        {"lock_timeout", "the lock could not be had in time"},
        {"dependency_unavailable", "something else that must be up is not"},
        {"deadline", "there was no verdict before the deadline"},
        {"signalled", "ended by a signal"},
        {"internal", "an internal error"},
    };
    struct report_counts counts = report_count(report);
    if (report->open) {
        buf_printf(out, "%zu tenants are fully migrated", counts.total - counts.failed);
        return;
    }
    if (strcmp(report->reason, "tenants_not_migrated") == 0) {
        buf_printf(out, "%zu of %zu tenants %s not fully migrated", counts.failed, counts.total,
                   counts.failed == 1 ? "is" : "are");
        return;
    }
    for (size_t i = 0; i < sizeof short_words / sizeof *short_words; i++)
        if (strcmp(report->reason, short_words[i].reason) == 0)
            buf_puts(out, short_words[i].words);
}

/* Findings that say the same of several tenants are one group. */
struct group {
    const struct finding *first;
    struct strv tenants;
};

struct groups {
    struct group *items;
    size_t count, cap;
};

static char *group_key(const struct report *report, const struct finding *finding)
{
    struct buf key = BUF_INIT;
    /* The same in several databases is one group: its tenants are told with theirs. */
    buf_printf(&key, "%d%d %s\n%s\n%s", (int)finding->severity, (int)finding->kind,
               report->many_databases ? "" : finding->database,
               finding->source ? finding->source : "", finding->message);
    for (size_t i = 0; i < finding->items.count; i++)
        buf_printf(&key, "\n%s", finding->items.items[i]);
    return buf_steal(&key);
}

static int by_weight(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->first->severity != y->first->severity)
        return x->first->severity < y->first->severity ? -1 : 1;
    if (x->tenants.count != y->tenants.count)
        return x->tenants.count > y->tenants.count ? -1 : 1;
    if (x->first->kind != y->first->kind)
        return x->first->kind < y->first->kind ? -1 : 1;
    return strcmp(x->first->tenant, y->first->tenant);
}

static void make_groups(const struct report *report, struct groups *ret)
{
    struct strv _cleanup_strv_ keys = STRV_INIT;
    struct strmap _cleanup_strmap_ map = STRMAP_INIT;
    for (size_t u = 0; report->units != NULL && u < report->units->count; u++) {
        const struct unit *unit = &report->units->items[u];
        for (size_t f = 0; f < unit->findings.count; f++) {
            const struct finding *finding = &unit->findings.items[f];
            char *key = group_key(report, finding);
            size_t at = strmap_get(&map, key);
            if (at == STRMAP_NONE) {
                MEM_GROW(ret->items, ret->count, ret->cap);
                at = ret->count++;
                ret->items[at] = (struct group){.first = finding};
                strmap_put(&map, key, at);
                strv_take(&keys, key);
            } else {
                free(key);
            }
            strv_take(&ret->items[at].tenants, report_tenant(report, finding->database, finding->tenant));
        }
    }
    if (ret->count > 1)
        qsort(ret->items, ret->count, sizeof *ret->items, by_weight);
}

static void groups_done(struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        strv_done(&groups->items[i].tenants);
    free(groups->items);
}

/* "37 tenants lack finance.0002_lines: acme, beta, ... and 35 more" */
static void group_text(const struct group *group, struct buf *out)
{
    const struct finding *finding = group->first;
    size_t count = group->tenants.count;
    buf_printf(out, "%zu tenant%s ", count, count == 1 ? "" : "s");
    if (finding->kind == FINDING_PENDING) {
        buf_puts(out, count == 1 ? "lacks " : "lack ");
        text_join(out, &finding->items, NAMES_SHOWN);
        buf_puts(out, ": ");
        text_join(out, &group->tenants, NAMES_SHOWN);
        return;
    }
    buf_putc(out, '(');
    text_join(out, &group->tenants, NAMES_SHOWN);
    buf_printf(out, "): %s", finding->message);
}

static void findings_text(const struct report *report, enum severity severity, const char *title, struct buf *out)
{
    struct groups groups = {0};
    make_groups(report, &groups);
    size_t shown = 0, left = 0;
    for (size_t i = 0; i < groups.count; i++) {
        if (groups.items[i].first->severity != severity)
            continue;
        if (shown == GROUPS_SHOWN) {
            left++;
            continue;
        }
        if (shown++ == 0)
            buf_printf(out, "\n%s\n", title);
        struct buf _cleanup_buf_ text = BUF_INIT;
        group_text(&groups.items[i], &text);
        wrap(out, "  - ", buf_text(&text));
    }
    if (left > 0)
        buf_printf(out, "  ... and %zu more kinds of findings; --format json lists all\n", left);
    groups_done(&groups);
}

static const char *first_word(const char *command, size_t *len)
{
    *len = strcspn(command, " ");
    return command[*len] == ' ' ? command + *len + 1 : "";
}

#define LOOP_TENANT "\"$tenant\""

/* Does it need a shell where it is run: for a variable that is set there, or for one that it sets itself? The tenant of a loop is
 * known before. */
static bool needs_shell(const char *command, bool loop)
{
    bool quoted = false;
    for (const char *p = command; *p != '\0'; p++) {
        quoted = quoted != (*p == '\'');
        if (loop && !quoted && text_starts(p, LOOP_TENANT))
            p += strlen(LOOP_TENANT) - 1;
        else if (*p == '$' && !quoted)
            return true;
    }
    return memchr(command, '=', strcspn(command, " ")) != NULL;
}

/* Where the loop ends, or the text. */
static size_t body_length(const char *inner, bool loop)
{
    size_t len = strlen(inner), done = strlen(FRAMEWORK_LOOP_DONE);
    for (size_t at = len; loop && at-- > 0;)
        if (strncmp(inner + at, FRAMEWORK_LOOP_DONE, done) == 0)
            return at;
    return len;
}

/* The same command past the gate, where the image's entrypoint is the gate. */
static void past_the_gate(const struct report *report, const char *command, struct buf *out)
{
    /* Of a loop, what stands in it is run past the gate. */
    bool loop = text_starts(command, FRAMEWORK_LOOP) && strstr(command, FRAMEWORK_LOOP_DO) != NULL;
    const char *inner = loop ? strstr(command, FRAMEWORK_LOOP_DO) + strlen(FRAMEWORK_LOOP_DO) : command;
    size_t end = body_length(inner, loop), len = 0;
    struct buf _cleanup_buf_ text = BUF_INIT;
    buf_add(&text, command, (size_t)(inner - command));
    buf_puts(&text, report->in_kubernetes ? "kubectl run migrate --rm -it --restart=Never --image=IMAGE " : "docker compose run --rm ");
    /* In a loop "$tenant" is the loop's own, and any other variable the container's. */
    char _cleanup_free_ *body = mem_strndup(inner, end);
    if (needs_shell(body, loop)) {
        if (loop)
            buf_puts(&text, report->in_kubernetes ? "--env=tenant=" LOOP_TENANT " " : "-e tenant=" LOOP_TENANT " ");
        buf_puts(&text, report->in_kubernetes ? "--command -- sh -c " : "--entrypoint sh SERVICE -c ");
        text_shell_word(&text, body);
    } else if (report->in_kubernetes) {
        buf_printf(&text, "--command -- %s", body);
    } else {
        const char *rest = first_word(body, &len);
        buf_printf(&text, "--entrypoint %.*s SERVICE %s", (int)len, body, rest);
    }
    buf_puts(&text, inner + end);
    wrap(out, "  ",
         report->in_kubernetes ? "Past the gate, in a pod of this image with this pod's environment:"
                               : "Past the gate, in a container of this image:");
    command_line(out, buf_text(&text));
}

static bool has_kind(const struct report *report, enum finding_kind kind)
{
    for (size_t u = 0; report->units != NULL && u < report->units->count; u++)
        for (size_t f = 0; f < report->units->items[u].findings.count; f++)
            if (report->units->items[u].findings.items[f].kind == kind &&
                report->units->items[u].findings.items[f].severity == SEVERITY_FAIL)
                return true;
    return false;
}

/* The name as an item of tenants.exclude: in quotes where it could be taken for something else; one that looks like a
 * /regex/ as a regular expression that fits nothing else. */
static char *exclude_item(const char *name)
{
    struct buf item = BUF_INIT;
    size_t len = strlen(name);
    bool blank_ends = len == 0 || name[0] == ' ' || name[len - 1] == ' ';
    if (len > 1 && name[0] == '/' && name[len - 1] == '/') {
        buf_puts(&item, "/^");
        for (const char *p = name; *p != '\0'; p++) {
            if (strchr("\\^$.[]|()*+?{}", *p) != NULL)
                buf_putc(&item, '\\');
            buf_putc(&item, *p);
        }
        buf_puts(&item, "$/");
    } else if (strpbrk(name, ",\"\n\r\t") == NULL && name[0] != '/' && !blank_ends) {
        buf_puts(&item, name);
    } else {
        buf_putc(&item, '"');
        for (const char *p = name; *p != '\0'; p++) {
            if (*p == '"')
                buf_putc(&item, '"');
            buf_putc(&item, *p);
        }
        buf_putc(&item, '"');
    }
    return buf_steal(&item);
}

static void what_to_do(const struct report *report, struct buf *out)
{
    static const struct {
        enum finding_kind kind;
        const char *advice;
    } advices[] = {
        {FINDING_MISSING_SCHEMA, "Create the schema and migrate it, or remove the tenant from the list of tenants."},
        {FINDING_INCONSISTENT, "The order of the history is wrong: look at it before migrating; rows were removed, or "
                               "files were renamed or replaced after they were applied."},
        {FINDING_UNKNOWN, "The database is ahead of this image: deploy the image that has these migrations."},
        {FINDING_CONFLICT, "The image's migrations and this tenant's history do not fit together; merge or restore the "
                           "migration files and build the image again."},
        {FINDING_FAILED, "A migration failed half-way, or is running right now: see what it has done, mend that, and let the "
                         "framework know before migrating again."},
        {FINDING_CHANGED, "A migration's file is not the one that was applied: restore it, or mend the record where both come "
                          "to the same."},
        {FINDING_MISSING_TABLE, "A table that must be there ([structure]) is not, whatever the history says: it was dropped or "
                                "renamed, its migration was only recorded (faked), or the schema came from an incomplete dump."},
        {FINDING_MISSING_COLUMN, "A column that must be there ([structure]) is not, whatever the history says: look at the table "
                                 "before migrating."},
        {FINDING_UNEXPECTED_TABLE, "A table that must be gone ([structure] absent) is still there."},
        {FINDING_UNEXPECTED_COLUMN, "A column that must be gone ([structure] absent) is still there."},
        {FINDING_UNDECIDED, "What cannot be read cannot be passed: mend the table, or wait until nobody changes it."},
    };
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (has_kind(report, advices[i].kind))
            wrap(out, "  ", advices[i].advice);
    if (report->hint != NULL)
        wrap(out, "  ", report->hint);
    for (size_t i = 0; i < report->remedies.count; i++)
        command_line(out, report->remedies.items[i]);
    const char *last = NULL; /* the one that mends: looking comes first, granting is not done in the image */
    for (size_t i = 0; i < report->remedies.count; i++)
        if (!text_starts(report->remedies.items[i], "GRANT"))
            last = report->remedies.items[i];
    if (last != NULL)
        past_the_gate(report, last, out);
    if (strcmp(report->reason, "tenants_not_migrated") != 0)
        return;
    const char *example = NULL;
    for (size_t u = 0; u < report->units->count && example == NULL; u++)
        for (size_t f = 0; f < report->units->items[u].findings.count && example == NULL; f++)
            if (report->units->items[u].findings.items[f].severity == SEVERITY_FAIL)
                example = report->units->items[u].tenant;
    if (example != NULL) {
        wrap(out, "  ", "To leave a tenant out on purpose for now (every later start will say so):");
        char _cleanup_free_ *item = exclude_item(example);
        struct buf _cleanup_buf_ line = BUF_INIT;
        buf_puts(&line, "TENANTGATE_TENANTS_EXCLUDE=");
        text_shell_word(&line, item);
        command_line(out, buf_text(&line));
    }
}

/* The end of what a step said: line by line, each cut to what a banner can hold. */
static void output_text(const struct report *report, struct buf *out)
{
    char _cleanup_free_ *of = text_escaped(report->output_of);
    buf_printf(out, "\nThe last lines of %s\n", of);
    for (size_t i = 0; i < report->output->count; i++) {
        struct buf _cleanup_buf_ line = BUF_INIT;
        text_escape(&line, report->output->items[i], strlen(report->output->items[i]));
        const char *text = buf_text(&line);
        size_t fits = text_fit(text, WIDTH - 4);
        if (text[fits] != '\0')
            fits = text_fit(text, WIDTH - 8);
        buf_puts(out, "    ");
        buf_add(out, text, fits);
        buf_puts(out, text[fits] != '\0' ? " ...\n" : "\n");
    }
    if (report->output->count == 0)
        buf_puts(out, "    (it said nothing)\n");
}

void report_text(const struct report *report, struct buf *out)
{
    if (report->error != NULL) {
        char _cleanup_free_ *safe = text_escaped_controls(report->error);
        buf_puts(out, "\nWhat is wrong\n");
        wrap(out, "  ", safe);
    }
    if (report->output != NULL)
        output_text(report, out);
    findings_text(report, SEVERITY_FAIL, "What is wrong", out);
    findings_text(report, SEVERITY_WARN, "Warnings", out);
    if (report->excluded != NULL && report->excluded->count > 0) {
        struct buf _cleanup_buf_ names = BUF_INIT;
        text_join(&names, report->excluded, NAMES_SHOWN);
        buf_puts(out, "\nLeft out on purpose (tenants.exclude)\n");
        wrap(out, "  ", buf_text(&names));
    }
    struct buf _cleanup_buf_ advice = BUF_INIT;
    if (!report->open)
        what_to_do(report, &advice);
    if (advice.len > 0)
        buf_printf(out, "\nWhat to do\n%s", buf_text(&advice));
}

void report_summary(const struct report *report, struct buf *out)
{
    headline(report, out);
    if (report->error != NULL) {
        buf_puts(out, ": ");
        text_escape(out, report->error, strlen(report->error));
        return;
    }
    struct groups groups = {0};
    make_groups(report, &groups);
    size_t failing = 0;
    for (size_t i = 0; i < groups.count; i++) {
        if (groups.items[i].first->severity != SEVERITY_FAIL || failing++ > 0)
            continue;
        buf_puts(out, ": ");
        group_text(&groups.items[i], out);
    }
    if (failing > 1)
        buf_printf(out, "; and %zu more kinds of findings", failing - 1);
    groups_done(&groups);
}

void report_banner(const struct report *report, enum banner_style style, struct buf *out)
{
    struct buf _cleanup_buf_ title = BUF_INIT, blocked = BUF_INIT;
    buf_puts(&title, "FATAL: ");
    headline(report, &title);
    if (report->app != NULL) {
        char _cleanup_free_ *app = text_escaped(report->app);
        buf_printf(&blocked, "Startup is BLOCKED: %s was not started.", app);
    } else {
        buf_puts(&blocked, "Startup is BLOCKED: an app behind this gate would not be started.");
    }
    box_edge(out, style, true);
    box_line(out, buf_text(&title), style);
    box_line(out, buf_text(&blocked), style);
    box_edge(out, style, false);
    report_text(report, out);
    if (report->held_ms > 0)
        buf_printf(out, "\nHeld: closed and alive, looked at again every %.1f s (%s; gate.on_failure = hold)\n",
                   (double)report->held_ms / 1000, report->reason);
    else
        buf_printf(out, "\nExit code %d (%s)\n", report->exit_code, report->reason);
}

void report_status(const struct report *report, struct buf *out)
{
    size_t width = strlen("TENANT");
    size_t units = report->units ? report->units->count : 0;
    for (size_t i = 0; i < units; i++) {
        char _cleanup_free_ *told = report_tenant(report, report->units->items[i].database, report->units->items[i].tenant);
        char _cleanup_free_ *name = text_escaped(told);
        if (text_width(name) > width)
            width = text_width(name);
    }
    if (units > 0) {
        buf_puts(out, "TENANT");
        buf_fill(out, ' ', width - strlen("TENANT"));
        buf_printf(out, "  %8s  %8s  %8s  %s\n", "APPLIED", "PENDING", "UNKNOWN", "PROBLEMS");
    }
    for (size_t i = 0; i < units; i++) {
        const struct unit *unit = &report->units->items[i];
        char _cleanup_free_ *told = report_tenant(report, unit->database, unit->tenant);
        char _cleanup_free_ *name = text_escaped(told);
        buf_puts(out, name);
        buf_fill(out, ' ', width - text_width(name));
        buf_printf(out, "  %8zu  %8zu  %8zu  ", unit->applied, unit->pending, unit->unknown);
        if (unit->findings.count == 0)
            buf_puts(out, unit->absent ? "no such schema (ignored)" : "none");
        for (size_t f = 0; f < unit->findings.count; f++)
            buf_printf(out, "%s%s%s", f ? ", " : "", finding_kind_name(unit->findings.items[f].kind),
                       unit->findings.items[f].severity == SEVERITY_WARN ? " (warning)" : "");
        if (report->source_count > 1)
            buf_printf(out, "  [%s]", report->sources[unit->source].name);
        buf_putc(out, '\n');
    }
    for (size_t i = 0; report->excluded != NULL && i < report->excluded->count; i++) {
        char _cleanup_free_ *name = text_escaped(report->excluded->items[i]);
        buf_printf(out, "%s  left out on purpose (tenants.exclude)\n", name);
    }
    if (report->error != NULL) {
        char _cleanup_free_ *error = text_escaped_controls(report->error);
        buf_printf(out, "error: %s\n", error);
        if (report->hint != NULL)
            wrap(out, "       ", report->hint);
    }
}
