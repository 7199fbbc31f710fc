/* Which framework do the files belong to? */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "expected/source.h"
#include "python/roots.h"

int detect_framework(const struct source *source, enum framework *ret, struct err *reterr)
{
    for (size_t i = 0; i < source->paths.count; i++) {
        char _cleanup_free_ *manage = py_path_join(source->paths.items[i], "manage.py");
        char _cleanup_free_ *ini = py_path_join(source->paths.items[i], "alembic.ini");
        if (py_file_exists(manage) || py_file_exists(ini)) {
            *ret = py_file_exists(manage) ? FRAMEWORK_DJANGO : FRAMEWORK_ALEMBIC;
            return 0;
        }
    }
    return err_set(reterr, ERR_NO_EXPECTED, "no framework");
}
