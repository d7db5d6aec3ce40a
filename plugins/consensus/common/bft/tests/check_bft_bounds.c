/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bft_bounds.c - E1 to E4, and what nobody can make a core do.
 * It is member 3 of four unless said otherwise; leader of view v is v mod 4.
 */
#include "solo.h"

#include "state.h"
#include "unit/suite.h"

static struct solo s;
static struct bft_block root, one;

static void begin_as(uint32_t self)
{
    solo_start(&s, 4, self);
    root = solo_root(&s);
    one = solo_block(&s, 1, &root, 1);
}

static void begin(void)
{
    begin_as(3);
}

static void end(void)
{
    solo_stop(&s);
}

/* ---- E1 to E4 ----------------------------------------------------------- */

START_TEST(each_kind_of_cheating_is_convicted_once)
{
    struct bft_block other = solo_block(&s, 1, &root, 2);

    solo_propose(&s, 1, &one, 0);
    solo_propose(&s, 1, &other, 0);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_EVIDENCE, BFT_E1), 1);
    solo_vote(&s, 2, BFT_NOTARIZE, 1, &one);
    solo_vote(&s, 2, BFT_NOTARIZE, 1, &other);
    solo_vote(&s, 2, BFT_NOTARIZE, 1, &other);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_EVIDENCE, BFT_E2), 1);
    solo_vote(&s, 2, BFT_FINALIZE, 1, &one);
    solo_vote(&s, 2, BFT_NULLIFY, 1, NULL);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_EVIDENCE, BFT_E3), 1);
    solo_vote(&s, 2, BFT_FINALIZE, 1, &other);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_EVIDENCE, BFT_E4), 1);
    ck_assert_uint_eq(s.out[solo_find(&s, 0, SOLO_EVIDENCE, BFT_E4)].b, 2);
}
END_TEST

START_TEST(a_forged_second_vote_convicts_nobody)
{
    struct bft_block other = solo_block(&s, 1, &root, 2);
    struct bft_vote_msg m = {.kind = BFT_NOTARIZE, .view = 1};
    uint8_t bytes[256];
    struct cs_wr wr;

    solo_vote(&s, 2, BFT_NOTARIZE, 1, &one);
    memcpy(m.link, other.link, 32);
    fake_vote(&s.fake, 1, &m); /* another member's signature */
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_vote(&wr, &m);
    bft_recv(s.core, 2, BFT_VOTE, cs_wr_view(&wr));
    solo_settle(&s);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_EVIDENCE, BFT_E2), 0);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_PENALIZE, 2), 1);
}
END_TEST

/* ---- bounds ------------------------------------------------------------- */

START_TEST(votes_far_ahead_are_not_kept)
{
    solo_vote(&s, 0, BFT_NULLIFY, 1 + BFT_AHEAD, NULL);
    ck_assert_ptr_nonnull(bft_tally(s.core, 1 + BFT_AHEAD));
    ck_assert_ptr_null(bft_tally(s.core, 2 + BFT_AHEAD));
    solo_vote(&s, 0, BFT_NULLIFY, 2 + BFT_AHEAD, NULL);
    ck_assert_uint_eq(s.answers, 0);
}
END_TEST

START_TEST(garbage_is_blamed_on_its_sender_and_changes_nothing)
{
    uint8_t bytes[300];
    uint8_t before[32];
    uint8_t after[32];

    memset(bytes, 0xff, sizeof bytes);
    ck_assert_int_eq(bft_digest(s.core, before), VT_OK);
    for (uint32_t proto = 0; proto < 6; proto++) {
        for (size_t len = 0; len < sizeof bytes; len += 13) {
            bft_recv(s.core, 2, proto, cs_view(bytes, len));
        }
    }
    bft_recv(s.core, 77, BFT_VOTE, cs_view(bytes, 9));
    solo_timer(&s, BFT_TIMER_TICK); /* blame is for one tick */
    ck_assert_int_eq(bft_digest(s.core, after), VT_OK);
    ck_assert_mem_eq(before, after, 32);
    ck_assert_uint_gt(solo_count(&s, 0, SOLO_PENALIZE, 2), 0);
}
END_TEST

START_TEST(bad_signatures_are_paid_for_until_the_next_tick)
{
    struct bft_vote_msg m = {.kind = BFT_NULLIFY};
    uint8_t bytes[256];
    struct cs_wr wr;

    for (uint64_t v = 1; v < 60; v++) {
        m.view = v;
        fake_vote(&s.fake, 1, &m);
        cs_wr_init(&wr, bytes, sizeof bytes);
        bft_put_vote(&wr, &m);
        bft_recv(s.core, 2, BFT_VOTE, cs_wr_view(&wr));
        solo_settle(&s);
    }
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_PENALIZE, 2), BFT_BAD_MAX);
}
END_TEST

START_TEST(a_handoff_stops_after_the_first_finalization)
{
    uint32_t mark;

    s.config.is_once = 1;
    memset(s.slots, 0, BFT_SLOTS * sizeof *s.slots);
    ck_assert_int_eq(solo_restart(&s), VT_OK);
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_cert(&s, 0, BFT_FINALIZE, 1, &one);
    mark = s.outs;
    solo_timer(&s, BFT_TIMER_VIEW);
    solo_timer(&s, BFT_TIMER_TICK);
    solo_cert(&s, 0, BFT_NULLIFY, 2, NULL); /* would make us leader */
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SIGN, BFT_PROPOSAL), 0);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_CERT), 0);
    solo_vote(&s, 2, BFT_NULLIFY, 2, NULL); /* who does not know, learns it */
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_CERT), 1);
}
END_TEST

START_TEST(an_observer_follows_and_says_nothing)
{
    end();
    begin_as(VT_PEER_NONE);
    solo_propose(&s, 1, &one, 0);
    solo_timer(&s, BFT_TIMER_VIEW);
    solo_timer(&s, BFT_TIMER_TICK);
    solo_vote(&s, 0, BFT_FINALIZE, 1, &one);
    solo_vote(&s, 1, BFT_FINALIZE, 1, &one);
    solo_vote(&s, 2, BFT_FINALIZE, 1, &one);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_FINAL, 0), 1);
    for (uint32_t i = 0; i < s.outs; i++) {
        ck_assert(s.out[i].what != SOLO_SIGN && s.out[i].what != SOLO_SEND &&
                  s.out[i].what != SOLO_PERSIST);
    }
}
END_TEST

START_TEST(members_and_leaders_that_cannot_be_are_refused)
{
    struct bft_config config = s.config;
    struct bft *core = NULL;
    uint8_t order[1] = {4};

    config.order = order;
    config.order_count = 1;
    ck_assert_int_eq(bft_new(&config, &core, NULL), VT_E_INVALID);
    ck_assert_ptr_null(core);
    config = s.config;
    config.self = 4;
    ck_assert_int_eq(bft_new(&config, &core, NULL), VT_E_INVALID);
    config = s.config;
    config.timeout_ns = 0;
    ck_assert_int_eq(bft_new(&config, &core, NULL), VT_E_INVALID);
    s.fake.members[2].weight = 0;
    ck_assert_int_eq(bft_new(&s.config, &core, NULL), VT_E_INVALID);
}
END_TEST

int main(void)
{
    const TTest *const bounds[] = {
        each_kind_of_cheating_is_convicted_once,
        a_forged_second_vote_convicts_nobody,
        votes_far_ahead_are_not_kept,
        garbage_is_blamed_on_its_sender_and_changes_nothing,
        bad_signatures_are_paid_for_until_the_next_tick,
        a_handoff_stops_after_the_first_finalization,
        an_observer_follows_and_says_nothing,
        members_and_leaders_that_cannot_be_are_refused};
    Suite *suite = suite_create("ordering core: bounds");
    TCase *tcase = tcase_create("bounds");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        tcase_add_test(tcase, bounds[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
