/* tenantgate config: the effective configuration. */
#include "base/buf.h"
#include "cli/cli.h"

int cli_config(struct cli *cli)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    config_show(&cli->config, &text);
    return cli_print(buf_text(&text), text.len);
}
