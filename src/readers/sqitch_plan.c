/* Sqitch's plan. */
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "base/text.h"
#include "readers/sqitch.h"

struct plan {
    const char *name;
    int line;
    char *uri, *parent; /* parent: the id of the change before */
    struct strmap known; /* name of a change: its index */
    struct strv names;
    struct expected *expected;
    size_t section; /* the first change behind the last tag */
};

static void plan_done(struct plan *plan)
{
    free(plan->uri);
    free(plan->parent);
    strmap_done(&plan->known);
    strv_done(&plan->names);
}

static int bad(const struct plan *plan, const char *what, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(plan->name);
    err_set(reterr, ERR_NO_EXPECTED, "%s:%d: %s", shown, plan->line, what);
    return err_hint(reterr, "`sqitch plan` says whether the plan is whole.");
}

/* One line of the plan, taken apart. */
struct entry {
    char *name, *date, *planner, *note;
    struct strv requires, conflicts;
};

static void entry_done(struct entry *entry)
{
    free(entry->name);
    free(entry->date);
    free(entry->planner);
    free(entry->note);
    strv_done(&entry->requires);
    strv_done(&entry->conflicts);
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static const char *word_end(const char *at, const char *end)
{
    while (at < end && *at != ' ' && *at != '\t')
        at++;
    return at;
}

/* "[a !b]" */
static const char *take_dependencies(const char *at, const char *end, struct entry *ret)
{
    if (at == end || *at != '[')
        return at;
    for (at = skip_blanks(at + 1, end); at < end && *at != ']'; at = skip_blanks(at, end)) {
        const char *from = *at == '!' ? at + 1 : at;
        struct strv *list = *at == '!' ? &ret->conflicts : &ret->requires;
        while (at < end && *at != ' ' && *at != '\t' && *at != ']')
            at++;
        strv_take(list, mem_strndup(from, (size_t)(at - from)));
    }
    return at < end ? skip_blanks(at + 1, end) : NULL;
}

/* In the plan a line end within a note is written as \n or \r, a backslash as two. */
static char *unescaped_note(const char *at, const char *end)
{
    struct buf note = BUF_INIT;
    at = skip_blanks(at, end);
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    for (; at < end; at++) {
        bool escape = *at == '\\' && at + 1 < end && strchr("nr\\", at[1]) != NULL;
        buf_putc(&note, !escape ? *at : at[1] == 'n' ? '\n' : at[1] == 'r' ? '\r' : '\\');
        at += escape;
    }
    return buf_steal(&note);
}

/* NAME [DEPENDENCIES] TIMESTAMP PLANNER <EMAIL> # NOTE */
static int take_entry(const char *at, const char *end, struct entry *ret)
{
    const char *stop = word_end(at, end);
    ret->name = mem_strndup(at, (size_t)(stop - at));
    at = take_dependencies(skip_blanks(stop, end), end, ret);
    if (at == NULL)
        return -1;
    stop = word_end(at, end);
    ret->date = mem_strndup(at, (size_t)(stop - at));
    at = skip_blanks(stop, end);
    const char *close = memchr(at, '>', (size_t)(end - at));
    if (close == NULL || memchr(at, '<', (size_t)(close - at)) == NULL || *ret->name == '\0')
        return -1;
    ret->planner = mem_strndup(at, (size_t)(close - at) + 1);
    at = skip_blanks(close + 1, end);
    if (at < end && *at == '#')
        ret->note = unescaped_note(at + 1, end);
    else if (at < end)
        return -1;
    return 0;
}

/* Plan/Change.pm, info and id. */
static char *change_id(const struct plan *plan, const struct entry *entry)
{
    struct buf _cleanup_buf_ info = BUF_INIT, object = BUF_INIT;
    buf_printf(&info, "project %s\n", plan->expected->project);
    if (plan->uri != NULL)
        buf_printf(&info, "uri %s\n", plan->uri);
    buf_printf(&info, "change %s\n", entry->name);
    if (plan->parent != NULL)
        buf_printf(&info, "parent %s\n", plan->parent);
    buf_printf(&info, "planner %s\ndate %s", entry->planner, entry->date);
    for (size_t i = 0; i < entry->requires.count; i++)
        buf_printf(&info, "%s\n  + %s", i == 0 ? "\nrequires" : "", entry->requires.items[i]);
    for (size_t i = 0; i < entry->conflicts.count; i++)
        buf_printf(&info, "%s\n  - %s", i == 0 ? "\nconflicts" : "", entry->conflicts.items[i]);
    if (entry->note != NULL && *entry->note != '\0')
        buf_printf(&info, "\n\n%s", entry->note);
    buf_printf(&object, "change %zu", info.len);
    buf_putc(&object, '\0');
    buf_add(&object, buf_text(&info), info.len);
    return digest_hex(DIGEST_SHA1, buf_text(&object), object.len);
}

static int add_change(struct plan *plan, const struct entry *entry, struct err *reterr)
{
    size_t twin = strmap_get(&plan->known, entry->name);
    if (plan->expected->project == NULL)
        return bad(plan, "a change before the project (%project=NAME) is named", reterr);
    if (twin != STRMAP_NONE && twin >= plan->section)
        return bad(plan, "the change is there twice without a tag between, at which Sqitch itself stops", reterr);
    char *id = change_id(plan, entry);
    size_t at = plan->expected->count;
    struct migration *migration = expected_add(plan->expected, entry->name);
    migration->label = id;
    migration->place = at + 1;
    mem_set(&plan->parent, id);
    strv_add(&plan->names, entry->name);
    if (twin != STRMAP_NONE) { /* reworked */
        struct migration *before = &plan->expected->items[twin];
        char _cleanup_free_ *old = mem_printf("%s@%.7s", entry->name, before->label);
        mem_set(&before->id, old);
    }
    strmap_put(&plan->known, plan->names.items[plan->names.count - 1], at);
    return 0;
}

static void take_pragma(const char *at, const char *end, struct plan *plan)
{
    const char *equals = memchr(at, '=', (size_t)(end - at));
    if (equals == NULL)
        return;
    const char *from = skip_blanks(equals + 1, end), *stop = equals;
    while (stop > at && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    char _cleanup_free_ *key = mem_strndup(at, (size_t)(stop - at));
    char _cleanup_free_ *value = mem_strndup(from, (size_t)(end - from));
    if (strcmp(key, "project") == 0)
        mem_set(&plan->expected->project, value);
    if (strcmp(key, "uri") == 0)
        mem_set(&plan->uri, value);
}

static int read_line(struct plan *plan, const char *at, const char *end, struct err *reterr)
{
    struct entry _cleanup_(entry_done) entry = {0};
    at = skip_blanks(at, end);
    while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    if (at < end && *at == '@')
        plan->section = plan->expected->count;
    if (at == end || *at == '#' || *at == '@')
        return 0;
    if (*at == '%') {
        take_pragma(skip_blanks(at + 1, end), end, plan);
        return 0;
    }
    if (*at == '-')
        return bad(plan, "a change that is to be reverted", reterr);
    if (*at == '+')
        at = skip_blanks(at + 1, end);
    if (take_entry(at, end, &entry) != 0)
        return bad(plan, "not of the form 'NAME [DEPENDENCIES] TIMESTAMP PLANNER <EMAIL> # NOTE'", reterr);
    return add_change(plan, &entry, reterr);
}

int sqitch_plan(const char *name, const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    struct plan _cleanup_(plan_done) plan = {.name = name, .expected = ret};
    ret->framework = FRAMEWORK_SQITCH;
    if (memchr(text, '\0', len) != NULL || !text_is_utf8(text, len))
        return bad(&plan, "is not UTF-8 text", reterr);
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        plan.line++;
        if (read_line(&plan, line, newline ? newline : end, reterr) != 0)
            return -1;
        line = newline ? newline + 1 : end;
    }
    return ret->count > 0 ? 0 : bad(&plan, "the plan has no changes", reterr);
}

int listing_read_sqitch(const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    struct plan _cleanup_(plan_done) plan = {.name = "standard input", .expected = ret};
    ret->framework = FRAMEWORK_SQITCH;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        size_t width = (size_t)(stop - line);
        plan.line++;
        if (width > 11 && memcmp(line, "# Project: ", 11) == 0) {
            const char *from = skip_blanks(line + 11, stop);
            free(ret->project);
            ret->project = mem_strndup(from, (size_t)(stop - from));
        } else if (width > 48 && strspn(line, "0123456789abcdef") == 40 && memcmp(line + 40, " deploy ", 8) == 0) {
            const char *name = line + 48; /* behind the 40 digits and " deploy " */
            char _cleanup_free_ *word = mem_strndup(name, (size_t)(word_end(name, stop) - name));
            char _cleanup_free_ *label = mem_strndup(line, 40);
            char _cleanup_free_ *id = strmap_get(&plan.known, word) == STRMAP_NONE ? mem_strdup(word)
                                                                                  : mem_printf("%s@%.7s", word, label);
            strv_add(&plan.names, word);
            strmap_put(&plan.known, plan.names.items[plan.names.count - 1], 0);
            struct migration *migration = expected_add(ret, id);
            migration->label = STEAL(label);
            migration->place = ret->count;
        } else if (width > 0 && *line != '#') {
            return bad(&plan, "not of the form 'ID deploy NAME', as `sqitch plan -f oneline` prints it", reterr);
        }
        line = newline ? newline + 1 : end;
    }
    if (ret->count == 0)
        return bad(&plan, "it lists no changes", reterr);
    if (text[len - 1] != '\n')
        return bad(&plan, "the last line does not end: the list is cut short", reterr);
    if (ret->project == NULL) /* `sqitch log` has the same lines, and lists what is deployed alone */
        return bad(&plan, "no line '# Project: NAME', with which `sqitch plan -f oneline` begins", reterr);
    return expected_finish(ret, reterr);
}
