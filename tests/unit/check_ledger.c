/* SPDX-License-Identifier: Apache-2.0
 *
 * check_ledger.c - supply over random blocks, emission over 25 years, replays,
 * fees, custom assets.
 */
#include "unit/suite.h"

#include <vt/signature.h>

#include "base/bytes.h"
#include "base/rng.h"
#include "base/status.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <string.h>

#define USERS 6u

struct world {
    struct vt_chain_config *config;
    struct vt_rules *rules;
    struct vt_state *state;
    struct vt_address user[USERS];
    struct vt_address proposer;
    struct vt_hash chain_id;
    uint64_t height;
    int64_t time_ms;
};

static struct vt_address address_of(uint8_t number)
{
    uint8_t pk[32] = {number, 77};
    struct vt_address a;

    vt_address_from_key(VT_SCHEME_SCHNORR, vt_view_of(pk, 32), &a);
    return a;
}

static void load(struct world *w, const char *more, int genesis)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_buf text = VT_BUF_INIT(65536);
    char shown[91];

    memset(w, 0, sizeof *w);
    (void)vt_buf_printf(&text,
                        "[chain]\nname = t\nconsensus = pbft\n"
                        "genesis_time = 1000000\n[economy]\n"
                        "token_supply = 6000\n%s\n",
                        more);
    for (uint8_t i = 0; i < USERS; i++) {
        w->user[i] = address_of(i);
        (void)vt_address_format("vt", &w->user[i], shown);
        if (genesis) {
            (void)vt_buf_printf(&text, "%s%s = 1000 BVC\n",
                                i == 0 ? "[genesis]\n" : "", shown);
        }
    }
    w->proposer = address_of(200);
    w->chain_id.b[0] = 9;
    w->time_ms = 1000000;
    ck_assert_msg(vt_chain_config_load_text("t.ini", vt_buf_text(&text),
                                            text.len, &w->config,
                                            &err) == VT_OK,
                  "%s", err.text);
    ck_assert_msg(vt_rules_new(w->config, &w->rules, &err) == VT_OK, "%s",
                  err.text);
    ck_assert_int_eq(vt_rules_genesis(w->rules, &w->state, &err), VT_OK);
    vt_buf_fini(&text);
}

static void drop(struct world *w)
{
    vt_state_unref(w->state);
    vt_rules_free(w->rules);
    vt_chain_config_free(w->config);
}

static struct vt_exec *begin(struct world *w, int64_t step_ms)
{
    struct vt_exec_block block = {.chain_id = w->chain_id,
                                  .height = ++w->height,
                                  .parent_time_ms = w->time_ms,
                                  .proposer = w->proposer};
    struct vt_exec *x;

    w->time_ms += step_ms;
    block.time_ms = w->time_ms;
    ck_assert_int_eq(vt_exec_new(w->rules, w->state, &block, &x), VT_OK);
    return x;
}

static size_t end(struct world *w, struct vt_exec *x)
{
    const struct vt_receipt *receipts;
    struct vt_hash root;
    struct vt_state *next;
    size_t count;

    ck_assert_int_eq(vt_exec_finish(x, &next, &receipts, &count, &root), VT_OK);
    vt_state_unref(w->state);
    w->state = next;
    vt_exec_free(x);
    return count;
}

static uint32_t run(struct world *w, struct vt_exec *x,
                    const struct vt_address *from, uint64_t nonce,
                    uint16_t kind, const struct vt_buf *payload)
{
    struct vt_tx tx = {.version = 1,
                       .chain_id = w->chain_id,
                       .scheme = 1,
                       .nonce = nonce,
                       .kind = kind,
                       .sender = *from};
    uint32_t code = 0;

    tx.payload = vt_buf_view(payload);
    ck_assert_int_eq(vt_exec_tx(x, &tx, &code), VT_OK);
    return code;
}

static uint32_t transfer(struct world *w, struct vt_exec *x, uint32_t from,
                         uint64_t nonce, const struct vt_address *to,
                         struct vt_hash asset, uint64_t amount)
{
    struct vt_buf payload = VT_BUF_INIT(1000);
    struct vt_tx_transfer p = {
        .to = *to, .asset = asset, .amount = vt_amount_u64(amount)};
    uint32_t code;

    ck_assert_int_eq(vt_tx_transfer_encode(&p, &payload), VT_OK);
    code = run(w, x, &w->user[from], nonce, VT_TX_TRANSFER, &payload);
    vt_buf_fini(&payload);
    return code;
}

static void check_supply(struct world *w)
{
    struct vt_amount sum;

    ck_assert_int_eq(vt_ledger_total(w->state, &vt_asset_token, &sum), VT_OK);
    ck_assert_int_eq(vt_amount_cmp(sum, vt_amount_u64(600000000000)), 0);
}

START_TEST(supply_is_conserved_over_random_blocks)
{
    struct world w;
    struct vt_rng rng;
    uint64_t nonce[USERS] = {0};
    uint64_t done = 0;

    vt_rng_init(&rng, 11);
    load(&w, "", 1);
    for (int block = 0; block < 200; block++) {
        struct vt_exec *x = begin(&w, (int64_t)vt_rng_below(&rng, 2000));

        for (int i = 0; i < 30; i++) {
            uint32_t from = (uint32_t)vt_rng_below(&rng, USERS);
            uint32_t to = (uint32_t)vt_rng_below(&rng, USERS + 1);
            uint32_t code = transfer(
                &w, x, from, nonce[from],
                to == USERS ? &vt_address_black_hole : &w.user[to],
                vt_rng_chance(&rng, 1, 8) ? vt_asset_gas : vt_asset_token,
                vt_rng_u64(&rng) >> (10 + vt_rng_below(&rng, 50)));

            ck_assert(code == VT_TX_DONE || code == VT_TX_NO_FUNDS ||
                      code == VT_TX_BAD_AMOUNT);
            done += code == VT_TX_DONE;
            nonce[from]++;
        }
        ck_assert_uint_eq(end(&w, x), 30);
        check_supply(&w);
    }
    ck_assert_uint_gt(done, 1000);
    drop(&w);
}
END_TEST

START_TEST(gas_in_existence_is_what_the_curve_says)
{
    struct world w;
    struct vt_rng rng;
    struct vt_amount sum;

    vt_rng_init(&rng, 12);
    load(&w, "", 1);
    for (int block = 0; block < 300; block++) {
        (void)end(&w, begin(&w, (int64_t)vt_rng_below(&rng, 100000000)));
        ck_assert_int_eq(vt_ledger_total(w.state, &vt_asset_gas, &sum), VT_OK);
        ck_assert_int_eq(vt_amount_cmp(sum, vt_economy_emission(
                                                w.rules, 1000000, w.time_ms)),
                         0);
    }
    drop(&w);
}
END_TEST

START_TEST(emission_ends_exactly_at_the_supply)
{
    static const char *const intervals[] = {"10ms", "250ms", "7s", "1h"};

    for (size_t i = 0; i < 4; i++) {
        int64_t end_ms = 1000000 + INT64_C(25) * 31557600000;
        struct vt_amount sum;
        struct world w;
        struct vt_rng rng;
        char more[64];

        vt_rng_init(&rng, 13 + i);
        (void)snprintf(more, sizeof more, "[chain]\nblock_interval = %s",
                       intervals[i]);
        load(&w, more, 0);
        sum = vt_amount_u64(0);
        for (int64_t at = 1000000; at < end_ms + 100000000;) {
            int64_t next = at + 1 + (int64_t)vt_rng_below(&rng, 9000000000);

            ck_assert(vt_amount_add(sum, vt_economy_emission(w.rules, at, next),
                                    &sum));
            at = next;
        }
        /* 1,000,000,000 with eight places */
        ck_assert_int_eq(
            vt_amount_cmp(sum, vt_amount_u64(UINT64_C(100000000000000000))), 0);
        ck_assert(vt_amount_is_zero(
            vt_economy_emission(w.rules, end_ms, end_ms * 2)));
        drop(&w);
    }
}
END_TEST

START_TEST(burn_is_a_thousandth_of_a_percent_and_capped)
{
    struct world w;
    uint64_t nonce = 0;
    struct vt_exec *x;
    struct vt_account a;

    load(&w, "", 1);
    ck_assert_uint_eq(vt_economy_burn(w.rules, vt_amount_u64(99999)).lo, 0);
    ck_assert_uint_eq(vt_economy_burn(w.rules, vt_amount_u64(100000)).lo, 1);
    /* 10^7 BVC and above: 100 BVC */
    ck_assert_uint_eq(
        vt_economy_burn(w.rules, vt_amount_u64(UINT64_C(1000000000000000))).lo,
        UINT64_C(10000000000));
    ck_assert_uint_eq(
        vt_economy_burn(w.rules, vt_amount_u64(UINT64_C(9000000000000000))).lo,
        UINT64_C(10000000000));
    x = begin(&w, 1);
    ck_assert_uint_eq(
        transfer(&w, x, 0, nonce, &w.user[1], vt_asset_token, 10000000),
        VT_TX_DONE);
    (void)end(&w, x);
    (void)vt_account_get(w.state, &w.user[1], &a);
    ck_assert_uint_eq(a.token.lo, 100000000000 + 10000000 - 100);
    (void)vt_account_get(w.state, &vt_address_black_hole, &a);
    ck_assert_uint_eq(a.token.lo, 100);
    drop(&w);
}
END_TEST

START_TEST(nonces_refuse_replay_and_gap_without_effect)
{
    struct world w;
    struct vt_exec *x;

    load(&w, "", 1);
    x = begin(&w, 1);
    ck_assert_uint_eq(transfer(&w, x, 0, 1, &w.user[1], vt_asset_token, 5),
                      VT_TX_NONCE_GAP);
    ck_assert_uint_eq(transfer(&w, x, 0, 0, &w.user[1], vt_asset_token, 5),
                      VT_TX_DONE);
    ck_assert_uint_eq(transfer(&w, x, 0, 0, &w.user[1], vt_asset_token, 5),
                      VT_TX_REPLAY);
    ck_assert_uint_eq(end(&w, x), 1);
    drop(&w);
}
END_TEST

static uint32_t issue(struct world *w, struct vt_exec *x, uint32_t from,
                      uint64_t nonce, struct vt_hash asset, uint64_t amount)
{
    struct vt_buf payload = VT_BUF_INIT(1000);
    struct vt_tx_asset_issue p = {
        .asset = asset, .to = w->user[2], .amount = vt_amount_u64(amount)};
    uint32_t code;

    ck_assert_int_eq(vt_tx_asset_issue_encode(&p, &payload), VT_OK);
    code = run(w, x, &w->user[from], nonce, VT_TX_ASSET_ISSUE, &payload);
    vt_buf_fini(&payload);
    return code;
}

START_TEST(custom_assets_are_registered_issued_and_moved)
{
    struct world w;
    struct vt_exec *x;
    struct vt_buf payload = VT_BUF_INIT(1000);
    struct vt_tx_asset_register p = {.symbol = vt_view_str("GOLD"),
                                     .name = vt_view_str("Gold, gram"),
                                     .decimals = 3,
                                     .supply_max = vt_amount_u64(1000)};
    struct vt_asset asset;
    struct vt_amount amount;
    struct vt_hash id;

    load(&w, "", 1);
    vt_asset_id(&w.user[0], p.symbol, &id);
    ck_assert_int_eq(vt_tx_asset_register_encode(&p, &payload), VT_OK);
    x = begin(&w, 1);
    ck_assert_uint_eq(issue(&w, x, 0, 0, id, 5), VT_TX_NO_ASSET);
    ck_assert_uint_eq(run(&w, x, &w.user[0], 1, VT_TX_ASSET_REGISTER, &payload),
                      VT_TX_DONE);
    ck_assert_uint_eq(run(&w, x, &w.user[0], 2, VT_TX_ASSET_REGISTER, &payload),
                      VT_TX_ASSET_EXISTS);
    ck_assert_uint_eq(issue(&w, x, 1, 0, id, 5), VT_TX_NOT_ISSUER);
    ck_assert_uint_eq(issue(&w, x, 0, 3, id, 1001), VT_TX_SUPPLY_MAX);
    ck_assert_uint_eq(issue(&w, x, 0, 4, id, 1000), VT_TX_DONE);
    ck_assert_uint_eq(issue(&w, x, 0, 5, id, 1), VT_TX_SUPPLY_MAX);
    ck_assert_uint_eq(transfer(&w, x, 2, 0, &w.user[3], id, 1001),
                      VT_TX_NO_FUNDS);
    ck_assert_uint_eq(transfer(&w, x, 2, 1, &w.user[3], id, 400), VT_TX_DONE);
    (void)end(&w, x);
    ck_assert_int_eq(vt_asset_get(w.rules, w.state, &id, &asset), VT_OK);
    ck_assert_str_eq(asset.symbol, "GOLD");
    ck_assert_uint_eq(asset.supply.lo, 1000);
    ck_assert_int_eq(vt_balance_get(w.state, &w.user[3], &id, &amount), VT_OK);
    ck_assert_uint_eq(amount.lo, 400);
    ck_assert_int_eq(vt_ledger_total(w.state, &id, &amount), VT_OK);
    ck_assert_uint_eq(amount.lo, 1000);
    /* the whole balance leaves: the entry leaves the tree */
    x = begin(&w, 1);
    ck_assert_uint_eq(transfer(&w, x, 3, 0, &w.user[2], id, 400), VT_TX_DONE);
    (void)end(&w, x);
    ck_assert_int_eq(vt_ledger_total(w.state, &id, &amount), VT_OK);
    ck_assert_uint_eq(amount.lo, 1000);
    vt_buf_fini(&payload);
    drop(&w);
}
END_TEST

/* A name with a NUL byte was stored shorter than it was checked: its entry
 * could not be read back, and that stopped the chain on every node. */
START_TEST(no_name_of_an_asset_stops_the_chain)
{
    static const struct {
        const char *name;
        size_t len;
    } names[] = {{"\0", 1},           {"a\0b", 3},         {"\x1b[2J", 4},
                 {"\xff", 1},         {"\xed\xa0\x80", 3}, {"\xc0\x80", 2},
                 {"\xe2\x80\xae", 3}, {"caf\xc3", 4},      {"x\n", 2}};
    struct world w;
    struct vt_buf payload = VT_BUF_INIT(1000);
    struct vt_tx_asset_register p = {.symbol = vt_view_str("GOLD")};
    struct vt_hash id;

    load(&w, "", 1);
    vt_asset_id(&w.user[0], p.symbol, &id);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct vt_exec *x = begin(&w, 1000);

        p.name = vt_view_of(names[i].name, names[i].len);
        vt_buf_clear(&payload);
        (void)vt_tx_asset_register_encode(&p, &payload);
        ck_assert_uint_eq(
            run(&w, x, &w.user[0], i * 2, VT_TX_ASSET_REGISTER, &payload),
            VT_TX_BAD_PAYLOAD);
        (void)end(&w, x);
        x = begin(&w, 1000);
        ck_assert_uint_eq(transfer(&w, x, 0, i * 2 + 1, &w.user[1], id, 1),
                          VT_TX_NO_ASSET);
        (void)end(&w, x);
    }
    vt_buf_fini(&payload);
    drop(&w);
}
END_TEST

START_TEST(genesis_must_add_up_to_the_supply)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_chain_config *config;
    struct vt_rules *rules;
    struct vt_address a = address_of(1);
    char text[512];
    char shown[91];

    (void)vt_address_format("vt", &a, shown);
    (void)snprintf(text, sizeof text,
                   "[chain]\nname = t\nconsensus = pbft\ngenesis_time = 1\n"
                   "[economy]\ntoken_supply = 10\n[genesis]\n%s = 9 BVC\n",
                   shown);
    ck_assert_int_eq(
        vt_chain_config_load_text("t.ini", text, strlen(text), &config, &err),
        VT_OK);
    ck_assert_int_eq(vt_rules_new(config, &rules, &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "gives out 9 BVC"));
    vt_chain_config_free(config);
}
END_TEST

int main(void)
{
    const TTest *const economy[] = {
        supply_is_conserved_over_random_blocks,
        gas_in_existence_is_what_the_curve_says,
        emission_ends_exactly_at_the_supply,
        burn_is_a_thousandth_of_a_percent_and_capped,
        genesis_must_add_up_to_the_supply};
    const TTest *const txs[] = {nonces_refuse_replay_and_gap_without_effect,
                                custom_assets_are_registered_issued_and_moved,
                                no_name_of_an_asset_stops_the_chain};
    Suite *suite = suite_create("ledger");

    VT_SUITE_ADD(suite, "economy", economy);
    VT_SUITE_ADD(suite, "transactions", txs);
    return vt_suite_run(suite);
}
