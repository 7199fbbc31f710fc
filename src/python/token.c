/* The tokens of a Python text. */
#include "python/token.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/coding.h"
#include "python/quote.h"

/* Room for this many tokens is kept for the next text. */
#define KEPT_TOKENS 65536

struct indent {
    uint32_t columns;     /* tabs to the next multiple of 8 */
    uint32_t alt_columns; /* tabs as one column: where the two orders differ, Python refuses the text */
    uint32_t token;
};

struct state {
    struct py_lexer lex;
    struct indent indents[PY_MAX_DEPTH + 1];
    size_t indent_count; /* at least 1: the outermost level */
    uint32_t brackets[PY_MAX_DEPTH];
    size_t bracket_count;
    bool line_start;
};

static struct py_token *add(struct state *s, enum py_kind kind, const char *start, uint32_t line)
{
    struct py_tokens *tokens = s->lex.tokens;
    MEM_GROW(tokens->items, tokens->count, tokens->cap);
    struct py_token *token = &tokens->items[tokens->count++];
    *token = (struct py_token){
        .kind = (uint8_t)kind,
        .start = (uint32_t)(start - tokens->text),
        .len = (uint32_t)(s->lex.p - start),
        .line = line,
    };
    return token;
}

static void dedent(struct state *s)
{
    struct py_tokens *tokens = s->lex.tokens;
    uint32_t opening = s->indents[--s->indent_count].token;
    add(s, PY_DEDENT, s->lex.p, s->lex.line)->link = opening;
    tokens->items[opening].link = (uint32_t)tokens->count - 1;
}

/* The indentation of the line that begins here. Blank lines and lines with only a comment have none. */
static int indentation(struct state *s)
{
    struct py_lexer *lex = &s->lex;
    uint32_t columns = 0, alt = 0;
    for (; lex->p < lex->end; lex->p++) {
        if (*lex->p == ' ')
            columns++, alt++;
        else if (*lex->p == '\t')
            columns = (columns / 8 + 1) * 8, alt++;
        else if (*lex->p == '\f')
            columns = alt = 0;
        else
            break;
    }
    if (lex->p >= lex->end || *lex->p == '#' || py_line_end(lex->p, lex->end) > 0)
        return 0;
    s->line_start = false;
    const struct indent *top = &s->indents[s->indent_count - 1];
    if (columns == top->columns && alt == top->alt_columns)
        return 0;
    if (columns > top->columns) {
        if (alt <= top->alt_columns)
            return py_lexer_fail(lex, lex->line, "tabs and spaces mixed in the indentation");
        if (s->indent_count > PY_MAX_DEPTH)
            return py_lexer_fail(lex, lex->line, "blocks nested too deeply");
        size_t count = lex->tokens->count;
        if (count < 2 || !py_is_op(&lex->tokens->items[count - 2], ':'))
            return py_lexer_fail(lex, lex->line, "a line indented without a reason");
        s->indents[s->indent_count++] = (struct indent){columns, alt, (uint32_t)count};
        add(s, PY_INDENT, lex->p, lex->line);
        return 0;
    }
    while (s->indent_count > 1 && columns < s->indents[s->indent_count - 1].columns)
        dedent(s);
    top = &s->indents[s->indent_count - 1];
    if (columns != top->columns || alt != top->alt_columns)
        return py_lexer_fail(lex, lex->line, "an indentation that matches no outer block");
    return 0;
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c > 127;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int string(struct state *s, const char *start, unsigned flags)
{
    struct py_lexer *lex = &s->lex;
    uint32_t line = lex->line;
    size_t prefix = (size_t)(lex->p - start);
    if (py_lex_string(lex, &flags) != 0)
        return -1;
    struct py_token *token = add(s, PY_STRING, start, line);
    token->op = (uint8_t)flags;
    token->prefix = (uint16_t)prefix;
    return 0;
}

static int name(struct state *s)
{
    struct py_lexer *lex = &s->lex;
    const char *start = lex->p;
    bool ascii = true;
    while (lex->p < lex->end && (is_name_start(*lex->p) || is_digit(*lex->p)))
        if ((unsigned char)*lex->p++ > 127)
            ascii = false;
    size_t len = (size_t)(lex->p - start);
    unsigned flags;
    if (lex->p < lex->end && (*lex->p == '\'' || *lex->p == '"') && py_string_prefix(start, len, &flags))
        return string(s, start, flags);
    if (!ascii && (lex->tokens->other_encoding || py_is_compatibility_name(start, len)))
        return py_lexer_fail(lex, lex->line, "a name with characters that Python may take for others");
    add(s, PY_NAME, start, lex->line)->link = py_symbols_intern(&lex->tokens->symbols, start, len);
    return 0;
}

static const char *digits(const char *p, const char *end)
{
    while (p < end && (is_digit(*p) || *p == '_'))
        p++;
    return p;
}

static void number(struct state *s)
{
    struct py_lexer *lex = &s->lex;
    const char *start = lex->p, *p = lex->p, *end = lex->end;
    if (*p == '0' && end - p > 1 && strchr("xXoObB", p[1]) != NULL && p[1] != '\0') {
        p += 2;
        while (p < end && (is_digit(*p) || *p == '_' || (*p >= 'a' && *p <= 'f') || (*p >= 'A' && *p <= 'F')))
            p++;
    } else {
        p = digits(p, end);
        if (p < end && *p == '.')
            p = digits(p + 1, end);
        if (p < end && (*p == 'e' || *p == 'E')) {
            const char *power = p + 1;
            if (power < end && (*power == '+' || *power == '-'))
                power++;
            if (power < end && is_digit(*power))
                p = digits(power, end);
        }
        if (p < end && (*p == 'j' || *p == 'J'))
            p++;
    }
    lex->p = p;
    add(s, PY_NUMBER, start, lex->line);
}

/* The operator at `p`: its code and its length, or 0. */
static size_t operator(const char *p, const char *end, uint8_t *op)
{
    size_t left = (size_t)(end - p);
    char a = *p, b = left > 1 ? p[1] : '\0', c = left > 2 ? p[2] : '\0';
    if (a == '.' && b == '.' && c == '.')
        return *op = PY_ELLIPSIS, 3;
    bool doubled = (a == '*' || a == '/' || a == '<' || a == '>') && a == b;
    if (doubled) {
        if (c == '=')
            return *op = PY_AUG_EQ, 3;
        return *op = a == '*' ? PY_POWER : a == '/' ? PY_FLOOR_DIV : PY_SHIFT, 2;
    }
    if (b == '=') {
        switch (a) {
        case '+':
            return *op = PY_ADD_EQ, 2;
        case '|':
            return *op = PY_OR_EQ, 2;
        case '-':
        case '*':
        case '/':
        case '%':
        case '&':
        case '^':
        case '@':
            return *op = PY_AUG_EQ, 2;
        case '=':
            return *op = PY_EQ, 2;
        case '!':
            return *op = PY_NE, 2;
        case '<':
            return *op = PY_LE, 2;
        case '>':
            return *op = PY_GE, 2;
        case ':':
            return *op = PY_WALRUS, 2;
        default:
            break;
        }
    }
    if (a == '-' && b == '>')
        return *op = PY_ARROW, 2;
    if (a == '\0' || strchr("+-*/%@&|^~<>()[]{},:.;=", a) == NULL)
        return 0;
    return *op = (uint8_t)a, 1;
}

static int bracket(struct state *s, struct py_token *token)
{
    struct py_tokens *tokens = s->lex.tokens;
    uint32_t at = (uint32_t)tokens->count - 1;
    if (py_is_open(token)) {
        if (s->bracket_count == PY_MAX_DEPTH)
            return py_lexer_fail(&s->lex, token->line, "brackets nested too deeply");
        s->brackets[s->bracket_count++] = at;
        return 0;
    }
    if (s->bracket_count == 0)
        return py_lexer_fail(&s->lex, token->line, "a closing bracket without its opening");
    uint32_t opening = s->brackets[--s->bracket_count];
    uint8_t open = tokens->items[opening].op;
    if (token->op != (open == '(' ? ')' : open == '[' ? ']' : '}'))
        return py_lexer_fail(&s->lex, token->line, "a closing bracket of another kind than its opening");
    tokens->items[opening].link = at;
    token->link = opening;
    return 0;
}

static int one_token(struct state *s)
{
    struct py_lexer *lex = &s->lex;
    char c = *lex->p;
    size_t size = py_line_end(lex->p, lex->end);
    if (size > 0) {
        const char *start = lex->p;
        uint32_t line = lex->line++;
        lex->p += size;
        if (s->bracket_count > 0)
            return 0;
        if (!s->line_start)
            add(s, PY_NEWLINE, start, line);
        s->line_start = true;
        return 0;
    }
    if (c == ' ' || c == '\t' || c == '\f') {
        lex->p++;
        return 0;
    }
    if (c == '#') {
        while (lex->p < lex->end && *lex->p != '\n' && *lex->p != '\r')
            lex->p++;
        return 0;
    }
    if (c == '\\') {
        size = py_line_end(lex->p + 1, lex->end);
        if (size == 0)
            return py_lexer_fail(lex, lex->line, "a backslash that does not end its line");
        lex->p += 1 + size;
        lex->line++;
        return 0;
    }
    if (is_name_start(c))
        return name(s);
    if (c == '\'' || c == '"')
        return string(s, lex->p, 0);
    if (is_digit(c) || (c == '.' && lex->end - lex->p > 1 && is_digit(lex->p[1]))) {
        number(s);
        return 0;
    }
    uint8_t op;
    size = operator(lex->p, lex->end, &op);
    if (size == 0)
        return py_lexer_fail(lex, lex->line, "a character that is no Python");
    const char *start = lex->p;
    lex->p += size;
    struct py_token *token = add(s, PY_OP, start, lex->line);
    token->op = op;
    return py_is_open(token) || py_is_close(token) ? bracket(s, token) : 0;
}

/* The first byte above 127, or `end`. Nearly all texts have none, so this looks at eight bytes at a time. */
static const char *first_high(const char *p, const char *end)
{
    for (uint64_t chunk; end - p >= 8; p += 8) {
        memcpy(&chunk, p, 8);
        if (chunk & 0x8080808080808080u)
            break;
    }
    while (p < end && (unsigned char)*p < 128)
        p++;
    return p;
}

/* Binary or wrongly encoded text is refused as a whole, as Python does. */
static int check_bytes(struct py_lexer *lex)
{
    const char *nul = memchr(lex->p, '\0', (size_t)(lex->end - lex->p));
    const char *high = first_high(lex->p, lex->end);
    if (nul == NULL && (lex->tokens->other_encoding || text_is_utf8(high, (size_t)(lex->end - high))))
        return 0;
    if (nul == NULL)
        return py_lexer_fail(lex, 1, "text that is not UTF-8");
    uint32_t line = 1;
    for (const char *p = lex->p; p < nul; p++)
        line += *p == '\n';
    return py_lexer_fail(lex, line, "a NUL byte: this is not a text file");
}

int py_tokenize(struct py_tokens *tokens, const char *text, size_t len, struct py_failure *failure)
{
    struct state s = {
        .lex = {.tokens = tokens, .p = text, .end = text + len, .line = 1, .failure = failure},
        .indent_count = 1,
        .line_start = true,
    };
    static const char bom[] = "\xef\xbb\xbf";
    if (tokens->cap > KEPT_TOKENS) {
        free(tokens->items);
        tokens->items = NULL;
        tokens->cap = 0;
    }
    tokens->text = text;
    tokens->count = 0;
    tokens->other_encoding = false;
    py_symbols_reset(&tokens->symbols);
    if (len >= 3 && memcmp(text, bom, 3) == 0)
        s.lex.p += 3;
    if (py_lex_coding(&s.lex) != 0 || check_bytes(&s.lex) != 0)
        return -1;
    while (s.lex.p < s.lex.end) {
        if (s.line_start && s.bracket_count == 0 && indentation(&s) != 0)
            return -1;
        if (s.lex.p < s.lex.end && one_token(&s) != 0)
            return -1;
        if (tokens->count > PY_MAX_TOKENS)
            return py_lexer_fail(&s.lex, s.lex.line, "more than 4,000,000 tokens");
    }
    if (s.bracket_count > 0)
        return py_lexer_fail(&s.lex, tokens->items[s.brackets[s.bracket_count - 1]].line,
                             "a bracket that is not closed");
    if (!s.line_start)
        add(&s, PY_NEWLINE, s.lex.p, s.lex.line);
    while (s.indent_count > 1)
        dedent(&s);
    add(&s, PY_END, s.lex.p, s.lex.line);
    return 0;
}

void py_tokens_done(struct py_tokens *tokens)
{
    free(tokens->items);
    py_symbols_done(&tokens->symbols);
    *tokens = (struct py_tokens){0};
}
