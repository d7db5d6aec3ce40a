/* SPDX-License-Identifier: Apache-2.0
 *
 * check_switch.c - the end of an epoch in the log ledger: who may propose it,
 * who must agree, who must be ready, and what happens at which height.
 */
#include "unit/suite.h"

#include <vt/signature.h>

#include "base/bytes.h"
#include "base/status.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <string.h>

#define MEMBERS 4u
#define GOVERNORS 3u
#define PEOPLE (MEMBERS + GOVERNORS + 1u)
#define FREEZE 20u
#define AT 100u /* where the switches of these tests are */

/* Members are 0..3, governors 4..6, a stranger is 7. */
static struct vt_chain_config *config;
static struct vt_rules *rules;
static struct vt_state *state;
static struct vt_address people[PEOPLE];
static uint8_t keys[PEOPLE + 4][32];
static uint64_t nonces[PEOPLE];
static uint64_t weights[MEMBERS];
static uint64_t height, epoch;
static struct vt_exec *exec;

static void begin(const char *more)
{
    struct vt_buf text = VT_BUF_INIT(65536);
    struct vt_err err = VT_ERR_INIT;
    char shown[91];

    (void)vt_buf_printf(&text,
                        "[chain]\nname = t\nconsensus = pbft\n"
                        "genesis_time = 1000000\nfee_min = 5\n"
                        "switch_freeze = 20\n%s"
                        "[economy]\ntoken_supply = 6000\n",
                        more);
    for (uint8_t i = 0; i < PEOPLE + 4; i++) {
        keys[i][0] = (uint8_t)(i + 1);
    }
    for (uint32_t i = 0; i < PEOPLE; i++) {
        vt_address_from_key(VT_SCHEME_SCHNORR, vt_view_of(keys[i], 32),
                            &people[i]);
        nonces[i] = 0;
    }
    (void)vt_buf_printf(&text, "[governors]\n");
    for (uint32_t i = MEMBERS; i < MEMBERS + GOVERNORS; i++) {
        (void)vt_address_format("vt", &people[i], shown);
        (void)vt_buf_printf(&text, "g%u = %s\n", i, shown);
    }
    (void)vt_buf_printf(&text, "[genesis]\n");
    for (uint32_t i = MEMBERS; i < PEOPLE; i++) {
        (void)vt_address_format("vt", &people[i], shown);
        (void)vt_buf_printf(&text, "%s = 1500 BVC\n%s = 1000 BVG\n", shown,
                            shown);
    }
    ck_assert_msg(vt_chain_config_load_text("t.ini", vt_buf_text(&text),
                                            text.len, &config, &err) == VT_OK &&
                      vt_rules_new(config, &rules, &err) == VT_OK &&
                      vt_rules_genesis(rules, &state, &err) == VT_OK,
                  "%s", err.text);
    vt_buf_fini(&text);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        weights[i] = 1;
    }
    height = 0;
    epoch = 0;
}

static void drop(void)
{
    vt_state_unref(state);
    vt_rules_free(rules);
    vt_chain_config_free(config);
}

static struct vt_electorate members(void)
{
    struct vt_electorate now = {.members = people,
                                .weights = weights,
                                .count = MEMBERS,
                                .scheme = VT_SCHEME_SCHNORR,
                                .epoch = epoch};

    return now;
}

static void open_block(void)
{
    struct vt_exec_block block;

    height++;
    block = (struct vt_exec_block){.height = height,
                                   .time_ms = 1000000 + (int64_t)height,
                                   .parent_time_ms = 999999 + (int64_t)height,
                                   .proposer = people[0],
                                   .now = members()};

    ck_assert_int_eq(vt_exec_new(rules, state, &block, &exec), VT_OK);
}

static void close_block(void)
{
    const struct vt_receipt *receipts;
    struct vt_state *next;
    struct vt_hash root;
    size_t count;

    ck_assert_int_eq(vt_exec_finish(exec, &next, &receipts, &count, &root),
                     VT_OK);
    vt_state_unref(state);
    state = next;
    vt_exec_free(exec);
}

static void go_to(uint64_t to)
{
    while (height < to) {
        open_block();
        close_block();
    }
}

static uint32_t say(uint32_t who, uint16_t kind, struct vt_view payload,
                    uint64_t fee)
{
    struct vt_tx tx = {.version = 1,
                       .scheme = 1,
                       .nonce = nonces[who],
                       .kind = kind,
                       .fee = vt_amount_u64(fee),
                       .sender = people[who],
                       .payload = payload};
    uint32_t code = 0;

    ck_assert_int_eq(vt_exec_tx(exec, &tx, &code), VT_OK);
    nonces[who] += code == VT_TX_DONE || code >= VT_TX_NO_FUNDS;
    return code;
}

static struct vt_buf spec_of(uint64_t at, const char *engine, uint32_t others)
{
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    struct vt_buf list = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx_switch p = {
        .at = at, .engine = vt_view_str(engine), .member_count = others};

    for (uint32_t i = 0; i < others; i++) {
        struct vt_switch_member m = {.name = vt_view_str("m"),
                                     .pk = vt_view_of(keys[i + 2], 32),
                                     .weight = i == 0 ? 10 : 1};

        ck_assert_int_eq(vt_switch_member_encode(&m, &list), VT_OK);
    }
    p.members = vt_buf_view(&list);
    ck_assert_int_eq(vt_tx_switch_encode(&p, &payload), VT_OK);
    vt_buf_fini(&list);
    return payload;
}

static uint32_t propose(uint32_t who, uint64_t at, const char *engine)
{
    struct vt_buf payload = spec_of(at, engine, 0);
    uint32_t code = say(who, VT_TX_SWITCH, vt_buf_view(&payload), 5);

    vt_buf_fini(&payload);
    return code;
}

static uint32_t ready(uint32_t who, uint64_t fee)
{
    struct vt_switch sw;
    struct vt_hash none = {{1}};

    if (vt_switch_get(state, &sw) != VT_OK) {
        sw.digest = none;
    }
    return say(who, VT_TX_READY, vt_view_of(sw.digest.b, 32), fee);
}

/* 0: none under way */
static int phase(void)
{
    struct vt_switch sw;

    return vt_switch_get(state, &sw) == VT_OK ? (int)sw.phase : 0;
}

/* Two governors of three agree on raft at AT. */
static void schedule(void)
{
    open_block();
    ck_assert_uint_eq(propose(4, AT, "raft"), VT_TX_DONE);
    ck_assert_uint_eq(propose(5, AT, "raft"), VT_TX_DONE);
    close_block();
    ck_assert_int_eq(phase(), VT_SWITCH_SCHEDULED);
}

static void all_ready(uint32_t count)
{
    open_block();
    for (uint32_t i = 0; i < count; i++) {
        ck_assert_uint_eq(ready(i, 0), VT_TX_DONE);
    }
    close_block();
}

START_TEST(more_than_half_of_the_governors_must_agree)
{
    begin("");
    open_block();
    ck_assert_uint_eq(propose(7, AT, "raft"), VT_TX_NOT_GOVERNOR);
    ck_assert_uint_eq(propose(0, AT, "raft"), VT_TX_NO_FEE_FUNDS);
    ck_assert_uint_eq(propose(4, AT, "raft"), VT_TX_DONE);
    ck_assert_uint_eq(propose(4, AT, "raft"), VT_TX_DONE);
    close_block();
    ck_assert_int_eq(phase(), VT_SWITCH_PROPOSED);
    open_block();
    ck_assert_uint_eq(propose(6, AT, "raft"), VT_TX_DONE);
    close_block();
    ck_assert_int_eq(phase(), VT_SWITCH_SCHEDULED);
    drop();
}
END_TEST

START_TEST(the_number_of_approvals_can_be_set)
{
    begin("approvals = 1\n");
    open_block();
    ck_assert_uint_eq(propose(5, AT, "raft"), VT_TX_DONE);
    close_block();
    ck_assert_int_eq(phase(), VT_SWITCH_SCHEDULED);
    drop();
}
END_TEST

START_TEST(a_proposal_gives_way_to_another_and_a_scheduled_switch_does_not)
{
    begin("");
    open_block();
    ck_assert_uint_eq(propose(4, AT, "raft"), VT_TX_DONE);
    ck_assert_uint_eq(propose(5, AT, "pow"), VT_TX_DONE);
    close_block();
    ck_assert_int_eq(phase(), VT_SWITCH_PROPOSED);
    open_block();
    ck_assert_uint_eq(propose(4, AT, "pow"), VT_TX_DONE);
    ck_assert_uint_eq(propose(6, AT, "raft"), VT_TX_SWITCH_BUSY);
    close_block();
    ck_assert_int_eq(phase(), VT_SWITCH_SCHEDULED);
    drop();
}
END_TEST

START_TEST(a_height_too_near_or_too_far_is_refused)
{
    begin("");
    open_block(); /* height 1 */
    ck_assert_uint_eq(propose(4, FREEZE + 16, "raft"), VT_TX_SWITCH_HEIGHT);
    ck_assert_uint_eq(propose(4, 10000002, "raft"), VT_TX_SWITCH_HEIGHT);
    ck_assert_uint_eq(propose(4, UINT64_MAX, "raft"), VT_TX_SWITCH_HEIGHT);
    ck_assert_uint_eq(propose(4, FREEZE + 17, "raft"), VT_TX_DONE);
    close_block();
    drop();
}
END_TEST

START_TEST(with_all_ready_the_next_epoch_is_written_down)
{
    struct vt_epoch_entry entry;
    struct vt_switch_last last;
    struct vt_tx_switch spec;

    begin("");
    schedule();
    all_ready(MEMBERS);
    go_to(AT - FREEZE - 1);
    ck_assert_int_eq(phase(), VT_SWITCH_SCHEDULED);
    go_to(AT - FREEZE);
    ck_assert_int_eq(phase(), VT_SWITCH_SEALING);
    go_to(AT - 1);
    ck_assert_int_eq(vt_epoch_entry_get(state, 1, &entry), VT_E_NOTFOUND);
    go_to(AT);
    ck_assert_int_eq(phase(), 0);
    ck_assert_int_eq(vt_epoch_entry_get(state, 1, &entry), VT_OK);
    ck_assert_uint_eq(entry.start_height, AT + 1);
    ck_assert_int_eq(vt_tx_switch_decode(entry.spec, &spec), VT_OK);
    ck_assert(vt_view_eq(spec.engine, vt_view_str("raft")));
    ck_assert_int_eq(vt_switch_last_get(state, &last), VT_OK);
    ck_assert_int_eq((int)last.outcome, VT_SWITCH_DONE);
    ck_assert_uint_eq(last.at, AT);
    drop();
}
END_TEST

START_TEST(three_of_four_are_enough_and_two_are_not)
{
    for (uint32_t count = 2; count <= 3; count++) {
        struct vt_switch_last last;

        begin("");
        schedule();
        all_ready(count);
        go_to(AT - FREEZE);
        ck_assert_int_eq(phase(), count == 3 ? VT_SWITCH_SEALING : 0);
        if (count == 2) {
            ck_assert_int_eq(vt_switch_last_get(state, &last), VT_OK);
            ck_assert_int_eq((int)last.outcome, VT_SWITCH_NOT_READY);
            ck_assert_uint_eq(last.ready, 2);
            ck_assert_uint_eq(last.total, 4);
        }
        drop();
    }
}
END_TEST

START_TEST(readiness_counts_by_weight_of_the_next_members)
{
    for (int heavy = 0; heavy <= 1; heavy++) {
        struct vt_buf payload;

        begin("approvals = 1\n");
        payload =
            spec_of(AT, "raft", 5); /* keys 2..6; the first has 10 of 14 */
        open_block();
        ck_assert_uint_eq(say(4, VT_TX_SWITCH, vt_buf_view(&payload), 5),
                          VT_TX_DONE);
        close_block();
        open_block();
        if (heavy) {
            ck_assert_uint_eq(ready(2, 0), VT_TX_DONE);
        } else {
            for (uint32_t i = 3; i <= 6; i++) {
                ck_assert_uint_eq(ready(i, 0), VT_TX_DONE);
            }
        }
        ck_assert_uint_eq(ready(0, 0), VT_TX_FEE_TOO_LOW); /* leaves */
        close_block();
        go_to(AT - FREEZE);
        ck_assert_int_eq(phase(), heavy ? VT_SWITCH_SEALING : 0);
        vt_buf_fini(&payload);
        drop();
    }
}
END_TEST

START_TEST(only_a_readiness_that_is_awaited_is_free)
{
    begin("");
    open_block();
    ck_assert_uint_eq(ready(0, 0), VT_TX_FEE_TOO_LOW); /* no switch */
    ck_assert_uint_eq(ready(7, 5), VT_TX_NOT_AWAITED);
    close_block();
    schedule();
    open_block();
    ck_assert_uint_eq(ready(7, 0), VT_TX_FEE_TOO_LOW); /* no member */
    ck_assert_uint_eq(ready(1, 0), VT_TX_DONE);
    ck_assert_uint_eq(ready(1, 0), VT_TX_FEE_TOO_LOW); /* again */
    ck_assert_uint_eq(say(2, VT_TX_READY, vt_view_str("short"), 0),
                      VT_TX_FEE_TOO_LOW);
    close_block();
    drop();
}
END_TEST

START_TEST(a_members_readiness_may_wait_for_the_block_that_asks_for_it)
{
    struct vt_electorate now = members();
    struct vt_hash digest = {{9}};
    struct vt_tx tx = {.version = 1,
                       .scheme = 1,
                       .kind = VT_TX_READY,
                       .payload = vt_view_of(digest.b, 32)};

    begin("");
    tx.sender = people[3];
    ck_assert_uint_eq(vt_ledger_admit(rules, &now, state, &tx.chain_id, 1, &tx),
                      VT_TX_DONE);
    tx.sender = people[7];
    ck_assert_uint_eq(vt_ledger_admit(rules, &now, state, &tx.chain_id, 1, &tx),
                      VT_TX_FEE_TOO_LOW);
    drop();
}
END_TEST

static uint32_t admit(uint32_t who, uint64_t at, const char *engine)
{
    struct vt_electorate now = members();
    struct vt_buf payload = spec_of(at, engine, 0);
    struct vt_tx tx = {.version = 1,
                       .scheme = 1,
                       .kind = VT_TX_SWITCH,
                       .fee = vt_amount_u64(5),
                       .nonce = nonces[who],
                       .sender = people[who],
                       .payload = vt_buf_view(&payload)};
    uint32_t code =
        vt_ledger_admit(rules, &now, state, &tx.chain_id, height + 1, &tx);

    vt_buf_fini(&payload);
    return code;
}

START_TEST(a_switch_that_cannot_be_is_refused_before_it_costs_a_fee)
{
    begin("");
    ck_assert_uint_eq(admit(7, AT, "raft"), VT_TX_NOT_GOVERNOR);
    ck_assert_uint_eq(admit(4, FREEZE + 16, "raft"), VT_TX_SWITCH_HEIGHT);
    ck_assert_uint_eq(admit(4, 10000002, "raft"), VT_TX_SWITCH_HEIGHT);
    ck_assert_uint_eq(admit(4, AT, "no stem"), VT_TX_BAD_PAYLOAD);
    ck_assert_uint_eq(admit(4, AT, "raft"), VT_TX_DONE);
    schedule();
    ck_assert_uint_eq(admit(6, AT, "raft"), VT_TX_DONE); /* agrees, late */
    ck_assert_uint_eq(admit(6, AT, "pow"), VT_TX_SWITCH_BUSY);
    drop();
}
END_TEST

START_TEST(a_proposal_nobody_else_approved_is_gone_at_the_freeze)
{
    struct vt_switch_last last;

    begin("");
    open_block();
    ck_assert_uint_eq(propose(4, AT, "raft"), VT_TX_DONE);
    close_block();
    go_to(AT - FREEZE);
    ck_assert_int_eq(phase(), 0);
    ck_assert_int_eq(vt_switch_last_get(state, &last), VT_OK);
    ck_assert_int_eq((int)last.outcome, VT_SWITCH_NOT_APPROVED);
    drop();
}
END_TEST

START_TEST(nothing_stops_a_switch_that_is_sealing)
{
    begin("");
    schedule();
    all_ready(3);
    go_to(AT - FREEZE);
    open_block();
    ck_assert_uint_eq(propose(4, AT + 50, "pow"), VT_TX_SWITCH_BUSY);
    ck_assert_uint_eq(ready(3, 5), VT_TX_NO_FEE_FUNDS);
    close_block();
    go_to(AT);
    ck_assert_int_eq(phase(), 0);
    epoch = 1;
    open_block();
    ck_assert_uint_eq(propose(4, AT + 50, "pow"), VT_TX_DONE);
    close_block();
    ck_assert_int_eq(phase(), VT_SWITCH_PROPOSED);
    drop();
}
END_TEST

START_TEST(without_governors_two_thirds_of_the_members_agree)
{
    struct vt_buf text = VT_BUF_INIT(4096);
    struct vt_buf payload = spec_of(AT, "raft", 0);
    struct vt_err err = VT_ERR_INIT;

    begin("");
    drop();
    (void)vt_buf_printf(&text, "[chain]\nname = t\nconsensus = pbft\n"
                               "genesis_time = 1000000\nswitch_freeze = 20\n");
    ck_assert_msg(vt_chain_config_load_text("t.ini", vt_buf_text(&text),
                                            text.len, &config, &err) == VT_OK &&
                      vt_rules_new(config, &rules, &err) == VT_OK &&
                      vt_rules_genesis(rules, &state, &err) == VT_OK,
                  "%s", err.text);
    for (uint32_t i = 0; i < 3; i++) {
        open_block();
        ck_assert_uint_eq(say(i, VT_TX_SWITCH, vt_buf_view(&payload), 0),
                          VT_TX_DONE);
        close_block();
        ck_assert_int_eq(phase(),
                         i < 2 ? VT_SWITCH_PROPOSED : VT_SWITCH_SCHEDULED);
    }
    vt_buf_fini(&text);
    vt_buf_fini(&payload);
    drop();
}
END_TEST

int main(void)
{
    const TTest *const approving[] = {
        more_than_half_of_the_governors_must_agree,
        the_number_of_approvals_can_be_set,
        a_proposal_gives_way_to_another_and_a_scheduled_switch_does_not,
        a_height_too_near_or_too_far_is_refused,
        a_switch_that_cannot_be_is_refused_before_it_costs_a_fee,
        without_governors_two_thirds_of_the_members_agree,
        a_proposal_nobody_else_approved_is_gone_at_the_freeze};
    const TTest *const readiness[] = {
        with_all_ready_the_next_epoch_is_written_down,
        three_of_four_are_enough_and_two_are_not,
        readiness_counts_by_weight_of_the_next_members,
        only_a_readiness_that_is_awaited_is_free,
        a_members_readiness_may_wait_for_the_block_that_asks_for_it,
        nothing_stops_a_switch_that_is_sealing};
    Suite *suite = suite_create("switch");

    VT_SUITE_ADD(suite, "approving", approving);
    VT_SUITE_ADD(suite, "readiness", readiness);
    return vt_suite_run(suite);
}
