/* SPDX-License-Identifier: Apache-2.0
 *
 * check_ed25519.c - key pairs of RFC 8032, malleated and malformed inputs.
 */
#include <vt/plugin.h>
#include <vt/signature.h>

#include "base/bytes.h"
#include "base/rng.h"
#include "unit/suite.h"

#include <string.h>

extern const struct vt_plugin ed25519_LTX_vt_plugin_v1;

static const struct vt_signature *table(void)
{
    return VT_AT(struct vt_iface, ed25519_LTX_vt_plugin_v1.ifaces, 0)->table;
}

static uint32_t verdict_of(const uint8_t *pk, const uint8_t *msg,
                           const uint8_t *sig)
{
    struct vt_sig_item item = {vt_view_of(pk, 32), msg, vt_view_of(sig, 64)};
    struct vt_tab tab = {&item, 1, sizeof item};
    uint32_t verdict = 9;
    uint8_t many = 9;

    ck_assert_int_eq(table()->verify(item.pk, msg, item.sig, &verdict), VT_OK);
    ck_assert_int_eq(table()->verify_many(tab, &many), VT_OK);
    ck_assert_uint_eq(verdict, many);
    return verdict;
}

START_TEST(key_pairs_of_rfc_8032)
{
    /* section 7.1, tests 1, 2, 3: secret and public key */
    static const char *const pairs[][2] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"},
    };

    for (size_t i = 0; i < 3; i++) {
        uint8_t seed[32], want[32], sk[32], pk[32];

        ck_assert_int_eq(vt_hex_decode(pairs[i][0], 64, seed, 32), 0);
        ck_assert_int_eq(vt_hex_decode(pairs[i][1], 64, want, 32), 0);
        ck_assert_int_eq(table()->keypair(seed, sk, pk), VT_OK);
        ck_assert_mem_eq(pk, want, 32);
    }
}
END_TEST

START_TEST(any_flipped_bit_is_noticed)
{
    uint8_t seed[32], sk[32], pk[32], msg[32], sig[64];
    struct vt_rng rng;
    uint32_t len;

    vt_rng_init(&rng, 4);
    vt_rng_fill(&rng, seed, 32);
    vt_rng_fill(&rng, msg, 32);
    ck_assert_int_eq(table()->keypair(seed, sk, pk), VT_OK);
    ck_assert_int_eq(table()->sign(sk, msg, sig, &len), VT_OK);
    ck_assert_uint_eq(verdict_of(pk, msg, sig), VT_GOOD);
    for (unsigned bit = 0; bit < 512; bit++) {
        sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_uint_eq(verdict_of(pk, msg, sig), VT_BAD);
        sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (unsigned bit = 0; bit < 256; bit++) {
        msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_uint_eq(verdict_of(pk, msg, sig), VT_BAD);
        msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(s_plus_group_order_is_refused)
{
    /* L = 2^252 + 27742317777372353535851937790883648493, little-endian */
    static const uint8_t order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    uint8_t seed[32] = {5}, sk[32], pk[32], msg[32] = {1}, sig[64];
    unsigned carry = 0;
    uint32_t len;

    ck_assert_int_eq(table()->keypair(seed, sk, pk), VT_OK);
    ck_assert_int_eq(table()->sign(sk, msg, sig, &len), VT_OK);
    for (int i = 0; i < 32; i++) {
        carry += (unsigned)sig[32 + i] + order[i];
        sig[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    ck_assert_uint_eq(verdict_of(pk, msg, sig), VT_BAD);
}
END_TEST

START_TEST(small_order_and_unreduced_keys_are_refused)
{
    uint8_t pk[32] = {1}; /* the neutral element */
    uint8_t msg[32] = {0};
    uint8_t sig[64] = {1}; /* R neutral, s zero: true for any message */
    uint32_t verdict = 9;

    ck_assert_uint_eq(verdict_of(pk, msg, sig), VT_BAD);
    ck_assert_int_eq(table()->pk_check(vt_view_of(pk, 32), &verdict), VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD);
    memset(pk, 0xff, sizeof pk);
    pk[0] = 0xee; /* y = 1 + p */
    ck_assert_int_eq(table()->pk_check(vt_view_of(pk, 32), &verdict), VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD);
    ck_assert_int_eq(table()->pk_check(vt_view_of(pk, 31), &verdict), VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {key_pairs_of_rfc_8032,
                                  any_flipped_bit_is_noticed,
                                  s_plus_group_order_is_refused,
                                  small_order_and_unreduced_keys_are_refused};
    Suite *suite = suite_create("ed25519");

    VT_SUITE_ADD(suite, "rfc8032", tests);
    return vt_suite_run(suite);
}
