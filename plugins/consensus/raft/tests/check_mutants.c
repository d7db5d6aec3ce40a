/* SPDX-License-Identifier: Apache-2.0
 *
 * check_mutants.c - a test of the tests: with any rule of rules.h broken the
 * campaign finds a violation, or one of the stories of stability.h goes wrong.
 *
 * The engine in this program is built from the same sources with mutants.h in
 * the place of the rules.
 */
#include "config.h"

#include "mutants.h"

#include "plan.h"
#include "stability.h"
#include "support/mutant_row.h"
#include "unit/suite.h"

#include <string.h>

#define SEEDS_MAX 3000u

const char *vt_mutant;

static void is_found_by_seeds(const char *mutant, const char *rule,
                              uint32_t members)
{
    static struct campaign c;
    uint64_t seed = 0;

    memset(&c, 0, sizeof c);
    c.engine = &raft_campaign;
    vt_mutant = mutant;
    while (seed < SEEDS_MAX && campaign_run(&c, ++seed, members)) {
    }
    vt_mutant = NULL;
    mutant_row_seeds(mutant, rule, "raft campaign", seed,
                     c.failures > 0 ? c.violation : "NOT FOUND");
    ck_assert_msg(c.failures > 0, "%u seeds find nothing", SEEDS_MAX);
}

static void is_found_by_story(const char *mutant, const char *rule,
                              int (*story)(void), const char *name)
{
    ck_assert_int_eq(story(), 1);
    vt_mutant = mutant;
    ck_assert_int_eq(story(), 0);
    vt_mutant = NULL;
    mutant_row(mutant, rule, "raft", "story", name);
}

START_TEST(half_of_the_members_is_no_majority)
{
    is_found_by_seeds("raft-quorum", "majority", 5);
}
END_TEST

START_TEST(a_candidate_has_a_log_as_good_as_the_voter_s)
{
    is_found_by_seeds("raft-log", "R2 a candidate's log is as good", 3);
}
END_TEST

START_TEST(older_terms_are_not_decided_by_counting)
{
    is_found_by_seeds("raft-term", "R3 counts entries of its own term", 3);
}
END_TEST

START_TEST(what_agrees_is_not_truncated)
{
    is_found_by_seeds("raft-conflict", "R4 cuts only what differs", 3);
}
END_TEST

START_TEST(a_vote_is_durable_before_it_is_given)
{
    is_found_by_seeds("raft-vote", "P1 vote durable", 3);
}
END_TEST

START_TEST(an_entry_is_durable_before_it_is_acknowledged)
{
    is_found_by_seeds("raft-entry", "P2 entry durable before its ack", 3);
}
END_TEST

START_TEST(a_body_is_durable_before_it_is_acknowledged)
{
    is_found_by_seeds("raft-body", "P2 body durable before the ack", 3);
}
END_TEST

START_TEST(a_leader_counts_itself_after_its_disk)
{
    is_found_by_seeds("raft-leader", "P3 a leader counts itself after its disk",
                      3);
}
END_TEST

START_TEST(who_hears_a_leader_elects_no_other)
{
    is_found_by_story("raft-lease", "R1 who hears a leader elects no other",
                      stable_chained, "stable_chained");
}
END_TEST

START_TEST(a_term_is_entered_with_a_majority_in_sight)
{
    is_found_by_story("raft-prevote",
                      "R1 a term is entered with a majority in sight",
                      stable_return, "stable_return");
}
END_TEST

START_TEST(a_leader_without_a_majority_steps_down)
{
    is_found_by_story("raft-alone", "R1 a leader without a majority steps down",
                      stable_quorum_loss, "stable_quorum_loss");
}
END_TEST

START_TEST(a_refused_candidate_copies_the_better_log)
{
    is_found_by_story("raft-copy",
                      "R2 a refused candidate copies the better log",
                      stable_constrained, "stable_constrained");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {half_of_the_members_is_no_majority,
                                  a_candidate_has_a_log_as_good_as_the_voter_s,
                                  older_terms_are_not_decided_by_counting,
                                  what_agrees_is_not_truncated,
                                  a_vote_is_durable_before_it_is_given,
                                  an_entry_is_durable_before_it_is_acknowledged,
                                  a_body_is_durable_before_it_is_acknowledged,
                                  a_leader_counts_itself_after_its_disk,
                                  who_hears_a_leader_elects_no_other,
                                  a_term_is_entered_with_a_majority_in_sight,
                                  a_leader_without_a_majority_steps_down,
                                  a_refused_candidate_copies_the_better_log};
    Suite *suite = suite_create("raft mutants");
    TCase *tcase = tcase_create("broken rules");

    tcase_set_timeout(tcase, 600);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
