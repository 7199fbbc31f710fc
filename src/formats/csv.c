/* CSV as RFC 4180 has it. */
#include "formats/csv.h"

#include <string.h>

#include "base/buf.h"

const char *csv_record(const char *at, const char *end, struct strv *ret)
{
    if (at >= end)
        return NULL;
    for (;;) {
        struct buf field = BUF_INIT;
        if (*at == '"') {
            for (at++; at < end && (*at != '"' || (at + 1 < end && at[1] == '"')); at++) {
                buf_putc(&field, *at);
                at += *at == '"';
            }
            if (at >= end) {
                buf_done(&field);
                strv_done(ret);
                return NULL;
            }
            at++;
        }
        while (at < end && *at != ',' && *at != '\n') {
            if (*at != '\r')
                buf_putc(&field, *at);
            at++;
        }
        strv_take(ret, buf_steal(&field));
        if (at >= end || *at == '\n')
            return at < end ? at + 1 : end;
        if (++at >= end) {
            strv_add(ret, "");
            return end;
        }
    }
}
