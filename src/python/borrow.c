/* Values that modules import from one another. */
#include "python/borrow.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "python/classes.h"
#include "python/reach.h"
#include "python/scope.h"
#include "python/stdlib.h"

#define MAX_LENDERS 50

void py_lenders_done(struct py_lenders *lenders)
{
    for (size_t i = 0; i < lenders->count; i++) {
        struct py_lender *lender = lenders->items[i];
        free(lender->dotted);
        free(lender->package);
        free(lender->path);
        free(lender->file);
        buf_done(&lender->text);
        py_module_done(&lender->module);
        free(lender);
    }
    free(lenders->items);
    free(lenders->versions);
    *lenders = (struct py_lenders){.roots = lenders->roots};
}

/* Does the text speak of sys.path? Then where modules are found may change while it runs. */
static bool moves_path(const struct py_module *m)
{
    const struct py_token *items = m->tokens.items;
    for (size_t i = 2; i < m->tokens.count; i++)
        if (py_is_word(&items[i], PY_W_PATH) && py_is_op(&items[i - 1], '.') && py_is_word(&items[i - 2], PY_W_SYS))
            return true;
    return false;
}

/* Do the places where modules are found stay what they are, as far as was read? */
static bool stands_still(const struct py_lenders *lenders)
{
    bool still = !moves_path(lenders->start);
    for (size_t i = 0; i < lenders->count && still; i++)
        still = !moves_path(&lenders->items[i]->module);
    return still;
}

static struct py_lender *find(struct py_lenders *lenders, struct py_module *into, const char *dotted, bool *ret_absent);

/* Importing a.b.c runs a/__init__.py and a/b/__init__.py first. */
static void visit_parents(struct py_lenders *lenders, struct py_module *into, const char *dotted)
{
    bool absent;
    for (const char *dot = strchr(dotted, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        char _cleanup_free_ *parent = mem_strndup(dotted, (size_t)(dot - dotted));
        if (strcmp(parent, lenders->root) != 0)
            find(lenders, into, parent, &absent);
    }
}

static enum py_star borrow_names(void *context, struct py_module *into, const char *dotted, struct strv *names);
static struct py_value *borrow_value(void *context, struct py_module *into, const char *dotted, const char *name, uint32_t line);
static void borrow_visit(void *context, struct py_module *into, const char *dotted);

static void use(struct py_lenders *lenders, struct py_module *module, const char *package)
{
    module->borrow_names = borrow_names;
    module->borrow_value = borrow_value;
    module->borrow_visit = borrow_visit;
    module->borrow_context = lenders;
    module->package = package;
}

static bool load(struct py_lenders *lenders, struct py_lender *lender)
{
    struct err _cleanup_err_ ignored = ERR_INIT;
    lender->module.strict = true;
    use(lenders, &lender->module, lender->package);
    if (py_module_load(&lender->module, lender->path, &lender->text, &ignored) != 0)
        return false;
    if (lenders->inspect != NULL)
        lenders->inspect(&lender->module);
    return true;
}

static struct py_lender *add(struct py_lenders *lenders, const char *dotted, const struct py_found *found)
{
    struct py_lender *lender = mem_alloc(sizeof *lender);
    *lender = (struct py_lender){.dotted = mem_strdup(dotted), .path = mem_strdup(found->source), .file = text_escaped(found->source)};
    const char *dot = found->kind == PY_FOUND_PACKAGE ? dotted + strlen(dotted) : strrchr(dotted, '.');
    lender->package = mem_strndup(dotted, dot ? (size_t)(dot - dotted) : 0);
    MEM_GROW(lenders->items, lenders->count, lenders->cap);
    lenders->items[lenders->count++] = lender;
    return lender;
}

/* The module of that name, read, for this borrower. NULL: it is not known what it holds; `*ret_absent` when that is because
 * there is certainly none. */
static struct py_lender *find(struct py_lenders *lenders, struct py_module *into, const char *dotted, bool *ret_absent)
{
    struct err _cleanup_err_ ignored = ERR_INIT;
    const struct py_found *found;
    char _cleanup_free_ *name = py_absolute_name(dotted, into->package ? into->package : "");
    if (name == NULL || *name == '\0' || strcmp(name, lenders->root) == 0 || (*dotted == '.' && *into->package == '\0') || py_is_stdlib(name))
        return NULL;
    struct py_lender *lender = NULL;
    for (size_t i = 0; i < lenders->count && lender == NULL; i++)
        if (strcmp(lenders->items[i]->dotted, name) == 0)
            lender = lenders->items[i];
    if (lender == NULL) {
        bool certain = (*dotted == '.' || stands_still(lenders)) && lenders->count < MAX_LENDERS;
        if (!certain || py_roots_find(lenders->roots, name, &found, &ignored) != 0) {
            lenders->unread = true;
            return NULL;
        }
        *ret_absent = found->kind == PY_FOUND_NONE && !lenders->roots->incomplete;
        if (found->source == NULL || found->folders_changed) {
            lenders->unread |= found->kind == PY_FOUND_MODULE || found->kind == PY_FOUND_PACKAGE;
            return NULL;
        }
        lender = add(lenders, name, found);
        lender->reading = true;
        visit_parents(lenders, &lender->module, name);
        lender->known = load(lenders, lender);
        lender->reading = false;
        lenders->unread |= !lender->known;
    }
    return lender->known && !lender->reading && lender->module.wild_why == NULL ? lender : NULL;
}

static bool same(const struct py_value *a, const struct py_value *b)
{
    if (a->type != b->type)
        return false;
    switch ((enum py_type)a->type) {
    case PY_T_STRING:
    case PY_T_IMPORT:
        return strcmp(a->string.text, b->string.text) == 0;
    case PY_T_UNKNOWN: /* only the texts that may be added were followed */
        return (a->unknown.maybe == NULL) == (b->unknown.maybe == NULL);
    case PY_T_LIST:
    case PY_T_TUPLE:
    case PY_T_SET:
    case PY_T_DICT:
    case PY_T_CALL:
        for (uint32_t i = 0; i < a->list.count && a->list.count == b->list.count; i++)
            if (!same(a->list.items[i], b->list.items[i]))
                return false;
        return a->list.count == b->list.count;
    default:
        return true;
    }
}

static const struct py_version *version_of(const struct py_lenders *lenders, const struct py_value *copy)
{
    for (size_t i = 0; i < lenders->version_count; i++)
        if (lenders->versions[i].copy == copy)
            return &lenders->versions[i];
    return NULL;
}

/* Was `value` copied from `from`, perhaps by way of others? */
static bool descends(const struct py_lenders *lenders, const struct py_value *value, const struct py_value *from)
{
    const struct py_version *version;
    for (; value != from && (version = version_of(lenders, value)) != NULL;)
        value = version->parent;
    return value == from;
}

/* Is this version of an object all that was ever done to it? */
static bool is_whole(const struct py_lenders *lenders, const struct py_value *origin, const struct py_value *value)
{
    for (size_t i = 0; i < lenders->version_count; i++) {
        const struct py_version *version = &lenders->versions[i];
        if (version->origin == origin && !same(version->copy, version->parent) && !descends(lenders, value, version->copy))
            return false;
    }
    return true;
}

static struct py_value *copy(struct py_lender *lender, struct py_module *into, const struct py_value *old, uint32_t line);

static struct py_value *copy_unknown(struct py_lender *lender, struct py_module *into, const struct py_value *old)
{
    uint32_t subject = old->unknown.subject;
    if (subject < lender->module.tokens.symbols.count) {
        char _cleanup_free_ *name = py_symbol_name(&lender->module, subject);
        subject = py_add_symbol(into, name);
    } else {
        subject = PY_SYMBOL_NONE;
    }
    struct py_value *value = py_value_unknown(&into->arena, old->unknown.why, subject, old->line);
    value->unknown.file = old->unknown.file ? old->unknown.file : lender->file;
    value->unknown.maybe = old->unknown.maybe;
    return value;
}

/* A new version of a list or the like, without its items; `*ret_old`: there is one already. */
static struct py_value *new_version(struct py_lenders *lenders, struct py_module *into, const struct py_value *old, uint32_t line,
                                    bool *ret_old)
{
    const struct py_version *known = version_of(lenders, old);
    const struct py_value *origin = known ? known->origin : old;
    for (size_t i = 0; i < lenders->version_count; i++, into->work++) {
        *ret_old = lenders->versions[i].origin == origin && lenders->versions[i].owner == into;
        if (!*ret_old)
            continue;
        lenders->shared |= !is_whole(lenders, origin, lenders->versions[i].copy);
        return lenders->versions[i].copy;
    }
    lenders->shared |= !is_whole(lenders, origin, old);
    struct py_value *value = py_value_new(&into->arena, (enum py_type)old->type, line);
    MEM_GROW(lenders->versions, lenders->version_count, lenders->version_cap);
    lenders->versions[lenders->version_count++] = (struct py_version){origin, old, value, into};
    return value;
}

static struct py_value *copy_items(struct py_lender *lender, struct py_module *into, const struct py_value *old, uint32_t line)
{
    bool there = false;
    struct py_value *value = old->holds_mutable && old->type != PY_T_TUPLE && old->type != PY_T_CALL
                                 ? new_version(into->borrow_context, into, old, line, &there)
                                 : py_value_new(&into->arena, (enum py_type)old->type, line);
    for (uint32_t i = 0; i < old->list.count && !there; i++)
        if (++into->work > PY_MAX_WORK || into->arena.total > PY_MAX_ARENA ||
            !py_value_push(&into->arena, value, copy(lender, into, old->list.items[i], line)))
            return py_value_unknown(&into->arena, "takes too long to evaluate", PY_SYMBOL_NONE, line);
    return value;
}

static struct py_value *copy(struct py_lender *lender, struct py_module *into, const struct py_value *old, uint32_t line)
{
    struct py_value *value;
    switch ((enum py_type)old->type) {
    case PY_T_UNKNOWN:
        return copy_unknown(lender, into, old);
    case PY_T_CLASS:
        break;
    case PY_T_LIST:
    case PY_T_TUPLE:
    case PY_T_SET:
    case PY_T_DICT:
    case PY_T_CALL:
        return copy_items(lender, into, old, line);
    case PY_T_IMPORT: {
        char _cleanup_free_ *name = py_absolute_name(old->string.text, lender->package);
        if (name == NULL)
            break;
        value = py_value_string(&into->arena, name, strlen(name), line);
        value->type = PY_T_IMPORT;
        return value;
    }
    case PY_T_STRING:
        into->work += old->string.len / 16;
        return py_value_string(&into->arena, old->string.text, old->string.len, line);
    case PY_T_NONE:
    case PY_T_BOOL:
    case PY_T_NUMBER:
        value = py_value_new(&into->arena, (enum py_type)old->type, line);
        value->truth = old->truth;
        return value;
    }
    return py_value_unknown(&into->arena, "comes from another module in a way that is not followed", PY_SYMBOL_NONE, line);
}

static enum py_star borrow_names(void *context, struct py_module *into, const char *dotted, struct strv *names)
{
    bool absent = false;
    struct py_lender *lender = find(context, into, dotted, &absent);
    struct py_lenders *lenders = context;
    lenders->shared |= lender != NULL && lender->module.star_line != 0; /* who knows what is done to what came with it */
    if (lender == NULL || lender->module.star_line != 0)
        return absent ? PY_STAR_NOTHING : PY_STAR_UNKNOWN;
    struct py_module *from = &lender->module;
    struct py_value *all = py_module_get(from, "__all__");
    if (all != NULL && !py_is_sequence(all))
        return PY_STAR_UNKNOWN;
    for (uint32_t i = 0; all != NULL && i < all->list.count; i++) {
        if (!py_is_string(all->list.items[i]))
            return PY_STAR_UNKNOWN;
        strv_add(names, all->list.items[i]->string.text);
    }
    for (uint32_t i = 0; all == NULL && i < from->tokens.symbols.count; i++) {
        char _cleanup_free_ *name = from->bound[i] != NULL ? py_symbol_name(from, i) : NULL;
        if (name != NULL && *name != '_')
            strv_add(names, name);
    }
    return PY_STAR_NAMES;
}

static struct py_value *borrow_value(void *context, struct py_module *into, const char *dotted, const char *name, uint32_t line)
{
    bool absent = false;
    struct py_lender *lender = find(context, into, dotted, &absent);
    const struct py_value *value = lender ? py_module_get(&lender->module, name) : NULL;
    if (value == NULL) { /* it may be a module in a package */
        char _cleanup_free_ *below = mem_printf("%s%s%s", dotted, dotted[strlen(dotted) - 1] == '.' ? "" : ".", name);
        find(context, into, below, &absent);
    }
    if (value == NULL || value->type == PY_T_CLASS)
        return NULL;
    lender->lent = true;
    return copy(lender, into, value, line);
}

static void borrow_visit(void *context, struct py_module *into, const char *dotted)
{
    bool absent;
    visit_parents(context, into, dotted);
    find(context, into, dotted, &absent);
}

bool py_borrow_settled(struct py_lenders *lenders, const struct py_module *module)
{
    lenders->shared |= lenders->unread && lenders->version_count > 0;
    for (size_t i = 0; i < lenders->count && !lenders->shared; i++) {
        const struct py_lender *lender = lenders->items[i];
        if (lender->known && *lenders->root != '\0')
            lenders->shared |= py_reaches(&lender->module, module, lenders->root, true);
        if (!lender->lent)
            continue;
        lenders->shared |= py_reaches(module, &lender->module, lender->dotted, false);
        for (size_t k = 0; k < lenders->count && !lenders->shared; k++)
            lenders->shared |= lenders->items[k]->known && py_reaches(&lenders->items[k]->module, &lender->module, lender->dotted, false);
    }
    for (size_t i = 0; i < lenders->version_count && !lenders->shared; i++)
        if (lenders->versions[i].owner == module)
            lenders->shared |= !is_whole(lenders, lenders->versions[i].origin, lenders->versions[i].copy);
    return !lenders->shared;
}

void py_borrow_start(struct py_lenders *lenders, struct py_module *module, const char *package)
{
    lenders->start = module;
    use(lenders, module, package);
    visit_parents(lenders, module, lenders->root);
}
