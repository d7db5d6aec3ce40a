/* SPDX-License-Identifier: Apache-2.0
 *
 * cipher.c - what key files need: randomness, scrypt (RFC 7914), AES-256-GCM.
 */
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#define SCRYPT_N 32768u
#define SCRYPT_R 8u
#define SCRYPT_P 1u
#define SCRYPT_MEM (64u << 20)

vt_status vt_random(void *out, size_t len)
{
    return len <= INT32_MAX && RAND_bytes(out, (int)len) == 1 ? VT_OK : VT_E_IO;
}

vt_status vt_scrypt(const char *password, size_t len, const uint8_t salt[16],
                    uint8_t out[32])
{
    return EVP_PBE_scrypt(password, len, salt, 16, SCRYPT_N, SCRYPT_R, SCRYPT_P,
                          SCRYPT_MEM, out, 32) == 1
               ? VT_OK
               : VT_E_NOMEM;
}

vt_status vt_seal(const uint8_t key[32], const uint8_t nonce[12],
                  struct vt_view aad, struct vt_view plain, uint8_t *out,
                  uint8_t tag[16])
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    int ok;

    if (ctx == NULL || plain.len > INT32_MAX || aad.len > INT32_MAX) {
        EVP_CIPHER_CTX_free(ctx);
        return ctx == NULL ? VT_E_NOMEM : VT_E_LIMIT;
    }
    ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
         EVP_EncryptUpdate(ctx, NULL, &len, aad.ptr, (int)aad.len) == 1 &&
         EVP_EncryptUpdate(ctx, out, &len, plain.ptr, (int)plain.len) == 1 &&
         EVP_EncryptFinal_ex(ctx, out + len, &len) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, tag) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? VT_OK : VT_E_INTERNAL;
}

vt_status vt_unseal(const uint8_t key[32], const uint8_t nonce[12],
                    struct vt_view aad, struct vt_view sealed,
                    const uint8_t tag[16], uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t expected[16];
    int len = 0;
    int ok;

    if (ctx == NULL || sealed.len > INT32_MAX || aad.len > INT32_MAX) {
        EVP_CIPHER_CTX_free(ctx);
        return ctx == NULL ? VT_E_NOMEM : VT_E_LIMIT;
    }
    memcpy(expected, tag, sizeof expected);
    ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
         EVP_DecryptUpdate(ctx, NULL, &len, aad.ptr, (int)aad.len) == 1 &&
         EVP_DecryptUpdate(ctx, out, &len, sealed.ptr, (int)sealed.len) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, expected) == 1;
    if (ok) {
        ok = EVP_DecryptFinal_ex(ctx, out + len, &len) == 1 ? 1 : -1;
    }
    EVP_CIPHER_CTX_free(ctx);
    if (ok < 0) {
        return VT_E_DENIED;
    }
    return ok ? VT_OK : VT_E_INTERNAL;
}
