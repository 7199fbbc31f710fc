/* Following the statements of a Python module. */
#include "python/module.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/assign.h"
#include "python/expr.h"
#include "python/mention.h"
#include "python/scope.h"

static void block(struct py_module *m, uint32_t first, uint32_t end);

/* Follows a block that may run, or not, or more than once. */
static void uncertain_block(struct py_module *m, uint32_t first, uint32_t end, const char *why)
{
    const char *outer = m->context;
    m->context = outer ? outer : why;
    block(m, first, end);
    m->context = outer;
}

/* Names that a header binds: `for NAMES in`, `as NAME`, `case PATTERN`. */
static void bind_header(struct py_module *m, uint32_t first, uint32_t end, const char *why)
{
    const struct py_token *items = m->tokens.items;
    bool pattern = py_is_word(&items[first], PY_W_CASE);
    bool targets = py_is_word(&items[first], PY_W_FOR) || py_is_word(&items[first], PY_W_ASYNC);
    for (uint32_t i = first + 1; i < end; i++) {
        if (py_is_word(&items[i], PY_W_IN))
            targets = false;
        bool as = i > first + 1 && (py_is_word(&items[i - 1], PY_W_AS) ||
                                    (py_is_op(&items[i - 1], '(') && i > 1 && py_is_word(&items[i - 2], PY_W_AS)));
        if (!py_is_identifier(&items[i]) || !(pattern || targets || as))
            continue;
        if (as && py_is_op(&items[i - 1], '(')) { /* with X as (A, B) */
            for (uint32_t k = i; k < items[i - 1].link; k++)
                if (py_is_identifier(&items[k]))
                    py_bind_unknown(m, items[k].link, k, why);
            continue;
        }
        if (!py_is_op(&items[i - 1], '.'))
            py_bind_unknown(m, items[i].link, i, why);
    }
    py_mentions(m, first + 1, end);
}

/* Default values and annotations in the header of a function; the names of its parameters are its own. */
static void function_header(struct py_module *m, uint32_t first, uint32_t colon)
{
    const struct py_token *items = m->tokens.items;
    uint32_t open = py_find_op(m, first, colon, '(');
    if (open == colon)
        return;
    for (uint32_t i = open + 1; i < items[open].link;) {
        uint32_t comma = py_find_op(m, i, items[open].link, ',');
        while (i < comma && !py_is_op(&items[i], '=') && !py_is_op(&items[i], ':'))
            i = py_next(m, i);
        py_mentions(m, i, comma);
        i = comma + 1;
    }
    py_mentions(m, items[open].link, colon);
}

/* The bases and keywords of a class, in the brackets at `open`. */
static struct py_value *class_value(struct py_module *m, uint32_t name, uint32_t colon, bool decorated)
{
    struct py_value *cls = py_value_new(&m->arena, PY_T_CLASS, m->tokens.items[name].line);
    cls->cls.name = m->tokens.items[name].link;
    cls->cls.plain = !decorated;
    cls->cls.bases = py_value_new(&m->arena, PY_T_TUPLE, cls->line);
    uint32_t open = name + 1;
    if (open >= colon)
        return cls;
    if (!py_is_op(&m->tokens.items[open], '(') || m->tokens.items[open].link + 1 != colon) {
        cls->cls.plain = false; /* class X[T](...) */
        py_mentions(m, open, colon);
        return cls;
    }
    uint32_t close = colon - 1;
    if (py_find_op(m, open + 1, close, '=') < close || py_find_op(m, open + 1, close, '*') < close ||
        py_find_op(m, open + 1, close, PY_POWER) < close)
        cls->cls.plain = false;
    for (uint32_t i = open + 1; i < close;) {
        uint32_t comma = py_find_op(m, i, close, ',');
        if (!py_value_push(&m->arena, cls->cls.bases, py_eval(m, i, comma)))
            cls->cls.plain = false;
        i = comma + 1;
    }
    return cls;
}

static void class_statement(struct py_module *m, uint32_t first, uint32_t colon, uint32_t body, uint32_t body_end,
                            bool decorated)
{
    uint32_t name = first + 1;
    if (name >= colon || !py_is_identifier(&m->tokens.items[name]))
        return;
    struct py_value *outer = m->cls, *cls = class_value(m, name, colon, decorated);
    m->cls = cls;
    block(m, body, body_end);
    m->cls = outer;
    if (m->context != NULL)
        py_bind_unknown(m, cls->cls.name, name, m->context);
    else if (cls->cls.overflow)
        py_bind_unknown(m, cls->cls.name, name, "is a class with more names than are looked at");
    else
        py_bind(m, cls->cls.name, cls);
}

static bool is_compound_word(const struct py_token *token)
{
    if (token->kind != PY_NAME)
        return false;
    switch (token->link) {
    case PY_W_IF:
    case PY_W_ELIF:
    case PY_W_ELSE:
    case PY_W_FOR:
    case PY_W_WHILE:
    case PY_W_TRY:
    case PY_W_EXCEPT:
    case PY_W_FINALLY:
    case PY_W_WITH:
    case PY_W_ASYNC:
    case PY_W_DEF:
    case PY_W_CLASS:
        return true;
    default:
        return false;
    }
}

static const char *block_reason(uint32_t word)
{
    switch (word) {
    case PY_W_IF:
    case PY_W_ELIF:
    case PY_W_ELSE:
        return "is changed under a condition";
    case PY_W_FOR:
    case PY_W_WHILE:
        return "is changed in a loop";
    case PY_W_TRY:
    case PY_W_EXCEPT:
    case PY_W_FINALLY:
        return "is changed in a try statement";
    case PY_W_WITH:
        return "is changed in a with statement";
    default:
        return "is changed in a block that may not run";
    }
}

/* typing.TYPE_CHECKING is always false when a program runs. */
static bool is_type_checking(struct py_module *m, uint32_t first, uint32_t colon)
{
    const struct py_token *items = m->tokens.items;
    if (colon - first > 2 && py_is_word(&items[colon - 1], PY_W_TRUE) && py_is_word(&items[colon - 2], PY_W_IS))
        colon -= 2; /* if TYPE_CHECKING is True: */
    if (colon - first != 1 && !(colon - first == 3 && py_is_op(&items[first + 1], '.')))
        return false;
    const struct py_value *value = py_eval(m, first, colon);
    return value->type == PY_T_IMPORT && (strcmp(value->string.text, "typing.TYPE_CHECKING") == 0 ||
                                          strcmp(value->string.text, "typing_extensions.TYPE_CHECKING") == 0);
}

/* A statement with a block: [first, colon) is its header, [body, body_end) what it holds. */
static void compound(struct py_module *m, uint32_t first, uint32_t colon, uint32_t body, uint32_t body_end,
                     bool decorated)
{
    const struct py_token *items = m->tokens.items;
    uint32_t word = items[first].kind == PY_NAME ? items[first].link : PY_SYMBOL_NONE;
    if (word == PY_W_ASYNC && first + 1 < colon && py_is_word(&items[first + 1], PY_W_DEF)) {
        word = PY_W_DEF;
        first++;
    }
    if (word == PY_W_DEF) {
        function_header(m, first, colon);
        if (first + 1 < colon && py_is_identifier(&items[first + 1]))
            py_bind_unknown(m, items[first + 1].link, first + 1, m->context ? m->context : "is a function");
        return;
    }
    if (word == PY_W_CLASS) {
        class_statement(m, first, colon, body, body_end, decorated);
        return;
    }
    if (word == PY_W_IF && is_type_checking(m, first + 1, colon))
        return; /* never runs */
    const char *why = m->context ? m->context : block_reason(word);
    bind_header(m, first, colon, why);
    uncertain_block(m, body, body_end, why);
}

/* The NEWLINE or END that ends the logical line at `i`. */
static uint32_t line_end(const struct py_module *m, uint32_t i)
{
    while (m->tokens.items[i].kind != PY_NEWLINE && m->tokens.items[i].kind != PY_END)
        i = py_next(m, i);
    return i;
}

static void simple_statements(struct py_module *m, uint32_t i, uint32_t end)
{
    while (i < end) {
        uint32_t stop = py_find_op(m, i, end, ';');
        py_simple_statement(m, i, stop);
        i = stop + 1;
    }
}

static void block(struct py_module *m, uint32_t first, uint32_t end)
{
    const struct py_token *items = m->tokens.items;
    bool decorated = false;
    if (m->depth >= PY_MAX_DEPTH * 2) {
        py_mentions(m, first, end);
        return;
    }
    m->depth++;
    for (uint32_t i = first; i < end;) {
        if (items[i].kind <= PY_DEDENT || py_is_op(&items[i], ';')) {
            i++;
            continue;
        }
        uint32_t stop = line_end(m, i);
        if (stop > end)
            stop = end;
        bool has_block = stop < end && items[stop + 1].kind == PY_INDENT;
        if (has_block) {
            uint32_t dedent = items[stop + 1].link;
            compound(m, i, stop - 1, stop + 2, dedent, decorated);
            stop = dedent;
        } else if (is_compound_word(&items[i]) || (py_is_word(&items[i], PY_W_CASE) && m->context != NULL &&
                                                   !py_is_op(&items[i + 1], '=') && !py_is_op(&items[i + 1], '.'))) {
            uint32_t colon = py_find_colon(m, i, stop);
            compound(m, i, colon, colon < stop ? colon + 1 : stop, stop, decorated);
        } else if (py_is_op(&items[i], '@')) {
            py_mentions(m, i, stop);
            decorated = true;
            i = stop + 1;
            continue;
        } else {
            simple_statements(m, i, stop);
        }
        decorated = false;
        i = stop + 1;
    }
    m->depth--;
}

int py_module_read(struct py_module *m, const char *text, size_t len, struct py_failure *failure)
{
    py_arena_reset(&m->arena);
    m->function_count = 0;
    m->cls = NULL;
    m->context = NULL;
    m->depth = 0;
    m->work = 0;
    m->loop_symbol = PY_SYMBOL_NONE;
    m->star_line = 0;
    m->wild_why = NULL;
    m->wild_line = 0;
    if (py_tokenize(&m->tokens, text, len, failure) != 0)
        return -1;
    size_t symbols = m->tokens.symbols.count;
    if (symbols > m->bound_cap) {
        free(m->bound);
        free(m->in_functions);
        m->bound_cap = symbols * 2;
        m->bound = mem_alloc(m->bound_cap * sizeof *m->bound);
        m->in_functions = mem_alloc(m->bound_cap * sizeof *m->in_functions);
    } else {
        memset(m->bound, 0, symbols * sizeof *m->bound);
        memset(m->in_functions, 0, symbols * sizeof *m->in_functions);
    }
    py_survey(m);
    block(m, 0, (uint32_t)m->tokens.count - 1);
    return 0;
}

void py_module_done(struct py_module *m)
{
    py_tokens_done(&m->tokens);
    py_arena_done(&m->arena);
    free(m->bound);
    free(m->in_functions);
    free(m->functions);
    *m = (struct py_module){0};
}

struct py_value *py_module_get_symbol(struct py_module *m, uint32_t symbol)
{
    if (symbol == PY_SYMBOL_NONE)
        symbol = PY_W_NONE; /* a keyword: never bound */
    if (m->wild_why != NULL)
        return py_value_unknown(&m->arena, m->wild_why, symbol == PY_W_NONE ? PY_SYMBOL_NONE : symbol, m->wild_line);
    struct py_value *value = py_lookup(m, symbol);
    if (value == NULL && m->star_line != 0)
        return py_value_unknown(&m->arena, "may come from import *", PY_SYMBOL_NONE, m->star_line);
    return value;
}

struct py_value *py_module_get(struct py_module *m, const char *name)
{
    return py_module_get_symbol(m, py_symbols_find(&m->tokens.symbols, name));
}

bool py_symbol_is(const struct py_module *m, uint32_t symbol, const char *text)
{
    if (symbol >= m->tokens.symbols.count)
        return false;
    const struct py_symbol *found = &m->tokens.symbols.items[symbol];
    return strlen(text) == found->len && memcmp(found->text, text, found->len) == 0;
}

char *py_symbol_name(const struct py_module *m, uint32_t symbol)
{
    if (symbol >= m->tokens.symbols.count)
        return mem_strdup("?");
    return mem_strndup(m->tokens.symbols.items[symbol].text, m->tokens.symbols.items[symbol].len);
}

int py_module_undecided(struct py_module *m, const char *file, const char *name, const struct py_value *value,
                        struct err *reterr)
{
    uint32_t subject = value->unknown.subject;
    char _cleanup_free_ *shown = text_escaped(name);
    file = value->unknown.file ? value->unknown.file : file;
    if (subject == PY_SYMBOL_NONE || py_symbol_is(m, subject, name))
        return err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s %s", file, value->line, shown, value->unknown.why);
    char _cleanup_free_ *other = py_symbol_name(m, subject);
    char _cleanup_free_ *other_shown = text_escaped(other);
    return err_set(reterr, ERR_NO_EXPECTED, "%s:%u: %s %s, and %s depends on it", file, value->line, other_shown,
                   value->unknown.why, shown);
}
