/* SHA-256, by OpenSSL's libcrypto. */
#include "base/sha256.h"

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/mem.h"

void sha256_start(struct sha256 *sum)
{
    sum->state = EVP_MD_CTX_new();
    if (sum->state == NULL || EVP_DigestInit_ex(sum->state, EVP_sha256(), NULL) != 1)
        BUG("libcrypto gives no SHA-256: too little memory, or a build without it");
}

void sha256_add(struct sha256 *sum, const void *data, size_t len)
{
    if (EVP_DigestUpdate(sum->state, data, len) != 1)
        BUG("SHA-256 failed");
}

char *sha256_end(struct sha256 *sum)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_DigestFinal_ex(sum->state, digest, &len) != 1)
        BUG("SHA-256 failed");
    EVP_MD_CTX_free(sum->state);
    sum->state = NULL;
    struct buf text = BUF_INIT;
    buf_puts(&text, "sha256:");
    for (unsigned i = 0; i < len; i++)
        buf_printf(&text, "%02x", digest[i]);
    return buf_steal(&text);
}
