/* SPDX-License-Identifier: Apache-2.0
 *
 * check_chain_anchors.c - what members say of their chain on its parent, until
 * the engine is told.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "chain/inside.h"

#include <string.h>

#define MEMBERS 4u

static struct vt_chain chain;
static struct vt_epoch epoch;
static struct vt_chain_config config = {.name = (char *)(uintptr_t) "child",
                                        .parent = (char *)(uintptr_t) "main"};
static struct vt_address who[MEMBERS + 1];
static uint64_t weights[MEMBERS];

static void begin(void)
{
    memset(&chain, 0, sizeof chain);
    memset(&epoch, 0, sizeof epoch);
    for (uint32_t i = 0; i <= MEMBERS; i++) {
        who[i].b[1] = (uint8_t)(i + 1);
        if (i < MEMBERS) {
            weights[i] = 1;
        }
    }
    epoch.addresses = who;
    epoch.weights = weights;
    epoch.cs.members.count = MEMBERS;
    epoch.cs.start_height = 5;
    chain.epoch = &epoch;
    chain.args.config = &config;
    chain.is_running = 1;
    chain.engine.chain = &chain;
    chain.engine.cs = (struct vt_cs *)(void *)&chain; /* never called: */
    chain.engine.is_pumping = 1;
    vt_list_init(&chain.engine.events);
}

static void end(void)
{
    vt_engine_forget(&chain.engine);
}

/* id on top of prev, which is fixed at prev_height. */
static void say(uint32_t member, uint64_t height, uint8_t id,
                uint64_t prev_height, uint8_t prev)
{
    struct vt_tx_anchor a = {.height = height,
                             .id = {{id}},
                             .prev_height = prev_height,
                             .prev_id = {{prev}}};

    vt_chain_anchored(&chain, &who[member], &a);
}

static void is_fixed(uint64_t height, uint8_t id, size_t events)
{
    ck_assert_uint_eq(chain.anchors.fixed, height);
    ck_assert_uint_eq(chain.anchors.fixed_id.b[0], id);
    ck_assert_uint_eq(chain.engine.event_count, events);
}

START_TEST(more_than_a_third_of_the_weight_fixes_a_block)
{
    begin();
    say(0, 10, 1, 0, 0);
    is_fixed(0, 0, 0);
    say(0, 10, 1, 0, 0); /* twice is once */
    say(4, 10, 1, 0, 0); /* not a member */
    is_fixed(0, 0, 0);
    say(1, 10, 2, 0, 0); /* another one */
    is_fixed(0, 0, 0);
    say(2, 10, 1, 0, 0);
    is_fixed(10, 1, 1);
    say(3, 10, 2, 0, 0); /* the first one stays */
    is_fixed(10, 1, 1);
    end();
    begin();
    weights[3] = 10;
    say(3, 10, 1, 0, 0);
    is_fixed(10, 1, 1);
    end();
}
END_TEST

/* Members 2 and 3 were on another branch and did not know yet. */
START_TEST(what_stands_on_another_branch_comes_too_late)
{
    begin();
    say(0, 10, 1, 0, 0);
    say(2, 20, 9, 0, 0);
    say(1, 10, 1, 0, 0);
    is_fixed(10, 1, 1);
    say(3, 20, 9, 0, 0);
    is_fixed(10, 1, 1);
    say(2, 30, 3, 10, 1);
    say(0, 30, 3, 10, 9); /* on top of a block nobody fixed */
    is_fixed(10, 1, 1);
    say(3, 30, 3, 10, 1);
    is_fixed(30, 3, 2);
    end();
}
END_TEST

START_TEST(a_node_that_did_not_hear_the_first_ones_takes_the_next)
{
    begin();
    say(0, 40, 4, 30, 3);
    say(1, 40, 4, 30, 3);
    is_fixed(40, 4, 1);
    say(0, 50, 5, 30, 3);
    say(1, 50, 5, 30, 3);
    is_fixed(40, 4, 1);
    end();
}
END_TEST

START_TEST(heights_of_other_epochs_and_of_the_past_do_not_count)
{
    begin();
    say(0, 4, 1, 0, 0);
    say(1, 4, 1, 0, 0);
    is_fixed(0, 0, 0);
    say(0, 10, 1, 0, 0);
    epoch.cs.epoch = 1; /* another set of members */
    say(1, 10, 1, 0, 0);
    is_fixed(0, 0, 0);
    say(0, 10, 1, 0, 0);
    is_fixed(10, 1, 1);
    epoch.cs.epoch = 2;
    epoch.cs.start_height = 100;
    say(0, 110, 3, 90, 7); /* what was fixed in between nobody heard here */
    say(1, 110, 3, 90, 7);
    is_fixed(110, 3, 2);
    end();
}
END_TEST

START_TEST(claims_have_a_bound)
{
    begin();
    for (uint32_t i = 0; i < 100; i++) {
        say(0, 10 + i, (uint8_t)(i + 1), 0, 0);
    }
    is_fixed(0, 0, 0);
    say(1, 10, 1, 0, 0); /* forgotten */
    is_fixed(0, 0, 0);
    say(1, 109, 100, 0, 0);
    is_fixed(109, 100, 1);
    end();
}
END_TEST

int main(void)
{
    const TTest *const anchors[] = {
        more_than_a_third_of_the_weight_fixes_a_block,
        what_stands_on_another_branch_comes_too_late,
        a_node_that_did_not_hear_the_first_ones_takes_the_next,
        heights_of_other_epochs_and_of_the_past_do_not_count,
        claims_have_a_bound};
    Suite *suite = suite_create("chain anchors");

    VT_SUITE_ADD(suite, "anchors", anchors);
    return vt_suite_run(suite);
}
