/* Names from a list: what `ls` or `find` print, or the framework's status command. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/private.h"

#define CUT_SHORT "the last line does not end: the list is cut short"

/* A list that is read: names, or (status) lines of the framework's status command. */
struct list {
    struct files_taking taking;
    bool status;
    size_t totals, total, headings; /* how many lines say how many there are, and how many that is */
    int line;                       /* 0: it is about the whole */
};

static int hint(const struct file_rule *rule, struct err *reterr)
{
    if (rule->not_in_names != NULL && rule->status != NULL)
        return err_hint(reterr, "Expected is the whole output of the framework's status command; or make the manifest from the "
                                "files themselves: tenantgate manifest -o FILE.");
    return err_hint(reterr, "Expected is one name a line, like %s, as `ls -1` prints them%s.", rule->like,
                    rule->status ? ", or the whole output of the framework's status command" : "");
}

static int bad_line(const struct list *list, const char *what, struct err *reterr)
{
    if (list->line > 0)
        err_set(reterr, ERR_NO_EXPECTED, "standard input:%d: %s", list->line, what);
    else
        err_set(reterr, ERR_NO_EXPECTED, "standard input: %s", what);
    return hint(list->taking.rule, reterr);
}

/* A line that is no migration: may it be passed over? */
static int check_ignored(const struct list *list, const char *text, bool cut, struct err *reterr)
{
    const struct file_rule *rule = list->taking.rule;
    char _cleanup_free_ *hidden = list->status ? NULL : listed_hidden(text, rule->name);
    if (hidden != NULL) {
        char _cleanup_free_ *shown = text_escaped(hidden);
        char _cleanup_free_ *what = mem_printf("%s stands among other words", shown);
        return bad_line(list, what, reterr);
    }
    if (cut && listed_cut(text, rule->name, rule->like))
        return bad_line(list, CUT_SHORT, reterr);
    return 0;
}

static int take_line(struct list *list, const char *text, bool cut, struct err *reterr)
{
    const struct file_rule *rule = list->taking.rule;
    struct name _cleanup_name_ name = {0};
    if (listed_total(text, &list->total)) {
        list->totals++;
        return 0;
    }
    list->headings += listed_heading(text);
    enum name_is is = list->status ? rule->status(text, &name) : rule->name(path_name(text), &name);
    if (is == NAME_IGNORED)
        return check_ignored(list, text, cut, reterr);
    if (is == NAME_WRONG) {
        char _cleanup_free_ *shown = text_escaped(text), *what = mem_printf("%s: %s", shown, name.wrong);
        return bad_line(list, what, reterr);
    }
    /* Where nearly everything is a name, so would messages be. */
    if (!list->status && (rule->loose || (rule->walk & WALK_FOLDERS)) && strpbrk(text, " \t:") != NULL)
        return bad_line(list, "this does not look like a name", reterr);
    if (!list->status && rule->not_in_names != NULL) {
        char _cleanup_free_ *shown = text_escaped(text), *what = mem_printf("%s: a name does not tell %s", shown, rule->not_in_names);
        return bad_line(list, what, reterr);
    }
    struct migration *migration;
    return files_take(&list->taking, text, &name, &migration, reterr);
}

/* Runs through the lines, without what stands around them. `first`: only looks whether one of them is of the status command. */
static int each_line(struct list *list, const char *text, size_t len, bool first, struct err *reterr)
{
    list->line = 0;
    for (const char *line = text, *end = text + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        while (line < stop && strchr(" \t", *line) != NULL)
            line++;
        while (stop > line && strchr(" \t\r/", stop[-1]) != NULL)
            stop--;
        char _cleanup_free_ *one = mem_strndup(line, (size_t)(stop - line));
        struct name _cleanup_name_ name = {0};
        list->line++;
        if (first)
            list->status = list->status || list->taking.rule->status(one, &name) == NAME_TAKEN;
        else if (*one != '\0' && take_line(list, one, newline == NULL, reterr) != 0)
            return -1;
        line = newline ? newline + 1 : end;
    }
    return 0;
}

/* Is it as many as the list itself says, and of one database? */
static int check_list(struct list *list, struct err *reterr)
{
    size_t count = list->taking.expected->count;
    list->line = 0;
    if (list->headings > 1)
        return bad_line(list, "lists of several databases: make a manifest of each", reterr);
    if (list->totals == 1 || (list->status && list->taking.rule->status_counts && list->totals == 0))
        return bad_line(list, "the list is cut short: it does not say how many are applied and how many pending", reterr);
    if (list->totals > 1 && list->total != count) {
        char _cleanup_free_ *what = mem_printf("it says that there are %zu migrations, and lists %zu", list->total, count);
        return bad_line(list, what, reterr);
    }
    if (count > 0)
        return 0;
    err_set(reterr, ERR_NO_EXPECTED, "there are no migrations like %s in standard input", list->taking.rule->like);
    return hint(list->taking.rule, reterr);
}

int files_from_list(const char *text, size_t len, enum framework id, const struct file_rule *rule, struct expected *ret,
                    struct err *reterr)
{
    struct list list = {.taking = {.rule = rule, .expected = ret}};
    ret->framework = id;
    int code = rule->status != NULL ? each_line(&list, text, len, true, reterr) : 0;
    if (code == 0)
        code = each_line(&list, text, len, false, reterr);
    if (code == 0 && list.status && text[len - 1] != '\n')
        code = bad_line(&list, CUT_SHORT, reterr);
    if (code == 0)
        code = check_list(&list, reterr);
    files_taking_done(&list.taking);
    return code == 0 ? files_finish(rule, NULL, ret, reterr) : code;
}
