/* SPDX-License-Identifier: Apache-2.0
 *
 * ecvrf.c - ECVRF of RFC 9381 on secp256k1 with SHA-256, hashing to the curve
 * by try and increment (suite 0xfe, which the RFC leaves to private use).
 *
 * The public key is the point with even y that BIP340 means by its 32 bytes, so
 * the key of a signature serves here, too. What depends on a secret is computed
 * with the library's constant-time functions; alpha is public, so trying and
 * incrementing gives nothing away. A proof with c or s zero is refused: nobody
 * meets an honest one (2^-128), and the library has no point at infinity.
 */
#include "ecvrf.h"

#include "scalar.h"
#include "sha256.h"

#include <secp256k1.h>
#include <secp256k1_ecdh.h>
#include <secp256k1_extrakeys.h>

#include <string.h>

#define SUITE 0xfeu
#define C_LEN 16u
#define ROUND_POINT 1u
#define ROUND_CHALLENGE 2u
#define ROUND_VALUE 3u

/* Points that go into the challenge, in its order. */
enum slot { KEY = 0, HASHED, GAMMA, U, V, POINTS };

/* ---- hashes -------------------------------------------------------------- */

static void hash_start(struct sha256 *h, uint8_t what)
{
    const uint8_t head[2] = {SUITE, what};

    sha256_init(h);
    sha256_add(h, head, sizeof head);
}

static void hash_end(struct sha256 *h, uint8_t out[32])
{
    const uint8_t zero = 0;

    sha256_add(h, &zero, 1);
    sha256_end(h, out);
}

/* Half of all numbers are no x of a point: 256 failures in a row never come. */
static int hash_to_curve(const uint8_t key[POINT_LEN], struct vt_view alpha,
                         secp256k1_pubkey *point, uint8_t out[POINT_LEN])
{
    for (unsigned i = 0; i < 256; i++) {
        const uint8_t counter = (uint8_t)i;
        struct sha256 h;

        hash_start(&h, ROUND_POINT);
        sha256_add(&h, key, POINT_LEN);
        sha256_add(&h, alpha.ptr, alpha.len);
        sha256_add(&h, &counter, 1);
        hash_end(&h, out + 1);
        out[0] = SECP256K1_TAG_PUBKEY_EVEN;
        if (secp256k1_ec_pubkey_parse(secp256k1_context_static, point, out,
                                      POINT_LEN)) {
            return 1;
        }
    }
    return 0;
}

static void challenge(uint8_t points[POINTS][POINT_LEN], uint8_t c[C_LEN])
{
    uint8_t hash[32];
    struct sha256 h;

    hash_start(&h, ROUND_CHALLENGE);
    sha256_add(&h, points, (size_t)POINTS * POINT_LEN);
    hash_end(&h, hash);
    memcpy(c, hash, C_LEN);
}

static void value_of(const uint8_t gamma[POINT_LEN], uint8_t out[32])
{
    struct sha256 h;

    hash_start(&h, ROUND_VALUE);
    sha256_add(&h, gamma, POINT_LEN);
    hash_end(&h, out);
}

/* ---- points -------------------------------------------------------------- */

static int to_bytes(const secp256k1_pubkey *point, uint8_t out[POINT_LEN])
{
    size_t len = POINT_LEN;

    return secp256k1_ec_pubkey_serialize(secp256k1_context_static, out, &len,
                                         point, SECP256K1_EC_COMPRESSED);
}

static int keep_point(unsigned char *out, const unsigned char *x,
                      const unsigned char *y, void *data)
{
    (void)data;
    out[0] = (uint8_t)(SECP256K1_TAG_PUBKEY_EVEN | (y[31] & 1));
    memcpy(out + 1, x, 32);
    return 1;
}

/* out = scalar * point, in constant time */
static int times(const secp256k1_pubkey *point, const uint8_t scalar[32],
                 uint8_t out[POINT_LEN])
{
    return secp256k1_ecdh(secp256k1_context_static, out, point, scalar,
                          keep_point, NULL);
}

/* ---- proving ------------------------------------------------------------- */

/* What must not be left on the stack. */
struct secret {
    secp256k1_keypair pair;
    uint8_t x[32], k[32], cx[32];
};

/* x so that x * G has an even y, and that point. */
static int open_key(const secp256k1_context *ctx, const uint8_t *sk,
                    struct secret *s, uint8_t key[POINT_LEN])
{
    secp256k1_xonly_pubkey xonly;
    int is_odd = 0;

    key[0] = SECP256K1_TAG_PUBKEY_EVEN;
    return secp256k1_keypair_create(ctx, &s->pair, sk) &&
           secp256k1_keypair_sec(ctx, s->x, &s->pair) &&
           secp256k1_keypair_xonly_pub(ctx, &xonly, &is_odd, &s->pair) &&
           secp256k1_xonly_pubkey_serialize(ctx, key + 1, &xonly) &&
           (!is_odd || secp256k1_ec_seckey_negate(ctx, s->x));
}

/* k as RFC 6979 makes it out of x and the hashed point. */
static int make_nonce(struct secret *s, const uint8_t hashed[POINT_LEN])
{
    uint8_t digest[32];
    struct sha256 h;

    sha256_init(&h);
    sha256_add(&h, hashed, POINT_LEN);
    sha256_end(&h, digest);
    return secp256k1_nonce_function_rfc6979(s->k, digest, s->x, NULL, NULL,
                                            0) &&
           secp256k1_ec_seckey_verify(secp256k1_context_static, s->k);
}

/* s = k + c * x */
static int respond(struct secret *s, const uint8_t c[C_LEN], uint8_t out[32])
{
    uint8_t wide[32] = {0};

    memcpy(wide + 32 - C_LEN, c, C_LEN);
    memcpy(s->cx, s->x, 32);
    if (!secp256k1_ec_seckey_tweak_mul(secp256k1_context_static, s->cx, wide) ||
        !secp256k1_ec_seckey_tweak_add(secp256k1_context_static, s->cx, s->k)) {
        return 0;
    }
    memcpy(out, s->cx, 32);
    return 1;
}

static int prove(const secp256k1_context *ctx, const uint8_t *sk,
                 struct vt_view alpha, struct secret *s, uint8_t *proof)
{
    uint8_t points[POINTS][POINT_LEN];
    secp256k1_pubkey hashed;
    secp256k1_pubkey u;

    if (!open_key(ctx, sk, s, points[KEY]) ||
        !hash_to_curve(points[KEY], alpha, &hashed, points[HASHED]) ||
        !times(&hashed, s->x, points[GAMMA]) ||
        !make_nonce(s, points[HASHED]) ||
        !secp256k1_ec_pubkey_create(ctx, &u, s->k) ||
        !to_bytes(&u, points[U]) || !times(&hashed, s->k, points[V])) {
        return 0;
    }
    memcpy(proof, points[GAMMA], POINT_LEN);
    challenge(points, proof + POINT_LEN);
    return respond(s, proof + POINT_LEN, proof + POINT_LEN + C_LEN);
}

vt_status ecvrf_prove(const uint8_t *sk, struct vt_view alpha, uint8_t *proof,
                      uint8_t out[32])
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    struct secret s;
    int ok;

    if (ctx == NULL) {
        return VT_E_NOMEM;
    }
    ok = prove(ctx, sk, alpha, &s, proof);
    if (ok) {
        value_of(proof, out);
    }
    scalar_wipe(&s, sizeof s);
    secp256k1_context_destroy(ctx);
    return ok ? VT_OK : VT_E_INVALID;
}

/* ---- verifying ----------------------------------------------------------- */

/* U = s * G - c * Y and V = s * H - c * gamma; minus_c is -c. */
static int recompute(uint8_t points[POINTS][POINT_LEN], const uint8_t s[32],
                     const uint8_t minus_c[32])
{
    const secp256k1_context *ctx = secp256k1_context_static;
    secp256k1_pubkey key, hashed, gamma, v;
    const secp256k1_pubkey *both[2] = {&hashed, &gamma};

    return secp256k1_ec_pubkey_parse(ctx, &key, points[KEY], POINT_LEN) &&
           secp256k1_ec_pubkey_parse(ctx, &hashed, points[HASHED], POINT_LEN) &&
           secp256k1_ec_pubkey_parse(ctx, &gamma, points[GAMMA], POINT_LEN) &&
           secp256k1_ec_pubkey_tweak_mul(ctx, &key, minus_c) &&
           secp256k1_ec_pubkey_tweak_add(ctx, &key, s) &&
           secp256k1_ec_pubkey_tweak_mul(ctx, &hashed, s) &&
           secp256k1_ec_pubkey_tweak_mul(ctx, &gamma, minus_c) &&
           secp256k1_ec_pubkey_combine(ctx, &v, both, 2) &&
           to_bytes(&key, points[U]) && to_bytes(&v, points[V]);
}

static int is_good(const uint8_t *pk, struct vt_view alpha,
                   const uint8_t *proof)
{
    const uint8_t *c = proof + POINT_LEN;
    const uint8_t *s = c + C_LEN;
    uint8_t points[POINTS][POINT_LEN];
    uint8_t minus_c[32] = {0};
    uint8_t again[C_LEN];
    secp256k1_pubkey point;

    points[KEY][0] = SECP256K1_TAG_PUBKEY_EVEN;
    memcpy(points[KEY] + 1, pk, 32);
    memcpy(points[GAMMA], proof, POINT_LEN);
    memcpy(minus_c + 32 - C_LEN, c, C_LEN);
    if (!secp256k1_ec_seckey_negate(secp256k1_context_static, minus_c) ||
        !secp256k1_ec_seckey_verify(secp256k1_context_static, s) ||
        !hash_to_curve(points[KEY], alpha, &point, points[HASHED]) ||
        !recompute(points, s, minus_c)) {
        return 0;
    }
    challenge(points, again);
    return memcmp(again, c, C_LEN) == 0;
}

vt_status ecvrf_verify(struct vt_view pk, struct vt_view alpha,
                       struct vt_view proof, uint8_t out[32], uint32_t *verdict)
{
    *verdict = VT_BAD;
    if (pk.len == 32 && proof.len == ECVRF_PROOF_LEN &&
        is_good(pk.ptr, alpha, proof.ptr)) {
        value_of(proof.ptr, out);
        *verdict = VT_GOOD;
    }
    return VT_OK;
}
