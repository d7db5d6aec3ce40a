/* SPDX-License-Identifier: Apache-2.0
 *
 * check_schnorr.c - the published vectors of signatures and of the random
 * function, malformed inputs, batch = single.
 */
#include <vt/plugin.h>
#include <vt/signature.h>

#include "base/bytes.h"
#include "base/rng.h"
#include "support/vectors.h"
#include "unit/suite.h"

#include <stdio.h>
#include <string.h>

extern const struct vt_plugin schnorr_LTX_vt_plugin_v1;

static const struct vt_signature *table(void)
{
    return VT_AT(struct vt_iface, schnorr_LTX_vt_plugin_v1.ifaces, 0)->table;
}

/* Field number n of a CSV line into bytes; Returns how many. */
static size_t field(const char *line, int n, uint8_t *out, size_t max)
{
    size_t len;

    for (; n > 0 && line != NULL; n--) {
        line = strchr(line, ',');
        line = line == NULL ? NULL : line + 1;
    }
    ck_assert_ptr_nonnull(line);
    len = strcspn(line, ",\r\n");
    ck_assert_uint_le(len / 2, max);
    ck_assert_int_eq(vt_hex_decode(line, len, out, len / 2), 0);
    return len / 2;
}

/* A CSV file of this folder behind its headline. */
static FILE *open_vectors(const char *name)
{
    const char *src = getenv("VT_TEST_SRC_DIR");
    char path[4096];
    char line[1024];
    FILE *f;

    ck_assert_ptr_nonnull(src);
    (void)snprintf(path, sizeof path, "%s/plugins/signature/schnorr/tests/%s",
                   src, name);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
    return f;
}

START_TEST(published_vectors_pass)
{
    char line[1024];
    int checked = 0;
    FILE *f = open_vectors("bip340-vectors.csv");

    while (fgets(line, sizeof line, f) != NULL) {
        uint8_t sk[32], pk[32], aux[32], msg[128], sig[64], made[64],
            derived[32];
        size_t sk_len = field(line, 1, sk, 32);
        size_t msg_len = field(line, 4, msg, sizeof msg);
        uint32_t verdict = 9;
        uint32_t made_len;

        (void)field(line, 2, pk, 32);
        (void)field(line, 3, aux, 32);
        (void)field(line, 5, sig, 64);
        if (msg_len != 32) {
            continue; /* the chain signs 32-byte hashes only */
        }
        ck_assert_int_eq(table()->verify(vt_view_of(pk, 32), msg,
                                         vt_view_of(sig, 64), &verdict),
                         VT_OK);
        ck_assert_uint_eq(verdict, strstr(line, ",TRUE") != NULL);
        checked++;
        if (sk_len == 32) {
            ck_assert_int_eq(table()->keypair(sk, sk, derived), VT_OK);
            ck_assert_mem_eq(derived, pk, 32);
            ck_assert_int_eq(table()->sign(sk, msg, made, &made_len), VT_OK);
            ck_assert_uint_eq(made_len, 64);
            (void)table()->verify(vt_view_of(pk, 32), msg, vt_view_of(made, 64),
                                  &verdict);
            ck_assert_uint_eq(verdict, VT_GOOD);
            for (size_t i = 0; i < 32; i++) {
                if (aux[i] != 0) {
                    break;
                }
                if (i == 31) { /* our auxiliary randomness is zero */
                    ck_assert_mem_eq(made, sig, 64);
                }
            }
        }
    }
    (void)fclose(f);
    ck_assert_int_ge(checked, 15);
}
END_TEST

START_TEST(a_batch_says_what_single_checks_say)
{
    enum { N = 65 };
    static uint8_t pk[N][32], msg[N][32], sig[N][64];
    struct vt_sig_item items[N];
    struct vt_tab tab = {items, N, sizeof items[0]};
    uint8_t verdicts[N];
    struct vt_rng rng;

    vt_rng_init(&rng, 3);
    for (int i = 0; i < N; i++) {
        uint8_t seed[32], sk[32];
        uint32_t len;
        size_t bit = (size_t)vt_rng_below(&rng, 512);

        vt_rng_fill(&rng, seed, 32);
        vt_rng_fill(&rng, msg[i], 32);
        ck_assert_int_eq(table()->keypair(seed, sk, pk[i]), VT_OK);
        ck_assert_int_eq(table()->sign(sk, msg[i], sig[i], &len), VT_OK);
        if (i % 4 == 1) {
            sig[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
        } else if (i % 4 == 2) {
            pk[i][bit % 32] ^= 1;
        } else if (i % 16 == 3) {
            memset(sig[i] + 32, 0xff, 32); /* s >= n */
        }
        items[i].pk = vt_view_of(pk[i], i % 16 == 7 ? 31 : 32);
        items[i].msg = msg[i];
        items[i].sig = vt_view_of(sig[i], i % 16 == 11 ? 63 : 64);
    }
    ck_assert_int_eq(table()->verify_many(tab, verdicts), VT_OK);
    for (int i = 0; i < N; i++) {
        uint32_t verdict;

        (void)table()->verify(items[i].pk, msg[i], items[i].sig, &verdict);
        ck_assert_uint_eq(verdict, verdicts[i]);
        ck_assert_uint_eq(verdict, i % 4 == 0 || (i % 4 == 3 && i % 16 == 15));
    }
}
END_TEST

START_TEST(bad_seeds_give_no_key)
{
    uint8_t zero[32] = {0};
    uint8_t high[32];
    uint8_t sk[32], pk[32];

    memset(high, 0xff, sizeof high);
    ck_assert_int_eq(table()->keypair(zero, sk, pk), VT_E_INVALID);
    ck_assert_int_eq(table()->keypair(high, sk, pk), VT_E_INVALID);
}
END_TEST

/* An implementation that shares no code with ours signed the transactions of
 * core/wire/vectors.json; it and we make the same bytes. */
START_TEST(signs_what_another_implementation_signs)
{
    json_t *vectors = vt_vectors_load("core/wire/vectors.json");
    json_t *key = vt_vector_get(vectors, "key");
    json_t *v;
    size_t i;
    int checked = 0;
    uint8_t seed[32], sk[32], pk[32];

    vt_vector_fixed(key, "secret", seed, 32);
    ck_assert_int_eq(table()->keypair(seed, sk, pk), VT_OK);
    vt_vector_equal(key, "public", vt_view_of(pk, 32));
    json_array_foreach (vt_vector_get(vectors, "transactions"), i, v) {
        uint8_t id[32], sig[64];
        uint32_t len = 0;

        if (vt_vector_u64(v, "scheme") != VT_SCHEME_SCHNORR) {
            continue;
        }
        vt_vector_fixed(v, "id", id, 32);
        ck_assert_int_eq(table()->sign(sk, id, sig, &len), VT_OK);
        vt_vector_equal(v, "signature", vt_view_of(sig, len));
        checked++;
    }
    ck_assert_int_gt(checked, 3);
    json_decref(vectors);
}
END_TEST

/* ---- the random function --------------------------------------------------
 */

static uint32_t vrf_verdict(const uint8_t *pk, struct vt_view alpha,
                            const uint8_t *proof, size_t len, uint8_t out[32])
{
    uint32_t verdict = 9;

    ck_assert_int_eq(table()->vrf_verify(vt_view_of(pk, 32), alpha,
                                         vt_view_of(proof, len), out, &verdict),
                     VT_OK);
    return verdict;
}

START_TEST(proves_what_others_prove)
{
    FILE *f = open_vectors("ecvrf-vectors.csv");
    char line[1024];
    int checked = 0;

    while (fgets(line, sizeof line, f) != NULL) {
        uint8_t sk[32], pk[32], alpha[256], proof[81], value[32];
        uint8_t made[81], out[32], derived[32];
        struct vt_view question;

        (void)field(line, 0, sk, 32);
        (void)field(line, 1, pk, 32);
        question = vt_view_of(alpha, field(line, 2, alpha, sizeof alpha));
        ck_assert_uint_eq(field(line, 3, proof, 81), table()->vrf_len);
        (void)field(line, 4, value, 32);
        ck_assert_int_eq(table()->keypair(sk, sk, derived), VT_OK);
        ck_assert_mem_eq(derived, pk, 32);
        ck_assert_int_eq(table()->vrf_prove(sk, question, made, out), VT_OK);
        ck_assert_mem_eq(made, proof, 81);
        ck_assert_mem_eq(out, value, 32);
        memset(out, 0, sizeof out);
        ck_assert_uint_eq(vrf_verdict(pk, question, proof, 81, out), VT_GOOD);
        ck_assert_mem_eq(out, value, 32);
        checked++;
    }
    (void)fclose(f);
    ck_assert_int_ge(checked, 30);
}
END_TEST

START_TEST(a_proof_with_any_bit_changed_is_bad)
{
    const struct vt_view alpha = {(const uint8_t *)"slot 7", 6};
    const struct vt_view other = {(const uint8_t *)"slot 8", 6};
    uint8_t seed[32] = {9};
    uint8_t sk[32], pk[32], proof[81], value[32], out[32] = {0};
    const uint8_t untouched[32] = {0};

    ck_assert_int_eq(table()->keypair(seed, sk, pk), VT_OK);
    ck_assert_int_eq(table()->vrf_prove(sk, alpha, proof, value), VT_OK);
    for (size_t bit = 0; bit < sizeof proof * 8; bit++) {
        proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_uint_eq(vrf_verdict(pk, alpha, proof, 81, out), VT_BAD);
        proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_uint_eq(vrf_verdict(pk, other, proof, 81, out), VT_BAD);
    ck_assert_uint_eq(vrf_verdict(pk, alpha, proof, 80, out), VT_BAD);
    ck_assert_uint_eq(vrf_verdict(pk, alpha, proof, 0, out), VT_BAD);
    pk[5] ^= 1;
    ck_assert_uint_eq(vrf_verdict(pk, alpha, proof, 81, out), VT_BAD);
    ck_assert_mem_eq(out, untouched, 32);
}
END_TEST

/* c and s at the ends of their ranges, gamma not on the curve. */
START_TEST(proofs_out_of_range_are_bad)
{
    static const uint8_t order[32] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
        0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    const struct vt_view alpha = {NULL, 0};
    uint8_t seed[32] = {9};
    uint8_t sk[32], pk[32], proof[81], bad[81], out[32];

    ck_assert_int_eq(table()->keypair(seed, sk, pk), VT_OK);
    ck_assert_int_eq(table()->vrf_prove(sk, alpha, proof, out), VT_OK);
    memcpy(bad, proof, 81);
    memset(bad + 33, 0, 16);
    ck_assert_uint_eq(vrf_verdict(pk, alpha, bad, 81, out), VT_BAD);
    memcpy(bad, proof, 81);
    memset(bad + 49, 0, 32);
    ck_assert_uint_eq(vrf_verdict(pk, alpha, bad, 81, out), VT_BAD);
    memcpy(bad + 49, order, 32);
    ck_assert_uint_eq(vrf_verdict(pk, alpha, bad, 81, out), VT_BAD);
    memcpy(bad, proof, 81);
    memset(bad + 1, 0xff, 32);
    ck_assert_uint_eq(vrf_verdict(pk, alpha, bad, 81, out), VT_BAD);
    bad[0] = 4;
    ck_assert_uint_eq(vrf_verdict(pk, alpha, bad, 81, out), VT_BAD);
    memset(sk, 0, sizeof sk);
    ck_assert_int_eq(table()->vrf_prove(sk, alpha, proof, out), VT_E_INVALID);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        published_vectors_pass, signs_what_another_implementation_signs,
        a_batch_says_what_single_checks_say, bad_seeds_give_no_key};
    const TTest *const random[] = {proves_what_others_prove,
                                   a_proof_with_any_bit_changed_is_bad,
                                   proofs_out_of_range_are_bad};
    Suite *suite = suite_create("schnorr");

    VT_SUITE_ADD(suite, "bip340", tests);
    VT_SUITE_ADD(suite, "ecvrf", random);
    return vt_suite_run(suite);
}
