/* SHA-256, by OpenSSL's libcrypto. */
#pragma once

#include <stddef.h>

struct sha256 {
    void *state; /* EVP_MD_CTX; owned until sha256_end() */
};

void sha256_start(struct sha256 *sum);
void sha256_add(struct sha256 *sum, const void *data, size_t len);
/* Ends it and returns "sha256:" and 64 hexadecimal digits, to be freed. */
char *sha256_end(struct sha256 *sum);
