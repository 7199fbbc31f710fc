/* tenantgate: a container entrypoint that starts an app only when every tenant is fully migrated. */
#include "cli/cli.h"

extern char **environ;

int main(int argc, char **argv)
{
    return cli_main(argc, argv, environ);
}
