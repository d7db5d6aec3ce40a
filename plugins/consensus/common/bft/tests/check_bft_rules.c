/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bft_rules.c - R1 to R8, one core at a time.
 * It is member 3 of four unless said otherwise; leader of view v is v mod 4.
 */
#include "solo.h"

#include "state.h"
#include "unit/suite.h"

static struct solo s;
static struct bft_block root, one, two;

static void begin_as(uint32_t self)
{
    solo_start(&s, 4, self);
    root = solo_root(&s);
    one = solo_block(&s, 1, &root, 1);
    two = solo_block(&s, 2, &one, 1);
}

static void begin(void)
{
    begin_as(3);
}

static void end(void)
{
    solo_stop(&s);
}

/* ---- R1 ----------------------------------------------------------------- */

START_TEST(each_kind_of_certificate_opens_the_next_view)
{
    static const uint32_t kinds[] = {BFT_NOTARIZE, BFT_NULLIFY, BFT_FINALIZE};

    for (size_t i = 0; i < 3; i++) {
        uint32_t mark = s.outs;

        solo_cert(&s, 0, kinds[i], 1, kinds[i] == BFT_NULLIFY ? NULL : &one);
        ck_assert_uint_eq(bft_view(s.core), 2);
        ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_CERT), 1);
        ck_assert_uint_gt(solo_count(&s, mark, SOLO_TIMER, BFT_TIMER_VIEW), 0);
        end();
        begin();
    }
}
END_TEST

START_TEST(a_view_is_never_left_backwards)
{
    solo_cert(&s, 0, BFT_NULLIFY, 9, NULL);
    ck_assert_uint_eq(bft_view(s.core), 10);
    solo_cert(&s, 0, BFT_NULLIFY, 5, NULL);
    ck_assert_uint_eq(bft_view(s.core), 10);
}
END_TEST

START_TEST(the_timeout_doubles_once_per_rotation_of_failed_leaders)
{
    uint64_t first = 0;

    for (uint64_t v = 1; v <= 60; v++) {
        uint32_t mark = s.outs;
        uint64_t expected = 1000u << (v / 4 < 6 ? v / 4 : 6);

        solo_cert(&s, 0, BFT_NULLIFY, v, NULL);
        first = s.out[solo_find(&s, mark, SOLO_TIMER, BFT_TIMER_VIEW)].view;
        ck_assert_uint_eq(first, expected);
        s.outs = mark;
    }
}
END_TEST

/* ---- R2 ----------------------------------------------------------------- */

START_TEST(the_leader_builds_on_the_highest_notarized_block)
{
    struct bft_block other;
    uint32_t mark;

    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    mark = s.outs;
    solo_cert(&s, 0, BFT_NULLIFY, 2, NULL); /* view 3 is ours */
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_PROPOSE), 1);
    other = s.core->voted.block;
    ck_assert_mem_eq(other.parent, one.link, 32);
    ck_assert_uint_eq(other.height, 2);
    ck_assert_uint_eq(s.core->voted.parent_view, 1);
}
END_TEST

START_TEST(the_leader_asks_for_what_it_lacks_and_does_not_propose)
{
    uint32_t mark = s.outs;
    uint32_t at;

    solo_cert(&s, 0, BFT_NULLIFY, 2, NULL);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_PROPOSE), 0);
    at = solo_find(&s, mark, SOLO_SEND, BFT_REQ);
    ck_assert_uint_lt(at, SOLO_OUTS);
    ck_assert_uint_eq(s.out[at].view, 1); /* view 1 is what it lacks */
    solo_cert(&s, 0, BFT_NULLIFY, 1, NULL);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_PROPOSE), 1);
}
END_TEST

START_TEST(the_leader_waits_for_a_value_and_proposes_once)
{
    uint32_t mark = s.outs;

    s.has_value = 0;
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_cert(&s, 0, BFT_NOTARIZE, 2, &two);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SIGN, BFT_PROPOSAL), 0);
    s.has_value = 1;
    bft_poke(s.core);
    bft_poke(s.core);
    solo_settle(&s);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SIGN, BFT_PROPOSAL), 1);
    ck_assert_int_eq(solo_said(&s, mark, BFT_NOTARIZE, 3), 1);
}
END_TEST

/* ---- R3 ----------------------------------------------------------------- */

START_TEST(a_good_proposal_is_notarized_once)
{
    struct bft_block other = solo_block(&s, 1, &root, 2);

    solo_propose(&s, 1, &one, 0);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NOTARIZE, 1), 1);
    solo_propose(&s, 1, &one, 0);
    solo_propose(&s, 1, &other, 0);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_SIGN, BFT_NOTARIZE), 1);
}
END_TEST

START_TEST(only_the_leader_of_the_view_is_heard)
{
    solo_propose(&s, 2, &one, 0);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_CHECK, 0), 0);
}
END_TEST

START_TEST(a_proposal_waits_for_the_nullifications_it_skips)
{
    struct bft_block third = solo_block(&s, 3, &root, 1);

    end();
    begin_as(0);
    solo_cert(&s, 1, BFT_NULLIFY, 2, NULL); /* in view 3, view 1 unknown */
    solo_propose(&s, 3, &third, 0);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NOTARIZE, 3), 0);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_SEND, BFT_REQ), 1);
    solo_cert(&s, 1, BFT_NULLIFY, 1, NULL);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NOTARIZE, 3), 1);
}
END_TEST

START_TEST(a_proposal_waits_for_the_notarization_of_its_parent)
{
    end();
    begin_as(0);
    solo_cert(&s, 1, BFT_NULLIFY, 1, NULL);
    solo_propose(&s, 2, &two, 1);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NOTARIZE, 2), 0);
    solo_cert(&s, 1, BFT_NOTARIZE, 1, &one);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NOTARIZE, 2), 1);
}
END_TEST

START_TEST(no_notarize_after_nullify)
{
    solo_timer(&s, BFT_TIMER_VIEW);
    solo_propose(&s, 1, &one, 0);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 1), 1);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NOTARIZE, 1), 0);
}
END_TEST

START_TEST(later_is_asked_again_and_bad_gives_the_view_up)
{
    s.verdict = VT_LATER;
    solo_propose(&s, 1, &one, 0);
    solo_vote(&s, 0, BFT_NOTARIZE, 1, &one);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_CHECK, 0), 1);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NOTARIZE, 1), 0);
    solo_timer(&s, BFT_TIMER_TICK);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_CHECK, 0), 2);
    s.verdict = VT_BAD;
    bft_poke(s.core);
    solo_settle(&s);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 1), 1);
}
END_TEST

START_TEST(a_proposal_that_does_not_grow_or_names_a_false_parent_is_refused)
{
    struct bft_block low = solo_block(&s, 2, &one, 1);

    low.height = one.height;
    bft_link(&s.fake.set, &low);
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_propose(&s, 2, &low, 1);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 2), 1);
    end();
    begin();
    low = solo_block(&s, 2, &root, 1); /* says it builds on view 1 */
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_propose(&s, 2, &low, 1);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 2), 1);
}
END_TEST

/* ---- R4 ----------------------------------------------------------------- */

START_TEST(a_timeout_nullifies_also_after_notarize)
{
    solo_propose(&s, 1, &one, 0);
    solo_timer(&s, BFT_TIMER_VIEW);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 1), 1);
    solo_timer(&s, BFT_TIMER_VIEW);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_SIGN, BFT_NULLIFY), 1);
}
END_TEST

START_TEST(an_idle_chain_gives_nothing_up_until_there_is_work)
{
    uint32_t mark = s.outs;
    uint32_t at;

    bft_idle(s.core, 1);
    at = solo_find(&s, mark, SOLO_TIMER, BFT_TIMER_VIEW);
    ck_assert_uint_lt(at, SOLO_OUTS);
    ck_assert_uint_eq(s.out[at].view, 0); /* cancelled */
    solo_timer(&s, BFT_TIMER_VIEW);
    ck_assert_int_eq(solo_said(&s, mark, BFT_NULLIFY, 1), 0);
    mark = s.outs;
    solo_propose(&s, 1, &one, 0); /* a proposal is work */
    at = solo_find(&s, mark, SOLO_TIMER, BFT_TIMER_VIEW);
    ck_assert_uint_eq(s.out[at].view, 1000);
    mark = s.outs;
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one); /* so is a block not final yet */
    at = solo_find(&s, mark, SOLO_TIMER, BFT_TIMER_VIEW);
    ck_assert_uint_eq(s.out[at].view, 1000);
    mark = s.outs;
    solo_cert(&s, 0, BFT_FINALIZE, 1, &one);
    at = solo_find(&s, mark, SOLO_TIMER, BFT_TIMER_VIEW);
    ck_assert_uint_eq(s.out[at].view, 0);
    mark = s.outs;
    bft_idle(s.core, 0);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_TIMER, BFT_TIMER_VIEW), 1);
    solo_timer(&s, BFT_TIMER_VIEW);
    ck_assert_int_eq(solo_said(&s, mark, BFT_NULLIFY, 2), 1);
}
END_TEST

START_TEST(two_proposals_or_a_leader_that_gave_up_end_the_view_at_once)
{
    struct bft_block other = solo_block(&s, 1, &root, 2);

    solo_propose(&s, 1, &one, 0);
    solo_propose(&s, 1, &other, 0);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 1), 1);
    end();
    begin();
    solo_vote(&s, 2, BFT_NULLIFY, 1, NULL);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 1), 0);
    solo_vote(&s, 1, BFT_NULLIFY, 1, NULL);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 1), 1);
}
END_TEST

START_TEST(the_last_view_of_the_window_is_not_given_up)
{
    for (uint64_t v = 1; v < BFT_WINDOW; v++) {
        solo_cert(&s, 0, BFT_NULLIFY, v, NULL);
        s.outs = 0;
    }
    ck_assert_uint_eq(bft_view(s.core), BFT_WINDOW);
    solo_timer(&s, BFT_TIMER_VIEW);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, BFT_WINDOW), 0);
}
END_TEST

/* ---- R5, R6, R7 --------------------------------------------------------- */

START_TEST(a_quorum_of_notarize_leads_on_with_finalize)
{
    uint32_t mark;

    solo_propose(&s, 1, &one, 0);
    solo_vote(&s, 0, BFT_NOTARIZE, 1, &one);
    ck_assert_uint_eq(bft_view(s.core), 1);
    mark = s.outs;
    solo_vote(&s, 1, BFT_NOTARIZE, 1, &one);
    ck_assert_uint_eq(bft_view(s.core), 2);
    ck_assert_int_eq(solo_said(&s, mark, BFT_FINALIZE, 1), 1);
    ck_assert_mem_eq(bft_notarized(s.core)->link, one.link, 32);
}
END_TEST

START_TEST(votes_for_different_blocks_do_not_add_up)
{
    struct bft_block other = solo_block(&s, 1, &root, 2);

    solo_propose(&s, 1, &one, 0);
    solo_vote(&s, 0, BFT_NOTARIZE, 1, &other);
    solo_vote(&s, 1, BFT_NOTARIZE, 1, &other);
    ck_assert_uint_eq(bft_view(s.core), 1);
}
END_TEST

START_TEST(votes_of_different_views_do_not_add_up)
{
    solo_vote(&s, 0, BFT_NULLIFY, 1, NULL);
    solo_vote(&s, 1, BFT_NULLIFY, 2, NULL);
    solo_vote(&s, 2, BFT_NULLIFY, 3, NULL);
    ck_assert_uint_eq(bft_view(s.core), 1);
}
END_TEST

START_TEST(no_finalize_after_nullify)
{
    solo_timer(&s, BFT_TIMER_VIEW);
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    ck_assert_uint_eq(bft_view(s.core), 2);
    ck_assert_int_eq(solo_said(&s, 0, BFT_FINALIZE, 1), 0);
}
END_TEST

START_TEST(no_nullify_after_finalize)
{
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    ck_assert_int_eq(solo_said(&s, 0, BFT_FINALIZE, 1), 1);
    solo_timer(&s, BFT_TIMER_VIEW);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 1), 0);
    ck_assert_int_eq(solo_said(&s, 0, BFT_NULLIFY, 2), 1);
}
END_TEST

START_TEST(a_quorum_of_nullify_leads_on)
{
    solo_timer(&s, BFT_TIMER_VIEW);
    solo_vote(&s, 0, BFT_NULLIFY, 1, NULL);
    solo_vote(&s, 2, BFT_NULLIFY, 1, NULL);
    ck_assert_uint_eq(bft_view(s.core), 2);
}
END_TEST

START_TEST(a_finalization_makes_the_block_and_its_ancestors_final)
{
    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_cert(&s, 0, BFT_NOTARIZE, 2, &two);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_FINAL, 0), 0);
    solo_cert(&s, 0, BFT_FINALIZE, 2, &two);
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_FINAL, 0), 2);
    ck_assert_uint_eq(bft_final(s.core)->height, 2);
    ck_assert_uint_eq(s.out[solo_find(&s, 0, SOLO_FINAL, 0)].view, 1);
}
END_TEST

START_TEST(who_knows_only_the_finalization_builds_on_it)
{
    uint32_t mark = s.outs;

    solo_cert(&s, 0, BFT_FINALIZE, 2, &two); /* view 3 is ours */
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_PROPOSE), 1);
    ck_assert_mem_eq(s.core->voted.block.parent, two.link, 32);
}
END_TEST

START_TEST(votes_that_come_before_the_block_count_when_it_comes)
{
    solo_vote(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_vote(&s, 1, BFT_NOTARIZE, 1, &one);
    solo_vote(&s, 2, BFT_NOTARIZE, 1, &one);
    ck_assert_uint_eq(bft_view(s.core), 1);
    solo_propose(&s, 1, &one, 0);
    ck_assert_uint_eq(bft_view(s.core), 2);
}
END_TEST

START_TEST(weights_decide_not_heads)
{
    static const uint64_t weights[] = {70, 10, 10, 10};
    struct vt_member *members = s.fake.members;

    for (uint32_t i = 0; i < 4; i++) {
        members[i].weight = weights[i];
    }
    memset(s.slots, 0, BFT_SLOTS * sizeof *s.slots);
    ck_assert_int_eq(solo_restart(&s), VT_OK);
    solo_propose(&s, 1, &one, 0);
    solo_vote(&s, 1, BFT_NOTARIZE, 1, &one);
    solo_vote(&s, 2, BFT_NOTARIZE, 1, &one);
    ck_assert_uint_eq(bft_view(s.core), 1); /* 30 of 100 */
    solo_vote(&s, 0, BFT_NOTARIZE, 1, &one);
    ck_assert_uint_eq(bft_view(s.core), 2);
}
END_TEST

START_TEST(quorums_are_the_smallest_weight_above_two_thirds)
{
    for (uint64_t total = 1; total < 1000; total++) {
        uint64_t q = bft_rule_quorum(total);

        ck_assert_uint_gt(3 * q, 2 * total);
        ck_assert_uint_le(3 * (q - 1), 2 * total);
    }
}
END_TEST

/* ---- R8 ----------------------------------------------------------------- */

START_TEST(a_tick_says_again_what_is_of_use)
{
    uint32_t mark;

    solo_cert(&s, 0, BFT_NOTARIZE, 1, &one);
    solo_propose(&s, 2, &two, 1);
    mark = s.outs;
    solo_timer(&s, BFT_TIMER_TICK);
    ck_assert_int_eq(solo_said(&s, mark, BFT_NOTARIZE, 2), 1);
    ck_assert_int_eq(solo_said(&s, mark, BFT_FINALIZE, 1), 1);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_CERT), 1);
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_TIMER, BFT_TIMER_TICK), 1);
}
END_TEST

START_TEST(a_request_is_answered_with_certificates_and_not_without_end)
{
    const struct bft_req req = {1, 9};
    uint8_t bytes[16];
    struct cs_wr wr;
    uint32_t mark;

    solo_cert(&s, 0, BFT_NULLIFY, 1, NULL);
    solo_cert(&s, 0, BFT_NULLIFY, 2, NULL);
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_req(&wr, &req);
    mark = s.outs;
    for (uint32_t i = 0; i < 10; i++) {
        bft_recv(s.core, 2, BFT_REQ, cs_wr_view(&wr));
    }
    ck_assert_uint_eq(solo_count(&s, mark, SOLO_SEND, BFT_CERT),
                      2 * BFT_REQS_MAX);
}
END_TEST

START_TEST(a_signature_that_never_came_is_asked_for_again)
{
    s.is_holding = 1;
    solo_timer(&s, BFT_TIMER_VIEW);
    s.answers = 0;
    for (uint32_t i = 0; i < BFT_STALE; i++) {
        solo_timer(&s, BFT_TIMER_TICK);
    }
    ck_assert_uint_eq(solo_count(&s, 0, SOLO_SIGN, BFT_NULLIFY), 2);
}
END_TEST

int main(void)
{
    const TTest *const views[] = {
        each_kind_of_certificate_opens_the_next_view,
        a_view_is_never_left_backwards,
        the_timeout_doubles_once_per_rotation_of_failed_leaders,
        the_leader_builds_on_the_highest_notarized_block,
        the_leader_asks_for_what_it_lacks_and_does_not_propose,
        the_leader_waits_for_a_value_and_proposes_once,
        a_good_proposal_is_notarized_once,
        only_the_leader_of_the_view_is_heard,
        a_proposal_waits_for_the_nullifications_it_skips,
        a_proposal_waits_for_the_notarization_of_its_parent,
        no_notarize_after_nullify,
        later_is_asked_again_and_bad_gives_the_view_up,
        a_proposal_that_does_not_grow_or_names_a_false_parent_is_refused,
        a_timeout_nullifies_also_after_notarize,
        an_idle_chain_gives_nothing_up_until_there_is_work,
        two_proposals_or_a_leader_that_gave_up_end_the_view_at_once,
        the_last_view_of_the_window_is_not_given_up};
    const TTest *const certificates[] = {
        a_quorum_of_notarize_leads_on_with_finalize,
        votes_for_different_blocks_do_not_add_up,
        votes_of_different_views_do_not_add_up,
        no_finalize_after_nullify,
        no_nullify_after_finalize,
        a_quorum_of_nullify_leads_on,
        a_finalization_makes_the_block_and_its_ancestors_final,
        who_knows_only_the_finalization_builds_on_it,
        votes_that_come_before_the_block_count_when_it_comes,
        weights_decide_not_heads,
        quorums_are_the_smallest_weight_above_two_thirds,
        a_tick_says_again_what_is_of_use,
        a_request_is_answered_with_certificates_and_not_without_end,
        a_signature_that_never_came_is_asked_for_again};
    Suite *suite = suite_create("ordering core: rules");
    TCase *tcase = tcase_create("rules");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        tcase_add_test(tcase, views[i]);
    }
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        tcase_add_test(tcase, certificates[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
