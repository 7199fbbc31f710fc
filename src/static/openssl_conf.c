/* OpenSSL without the image's openssl.cnf.
 *
 * That file is written for the image's own OpenSSL: one that names providers, engines or ciphers which this program's
 * copy lacks would break every TLS connection. OpenSSL reads its configuration at most once, so saying first that none
 * is wanted settles it, whatever libpq or libcurl ask for later. OPENSSL_CONF is not followed either. */
#include <openssl/crypto.h>
#include <stddef.h>

#include "base/mem.h"

__attribute__((constructor)) static void ignore_openssl_conf(void)
{
    mem_need(MEM_AT_START);
    /* The first call also decides whether there is a clean-up at exit: main() says why not. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
}
