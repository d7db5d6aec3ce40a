/* SPDX-License-Identifier: Apache-2.0
 *
 * selfish.c - a miner that keeps its blocks back and tells of them by the rule
 * of Eyal and Sirer, "Majority is not Enough" (2014), figure 2. The engine it
 * runs is the usual one: while it has a branch of its own it neither hears the
 * others nor says anything but what the rule lets out. It knows of each block
 * in the moment it is found.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NS (UINT64_C(100) * 1000) /* before anybody else is heard */
#define LAST_NS (12 * VT_SIM_MS)        /* when all have heard the other */
#define MINED "M1 mined height="

/* A frame that waits. */
struct waiting {
    struct vt_list list;
    uint64_t height; /* of its own block */
    uint32_t from;   /* slot */
    size_t len;
    uint8_t bytes[];
};

static int keep(struct sim_cluster *c, struct vt_list *list, uint64_t height,
                uint32_t from, struct vt_view bytes)
{
    struct waiting *w = vt_alloc(sizeof *w + bytes.len);

    if (w == NULL) {
        c->failed = 1;
        return 0;
    }
    w->height = height;
    w->from = from;
    w->len = bytes.len;
    memcpy(w->bytes, bytes.ptr, bytes.len);
    vt_list_append(list, &w->list);
    return 1;
}

static void let_go(struct vt_list *list)
{
    VT_LIST_FOR_SAFE (item, next, list) {
        vt_list_remove(item);
        vt_free(VT_CONTAINER(item, struct waiting, list));
    }
}

void vt_sim_selfish_init(struct sim_cluster *c)
{
    vt_list_init(&c->selfish.own);
    vt_list_init(&c->selfish.unheard);
}

void vt_sim_selfish_free(struct sim_cluster *c)
{
    let_go(&c->selfish.own);
    let_go(&c->selfish.unheard);
}

/* ---- telling ------------------------------------------------------------- */

static void arrive(struct sim_cluster *c, uint32_t to, uint64_t after_ns,
                   const struct waiting *w)
{
    struct vt_view bytes = vt_view_of(w->bytes, w->len);
    struct sim_event *ev =
        vt_sim_schedule(c, SIM_FRAME, to, c->now_ns + after_ns, bytes);

    if (ev != NULL) {
        ev->from = w->from;
        ev->klass = VT_SEND_PROP;
        ev->arg = vt_sim_digest(bytes);
    }
}

/* All blocks up to the height that may be known. In a race, of one block
 * against one, it matters who is heard first. */
static void release(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;
    int is_race = c->selfish.height == c->selfish.public_height;
    uint64_t after_ns = is_race && node->lot.selfish == VT_SIM_HEARD_LAST + 1u
                            ? LAST_NS
                            : FIRST_NS;

    VT_LIST_FOR_SAFE (item, next, &c->selfish.own) {
        struct waiting *w = VT_CONTAINER(item, struct waiting, list);

        if (w->height > c->selfish.allowed) {
            return;
        }
        for (uint32_t to = 0; to < c->slots; to++) {
            if (to != node->index && c->nodes[to].up) {
                arrive(c, to, after_ns, w);
            }
        }
        vt_list_remove(&w->list);
        vt_free(w);
    }
}

/* Its branch has won, or is given up: it hears what it did not want to. */
static void end_branch(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;
    struct sim_selfish *s = &c->selfish;

    if (s->allowed >= s->height && s->public_height < s->height) {
        s->public_height = s->height;
    }
    s->is_on = 0;
    VT_LIST_FOR (item, &s->unheard) {
        arrive(c, node->index, FIRST_NS,
               VT_CONTAINER(item, struct waiting, list));
    }
    let_go(&s->unheard);
    let_go(&s->own);
}

/* ---- the rule ------------------------------------------------------------ */

static void own_block(struct sim_node *node, uint64_t height)
{
    struct sim_selfish *s = &node->cluster->selfish;
    int is_race = s->is_on && s->height == s->public_height;

    s->found[s->found_count++ % VT_SIM_FOUND_MAX] = height;
    if (!s->is_on) {
        s->is_on = height > s->public_height;
        s->allowed = s->is_on ? height - 1 : height;
    }
    s->height = height;
    if (is_race) {
        s->allowed = height;
        s->ends = 1; /* when its frame is out */
    }
}

static void other_block(struct sim_node *node, uint64_t height)
{
    struct sim_selfish *s = &node->cluster->selfish;
    uint64_t lead = s->is_on ? s->height - s->public_height : 0;

    if (height <= s->public_height) {
        return;
    }
    s->public_height = height;
    if (!s->is_on) {
        return;
    }
    if (lead == 0) {
        end_branch(node);
        return;
    }
    s->allowed =
        lead == 1 || (lead == 2 && node->lot.selfish != VT_SIM_STUBBORN + 1u)
            ? s->height
            : height;
    release(node);
    if (lead == 2 && s->allowed == s->height) {
        end_branch(node);
    }
}

void vt_sim_selfish_hear(struct sim_node *node, const char *text)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height;

    if (c->selfish.miner == NULL || strncmp(text, MINED, strlen(MINED)) != 0) {
        return;
    }
    height = strtoull(text + strlen(MINED), NULL, 10);
    if (node == c->selfish.miner) {
        own_block(node, height);
    } else {
        other_block(c->selfish.miner, height);
    }
}

/* ---- its frames ---------------------------------------------------------- */

int vt_sim_selfish_keeps(struct sim_node *from, const struct vt_frame *frame,
                         struct vt_view bytes)
{
    struct sim_cluster *c = from->cluster;
    struct sim_selfish *s = &c->selfish;
    struct vt_consensus_msg msg;
    uint64_t height;

    if (from != s->miner || frame->kind != VT_FRAME_CONSENSUS ||
        vt_consensus_msg_decode(frame->payload, &msg, NULL) != VT_OK) {
        return 0;
    }
    if (msg.attach.len == 0 || s->told_count == s->found_count) {
        return s->is_on;
    }
    height = s->found[s->told_count++ % VT_SIM_FOUND_MAX];
    if (keep(c, &s->own, height, from->index, bytes)) {
        release(from);
    }
    if (s->ends) {
        s->ends = 0;
        end_branch(from);
    }
    return 1;
}

int vt_sim_selfish_ignores(struct sim_node *node, const struct sim_event *ev)
{
    struct sim_selfish *s = &node->cluster->selfish;

    return node == s->miner && s->is_on &&
           keep(node->cluster, &s->unheard, 0, ev->from,
                vt_view_of(ev->bytes, ev->len));
}
