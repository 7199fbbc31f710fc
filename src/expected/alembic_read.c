/* Reading an Alembic project's expected revisions from its files. */
#include "expected/source.h"

int alembic_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    (void)source; (void)ret;
    return err_set(reterr, ERR_NO_EXPECTED, "alembic: not built yet");
}
