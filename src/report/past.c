/* A command past the gate: in a container of the image whose entrypoint is the gate. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "framework/commands.h"
#include "report/report.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

size_t report_shell_word(const char *text)
{
    char quote = '\0';
    size_t len = 0;
    for (; text[len] != '\0' && (quote != '\0' || text[len] != ' '); len++) {
        if (quote == '\0' ? strchr("'\"", text[len]) != NULL : text[len] == quote)
            quote = quote == '\0' ? text[len] : '\0';
        else if (text[len] == '\\' && quote != '\'' && text[len + 1] != '\0')
            len++;
    }
    return len;
}

/* NAME=value in front of a command? */
static bool is_assignment(const char *word)
{
    size_t name = strspn(word, LETTERS);
    name += name > 0 ? strspn(word + name, LETTERS "0123456789") : 0;
    return name > 0 && word[name] == '=';
}

/* Does a shell put in something but the loop's tenant? That must be the shell of the container: its environment is meant. */
static bool has_variable(const char *command)
{
    bool quoted = false;
    for (const char *p = command; *p != '\0'; p++) {
        if (*p == '\'')
            quoted = !quoted;
        if (*p == '\\' && !quoted && p[1] != '\0')
            p++;
        else if (*p == '$' && !quoted && !text_starts(p, FRAMEWORK_LOOP_VALUE))
            return true;
    }
    return false;
}

char *report_past_the_gate(const struct report *report, const char *command)
{
    /* Of a loop, what stands in it is run past the gate. */
    const char *inner = text_starts(command, FRAMEWORK_LOOP) ? strstr(command, FRAMEWORK_LOOP_DO) : NULL;
    bool loop = inner != NULL;
    inner = loop ? inner + strlen(FRAMEWORK_LOOP_DO) : command;
    const char *end = loop ? strstr(inner, FRAMEWORK_LOOP_DONE) : strstr(inner, " #db=");
    end = end ? end : inner + strlen(inner);
    char _cleanup_free_ *bare = mem_strndup(inner, (size_t)(end - inner));
    const char *rest = bare;
    struct buf _cleanup_buf_ text = BUF_INIT, variables = BUF_INIT;
    while (is_assignment(rest)) {
        size_t len = report_shell_word(rest);
        buf_puts(&variables, report->in_kubernetes ? " --env=" : " -e ");
        buf_add(&variables, rest, len);
        rest += len + strspn(rest + len, " ");
    }
    bool shell = has_variable(rest);
    if (shell && loop)
        buf_printf(&variables, "%s%s=\"%s", report->in_kubernetes ? " --env=" : " -e ", FRAMEWORK_LOOP_VARIABLE, FRAMEWORK_LOOP_VALUE);
    size_t first = shell ? 0 : report_shell_word(rest);
    char _cleanup_free_ *program = shell ? mem_strdup("sh") : mem_strndup(rest, first);
    buf_add(&text, command, (size_t)(inner - command));
    if (report->in_kubernetes)
        buf_printf(&text, "kubectl run migrate --rm -it --restart=Never --image=IMAGE%s --command -- %s", buf_text(&variables),
                   program);
    else
        buf_printf(&text, "docker compose run --rm%s --entrypoint %s SERVICE", buf_text(&variables), program);
    if (shell) {
        buf_puts(&text, " -c ");
        text_shell_word(&text, rest);
    } else {
        buf_puts(&text, rest + first);
    }
    buf_puts(&text, end);
    return buf_steal(&text);
}
