/* SPDX-License-Identifier: Apache-2.0
 *
 * check_stake.c - stake, votes, candidates, elections and offences in the
 * ledger: who gets which seat when, what is burnt, and that no token is made
 * or lost on the way.
 */
#include "unit/suite.h"

#include <vt/signature.h>

#include "base/bytes.h"
#include "base/status.h"
#include "ledger/election.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <string.h>

#define MEMBERS 4u
#define PEOPLE 12u /* 0..3 sit at first, 4..11 do not */
#define FREEZE 16u
#define EVERY 400u
#define ELECTION (EVERY - FREEZE - VT_ELECTION_LEAD) /* height of the first */

static struct vt_chain_config *config;
static struct vt_rules *rules;
static struct vt_state *state;
static struct vt_address people[PEOPLE];
static struct vt_view keys[PEOPLE];
static uint8_t key_bytes[PEOPLE][32];
static char names[PEOPLE][16];
static uint64_t nonces[PEOPLE];
static uint64_t height, epoch, start_height;
static struct vt_exec *exec;
/* the members of the epoch */
static struct vt_address seat_address[PEOPLE];
static struct vt_view seat_key[PEOPLE];
static const char *seat_name[PEOPLE];
static uint64_t seat_weight[PEOPLE];
static uint32_t seats;
static uint32_t convicts; /* member the judge names; above: evidence is bad */

static vt_status judge_it(void *ctx, const struct vt_tx_evidence *evidence,
                          int *is_good, uint32_t *member,
                          struct vt_address *offender)
{
    (void)ctx;
    (void)evidence;
    *is_good = convicts < seats;
    if (*is_good) {
        *member = convicts;
        *offender = seat_address[convicts];
    }
    return VT_OK;
}

static const struct vt_judge judge = {NULL, judge_it};

static struct vt_electorate members(void)
{
    struct vt_electorate now = {.members = seat_address,
                                .weights = seat_weight,
                                .names = seat_name,
                                .keys = seat_key,
                                .count = seats,
                                .scheme = VT_SCHEME_SCHNORR,
                                .epoch = epoch,
                                .start_height = start_height,
                                .judge = &judge};

    return now;
}

static void seat(uint32_t at, uint32_t who)
{
    seat_address[at] = people[who];
    seat_key[at] = keys[who];
    seat_name[at] = names[who];
    seat_weight[at] = 1;
}

static void make_people(struct vt_buf *text)
{
    char shown[91];

    (void)vt_buf_printf(text, "[genesis]\n");
    for (uint32_t i = 0; i < PEOPLE; i++) {
        key_bytes[i][0] = (uint8_t)(i + 1);
        keys[i] = vt_view_of(key_bytes[i], 32);
        (void)snprintf(names[i], sizeof names[i], "node%u", i);
        vt_address_from_key(VT_SCHEME_SCHNORR, keys[i], &people[i]);
        nonces[i] = 0;
        (void)vt_address_format("vt", &people[i], shown);
        (void)vt_buf_printf(text, "%s = 5000 BVC\n%s = 1000 BVG\n", shown,
                            shown);
    }
}

static void begin(const char *more)
{
    struct vt_buf text = VT_BUF_INIT(65536);
    struct vt_err err = VT_ERR_INIT;

    (void)vt_buf_printf(&text,
                        "[chain]\nname = t\nconsensus = pbft\n"
                        "genesis_time = 1000000\nfee_min = 5\n"
                        "switch_freeze = 16\n"
                        "[economy]\ntoken_supply = 60000\nburn_rate = 0\n"
                        "[election]\nunbond = 1200\n%s%s%s",
                        strstr(more, "every") == NULL ? "every = 400\n" : "",
                        strstr(more, "seats") == NULL ? "seats = 5\n" : "",
                        more);
    make_people(&text);
    ck_assert_msg(vt_chain_config_load_text("t.ini", vt_buf_text(&text),
                                            text.len, &config, &err) == VT_OK &&
                      vt_rules_new(config, &rules, &err) == VT_OK &&
                      vt_rules_genesis(rules, &state, &err) == VT_OK,
                  "%s", err.text);
    vt_buf_fini(&text);
    seats = MEMBERS;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        seat(i, i);
    }
    height = epoch = 0;
    start_height = 1;
    convicts = UINT32_MAX;
}

static void drop(void)
{
    vt_state_unref(state);
    vt_rules_free(rules);
    vt_chain_config_free(config);
}

static void open_by(uint32_t proposer)
{
    struct vt_exec_block block = {.proposer = people[proposer],
                                  .now = members()};

    block.height = ++height;
    block.time_ms = 1000000 + (int64_t)height;
    block.parent_time_ms = 999999 + (int64_t)height;
    ck_assert_int_eq(vt_exec_new(rules, state, &block, &exec), VT_OK);
}

static void open_block(void)
{
    open_by((uint32_t)(height % MEMBERS));
}

/* All tokens are somewhere. */
static void check_supply(void)
{
    struct vt_amount total;
    struct vt_amount all;

    ck_assert_int_eq(vt_ledger_total(state, &vt_asset_token, &total), VT_OK);
    ck_assert_int_eq(vt_amount_parse("60000", 8, &all, NULL), VT_OK);
    ck_assert_int_eq(vt_amount_cmp(total, all), 0);
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
    check_supply();
}

static void go_to(uint64_t to)
{
    while (height < to) {
        open_block();
        close_block();
    }
}

static struct vt_amount tokens(uint64_t whole)
{
    struct vt_amount out;

    ck_assert(vt_amount_mul_div(vt_amount_u64(whole), 100000000, 1, &out));
    return out;
}

static uint32_t say(uint32_t who, uint16_t kind, struct vt_view payload,
                    uint64_t fee)
{
    static uint8_t count;
    struct vt_tx tx = {.version = 1,
                       .scheme = VT_SCHEME_SCHNORR,
                       .pk = keys[who],
                       .nonce = nonces[who],
                       .kind = kind,
                       .fee = vt_amount_u64(fee),
                       .sender = people[who],
                       .payload = payload};
    uint32_t code = 0;

    tx.id.b[0] = ++count;
    tx.id.b[1] = 1;
    ck_assert_int_eq(vt_exec_tx(exec, &tx, &code), VT_OK);
    nonces[who] += code == VT_TX_DONE || code >= VT_TX_NO_FUNDS;
    return code;
}

static uint32_t amount(uint32_t who, uint16_t kind, uint64_t whole)
{
    struct vt_buf payload = VT_BUF_INIT(64);
    uint32_t code;

    ck_assert_int_eq(vt_tx_stake_encode(tokens(whole), &payload), VT_OK);
    code = say(who, kind, vt_buf_view(&payload), 5);
    vt_buf_fini(&payload);
    return code;
}

static uint32_t stake(uint32_t who, uint64_t whole)
{
    return amount(who, VT_TX_STAKE, whole);
}

static uint32_t unstake(uint32_t who, uint64_t whole)
{
    return amount(who, VT_TX_UNSTAKE, whole);
}

static uint32_t vote(uint32_t who, const struct vt_address *to)
{
    return say(who, VT_TX_VOTE, vt_view_of(to->b, sizeof to->b), 5);
}

static uint32_t stand(uint32_t who, const char *name)
{
    struct vt_buf payload = VT_BUF_INIT(128);
    uint32_t code;

    ck_assert_int_eq(vt_tx_candidate_encode(vt_view_str(name), &payload),
                     VT_OK);
    code = say(who, VT_TX_CANDIDATE, vt_buf_view(&payload), 5);
    vt_buf_fini(&payload);
    return code;
}

static void stand_with(uint32_t who, uint64_t whole)
{
    ck_assert_uint_eq(stake(who, whole), VT_TX_DONE);
    ck_assert_uint_eq(stand(who, names[who]), VT_TX_DONE);
}

static uint32_t accuse(uint32_t who, uint64_t of_epoch, uint32_t kind,
                       uint64_t fee)
{
    struct vt_buf payload = VT_BUF_INIT(256);
    struct vt_tx_evidence p = {.epoch = of_epoch,
                               .kind = kind,
                               .a = vt_view_str("one"),
                               .b = vt_view_str("other")};
    uint32_t code;

    ck_assert_int_eq(vt_tx_evidence_encode(&p, &payload), VT_OK);
    code = say(who, VT_TX_EVIDENCE, vt_buf_view(&payload), fee);
    vt_buf_fini(&payload);
    return code;
}

static struct vt_nominee nominee(uint32_t who)
{
    struct vt_nominee n;

    memset(&n, 0, sizeof n);
    (void)vt_nominee_get(state, &people[who], &n);
    return n;
}

static struct vt_stake stake_of(uint32_t who)
{
    struct vt_stake s;

    ck_assert_int_eq(vt_stake_get(state, &people[who], &s), VT_OK);
    return s;
}

static int is(struct vt_amount a, uint64_t whole)
{
    return vt_amount_cmp(a, tokens(whole)) == 0;
}

/* The names of those who are to be members, as "node7 node0", best first. */
static const char *elected(void)
{
    static char text[512];
    struct vt_switch sw;
    struct vt_tx_switch spec;

    text[0] = '\0';
    if (vt_switch_get(state, &sw) != VT_OK) {
        return "nobody";
    }
    ck_assert_int_eq(vt_tx_switch_decode(sw.spec, &spec), VT_OK);
    ck_assert_uint_eq(spec.engine.len, 0);
    for (uint32_t i = 0; i < spec.member_count; i++) {
        struct vt_switch_member m;
        size_t at = strlen(text);

        vt_tx_switch_member(&spec, i, &m);
        (void)snprintf(text + at, sizeof text - at, "%s%.*s", i > 0 ? " " : "",
                       (int)m.name.len, (const char *)m.name.ptr);
        if (m.weight != 1) {
            at = strlen(text);
            (void)snprintf(text + at, sizeof text - at, "*%llu",
                           (unsigned long long)m.weight);
        }
    }
    return text;
}

/* ---- stake and votes ----------------------------------------------------- */

START_TEST(stake_moves_from_the_account_and_back_after_its_time)
{
    struct vt_account a;
    struct vt_stake s;

    begin("");
    open_block();
    ck_assert_uint_eq(stake(4, 5001), VT_TX_NO_FUNDS);
    ck_assert_uint_eq(stake(4, 0), VT_TX_BAD_AMOUNT);
    ck_assert_uint_eq(stake(4, 3000), VT_TX_DONE);
    ck_assert_uint_eq(unstake(4, 3001), VT_TX_NO_FUNDS);
    ck_assert_uint_eq(unstake(4, 1000), VT_TX_DONE);
    close_block();
    s = stake_of(4);
    ck_assert(is(s.staked, 2000));
    ck_assert_uint_eq(s.leaving_count, 1);
    ck_assert_uint_eq(s.leaving[0].free_at, 1201);
    go_to(1199);
    open_block();
    ck_assert_uint_eq(unstake(4, 0), VT_TX_DONE); /* too early */
    close_block();
    ck_assert_int_eq(vt_account_get(state, &people[4], &a), VT_OK);
    ck_assert(is(a.token, 2000));
    open_block();
    ck_assert_uint_eq(unstake(4, 0), VT_TX_DONE);
    close_block();
    ck_assert_int_eq(vt_account_get(state, &people[4], &a), VT_OK);
    ck_assert(is(a.token, 3000));
    ck_assert_uint_eq(stake_of(4).leaving_count, 0);
    drop();
}
END_TEST

START_TEST(so_many_withdrawals_and_no_more)
{
    begin("");
    open_block();
    ck_assert_uint_eq(stake(4, 100), VT_TX_DONE);
    for (uint32_t i = 0; i < VT_LEAVING_MAX; i++) {
        ck_assert_uint_eq(unstake(4, 1), VT_TX_DONE);
    }
    ck_assert_uint_eq(unstake(4, 1), VT_TX_LEAVING_FULL);
    close_block();
    ck_assert(is(stake_of(4).staked, 100 - VT_LEAVING_MAX));
    drop();
}
END_TEST

START_TEST(an_account_without_stake_leaves_no_entry)
{
    uint64_t before;

    begin("");
    go_to(1);
    before = vt_state_count(state, VT_LEDGER_ASSET);
    open_block();
    ck_assert_uint_eq(stake(4, 100), VT_TX_DONE);
    close_block();
    open_block();
    ck_assert_uint_eq(unstake(4, 100), VT_TX_DONE);
    close_block();
    ck_assert_uint_eq(vt_state_count(state, VT_LEDGER_ASSET), before + 1);
    go_to(1203);
    open_block();
    ck_assert_uint_eq(unstake(4, 0), VT_TX_DONE);
    close_block();
    ck_assert_uint_eq(vt_state_count(state, VT_LEDGER_ASSET), before);
    drop();
}
END_TEST

START_TEST(votes_follow_the_stake_behind_them)
{
    begin("");
    open_block();
    stand_with(5, 1000);
    ck_assert_uint_eq(stake(6, 200), VT_TX_DONE);
    ck_assert_uint_eq(vote(6, &people[5]), VT_TX_DONE);
    ck_assert_uint_eq(stake(6, 100), VT_TX_DONE);
    ck_assert_uint_eq(vote(7, &people[5]), VT_TX_DONE); /* before it stakes */
    ck_assert_uint_eq(stake(7, 50), VT_TX_DONE);
    close_block();
    ck_assert(is(nominee(5).votes, 1350));
    open_block();
    ck_assert_uint_eq(unstake(6, 300), VT_TX_DONE);
    ck_assert_uint_eq(vote(7, &vt_address_black_hole), VT_TX_DONE);
    close_block();
    ck_assert(is(nominee(5).votes, 1000));
    drop();
}
END_TEST

START_TEST(one_votes_for_who_stands_and_a_candidate_for_itself)
{
    begin("");
    open_block();
    ck_assert_uint_eq(vote(4, &people[5]), VT_TX_NOT_CANDIDATE);
    stand_with(5, 1000);
    stand_with(6, 1000);
    ck_assert_uint_eq(vote(5, &people[6]), VT_TX_OWN_VOTE);
    ck_assert_uint_eq(vote(5, &people[5]), VT_TX_DONE);
    ck_assert_uint_eq(stand(6, ""), VT_TX_DONE);
    ck_assert_uint_eq(stand(6, ""), VT_TX_NOT_CANDIDATE);
    ck_assert_uint_eq(vote(4, &people[6]), VT_TX_NOT_CANDIDATE);
    ck_assert_uint_eq(vote(6, &people[5]), VT_TX_DONE);
    close_block();
    ck_assert(is(nominee(5).votes, 2000));
    ck_assert(is(nominee(6).votes, 0));
    drop();
}
END_TEST

START_TEST(a_candidate_needs_stake_and_a_name_of_its_own)
{
    begin("candidate_stake = 1500\n");
    open_block();
    ck_assert_uint_eq(stake(5, 1499), VT_TX_DONE);
    ck_assert_uint_eq(stand(5, "node5"), VT_TX_LOW_STAKE);
    ck_assert_uint_eq(stake(5, 1), VT_TX_DONE);
    ck_assert_uint_eq(stand(5, "node0"), VT_TX_NAME_TAKEN); /* it sits */
    ck_assert_uint_eq(stand(5, "two words"), VT_TX_BAD_PAYLOAD);
    ck_assert_uint_eq(stand(5, "five"), VT_TX_DONE);
    ck_assert_uint_eq(stake(6, 1500), VT_TX_DONE);
    ck_assert_uint_eq(stand(6, "five"), VT_TX_NAME_TAKEN);
    ck_assert_uint_eq(stand(5, ""), VT_TX_DONE);
    ck_assert_uint_eq(stand(6, "five"), VT_TX_NAME_TAKEN); /* for ever */
    ck_assert_uint_eq(stand(5, "five"), VT_TX_DONE);
    close_block();
    drop();
}
END_TEST

START_TEST(a_chain_without_elections_takes_no_stake)
{
    begin("every = 0\n");
    open_block();
    ck_assert_uint_eq(stake(4, 10), VT_TX_NO_ELECTION);
    ck_assert_uint_eq(stand(4, "node4"), VT_TX_NO_ELECTION);
    ck_assert_uint_eq(vote(4, &vt_address_black_hole), VT_TX_NO_ELECTION);
    close_block();
    go_to(2 * EVERY);
    ck_assert_str_eq(elected(), "nobody");
    drop();
}
END_TEST

/* ---- elections ----------------------------------------------------------- */

START_TEST(without_candidates_the_members_stay)
{
    struct vt_switch sw;

    begin("");
    go_to(ELECTION - 1);
    ck_assert_str_eq(elected(), "nobody");
    go_to(ELECTION);
    ck_assert_int_eq(vt_switch_get(state, &sw), VT_OK);
    ck_assert_int_eq((int)sw.phase, VT_SWITCH_SCHEDULED);
    ck_assert_uint_eq(sw.at, EVERY);
    ck_assert_uint_eq(strlen(elected()), strlen("node0 node1 node2 node3"));
    drop();
}
END_TEST

START_TEST(most_votes_come_first_and_one_newcomer_at_a_time)
{
    begin("");
    open_block();
    stand_with(5, 1000);
    stand_with(6, 1001);
    stand_with(2, 1002);
    close_block();
    go_to(ELECTION);
    /* of five seats one is free; the bound for four members is one newcomer */
    ck_assert_int_eq(strncmp(elected(), "node2 node6 node", 16), 0);
    ck_assert_ptr_null(strstr(elected(), "node5"));
    ck_assert_uint_eq(strlen(elected()),
                      strlen("node2 node6 node0 node1 node3"));
    drop();
}
END_TEST

START_TEST(a_newcomer_takes_the_seat_of_who_has_no_votes)
{
    begin("seats = 4\n");
    open_block();
    stand_with(0, 2000);
    stand_with(1, 2000);
    stand_with(2, 2000);
    stand_with(7, 1000);
    close_block();
    go_to(ELECTION);
    ck_assert_ptr_nonnull(strstr(elected(), "node7"));
    ck_assert_ptr_null(strstr(elected(), "node3"));
    drop();
}
END_TEST

START_TEST(who_fell_below_the_stake_is_no_candidate)
{
    begin("");
    open_block();
    stand_with(5, 1000);
    ck_assert_uint_eq(unstake(5, 1), VT_TX_DONE);
    close_block();
    go_to(ELECTION);
    ck_assert_ptr_null(strstr(elected(), "node5"));
    drop();
}
END_TEST

START_TEST(weights_by_stake_are_whole_tokens)
{
    begin("weights = stake\n");
    open_block();
    stand_with(0, 2500);
    ck_assert_uint_eq(stake(8, 4000), VT_TX_DONE);
    ck_assert_uint_eq(vote(8, &people[0]), VT_TX_DONE);
    close_block();
    go_to(ELECTION);
    ck_assert_int_eq(strncmp(elected(), "node0*6500 node", 15), 0);
    drop();
}
END_TEST

START_TEST(a_proposal_gives_way_to_an_election_and_a_scheduled_switch_does_not)
{
    for (uint32_t votes = 2; votes <= 3; votes++) {
        struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
        struct vt_tx_switch p = {.at = 390, .engine = vt_view_str("raft")};
        struct vt_switch sw;

        begin("");
        ck_assert_int_eq(vt_tx_switch_encode(&p, &payload), VT_OK);
        open_block();
        for (uint32_t i = 0; i < votes; i++) {
            ck_assert_uint_eq(say(i, VT_TX_SWITCH, vt_buf_view(&payload), 5),
                              VT_TX_DONE);
        }
        close_block();
        go_to(ELECTION);
        ck_assert_int_eq(vt_switch_get(state, &sw), VT_OK);
        ck_assert_uint_eq(sw.at, votes == 3 ? 390 : EVERY);
        ck_assert_int_eq((int)sw.phase, VT_SWITCH_SCHEDULED);
        vt_buf_fini(&payload);
        drop();
    }
}
END_TEST

START_TEST(the_second_election_counts_from_its_own_epoch)
{
    begin("");
    go_to(1000);
    epoch = 3;
    start_height = 1001;
    go_to(1000 + ELECTION - 1);
    ck_assert_str_eq(elected(), "nobody");
    go_to(1000 + ELECTION);
    ck_assert_str_ne(elected(), "nobody");
    drop();
}
END_TEST

START_TEST(who_makes_too_few_blocks_gives_way_to_who_waits)
{
    for (int waits = 0; waits <= 1; waits++) {
        begin("seats = 4\npresence = 50\n");
        open_by(0);
        stand_with(3, 4000); /* most votes, and then nowhere to be seen */
        if (waits) {
            stand_with(6, 1000);
        }
        close_block();
        while (height < ELECTION) {
            open_by((uint32_t)(height % 3));
            close_block();
        }
        if (waits) {
            ck_assert_ptr_null(strstr(elected(), "node3"));
            ck_assert_ptr_nonnull(strstr(elected(), "node6"));
        } else {
            ck_assert_ptr_nonnull(strstr(elected(), "node3"));
        }
        drop();
    }
}
END_TEST

START_TEST(newcomers_are_bounded_by_a_third)
{
    struct contender list[40];

    for (uint32_t sitting = 1; sitting <= 20; sitting++) {
        uint32_t bound = sitting < 6 ? 1 : sitting / 3;
        uint32_t newcomers = 0;
        uint32_t chosen;

        ck_assert_uint_eq(vt_election_newcomers_max(sitting), bound);
        memset(list, 0, sizeof list);
        for (uint32_t i = 0; i < sitting + 20; i++) {
            list[i].address.b[1] = (uint8_t)(i * 37);
            list[i].address.b[2] = (uint8_t)i;
            list[i].sits = i < sitting;
            list[i].votes = vt_amount_u64(i < sitting ? 1 : 1000 + i);
        }
        for (uint32_t i = 0; i < sitting + 20; i++) {
            static char unique[40][8];

            (void)snprintf(unique[i], sizeof unique[i], "n%u", i);
            list[i].name = vt_view_str(unique[i]);
        }
        chosen = vt_election_run(list, sitting + 20, sitting, sitting);
        ck_assert_uint_eq(chosen, sitting);
        for (uint32_t i = 0; i < chosen; i++) {
            newcomers += !list[i].sits;
        }
        ck_assert_uint_eq(newcomers, bound);
    }
}
END_TEST

/* ---- offences ------------------------------------------------------------ */

START_TEST(an_offence_burns_a_part_and_costs_the_seat)
{
    struct vt_offence o;
    struct vt_account hole;
    uint64_t count;

    begin("slash = 100\njail = 2\n");
    open_block();
    stand_with(1, 2000);
    ck_assert_uint_eq(unstake(1, 500), VT_TX_DONE);
    ck_assert_uint_eq(stake(8, 1000), VT_TX_DONE);
    ck_assert_uint_eq(vote(8, &people[1]), VT_TX_DONE);
    close_block();
    convicts = 1;
    open_block();
    ck_assert_uint_eq(accuse(0, 0, 7, 0), VT_TX_DONE);
    close_block();
    ck_assert(is(stake_of(1).staked, 1350));
    ck_assert(is(stake_of(1).leaving[0].amount, 450));
    ck_assert(is(stake_of(8).staked, 1000));
    ck_assert(is(nominee(1).votes, 2350));
    ck_assert(is(nominee(1).slashed, 200));
    ck_assert_int_eq(vt_account_get(state, &vt_address_black_hole, &hole),
                     VT_OK);
    ck_assert(is(hole.token, 200));
    ck_assert_int_eq(vt_offence_count(state, &count), VT_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(vt_offence_get(state, 0, &o), VT_OK);
    ck_assert_uint_eq(o.kind, 7);
    ck_assert_uint_eq(o.member, 1);
    ck_assert_mem_eq(&o.offender, &people[1], sizeof o.offender);
    ck_assert_mem_eq(&o.reporter, &people[0], sizeof o.reporter);
    go_to(ELECTION);
    ck_assert_ptr_null(strstr(elected(), "node1"));
    drop();
}
END_TEST

START_TEST(jail_ends)
{
    begin("jail = 2\n");
    open_block();
    stand_with(5, 1000);
    close_block();
    seat(3, 5);
    convicts = 3;
    open_block();
    ck_assert_uint_eq(accuse(0, 0, 7, 0), VT_TX_DONE);
    ck_assert_uint_eq(stake(5, 100), VT_TX_DONE); /* what was burnt */
    close_block();
    ck_assert_uint_eq(nominee(5).jailed_until, 2);
    seat(3, 3);
    for (epoch = 0; epoch <= 2; epoch++) {
        start_height = height + 1;
        go_to(height + ELECTION);
        ck_assert_int_eq(strstr(elected(), "node5") != NULL, epoch == 2);
        go_to(height + FREEZE + VT_ELECTION_LEAD); /* nobody was ready */
    }
    drop();
}
END_TEST

START_TEST(one_offence_is_punished_once)
{
    begin("slash = 100\n");
    open_block();
    stand_with(1, 1000);
    convicts = 1;
    ck_assert_uint_eq(accuse(0, 0, 7, 0), VT_TX_DONE);
    ck_assert_uint_eq(accuse(2, 0, 7, 0), VT_TX_FEE_TOO_LOW);
    ck_assert_uint_eq(accuse(2, 0, 7, 5), VT_TX_KNOWN_EVIDENCE);
    close_block();
    open_block();
    ck_assert_uint_eq(accuse(2, 0, 7, 5), VT_TX_KNOWN_EVIDENCE);
    ck_assert_uint_eq(accuse(2, 0, 8, 0), VT_TX_DONE); /* another rule */
    close_block();
    ck_assert(is(stake_of(1).staked, 810));
    drop();
}
END_TEST

START_TEST(bad_and_old_evidence_convicts_nobody)
{
    begin("");
    epoch = 5;
    open_block();
    ck_assert_uint_eq(accuse(0, 5, 7, 0), VT_TX_FEE_TOO_LOW);
    ck_assert_uint_eq(accuse(0, 5, 7, 5), VT_TX_BAD_EVIDENCE);
    convicts = 1;
    ck_assert_uint_eq(accuse(0, 2, 7, 5), VT_TX_OLD_EVIDENCE);
    ck_assert_uint_eq(accuse(0, 6, 7, 5), VT_TX_BAD_EVIDENCE); /* not yet */
    ck_assert_uint_eq(say(0, VT_TX_EVIDENCE, vt_view_str("x"), 5),
                      VT_TX_BAD_PAYLOAD);
    ck_assert_uint_eq(accuse(9, 5, 7, 0), VT_TX_FEE_TOO_LOW); /* no member */
    ck_assert_uint_eq(accuse(9, 3, 7, 5), VT_TX_DONE);
    close_block();
    drop();
}
END_TEST

START_TEST(a_member_that_never_stood_is_written_down_and_loses_its_seat)
{
    begin("");
    convicts = 2;
    open_block();
    ck_assert_uint_eq(accuse(0, 0, 1, 0), VT_TX_DONE);
    close_block();
    ck_assert_uint_eq(nominee(2).offences, 1);
    ck_assert_str_eq(nominee(2).name, "");
    go_to(ELECTION);
    ck_assert_ptr_null(strstr(elected(), "node2"));
    drop();
}
END_TEST

int main(void)
{
    const TTest *const staking[] = {
        stake_moves_from_the_account_and_back_after_its_time,
        so_many_withdrawals_and_no_more,
        an_account_without_stake_leaves_no_entry,
        votes_follow_the_stake_behind_them,
        one_votes_for_who_stands_and_a_candidate_for_itself,
        a_candidate_needs_stake_and_a_name_of_its_own,
        a_chain_without_elections_takes_no_stake};
    const TTest *const electing[] = {
        without_candidates_the_members_stay,
        most_votes_come_first_and_one_newcomer_at_a_time,
        a_newcomer_takes_the_seat_of_who_has_no_votes,
        who_fell_below_the_stake_is_no_candidate,
        weights_by_stake_are_whole_tokens,
        a_proposal_gives_way_to_an_election_and_a_scheduled_switch_does_not,
        the_second_election_counts_from_its_own_epoch,
        who_makes_too_few_blocks_gives_way_to_who_waits,
        newcomers_are_bounded_by_a_third};
    const TTest *const offending[] = {
        an_offence_burns_a_part_and_costs_the_seat, jail_ends,
        one_offence_is_punished_once, bad_and_old_evidence_convicts_nobody,
        a_member_that_never_stood_is_written_down_and_loses_its_seat};
    Suite *suite = suite_create("stake");

    VT_SUITE_ADD(suite, "staking", staking);
    VT_SUITE_ADD(suite, "electing", electing);
    VT_SUITE_ADD(suite, "offending", offending);
    return vt_suite_run(suite);
}
