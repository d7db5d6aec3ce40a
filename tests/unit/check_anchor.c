/* SPDX-License-Identifier: Apache-2.0
 *
 * check_anchor.c - blocks of other chains in the log ledger: who said what, and
 * that nobody names a height twice.
 */
#include "unit/suite.h"

#include <vt/signature.h>

#include "base/bytes.h"
#include "base/status.h"
#include "ledger/anchor.h"
#include "ledger/ledger.h"

#include <string.h>

#define PEOPLE 2u

static struct vt_chain_config *config;
static struct vt_rules *rules;
static struct vt_state *state;
static struct vt_address people[PEOPLE];
static uint64_t nonces[PEOPLE];
static uint64_t height;
static struct vt_exec *exec;

static void begin(void)
{
    struct vt_buf text = VT_BUF_INIT(65536);
    struct vt_err err = VT_ERR_INIT;

    (void)vt_buf_printf(&text, "[chain]\nname = t\nconsensus = pbft\n"
                               "genesis_time = 1000000\n"
                               "[economy]\ntoken_supply = 1500\n[genesis]\n");
    for (uint32_t i = 0; i < PEOPLE; i++) {
        uint8_t key[32] = {(uint8_t)(i + 1)};
        char shown[91];

        vt_address_from_key(VT_SCHEME_SCHNORR, vt_view_of(key, 32), &people[i]);
        nonces[i] = 0;
        (void)vt_address_format("vt", &people[i], shown);
        if (i == 0) {
            (void)vt_buf_printf(&text, "%s = 1500 BVC\n", shown);
        }
    }
    ck_assert_msg(vt_chain_config_load_text("t.ini", vt_buf_text(&text),
                                            text.len, &config, &err) == VT_OK &&
                      vt_rules_new(config, &rules, &err) == VT_OK &&
                      vt_rules_genesis(rules, &state, &err) == VT_OK,
                  "%s", err.text);
    vt_buf_fini(&text);
    height = 0;
}

static void drop(void)
{
    vt_state_unref(state);
    vt_rules_free(rules);
    vt_chain_config_free(config);
}

static void open_block(void)
{
    struct vt_exec_block block = {.proposer = people[0]};

    block.height = ++height;
    block.time_ms = 1000000 + (int64_t)height;
    block.parent_time_ms = 999999 + (int64_t)height;
    ck_assert_int_eq(vt_exec_new(rules, state, &block, &exec), VT_OK);
}

static void close_block(void)
{
    const struct vt_receipt *receipts;
    const struct vt_state_change *changes;
    struct vt_state *next;
    struct vt_hash root;
    size_t count;

    ck_assert_int_eq(vt_exec_finish(exec, &next, &receipts, &count, &root),
                     VT_OK);
    vt_exec_changes(exec, VT_LEDGER_LOG, &changes, &count);
    for (size_t i = 0; i < count; i++) { /* what the store is given */
        struct vt_view v;

        ck_assert_int_eq(vt_state_get(next, VT_LEDGER_LOG, &changes[i].key, &v),
                         VT_OK);
        ck_assert(vt_view_eq(v, changes[i].value));
    }
    vt_state_unref(state);
    state = next;
    vt_exec_free(exec);
}

static uint32_t say_raw(uint32_t who, struct vt_view payload)
{
    struct vt_tx tx = {.version = 1,
                       .scheme = 1,
                       .nonce = nonces[who],
                       .kind = VT_TX_ANCHOR,
                       .sender = people[who],
                       .payload = payload};
    uint32_t code = 0;

    ck_assert_int_eq(vt_exec_tx(exec, &tx, &code), VT_OK);
    nonces[who] += code == VT_TX_DONE || code >= VT_TX_NO_FUNDS;
    return code;
}

static uint32_t say(uint32_t who, uint8_t chain, uint64_t at, uint8_t id)
{
    struct vt_tx_anchor p = {.chain = {{chain}}, .height = at, .id = {{id}}};
    struct vt_buf payload = VT_BUF_INIT(256);
    uint32_t code;

    ck_assert_int_eq(vt_tx_anchor_encode(&p, &payload), VT_OK);
    code = say_raw(who, vt_buf_view(&payload));
    vt_buf_fini(&payload);
    return code;
}

static void has(uint32_t who, uint8_t chain, uint64_t at, uint8_t id,
                uint64_t here)
{
    struct vt_hash other = {{chain}};
    struct vt_anchor a;

    ck_assert_int_eq(vt_anchor_get(state, &other, &people[who], &a), VT_OK);
    ck_assert_uint_eq(a.height, at);
    ck_assert_uint_eq(a.id.b[0], id);
    ck_assert_uint_eq(a.at, here);
}

START_TEST(the_last_word_of_each_sender_is_kept)
{
    struct vt_hash other = {{9}};
    struct vt_anchor a;

    begin();
    open_block();
    ck_assert_uint_eq(say(0, 7, 100, 1), VT_TX_DONE);
    ck_assert_uint_eq(say(1, 7, 100, 2), VT_TX_DONE); /* another opinion */
    ck_assert_uint_eq(say(0, 8, 50, 3), VT_TX_DONE);
    close_block();
    has(0, 7, 100, 1, 1);
    has(1, 7, 100, 2, 1);
    has(0, 8, 50, 3, 1);
    open_block();
    ck_assert_uint_eq(say(0, 7, 200, 4), VT_TX_DONE);
    close_block();
    has(0, 7, 200, 4, 2);
    has(1, 7, 100, 2, 1);
    ck_assert_int_eq(vt_anchor_get(state, &other, &people[0], &a),
                     VT_E_NOTFOUND);
    drop();
}
END_TEST

START_TEST(nobody_names_a_height_twice_or_goes_back)
{
    begin();
    open_block();
    ck_assert_uint_eq(say(0, 7, 100, 1), VT_TX_DONE);
    ck_assert_uint_eq(say(0, 7, 100, 2), VT_TX_ANCHOR_ORDER);
    ck_assert_uint_eq(say(0, 7, 99, 2), VT_TX_ANCHOR_ORDER);
    close_block();
    open_block();
    ck_assert_uint_eq(say(0, 7, 100, 2), VT_TX_ANCHOR_ORDER);
    ck_assert_uint_eq(say(0, 7, 101, 2), VT_TX_DONE);
    close_block();
    has(0, 7, 101, 2, 2);
    drop();
}
END_TEST

START_TEST(a_malformed_anchor_or_one_of_the_chain_itself_is_refused)
{
    uint8_t bytes[113] = {7};

    begin();
    open_block();
    ck_assert_uint_eq(say_raw(0, vt_view_of(bytes, 111)), VT_TX_BAD_PAYLOAD);
    ck_assert_uint_eq(say_raw(0, vt_view_of(bytes, 113)), VT_TX_BAD_PAYLOAD);
    ck_assert_uint_eq(say_raw(0, vt_view_of(bytes, 112)), VT_TX_BAD_PAYLOAD);
    bytes[32] = 5; /* a height, and on top of none with an id */
    bytes[90] = 1;
    ck_assert_uint_eq(say_raw(0, vt_view_of(bytes, 112)), VT_TX_BAD_PAYLOAD);
    bytes[72] = 5; /* on top of one as high */
    ck_assert_uint_eq(say_raw(0, vt_view_of(bytes, 112)), VT_TX_BAD_PAYLOAD);
    ck_assert_uint_eq(say(0, 0, 5, 1), VT_TX_BAD_PAYLOAD);
    close_block();
    drop();
}
END_TEST

int main(void)
{
    const TTest *const anchors[] = {
        the_last_word_of_each_sender_is_kept,
        nobody_names_a_height_twice_or_goes_back,
        a_malformed_anchor_or_one_of_the_chain_itself_is_refused};
    Suite *suite = suite_create("ledger anchor");

    VT_SUITE_ADD(suite, "anchors", anchors);
    return vt_suite_run(suite);
}
