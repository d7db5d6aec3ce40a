/* SPDX-License-Identifier: Apache-2.0
 *
 * halfagg.c - half-aggregation of BIP340 signatures as BIP458 says:
 *
 *   r_0 || ... || r_(n-1) || s,   s = sum of z_i * s_i,   z_0 = 1,
 *   z_i = H("BIP0458/randomizer", r_0 || pk_0 || m_0 || ... || r_i || pk_i ||
 *           m_i)
 *
 * It is good when s * G = sum of z_i * (R_i + e_i * P_i). The public functions
 * of the library multiply one point at a time: that costs 2n - 1
 * multiplications where n listed signatures cost n, of two points each.
 */
#include "halfagg.h"

#include "scalar.h"
#include "sha256.h"

#include <secp256k1.h>

#include <string.h>

#define PK_LEN 32u
#define MSG_LEN 32u
#define SIG_LEN 64u

/* The hash of all items so far; each z but the first is that of one more. */
struct randomizer {
    struct sha256 h;
    int is_first;
};

static void randomizer_init(struct randomizer *all)
{
    sha256_init_tagged(&all->h, "BIP0458/randomizer");
    all->is_first = 1;
}

/* z of the next item; Returns 0 when it is 1. */
static int randomizer_next(struct randomizer *all, const uint8_t r[32],
                           const struct vt_sig_item *item, uint8_t z[32])
{
    const int is_first = all->is_first;
    struct sha256 copy;

    all->is_first = 0;
    sha256_add(&all->h, r, 32);
    sha256_add(&all->h, item->pk.ptr, PK_LEN);
    sha256_add(&all->h, item->msg, MSG_LEN);
    copy = all->h;
    sha256_end(&copy, z);
    scalar_reduce(z);
    return !is_first;
}

vt_status halfagg_aggregate(struct vt_tab items, uint8_t *out, uint32_t out_max,
                            uint32_t *out_len)
{
    const uint32_t len = HALFAGG_HEAD + HALFAGG_EACH * items.count;
    uint8_t sum[32] = {0};
    struct randomizer all;

    if (items.count > VT_AGGREGATE_MAX || out_max < len) {
        return VT_E_LIMIT;
    }
    randomizer_init(&all);
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint8_t z[32];

        if (item->pk.len != PK_LEN || item->sig.len != SIG_LEN ||
            !scalar_is_valid(item->sig.ptr + 32)) {
            return VT_E_INVALID;
        }
        if (randomizer_next(&all, item->sig.ptr, item, z)) {
            scalar_mul(z, item->sig.ptr + 32);
        } else {
            memcpy(z, item->sig.ptr + 32, 32);
        }
        scalar_add(sum, z);
    }
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);

        memcpy(out + 32 * (size_t)i, item->sig.ptr, 32);
    }
    memcpy(out + len - 32, sum, 32);
    *out_len = len;
    return VT_OK;
}

/* The point with this x and an even y; Returns 0 when there is none. */
static int lift(struct point *p, const uint8_t x[32])
{
    uint8_t bytes[POINT_LEN] = {SECP256K1_TAG_PUBKEY_EVEN};

    memcpy(bytes + 1, x, 32);
    return point_parse(p, bytes);
}

/* sum += z * (R + e * P); Returns 0 when R or P is no point. */
static int add_item(struct point *sum, struct randomizer *all,
                    const uint8_t r[32], const struct vt_sig_item *item)
{
    struct point p, of_r;
    uint8_t z[32];
    uint8_t e[32];

    if (item->pk.len != PK_LEN || !lift(&p, item->pk.ptr) || !lift(&of_r, r)) {
        return 0;
    }
    scalar_challenge(r, item->pk.ptr, item->msg, MSG_LEN, e);
    point_mul(&p, e);
    point_add(&p, &of_r);
    if (randomizer_next(all, r, item, z)) {
        point_mul(&p, z);
    }
    point_add(sum, &p);
    return 1;
}

vt_status halfagg_verify(struct vt_tab items, struct vt_view aggregate,
                         uint32_t *verdict)
{
    struct point sum = {.is_finite = 0};
    const uint8_t *s;
    struct randomizer all;

    *verdict = VT_BAD;
    if (items.count > VT_AGGREGATE_MAX ||
        aggregate.len != HALFAGG_HEAD + HALFAGG_EACH * (size_t)items.count) {
        return VT_OK;
    }
    s = aggregate.ptr + aggregate.len - 32;
    if (!scalar_is_valid(s)) {
        return VT_OK;
    }
    randomizer_init(&all);
    for (uint32_t i = 0; i < items.count; i++) {
        if (!add_item(&sum, &all, aggregate.ptr + 32 * (size_t)i,
                      VT_AT(struct vt_sig_item, items, i))) {
            return VT_OK;
        }
    }
    *verdict = point_is_base_times(&sum, s) ? VT_GOOD : VT_BAD;
    return VT_OK;
}
