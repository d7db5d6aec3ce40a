/* SPDX-License-Identifier: Apache-2.0
 *
 * check_listed.c - accounts of which k of n keys must sign: one encoding, and a
 * verdict that needs exactly k good signatures of listed keys.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "chain/inside.h"
#include "ledger/rules.h"
#include "sim/cheap_sig.h"
#include "wire/listed.h"

#include <string.h>

#define N VT_LISTED_KEYS_MAX

/* Keys in ascending order and what they sign. */
struct world {
    uint8_t sk[N][32], pk[N][32], sig[N][16];
    struct vt_listed who;
    struct vt_listed_sigs sigs;
    struct vt_buf list, bytes;
    struct vt_tx tx;
};

static void load(struct world *w, uint32_t need, uint32_t count)
{
    memset(w, 0, sizeof *w);
    w->list = (struct vt_buf)VT_BUF_INIT(VT_TX_MAX);
    w->bytes = (struct vt_buf)VT_BUF_INIT(VT_TX_MAX);
    w->who.scheme = (uint8_t)vt_sim_cheap_sig.code;
    w->who.need = need;
    w->who.count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t seed[32] = {(uint8_t)(0xa5 ^ (i + 1))};

        ck_assert_int_eq(vt_sim_cheap_sig.keypair(seed, w->sk[i], w->pk[i]),
                         VT_OK);
        w->who.key[i] = vt_view_of(w->pk[i], 32);
    }
    ck_assert_int_eq(vt_listed_encode(&w->who, &w->list), VT_OK);
}

static void drop(struct world *w)
{
    vt_buf_fini(&w->list);
    vt_buf_fini(&w->bytes);
}

/* Signs with the keys of the set and finishes the bytes. */
static vt_status finish(struct world *w, uint32_t set)
{
    struct vt_buf sigs = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .scheme = VT_SCHEME_LISTED,
                       .pk = vt_buf_view(&w->list),
                       .kind = VT_TX_TRANSFER};
    struct vt_hash id;
    uint32_t len;
    vt_status status;

    vt_buf_clear(&w->bytes);
    ck_assert_int_eq(vt_tx_encode_unsigned(&tx, &w->bytes), VT_OK);
    vt_tx_sign_hash(vt_buf_view(&w->bytes), &id);
    memset(&w->sigs, 0, sizeof w->sigs);
    for (uint32_t i = 0; i < N; i++) {
        if ((set >> i & 1u) != 0) {
            (void)vt_sim_cheap_sig.sign(w->sk[i], id.b, w->sig[i], &len);
            w->sigs.sig[i] = vt_view_of(w->sig[i], len);
        }
    }
    status = vt_listed_sigs_encode(&w->who, &w->sigs, &sigs);
    if (status == VT_OK) {
        ck_assert_int_eq(vt_tx_append_sig(&w->bytes, vt_buf_view(&sigs)),
                         VT_OK);
        ck_assert_int_eq(vt_tx_decode(vt_buf_view(&w->bytes), &w->tx, NULL),
                         VT_OK);
    }
    vt_buf_fini(&sigs);
    return status;
}

static uint8_t judge(const struct vt_tx *tx)
{
    const struct vt_schemes schemes = {{&vt_sim_cheap_sig}, 1};
    uint8_t verdict = 9;

    ck_assert_int_eq(vt_txs_verify(&schemes, &tx, 1, &verdict), VT_OK);
    return verdict;
}

START_TEST(a_list_is_read_as_it_was_written)
{
    for (uint32_t count = 2; count <= N; count++) {
        struct world w;
        struct vt_listed out;

        load(&w, count / 2, count);
        ck_assert(vt_listed_decode(vt_buf_view(&w.list), &out));
        ck_assert_uint_eq(out.need, count / 2);
        ck_assert_uint_eq(out.count, count);
        for (uint32_t i = 0; i < count; i++) {
            ck_assert(vt_view_eq(out.key[i], w.who.key[i]));
        }
        drop(&w);
    }
}
END_TEST

START_TEST(a_list_has_one_encoding)
{
    struct world w;
    struct vt_listed out;
    uint8_t *list;
    uint8_t kept[99];

    load(&w, 2, 3);
    list = w.list.data;
    ck_assert_uint_eq(w.list.len, sizeof kept);
    memcpy(kept, list, sizeof kept);
    for (size_t len = 0; len < w.list.len; len++) {
        ck_assert(!vt_listed_decode(vt_view_of(list, len), &out));
    }
    memcpy(list + 3, kept + 35, 32); /* descending */
    memcpy(list + 35, kept + 3, 32);
    ck_assert(!vt_listed_decode(vt_buf_view(&w.list), &out));
    memcpy(list + 3, kept + 35, 64); /* twice */
    memcpy(list + 35, kept + 35, 32);
    ck_assert(!vt_listed_decode(vt_buf_view(&w.list), &out));
    memcpy(list, kept, sizeof kept);
    list[0] = VT_SCHEME_LISTED;
    ck_assert(!vt_listed_decode(vt_buf_view(&w.list), &out));
    list[0] = 0;
    ck_assert(!vt_listed_decode(vt_buf_view(&w.list), &out));
    memcpy(list, kept, sizeof kept);
    list[1] = 0;
    ck_assert(!vt_listed_decode(vt_buf_view(&w.list), &out));
    list[1] = 4;
    ck_assert(!vt_listed_decode(vt_buf_view(&w.list), &out));
    list[1] = 1;
    list[2] = 1;
    ck_assert(!vt_listed_decode(vt_view_of(list, 35), &out));
    list[2] = N + 1;
    ck_assert(!vt_listed_decode(vt_buf_view(&w.list), &out));
    drop(&w);
}
END_TEST

START_TEST(every_set_of_enough_signers_is_good_and_no_other)
{
    struct world w;

    load(&w, 2, 4);
    for (uint32_t set = 0; set < 32; set++) {
        uint32_t count = 0;

        for (uint32_t i = 0; i < 5; i++) {
            count += set >> i & 1u;
        }
        if (count == 2 && set < 16) {
            ck_assert_int_eq(finish(&w, set), VT_OK);
            ck_assert_uint_eq(judge(&w.tx), VT_GOOD);
        } else {
            ck_assert_int_eq(finish(&w, set), VT_E_INVALID);
        }
    }
    drop(&w);
}
END_TEST

START_TEST(the_largest_account_signs)
{
    struct world w;

    load(&w, N, N);
    ck_assert_int_eq(finish(&w, 0xffff), VT_OK);
    ck_assert_uint_eq(judge(&w.tx), VT_GOOD);
    ck_assert_uint_eq(vt_tx_sig_count(&w.tx), N);
    drop(&w);
}
END_TEST

/* Also the set of signers and the lengths: all of it counts. */
START_TEST(signatures_with_any_bit_changed_are_bad)
{
    struct world w;

    load(&w, 2, 3);
    ck_assert_int_eq(finish(&w, 5), VT_OK);
    for (size_t bit = 0; bit < 8 * w.tx.sig.len; bit++) {
        uint8_t *byte = w.bytes.data + w.bytes.len - w.tx.sig.len + bit / 8;
        struct vt_tx tx;

        *byte ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(vt_tx_decode(vt_buf_view(&w.bytes), &tx, NULL), VT_OK);
        ck_assert_uint_eq(judge(&tx), VT_BAD);
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_uint_eq(judge(&w.tx), VT_GOOD);
    drop(&w);
}
END_TEST

START_TEST(one_key_does_not_sign_for_two)
{
    struct world w;

    load(&w, 2, 3);
    memcpy(w.sk[1], w.sk[0], 32);
    ck_assert_int_eq(finish(&w, 3), VT_OK);
    ck_assert_uint_eq(judge(&w.tx), VT_BAD);
    drop(&w);
}
END_TEST

START_TEST(another_list_is_another_account)
{
    struct world w, other;

    load(&w, 2, 3);
    load(&other, 1, 3);
    ck_assert_int_eq(finish(&w, 3), VT_OK);
    ck_assert_int_eq(finish(&other, 1), VT_OK);
    ck_assert(!vt_address_eq(&w.tx.sender, &other.tx.sender));
    ck_assert_uint_eq(w.tx.sender.b[0], VT_SCHEME_LISTED);
    drop(&w);
    drop(&other);
}
END_TEST

START_TEST(a_batch_judges_each_by_its_own_signatures)
{
    enum { COUNT = 6 };
    const struct vt_schemes schemes = {{&vt_sim_cheap_sig}, 1};
    static struct world w[COUNT];
    const struct vt_tx *txs[COUNT];
    uint8_t verdicts[COUNT];

    for (uint32_t i = 0; i < COUNT; i++) {
        load(&w[i], 1 + i % 3, 4);
        ck_assert_int_eq(finish(&w[i], (2u << i % 3) - 1), VT_OK);
        txs[i] = &w[i].tx;
        if (i % 2 == 1) {
            w[i].bytes.data[w[i].bytes.len - 1] ^= 1;
        }
    }
    ck_assert_int_eq(vt_txs_verify(&schemes, txs, COUNT, verdicts), VT_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(verdicts[i], i % 2 == 0 ? VT_GOOD : VT_BAD);
        drop(&w[i]);
    }
}
END_TEST

START_TEST(keys_of_a_scheme_that_is_not_loaded_are_bad)
{
    struct world w;

    load(&w, 1, 2);
    w.list.data[0] = 99;
    w.who.scheme = 99;
    ck_assert_int_eq(finish(&w, 1), VT_OK);
    ck_assert_uint_eq(judge(&w.tx), VT_BAD);
    drop(&w);
}
END_TEST

START_TEST(the_least_fee_is_that_of_all_signatures)
{
    struct vt_rules rules = {.fee_min = {7, 0}};
    struct world w;
    struct vt_tx plain = {.scheme = 1};

    load(&w, 3, 5);
    ck_assert_int_eq(finish(&w, 7), VT_OK);
    ck_assert_uint_eq(vt_tx_fee_min(&rules, &w.tx).lo, 21);
    ck_assert_uint_eq(vt_tx_fee_min(&rules, &plain).lo, 7);
    drop(&w);
}
END_TEST

/* Only scheme 3 has so much room, and needs a list. */
START_TEST(the_envelope_keeps_its_limits)
{
    static uint8_t zeros[VT_LISTED_SIG_MAX + 1];
    struct world w;
    struct vt_tx tx = {.version = VT_TX_VERSION, .scheme = 1};
    struct vt_tx out;

    load(&w, 2, 3);
    tx.pk = vt_buf_view(&w.list);
    (void)vt_tx_encode_unsigned(&tx, &w.bytes);
    (void)vt_tx_append_sig(&w.bytes, vt_view_of(zeros, 64));
    ck_assert_int_eq(vt_tx_decode(vt_buf_view(&w.bytes), &out, NULL),
                     VT_E_CORRUPT);
    tx.scheme = VT_SCHEME_LISTED;
    for (size_t len = VT_LISTED_SIG_MAX; len <= VT_LISTED_SIG_MAX + 1; len++) {
        vt_buf_clear(&w.bytes);
        (void)vt_tx_encode_unsigned(&tx, &w.bytes);
        (void)vt_tx_append_sig(&w.bytes, vt_view_of(zeros, len));
        ck_assert_int_eq(vt_tx_decode(vt_buf_view(&w.bytes), &out, NULL),
                         len == VT_LISTED_SIG_MAX ? VT_OK : VT_E_CORRUPT);
    }
    tx.pk.len = 32;
    vt_buf_clear(&w.bytes);
    (void)vt_tx_encode_unsigned(&tx, &w.bytes);
    (void)vt_tx_append_sig(&w.bytes, vt_view_of(zeros, 64));
    ck_assert_int_eq(vt_tx_decode(vt_buf_view(&w.bytes), &out, NULL),
                     VT_E_CORRUPT);
    drop(&w);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_list_is_read_as_it_was_written,
        a_list_has_one_encoding,
        every_set_of_enough_signers_is_good_and_no_other,
        the_largest_account_signs,
        signatures_with_any_bit_changed_are_bad,
        one_key_does_not_sign_for_two,
        another_list_is_another_account,
        a_batch_judges_each_by_its_own_signatures,
        keys_of_a_scheme_that_is_not_loaded_are_bad,
        the_least_fee_is_that_of_all_signatures,
        the_envelope_keeps_its_limits};
    Suite *suite = suite_create("listed");

    VT_SUITE_ADD(suite, "listed", tests);
    return vt_suite_run(suite);
}
