/* liquibase.properties (liquibase-cli, LiquibaseCommandLine; java.util.Properties). */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "liquibase/project.h"

/* Keys are the same with and without dashes and dots, in whatever case, and with what they belong to in front. */
static char *plain_key(const char *key)
{
    struct buf out = BUF_INIT;
    for (; *key != '\0'; key++)
        if (strchr("-_.", *key) == NULL)
            buf_putc(&out, *key >= 'A' && *key <= 'Z' ? (char)(*key + ('a' - 'A')) : *key);
    return buf_steal(&out);
}

static bool is_key(const char *plain, const char *name)
{
    const char *rest = text_starts(plain, "liquibase") ? plain + strlen("liquibase") : plain;
    rest = rest != plain && text_starts(rest, "command") ? rest + strlen("command") : rest;
    return strcmp(rest, name) == 0;
}

/* Without backslashes; NULL: of one of them it cannot be told what it means. To be freed. */
static char *plain_text(const char *text, size_t len)
{
    struct buf _cleanup_buf_ out = BUF_INIT;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && (++i == len || strchr(":=#! \\", text[i]) == NULL))
            return NULL;
        buf_putc(&out, text[i]);
    }
    return buf_steal(&out);
}

static void add_roots(const char *list, const char *separators, const char *folder, bool all, struct strv *roots)
{
    for (const char *at = list; *at != '\0'; at += strcspn(at, separators) + (at[strcspn(at, separators)] != '\0')) {
        const char *word = at + strspn(at, " \t");
        size_t len = strcspn(word, separators);
        while (len > 0 && (word[len - 1] == ' ' || word[len - 1] == '\t'))
            len--;
        char _cleanup_free_ *name = mem_strndup(word, len);
        char _cleanup_free_ *root = *name == '/' ? mem_strdup(name) : path_join(folder, strcmp(name, ".") == 0 ? "" : name);
        if (len > 0 && (all || path_is_folder(root)))
            strv_add(roots, root);
    }
}

struct settings {
    char *changelog, *search, *classes;
};

static void settings_done(struct settings *settings)
{
    free(settings->changelog);
    free(settings->search);
    free(settings->classes);
}

static int take_line(struct settings *settings, struct project *project, const char *file, int number, const char *line, struct err *reterr)
{
    line += strspn(line, " \t\f");
    if (*line == '#' || *line == '!' || *line == '\0')
        return 0;
    size_t len = strcspn(line, "=: \t");
    char _cleanup_free_ *key = mem_strndup(line, len), *plain = plain_key(key);
    const char *value = line + len + strspn(line + len, " \t");
    value += *value == '=' || *value == ':';
    value += strspn(value, " \t");
    size_t end = strlen(value);
    while (end > 0 && strchr(" \t\r", value[end - 1]) != NULL)
        end--;
    char **slot = is_key(plain, "changelogfile") ? &settings->changelog
                  : is_key(plain, "searchpath")  ? &settings->search
                  : is_key(plain, "classpath")   ? &settings->classes
                                                 : NULL;
    char *text = plain_text(value, end);
    if (strncmp(key, "parameter.", strlen("parameter.")) == 0)
        parameters_add(&project->parameters, key + strlen("parameter."), text, NULL, false);
    if (slot == NULL) {
        free(text);
        return 0;
    }
    if (text == NULL)
        return project_bad(file, number, "a value with a backslash that is not read here", reterr);
    free(*slot);
    *slot = text;
    return 0;
}

int liquibase_properties(const char *file, const char *text, const char *folder, struct project *project, char **ret_changelog,
                         struct err *reterr)
{
    struct settings _cleanup_(settings_done) settings = {0};
    int number = 0;
    for (const char *line = text; line != NULL; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char _cleanup_free_ *one = mem_strndup(line, strcspn(line, "\n"));
        if (take_line(&settings, project, file, ++number, one, reterr) != 0)
            return -1;
    }
    if (settings.search != NULL)
        add_roots(settings.search, ",", folder, true, &project->search.roots);
    if (project->search.roots.count == 0)
        strv_add(&project->search.roots, folder);
    if (settings.classes != NULL)
        add_roots(settings.classes, ",;:", folder, false, &project->search.roots);
    strv_unique(&project->search.roots);
    *ret_changelog = settings.changelog != NULL && *settings.changelog != '\0' ? STEAL(settings.changelog) : NULL;
    return 0;
}
