/* The checksums that frameworks record, by OpenSSL's libcrypto, which libpq and libcurl bring along (CRC-32 and SipHash it
 * does not have in the forms needed; they are a few lines). None of them protects anything here. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum digest_kind {
    DIGEST_MD5,
    DIGEST_SHA1,
    DIGEST_SHA256,
    DIGEST_SHA384,
};

struct digest {
    void *state; /* EVP_MD_CTX */
};

void digest_start(struct digest *digest, enum digest_kind kind);
void digest_add(struct digest *digest, const void *data, size_t len);
/* The value so far, in base64 with padding; more can be added. To be freed. */
char *digest_base64(const struct digest *digest);
/* Ends it: lower-case hexadecimal digits, to be freed. */
char *digest_end(struct digest *digest);
/* Ends it without a value; also one that was never started (all zero). */
void digest_done(struct digest *digest);
#define _cleanup_digest_ __attribute__((cleanup(digest_done)))

/* All at once, in lower-case hexadecimal digits; to be freed. */
char *digest_hex(enum digest_kind kind, const void *data, size_t len);

/* CRC-32 as zlib has it: start with 0, go on with the value so far. */
uint32_t digest_crc32(uint32_t sum, const void *data, size_t len);

/* SipHash-1-3 with a key of zeros. */
uint64_t digest_siphash13(const void *data, size_t len);
