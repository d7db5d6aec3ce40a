/* SPDX-License-Identifier: Apache-2.0
 *
 * cheap_sig.c - sig = SipHash of (pk, msg) twice under different keys: anybody
 * could forge it, so it proves nothing outside a simulation.
 */
#include "sim/cheap_sig.h"

#include "base/bytes.h"
#include "base/map.h"

#include <string.h>

#define KEY_LEN 32u
#define SIG_LEN 16u

static vt_status cheap_keypair(const uint8_t *seed, uint8_t *sk, uint8_t *pk)
{
    memcpy(sk, seed, KEY_LEN);
    memcpy(pk, seed, KEY_LEN);
    pk[0] ^= 0xa5; /* so that nobody mistakes one for the other */
    return VT_OK;
}

static void cheap_tag(const uint8_t pk[KEY_LEN], const uint8_t msg[32],
                      uint8_t sig[SIG_LEN])
{
    static const uint8_t seeds[2][16] = {{1}, {2}};
    uint8_t both[KEY_LEN + 32];

    memcpy(both, pk, KEY_LEN);
    memcpy(both + KEY_LEN, msg, 32);
    vt_put_u64(sig, vt_siphash(both, sizeof both, seeds[0]));
    vt_put_u64(sig + 8, vt_siphash(both, sizeof both, seeds[1]));
}

static vt_status cheap_sign(const uint8_t *sk, const uint8_t msg[32],
                            uint8_t *sig, uint32_t *sig_len)
{
    uint8_t pk[KEY_LEN];

    memcpy(pk, sk, KEY_LEN);
    pk[0] ^= 0xa5;
    cheap_tag(pk, msg, sig);
    *sig_len = SIG_LEN;
    return VT_OK;
}

static vt_status cheap_verify(struct vt_view pk, const uint8_t msg[32],
                              struct vt_view sig, uint32_t *verdict)
{
    uint8_t want[SIG_LEN];

    *verdict = VT_BAD;
    if (pk.len == KEY_LEN && sig.len == SIG_LEN) {
        cheap_tag(pk.ptr, msg, want);
        *verdict = memcmp(want, sig.ptr, SIG_LEN) == 0 ? VT_GOOD : VT_BAD;
    }
    return VT_OK;
}

static vt_status cheap_verify_many(struct vt_tab items, uint8_t *verdicts)
{
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint32_t verdict;

        (void)cheap_verify(item->pk, item->msg, item->sig, &verdict);
        verdicts[i] = (uint8_t)verdict;
    }
    return VT_OK;
}

static vt_status cheap_pk_check(struct vt_view pk, uint32_t *verdict)
{
    *verdict = pk.len == KEY_LEN ? VT_GOOD : VT_BAD;
    return VT_OK;
}

const struct vt_signature vt_sim_cheap_sig = {
    .size = VT_UPTO(struct vt_signature, pk_check),
    .flags = VT_SIGF_DETERMINISTIC,
    .scheme = "simcheap",
    .ruleset = "insecure-simulation-only",
    .code = 127,
    .security_bits = 0,
    .seed_len = KEY_LEN,
    .sk_len = KEY_LEN,
    .pk_len = KEY_LEN,
    .sig_max = SIG_LEN,
    .keypair = cheap_keypair,
    .sign = cheap_sign,
    .verify = cheap_verify,
    .verify_many = cheap_verify_many,
    .pk_check = cheap_pk_check,
};
