/* SPDX-License-Identifier: Apache-2.0
 *
 * stability.c - see stability.h.
 */
#include "stability.h"

#include <check.h>

#include <stdio.h>
#include <string.h>

uint32_t story_leader;
uint32_t story_elected;

/* Who hears whom: bit `to` of links[from]. */
static uint32_t links[8];

static int drops(void *ctx, const struct box_message *m)
{
    (void)ctx;
    return (links[m->from] >> m->to & 1u) == 0;
}

/* "   12.345 ms n2 R1 lead ..." */
void story_watch(void *ctx, const char *line)
{
    const char *at = strstr(line, " R1 lead ");

    (void)ctx;
    if (at != NULL) {
        story_leader = (uint32_t)(at[-1] - '0');
        story_elected++;
    }
}

/* Both ways. */
static void cut(uint32_t a, uint32_t b)
{
    links[a] &= ~(1u << b);
    links[b] &= ~(1u << a);
}

static void link_all(void)
{
    for (uint32_t i = 0; i < 8; i++) {
        links[i] = 0xff;
    }
}

/* Nobody hears anybody but the middle one, which hears all. */
static void make_star(uint32_t n, uint32_t middle)
{
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = 0; b < n; b++) {
            if (a != b && a != middle && b != middle) {
                cut(a, b);
            }
        }
    }
}

static struct box *begin(uint32_t n)
{
    struct box_options o = raft_usual(n);
    struct box *box;

    story_elected = 0;
    link_all();
    o.drops = drops;
    o.say = story_watch;
    box = scene_make(&o);
    scene_offer(box, 0, 0, 3);
    scene_all_final_within(box, 10 * STABILITY_ELECTION_US);
    ck_assert_uint_eq(story_elected, 1);
    return box;
}

static int finish(struct box *box, int is_stable)
{
    link_all();
    scene_finish(box);
    return is_stable;
}

/* What is offered to a member becomes final there within four timeouts. */
static int decides(struct box *box, uint32_t member, uint32_t tx)
{
    uint64_t height = box_final_height(box, member);

    scene_offer(box, member, tx, 1);
    box_run(box, 4 * STABILITY_ELECTION_US);
    return box_final_height(box, member) > height;
}

int stable_chained(void)
{
    struct box *box = begin(3);
    uint32_t leader = story_leader;
    int is_good = 1;

    cut(leader, (leader + 1) % 3);
    for (uint32_t i = 0; i < 6; i++) {
        is_good &= decides(box, leader, 3 + i);
    }
    return finish(box, is_good && story_elected == 1);
}

int stable_quorum_loss(void)
{
    struct box *box = begin(5);
    uint32_t middle = (story_leader + 1) % 5;
    uint32_t elected;
    int is_good;

    make_star(5, middle);
    is_good = decides(box, middle, 3);
    elected = story_elected;
    is_good &= decides(box, middle, 4) && decides(box, middle, 5);
    return finish(box, is_good && story_elected == elected &&
                           story_leader == middle);
}

int stable_constrained(void)
{
    struct box *box = begin(5);
    uint32_t old = story_leader;
    uint32_t middle = (old + 1) % 5;
    int is_good;

    for (uint32_t i = 0; i < 5; i++) {
        cut(middle, i);
    }
    is_good = decides(box, old, 3) && decides(box, old, 4);
    link_all();
    make_star(5, middle);
    cut(old, middle);
    is_good &= decides(box, middle, 5) && decides(box, middle, 6);
    return finish(box, is_good && story_leader == middle);
}

int stable_return(void)
{
    struct box *box = begin(3);
    uint32_t leader = story_leader;
    uint32_t other = (leader + 1) % 3;
    int is_good;

    cut(other, leader);
    cut(other, (leader + 2) % 3);
    is_good = decides(box, leader, 3);
    box_run(box, 20 * STABILITY_ELECTION_US);
    link_all();
    is_good &= decides(box, leader, 4) && decides(box, leader, 5);
    return finish(box, is_good && story_elected == 1);
}
