/* tenantgate: a container entrypoint that starts an app only when every tenant is fully migrated. */
#include <openssl/crypto.h>
#include <stddef.h>

#include "cli/cli.h"

extern char **environ;

int main(int argc, char **argv)
{
    /* Threads that the gate walked away from may still be at work in OpenSSL when it exits: nothing is taken from them then. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
    return cli_main(argc, argv, environ);
}
