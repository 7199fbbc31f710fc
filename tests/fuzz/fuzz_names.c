/* expected/names and expected/order: any name of a file, for every framework. The first byte chooses the rule. */
#include "files/names.h"

#include "expected/order.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static name_rule *const rules[] = {name_rails,   name_dbmate, name_diesel,  name_ecto,           name_phinx,
                                       name_goose,   name_knex,   name_sequelize, name_node_pg_migrate, name_laravel,
                                       name_mikro_orm, name_folder, name_doctrine, name_golang_migrate, name_tern,
                                       name_sqlx,    name_refinery, name_atlas, name_flyway};
    if (size < 1)
        return 0;
    char _cleanup_free_ *file = fuzz_text(data + 1, size - 1);
    struct name _cleanup_name_ name = {0};
    if (*file == '\0')
        return 0;
    enum name_is is = rules[data[0] % (sizeof rules / sizeof *rules)](file, &name);
    MUST((is == NAME_WRONG) == (name.wrong != NULL));
    MUST(is != NAME_TAKEN || name.id.len > 0 || strcmp(file, ".php") == 0 || strstr(file, ".php") != NULL);
    struct buf _cleanup_buf_ version = BUF_INIT, again = BUF_INIT;
    if (order_dotted(file, strlen(file), &version)) {
        MUST(order_dotted(buf_text(&version), version.len, &again));
        MUST(strcmp(buf_text(&version), buf_text(&again)) == 0);
        MUST(order_compare(ORDER_DOTTED, buf_text(&version), buf_text(&again)) == 0);
    }
    return 0;
}
