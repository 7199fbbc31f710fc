/* Liquibase's changelogs, in whatever format the first byte says, with nothing there that they could include. */
#include "liquibase/liquibase.h"
#include "liquibase/project.h"
#include "fuzz_expected.h"

/* What is kept of a text is in proportion to it, and well formed. */
static size_t check_tree(const struct tree *tree, size_t depth)
{
    size_t nodes = 1;
    MUST(depth <= TREE_DEPTH_MAX);
    for (size_t i = 0; i < tree->count; i++) {
        MUST(tree->items[i].name != NULL && tree->items[i].line >= 1);
        nodes += check_tree(&tree->items[i], depth + 1);
    }
    return nodes;
}

static void check_properties(const char *text)
{
    struct project _cleanup_(project_done) project = {0};
    struct err _cleanup_err_ err = ERR_INIT;
    char _cleanup_free_ *changelog = NULL;
    int code = liquibase_properties("p", text, ".", &project, &changelog, &err);
    fuzz_check_err(code, &err);
    MUST(code != 0 || project.search.roots.count > 0);
    bool odd = false;
    char _cleanup_free_ *plain = tree_yaml_plain(text, &odd);
    char _cleanup_free_ *value = parameters_expand(&project.parameters, &project.env, &project.chain, text);
    MUST(value != NULL || strstr(text, "${") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"c.xml", "c.yaml", "c.json", "c.sql"};
    if (size < 1)
        return 0;
    const char *name = names[data[0] % 4];
    char _cleanup_free_ *text = mem_strndup((const char *)data + 1, size - 1);
    struct expected _cleanup_expected_ expected = {.framework = FRAMEWORK_LIQUIBASE};
    struct project _cleanup_(project_done) project = {.expected = &expected};
    struct tree _cleanup_tree_ tree = {0};
    struct err _cleanup_err_ err = ERR_INIT, ignored = ERR_INIT;
    if (data[0] % 4 < 3) {
        (data[0] % 4 == 0 ? tree_read_xml : tree_read_yaml)(name, text, size - 1, &tree, &ignored);
        MUST(check_tree(&tree, 0) <= size + 1);
    }
    int code = project_read_text(&project, name, name, text, size - 1, &err);
    fuzz_check_err(code, &err);
    MUST(code == 0 || (err.kind == ERR_NO_EXPECTED && fuzz_is_safe(err.msg)));
    MUST(project.chain.count == 0 && project.logical == NULL);
    if (code == 0 && expected.count > 0 && expected_finish(&expected, &err) == 0)
        fuzz_check_expected(&expected, data, size);
    check_properties(text);
    return 0;
}
