/* Plain scalars of YAML 1.1 as Liquibase's reader has them: what looks like a number is one, and becomes the text of that number. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "liquibase/tree.h"

/* Digits before and after the point, together, that a double surely gives back as they were. */
#define DIGITS_SURE 9
/* From ten millions on, Java writes an exponent. */
#define WHOLE_SURE 7

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool fits(const char *text, const char *pattern)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return true; /* out of memory: nothing is known about it then */
    bool found = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

/* A number, time or date that is not written as it is told again. */
static bool is_odd(const char *text)
{
    static const char *const patterns[] = {
        "^[-+]?0b[01_]+$", "^[-+]?0[0-7_]+$", "^[-+]?(0|[1-9][0-9_]*)$", "^[-+]?0x[0-9a-fA-F_]+$", "^[-+]?0o[0-7_]+$",
        "^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?$", "^[-+]?[0-9][0-9_]*\\.[0-9_]*([eE][-+]?[0-9]+)?$",
        "^[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$", "^[-+]?\\.[0-9_]+([eE][-+]?[0-9]+)?$", "^[-+]?\\.(inf|Inf|INF|nan|NaN|NAN)$",
        "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(([Tt]|[ \t]+)[-+0-9:. \tZ]+)?$",
    };
    if (strchr("+-.0123456789", *text) == NULL)
        return strcmp(text, "=") == 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (fits(text, patterns[i]))
            return true;
    return false;
}

/* "01.50" is 1.5, "2." is 2.0. NULL: not of that form, or not surely so. */
static char *decimal(const char *text)
{
    size_t whole = strspn(text, "0123456789"), rest = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    if (whole == 0 || text[whole] != '.' || text[whole + 1 + rest] != '\0' || whole + rest > DIGITS_SURE)
        return NULL;
    const char *begin = text + strspn(text, "0"), *end = text + whole + 1 + rest, *point = text + whole;
    while (end > point + 2 && end[-1] == '0')
        end--;
    begin = begin > point - 1 ? point - 1 : begin;
    if (point - begin > WHOLE_SURE)
        return NULL;
    if (*begin == '0' && end > point + 2 && point[1] == '0') /* less than 0.1: some of these are written with an exponent */
        return NULL;
    return mem_printf("%.*s%s", (int)(end - begin), begin, end == point + 1 ? "0" : "");
}

/* "017" is 15. NULL: not of that form. */
static char *octal(const char *text)
{
    size_t len = strlen(text);
    if (len < 2 || len > 20 || *text != '0' || strspn(text, "01234567") != len)
        return NULL;
    return mem_printf("%llu", strtoull(text, NULL, 8));
}

char *tree_yaml_plain(const char *text, bool *ret_odd)
{
    static const char *const nothing[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL};
    static const char *const no[] = {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", NULL};
    if (is_one_of(text, nothing))
        return NULL;
    if (is_one_of(text, yes) || is_one_of(text, no))
        return mem_strdup(is_one_of(text, yes) ? "true" : "false");
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && text[digits] == '\0' && (*text != '0' || digits == 1))
        return mem_strdup(text);
    char *number = *text != '\0' && strchr("0123456789", *text) != NULL ? octal(text) : NULL;
    if (number == NULL)
        number = decimal(text);
    if (number != NULL)
        return number;
    *ret_odd = *ret_odd || is_odd(text);
    return mem_strdup(text);
}
