/* The checksums that frameworks record. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static const EVP_MD *algorithm(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_MD5:
        return EVP_md5();
    case DIGEST_SHA1:
        return EVP_sha1();
    case DIGEST_SHA256:
        return EVP_sha256();
    case DIGEST_SHA384:
        return EVP_sha384();
    }
    BUG("a digest without an algorithm");
}

void digest_start(struct digest *digest, enum digest_kind kind)
{
    digest->state = EVP_MD_CTX_new();
    if (digest->state == NULL || EVP_DigestInit_ex(digest->state, algorithm(kind), NULL) != 1)
        BUG("libcrypto gives no such digest: too little memory, or a build without it");
}

void digest_add(struct digest *digest, const void *data, size_t len)
{
    if (EVP_DigestUpdate(digest->state, data, len) != 1)
        BUG("a digest failed");
}

void digest_done(struct digest *digest)
{
    EVP_MD_CTX_free(digest->state);
    digest->state = NULL;
}

char *digest_base64(const struct digest *digest)
{
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (copy == NULL || EVP_MD_CTX_copy_ex(copy, digest->state) != 1 || EVP_DigestFinal_ex(copy, value, &len) != 1)
        BUG("a digest failed");
    EVP_MD_CTX_free(copy);
    char *text = mem_alloc((len + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)text, value, (int)len);
    return text;
}

char *digest_end(struct digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_DigestFinal_ex(digest->state, value, &len) != 1)
        BUG("a digest failed");
    digest_done(digest);
    char *text = mem_alloc(2 * (size_t)len + 1);
    for (unsigned i = 0; i < len; i++) {
        text[2 * i] = digits[value[i] >> 4];
        text[2 * i + 1] = digits[value[i] & 15];
    }
    return text;
}

char *digest_hex(enum digest_kind kind, const void *data, size_t len)
{
    struct digest digest;
    digest_start(&digest, kind);
    digest_add(&digest, data, len);
    return digest_end(&digest);
}

uint32_t digest_crc32(uint32_t sum, const void *data, size_t len)
{
    /* The remainders of the sixteen half bytes: a sixteenth of the usual table. */
    static const uint32_t half[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    const unsigned char *bytes = data;
    uint32_t whole[256]; /* of whole bytes: made for long texts only, where it pays */
    size_t i = 0;
    sum = ~sum;
    if (len >= sizeof whole) {
        for (uint32_t b = 0; b < 256; b++) {
            uint32_t once = (b >> 4) ^ half[b & 15];
            whole[b] = (once >> 4) ^ half[once & 15];
        }
        for (; i < len; i++)
            sum = (sum >> 8) ^ whole[(sum ^ bytes[i]) & 255];
    }
    for (; i < len; i++) {
        sum ^= bytes[i];
        sum = (sum >> 4) ^ half[sum & 15];
        sum = (sum >> 4) ^ half[sum & 15];
    }
    return ~sum;
}

static uint64_t rotate(uint64_t value, int by)
{
    return value << by | value >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

uint64_t digest_siphash13(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    uint64_t v[4] = {0x736f6d6570736575u, 0x646f72616e646f6du, 0x6c7967656e657261u, 0x7465646279746573u};
    for (size_t at = 0; at <= len; at += 8) {
        uint64_t word = len - at < 8 ? (uint64_t)len << 56 : 0;
        for (size_t i = 0; i < 8 && at + i < len; i++)
            word |= (uint64_t)bytes[at + i] << (8 * i);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
