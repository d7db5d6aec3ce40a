/* SPDX-License-Identifier: Apache-2.0
 *
 * check_mempool.c - the mempool against a plain list that is searched from end
 * to end, over long random sequences; and the rules one by one.
 */
#include "unit/suite.h"

#include <vt/signature.h>

#include "base/bytes.h"
#include "base/rng.h"
#include "chain/mempool.h"

#include <string.h>

#define SENDERS 5u
#define MODEL_MAX 512u

static const uint8_t seed[16] = {3};

struct made {
    struct vt_buf raw;
    struct vt_tx tx;
};

static void make(struct made *m, uint8_t sender, uint64_t nonce, uint64_t fee,
                 size_t memo_len)
{
    static const uint8_t memo[VT_MEMO_MAX];
    struct vt_buf body = VT_BUF_INIT(4096);
    uint8_t pk[32] = {sender, 1};
    struct vt_tx_transfer p = {.amount = vt_amount_u64(1),
                               .memo = vt_view_of(memo, memo_len)};
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .scheme = VT_SCHEME_SCHNORR,
                       .pk = vt_view_of(pk, 32),
                       .nonce = nonce,
                       .fee = vt_amount_u64(fee),
                       .kind = VT_TX_TRANSFER};

    vt_buf_init(&m->raw, 4096);
    ck_assert_int_eq(vt_tx_transfer_encode(&p, &body), VT_OK);
    tx.payload = vt_buf_view(&body);
    ck_assert_int_eq(vt_tx_encode_unsigned(&tx, &m->raw), VT_OK);
    ck_assert_int_eq(vt_tx_append_sig(&m->raw, vt_view_of(pk, 32)), VT_OK);
    ck_assert_int_eq(vt_tx_decode(vt_buf_view(&m->raw), &m->tx, NULL), VT_OK);
    vt_buf_fini(&body);
}

static uint32_t add(struct vt_mempool *pool, const struct made *m,
                    uint64_t base, struct vt_pooled **out)
{
    struct vt_mempool_arrival arrival = {.tx = &m->tx, .base = base};
    struct vt_pooled *p = NULL;
    uint32_t code = vt_mempool_add(pool, &arrival, &p);

    if (out != NULL) {
        *out = p;
    }
    return code;
}

static uint32_t add_new(struct vt_mempool *pool, uint8_t sender, uint64_t nonce,
                        uint64_t fee)
{
    struct made m;
    uint32_t code;

    make(&m, sender, nonce, fee, 0);
    code = add(pool, &m, 0, NULL);
    vt_buf_fini(&m.raw);
    return code;
}

static struct vt_mempool *pool_of(uint64_t count, uint64_t per_sender)
{
    struct vt_mempool_limits limits = {1u << 20, count, per_sender};
    struct vt_mempool *pool = vt_mempool_new(&limits, seed);

    ck_assert_ptr_nonnull(pool);
    return pool;
}

/* A block of these transactions, as far as the pool looks at one. */
static struct vt_block *block_of(struct vt_pooled *const *txs, uint32_t count)
{
    struct vt_header header = {.version = VT_HEADER_VERSION, .height = 1};
    struct vt_view raws[64];
    struct vt_block *block;

    for (uint32_t i = 0; i < count; i++) {
        raws[i] = vt_view_of(txs[i]->raw, txs[i]->len);
    }
    ck_assert_int_eq(vt_block_make(&header, raws, count, &block, NULL), VT_OK);
    return block;
}

START_TEST(best_fee_goes_first_but_each_sender_in_nonce_order)
{
    struct vt_mempool *pool = pool_of(100, 10);
    struct vt_pooled *out[8];

    ck_assert_uint_eq(add_new(pool, 1, 1, 900), VT_TX_DONE);
    ck_assert_uint_eq(add_new(pool, 1, 0, 5), VT_TX_DONE);
    ck_assert_uint_eq(add_new(pool, 2, 0, 10), VT_TX_DONE);
    ck_assert_uint_eq(vt_mempool_select(pool, 8, 1u << 20, out), 3);
    ck_assert_uint_eq(out[0]->tx.fee.lo, 10);
    ck_assert_uint_eq(out[1]->tx.fee.lo, 5);
    ck_assert_uint_eq(out[2]->tx.fee.lo, 900);
    /* choosing changes nothing */
    ck_assert_uint_eq(vt_mempool_select(pool, 1, 1u << 20, out), 1);
    ck_assert_uint_eq(out[0]->tx.fee.lo, 10);
    vt_mempool_free(pool);
}
END_TEST

START_TEST(a_gap_is_kept_but_not_ready)
{
    struct vt_mempool *pool = pool_of(100, 10);
    struct vt_pooled *out[8];
    struct made m;

    ck_assert_uint_eq(add_new(pool, 1, 2, 7), VT_TX_DONE);
    ck_assert_uint_eq(vt_mempool_ready(pool), 0);
    ck_assert_uint_eq(vt_mempool_select(pool, 8, 1u << 20, out), 0);
    ck_assert_uint_eq(add_new(pool, 1, 0, 7), VT_TX_DONE);
    ck_assert_uint_eq(add_new(pool, 1, 1, 7), VT_TX_DONE);
    ck_assert_uint_eq(vt_mempool_ready(pool), 3);
    make(&m, 1, 0, 0, 0);
    ck_assert_uint_eq(vt_mempool_next_nonce(pool, &m.tx.sender, 0), 3);
    vt_buf_fini(&m.raw);
    vt_mempool_free(pool);
}
END_TEST

START_TEST(a_higher_fee_replaces_and_an_equal_one_does_not)
{
    struct vt_mempool *pool = pool_of(100, 10);
    struct made m;

    ck_assert_uint_eq(add_new(pool, 1, 0, 5), VT_TX_DONE);
    ck_assert_uint_eq(add_new(pool, 1, 0, 5), VT_TX_POOL_KNOWN);
    make(&m, 1, 0, 5, 9);
    ck_assert_uint_eq(add(pool, &m, 0, NULL), VT_TX_POOL_UNDERPRICED);
    vt_buf_fini(&m.raw);
    ck_assert_uint_eq(add_new(pool, 1, 0, 6), VT_TX_DONE);
    ck_assert_uint_eq(vt_mempool_count(pool), 1);
    vt_mempool_free(pool);
}
END_TEST

START_TEST(a_full_pool_gives_way_to_better_fees_only)
{
    struct vt_mempool *pool = pool_of(2, 10);

    ck_assert_uint_eq(add_new(pool, 1, 0, 5), VT_TX_DONE);
    ck_assert_uint_eq(add_new(pool, 2, 0, 8), VT_TX_DONE);
    ck_assert_uint_eq(vt_mempool_floor(pool).lo, 5);
    ck_assert_uint_eq(add_new(pool, 3, 0, 5), VT_TX_POOL_FULL);
    ck_assert_uint_eq(add_new(pool, 3, 0, 6), VT_TX_DONE);
    ck_assert_uint_eq(vt_mempool_count(pool), 2);
    ck_assert_uint_eq(vt_mempool_floor(pool).lo, 6);
    vt_mempool_free(pool);
}
END_TEST

START_TEST(one_sender_has_a_limit)
{
    struct vt_mempool *pool = pool_of(100, 2);

    ck_assert_uint_eq(add_new(pool, 1, 0, 5), VT_TX_DONE);
    ck_assert_uint_eq(add_new(pool, 1, 1, 5), VT_TX_DONE);
    ck_assert_uint_eq(add_new(pool, 1, 2, 5), VT_TX_POOL_SENDER_FULL);
    ck_assert_uint_eq(add_new(pool, 2, 0, 5), VT_TX_DONE);
    vt_mempool_free(pool);
}
END_TEST

START_TEST(bytes_of_a_selection_stay_below_the_limit)
{
    struct vt_mempool *pool = pool_of(100, 10);
    struct vt_pooled *out[8];
    struct made m;
    size_t one = 0;

    for (uint64_t n = 0; n < 4; n++) {
        make(&m, 1, n, 5, 40);
        ck_assert_uint_eq(add(pool, &m, 0, NULL), VT_TX_DONE);
        one = m.raw.len + 4;
        vt_buf_fini(&m.raw);
    }
    ck_assert_uint_eq(vt_mempool_select(pool, 8, 2 * one, out), 2);
    ck_assert_uint_eq(vt_mempool_select(pool, 8, 2 * one - 1, out), 1);
    ck_assert_uint_eq(vt_mempool_select(pool, 8, one - 1, out), 0);
    vt_mempool_free(pool);
}
END_TEST

START_TEST(a_live_block_hides_its_transactions_until_it_is_dropped)
{
    struct vt_mempool *pool = pool_of(100, 10);
    struct vt_pooled *out[8];
    struct vt_block *block;

    for (uint64_t n = 0; n < 3; n++) {
        ck_assert_uint_eq(add_new(pool, 1, n, 5), VT_TX_DONE);
    }
    ck_assert_uint_eq(vt_mempool_select(pool, 2, 1u << 20, out), 2);
    block = block_of(out, 2);
    vt_mempool_block_add(pool, block);
    ck_assert_uint_eq(vt_mempool_ready(pool), 1);
    ck_assert_uint_eq(vt_mempool_select(pool, 8, 1u << 20, out), 1);
    ck_assert_uint_eq(out[0]->tx.nonce, 2);
    vt_mempool_block_drop(pool, block);
    ck_assert_uint_eq(vt_mempool_ready(pool), 3);
    vt_mempool_block_final(pool, block);
    ck_assert_uint_eq(vt_mempool_count(pool), 1);
    ck_assert_uint_eq(vt_mempool_ready(pool), 1);
    vt_block_unref(block);
    vt_mempool_free(pool);
}
END_TEST

/* ---- the model ----------------------------------------------------------- */

struct entry {
    uint8_t sender;
    uint64_t nonce, fee;
    int blocked;
};

struct model {
    struct entry e[MODEL_MAX];
    size_t count;
    uint64_t base[SENDERS];
};

static struct entry *find(struct model *m, uint8_t sender, uint64_t nonce)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->e[i].sender == sender && m->e[i].nonce == nonce) {
            return &m->e[i];
        }
    }
    return NULL;
}

static size_t ready_of(struct model *m, uint8_t sender, uint64_t *first)
{
    uint64_t nonce = m->base[sender];
    const struct entry *e;
    size_t n = 0;

    while ((e = find(m, sender, nonce)) != NULL && e->blocked) {
        nonce++;
    }
    *first = nonce;
    while ((e = find(m, sender, nonce + n)) != NULL && !e->blocked) {
        n++;
    }
    return n;
}

static void compare(struct vt_mempool *pool, struct model *m)
{
    size_t ready = 0;
    uint64_t first;

    for (uint8_t s = 0; s < SENDERS; s++) {
        ready += ready_of(m, s, &first);
    }
    ck_assert_uint_eq(vt_mempool_count(pool), m->count);
    ck_assert_uint_eq(vt_mempool_ready(pool), ready);
}

static void model_add(struct vt_mempool *pool, struct model *m,
                      struct vt_rng *rng)
{
    uint8_t sender = (uint8_t)vt_rng_below(rng, SENDERS);
    uint64_t nonce = m->base[sender] + vt_rng_below(rng, 8);
    uint64_t fee = vt_rng_below(rng, 20);
    struct entry *e = find(m, sender, nonce);
    struct made made;
    uint32_t code;

    make(&made, sender, nonce, fee, 0);
    code = add(pool, &made, m->base[sender], NULL);
    vt_buf_fini(&made.raw);
    if (e == NULL) {
        ck_assert_uint_eq(code, VT_TX_DONE);
        ck_assert_uint_lt(m->count, MODEL_MAX);
        m->e[m->count++] = (struct entry){sender, nonce, fee, 0};
    } else if (e->fee == fee) {
        ck_assert_uint_eq(code, VT_TX_POOL_KNOWN);
    } else if (fee < e->fee) {
        ck_assert_uint_eq(code, VT_TX_POOL_UNDERPRICED);
    } else {
        ck_assert_uint_eq(code, VT_TX_DONE);
        e->fee = fee;
        e->blocked = 0;
    }
}

/* Take a block, and let it win, lose, or stay for a while. */
static void model_block(struct vt_mempool *pool, struct model *m,
                        struct vt_rng *rng)
{
    struct vt_pooled *out[16];
    size_t n =
        vt_mempool_select(pool, 1 + vt_rng_below(rng, 16), 1u << 20, out);
    uint8_t senders[16];
    uint64_t nonces[16];
    struct vt_block *block;

    if (n == 0) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t first;

        senders[i] = out[i]->tx.pk.ptr[0];
        nonces[i] = out[i]->tx.nonce;
        (void)ready_of(m, senders[i], &first);
        ck_assert_uint_ge(nonces[i], first);
    }
    block = block_of(out, (uint32_t)n);
    vt_mempool_block_add(pool, block);
    for (size_t i = 0; i < n; i++) {
        find(m, senders[i], nonces[i])->blocked = 1;
    }
    compare(pool, m);
    if (vt_rng_chance(rng, 1, 2)) {
        vt_mempool_block_drop(pool, block);
        for (size_t i = 0; i < n; i++) {
            find(m, senders[i], nonces[i])->blocked = 0;
        }
    } else {
        vt_mempool_block_final(pool, block);
        for (size_t i = 0; i < n; i++) {
            struct entry *e = find(m, senders[i], nonces[i]);

            ck_assert_uint_eq(nonces[i], m->base[senders[i]]);
            m->base[senders[i]]++;
            *e = m->e[--m->count];
        }
    }
    vt_block_unref(block);
}

START_TEST(behaves_like_a_plain_list)
{
    struct vt_mempool *pool = pool_of(MODEL_MAX, MODEL_MAX);
    struct model m = {.count = 0};
    struct vt_rng rng;

    vt_rng_init(&rng, (uint64_t)_i);
    for (int i = 0; i < 600; i++) {
        if (vt_rng_chance(&rng, 3, 4)) {
            model_add(pool, &m, &rng);
        } else {
            model_block(pool, &m, &rng);
        }
        compare(pool, &m);
    }
    vt_mempool_free(pool);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const rules[] = {
        best_fee_goes_first_but_each_sender_in_nonce_order,
        a_gap_is_kept_but_not_ready,
        a_higher_fee_replaces_and_an_equal_one_does_not,
        a_full_pool_gives_way_to_better_fees_only,
        one_sender_has_a_limit,
        bytes_of_a_selection_stay_below_the_limit,
        a_live_block_hides_its_transactions_until_it_is_dropped,
    };
    Suite *s = suite_create("core/chain/mempool");
    TCase *model = tcase_create("model");

    VT_SUITE_ADD(s, "rules", rules);
    tcase_add_loop_test(model, behaves_like_a_plain_list, 0, 40);
    suite_add_tcase(s, model);
    return s;
}

int main(void)
{
    return vt_suite_run(suite());
}
