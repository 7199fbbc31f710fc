/* The names of one Python text, each with a small number ("symbol"), so that the readers compare numbers and not
 * strings. The words that mean something to the readers have fixed numbers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Python's keywords (The Python Language Reference, 2.3.1); all of them before PY_KEYWORDS_END. */
#define PY_KEYWORDS(X)                                                                                                 \
    X(FALSE, "False") X(NONE, "None") X(TRUE, "True") X(AND, "and") X(AS, "as") X(ASSERT, "assert")                    \
    X(ASYNC, "async") X(AWAIT, "await") X(BREAK, "break") X(CLASS, "class") X(CONTINUE, "continue") X(DEF, "def")      \
    X(DEL, "del") X(ELIF, "elif") X(ELSE, "else") X(EXCEPT, "except") X(FINALLY, "finally") X(FOR, "for")              \
    X(FROM, "from") X(GLOBAL, "global") X(IF, "if") X(IMPORT, "import") X(IN, "in") X(IS, "is") X(LAMBDA, "lambda")    \
    X(NONLOCAL, "nonlocal") X(NOT, "not") X(OR, "or") X(PASS, "pass") X(RAISE, "raise") X(RETURN, "return")            \
    X(TRY, "try") X(WHILE, "while") X(WITH, "with") X(YIELD, "yield")

/* Words with a meaning only in some places, or only to the readers. */
#define PY_WORDS(X)                                                                                                    \
    X(CASE, "case") X(MATCH, "match") X(TYPE, "type")                                                                  \
    X(GLOBALS, "globals") X(LOCALS, "locals") X(VARS, "vars") X(EXEC, "exec") X(EVAL, "eval")                          \
    X(SETATTR, "setattr") X(DELATTR, "delattr") X(DUNDER_IMPORT, "__import__") X(DUNDER_DICT, "__dict__")              \
    X(BUILTINS, "builtins") X(DUNDER_BUILTINS, "__builtins__") X(SYS, "sys") X(MODULES, "modules") X(PATH, "path")     \
    X(LIST, "list") X(TUPLE, "tuple") X(SET, "set") X(FROZENSET, "frozenset") X(SORTED, "sorted") X(DICT, "dict")      \
    X(LEN, "len") X(STR, "str") X(REPR, "repr") X(PRINT, "print") X(ANY, "any") X(ALL, "all") X(BOOL, "bool")          \
    X(ENUMERATE, "enumerate") X(FROMKEYS, "fromkeys") X(GETATTR, "getattr")                                                                  \
    X(APPEND, "append") X(EXTEND, "extend") X(INSERT, "insert") X(REMOVE, "remove") X(UPDATE, "update")                \
    X(COPY, "copy") X(INDEX, "index") X(COUNT, "count") X(GET, "get") X(ITEMS, "items") X(KEYS, "keys")                \
    X(VALUES, "values")                                                                                                \
    X(MIGRATION, "Migration") X(DEPENDENCIES, "dependencies") X(RUN_BEFORE, "run_before") X(REPLACES, "replaces")      \
    X(OPERATIONS, "operations") X(INITIAL, "initial") X(NAME, "name") X(LABEL, "label") X(DEFAULT, "default")          \
    X(REVISION, "revision") X(DOWN_REVISION, "down_revision") X(BRANCH_LABELS, "branch_labels")                        \
    X(DEPENDS_ON, "depends_on") X(VERSION_TABLE, "version_table") X(VERSION_TABLE_SCHEMA, "version_table_schema")      \
    X(CONFIGURE, "configure") X(SELF, "self")

#define PY_WORD_ENUM(name, text) PY_W_##name,
enum py_word {
    PY_KEYWORDS(PY_WORD_ENUM) PY_KEYWORDS_END,
    PY_WORDS_BEGIN = PY_KEYWORDS_END - 1,
    PY_WORDS(PY_WORD_ENUM) PY_WORDS_END
};

/* No such name. */
#define PY_SYMBOL_NONE UINT32_MAX

struct py_symbol {
    const char *text; /* borrowed from the text, or static */
    uint32_t len;
    uint32_t slot;
};

struct py_symbols {
    struct py_symbol *items; /* by number; the fixed words first */
    size_t count, cap;
    uint32_t *slots; /* number + 1; 0: free */
    size_t slot_count;
    uint64_t seed;
};

/* Empties the table, but for the fixed words, and keeps its memory. Also how a zeroed table begins. */
void py_symbols_reset(struct py_symbols *symbols);
void py_symbols_done(struct py_symbols *symbols);
/* The number of this name, which is added where it is new; `text` must outlive the table's use. */
uint32_t py_symbols_intern(struct py_symbols *symbols, const char *text, size_t len);
/* The number of this name, or PY_SYMBOL_NONE. */
uint32_t py_symbols_find(const struct py_symbols *symbols, const char *text);

static inline bool py_is_keyword(uint32_t symbol)
{
    return symbol < PY_KEYWORDS_END;
}
