/* SPDX-License-Identifier: Apache-2.0
 *
 * work.c - SHA-256d over many nonces: the header is hashed once.
 */
#include "base/work.h"

#include "base/bytes.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

static int try_nonce(EVP_MD_CTX *ctx, const EVP_MD_CTX *header,
                     const uint8_t target[32], uint64_t nonce)
{
    uint8_t hash[32];
    uint8_t bytes[8];

    vt_put_u64(bytes, nonce);
    if (!EVP_MD_CTX_copy_ex(ctx, header) ||
        !EVP_DigestUpdate(ctx, bytes, sizeof bytes) ||
        !EVP_DigestFinal_ex(ctx, hash, NULL) ||
        !EVP_DigestInit_ex2(ctx, NULL, NULL) ||
        !EVP_DigestUpdate(ctx, hash, sizeof hash) ||
        !EVP_DigestFinal_ex(ctx, hash, NULL)) {
        abort(); /* without its hash nothing can be told from anything */
    }
    return memcmp(hash, target, sizeof hash) <= 0;
}

int vt_work_search(struct vt_view header, const uint8_t target[32],
                   uint64_t first, uint64_t count, uint64_t *out_nonce)
{
    EVP_MD_CTX *start = EVP_MD_CTX_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int found = 0;

    if (start == NULL || ctx == NULL ||
        !EVP_DigestInit_ex2(start, EVP_sha256(), NULL) ||
        !EVP_DigestUpdate(start, header.ptr, header.len)) {
        count = 0;
    }
    for (uint64_t i = 0; i < count && !found; i++) {
        found = try_nonce(ctx, start, target, first + i);
        if (found) {
            *out_nonce = first + i;
        }
    }
    EVP_MD_CTX_free(start);
    EVP_MD_CTX_free(ctx);
    return found;
}

int vt_work_check(struct vt_view header, const uint8_t target[32],
                  uint64_t nonce)
{
    uint64_t found;

    return vt_work_search(header, target, nonce, 1, &found);
}
