/* SPDX-License-Identifier: Apache-2.0
 *
 * liars.c - members that do not follow the protocol. They are whole nodes whose
 * words are bent on the way out, so that one set of lies serves every engine.
 * Equivocation and double votes are two nodes with one key: both are honest,
 * together they are not.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"

#include <string.h>

#define NOISE_NS (40 * VT_SIM_MS)
#define JUNK_MAX 4096u
#define HOARD_SAID 8u

/* Which half of the others a slot belongs to: liars know their own. */
static uint32_t half_of(const struct sim_cluster *c, uint32_t slot)
{
    return vt_sim_is_twin(&c->nodes[slot]) ? slot >= c->args->nodes
                                           : c->nodes[slot].member % 2;
}

/* Of two nodes with one key each speaks to its own part of the others. */
static int may_reach(struct sim_node *from, uint32_t to)
{
    struct sim_cluster *c = from->cluster;

    switch (from->lot.twin) {
    case VT_SIM_EQUIVOCATE:
    case VT_SIM_TWO_FACED:
        return half_of(c, to) == half_of(c, from->index);
    case VT_SIM_DOUBLE_VOTE:
        return vt_rng_chance(&c->net, 1, 2);
    default:
        return 1;
    }
}

int vt_sim_lies(struct sim_node *from, uint32_t to)
{
    return !from->lot.silent && may_reach(from, to);
}

int vt_sim_hears(const struct sim_node *to, uint32_t from)
{
    const struct sim_cluster *c = to->cluster;

    return to->lot.twin != VT_SIM_TWO_FACED ||
           half_of(c, to->index) == half_of(c, from);
}

void vt_sim_keep_heard(struct sim_node *from, struct vt_view bytes)
{
    struct sim_heard *heard =
        &from->heard[from->heard_count % VT_SIM_HEARD_MAX];
    uint8_t *copy = vt_memdup(bytes.ptr, bytes.len);

    if (copy == NULL) {
        from->cluster->failed = 1;
        return;
    }
    vt_free(heard->bytes);
    heard->bytes = copy;
    heard->len = bytes.len;
    from->heard_count++;
}

static int is_first_epoch(const struct sim_cluster *c)
{
    return c->epochs[1].start_height == 0;
}

/* A fair sample of them. */
void vt_sim_hoard(struct sim_node *node, struct vt_view bytes)
{
    struct sim_cluster *c = node->cluster;
    uint64_t at = node->hoard_count;

    if (!is_first_epoch(c)) {
        return;
    }
    if (node->hoard == NULL) {
        node->hoard = vt_alloc_array(VT_SIM_HOARD_MAX, sizeof *node->hoard);
    }
    node->hoard_count++;
    if (at >= VT_SIM_HOARD_MAX) {
        at = vt_rng_below(&c->net, node->hoard_count);
    }
    if (node->hoard != NULL && at < VT_SIM_HOARD_MAX) {
        vt_free(node->hoard[at].bytes);
        node->hoard[at].bytes = vt_memdup(bytes.ptr, bytes.len);
        node->hoard[at].len = bytes.len;
    }
    if (node->hoard == NULL ||
        (at < VT_SIM_HOARD_MAX && node->hoard[at].bytes == NULL)) {
        c->failed = 1;
    }
}

/* Some of them to everybody, when another epoch has begun. */
static void say_hoarded(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;
    uint64_t kept = node->hoard_count < VT_SIM_HOARD_MAX ? node->hoard_count
                                                         : VT_SIM_HOARD_MAX;

    for (uint32_t i = 0; i < HOARD_SAID && kept > 0 && !is_first_epoch(c);
         i++) {
        const struct sim_heard *heard =
            &node->hoard[vt_rng_below(&c->net, kept)];
        struct vt_view bytes = vt_view_of(heard->bytes, heard->len);

        for (uint32_t to = 0; to < c->slots; to++) {
            if (c->nodes[to].member != node->member) {
                vt_sim_send_raw(node, to, 0, bytes, vt_sim_digest(bytes));
            }
        }
    }
}

/* Well-formed head, nonsense behind; or a length nobody may announce. */
static void send_junk(struct sim_node *node, uint32_t to)
{
    static const uint8_t kinds[] = {VT_FRAME_CONSENSUS, VT_FRAME_TXS,
                                    VT_FRAME_STATUS,    VT_FRAME_GET_BLOCKS,
                                    VT_FRAME_BLOCKS,    VT_FRAME_GET_BODY,
                                    VT_FRAME_BODY};
    struct sim_cluster *c = node->cluster;
    size_t len = (size_t)vt_rng_below(&c->net, JUNK_MAX);
    struct vt_frame frame = {
        .kind = kinds[vt_rng_below(&c->net, sizeof kinds)],
        .chain_id = c->chain_id,
    };
    struct vt_buf bytes = VT_BUF_INIT(VT_FRAME_HEAD + JUNK_MAX);
    uint8_t *at = vt_buf_grow(&bytes, VT_FRAME_HEAD + len);

    if (at == NULL) {
        c->failed = 1;
        return;
    }
    vt_rng_fill(&c->net, at + VT_FRAME_HEAD, len);
    frame.payload = vt_view_of(at + VT_FRAME_HEAD, len);
    vt_frame_head(&frame, at);
    if (vt_rng_chance(&c->net, 1, 8)) {
        vt_put_u32(at, UINT32_MAX); /* four gigabytes, it says */
    }
    vt_sim_send_raw(node, to, VT_SIM_CLASSES - 1, vt_buf_view(&bytes),
                    vt_sim_digest(vt_buf_view(&bytes)));
    vt_buf_fini(&bytes);
}

void vt_sim_noise(struct sim_node *node)
{
    struct sim_cluster *c = node->cluster;
    uint32_t to = (uint32_t)vt_rng_below(&c->net, c->slots);

    if (node->up && c->nodes[to].member != node->member) {
        if (node->lot.says_stale && node->heard_count > 0) {
            uint64_t kept = node->heard_count < VT_SIM_HEARD_MAX
                                ? node->heard_count
                                : VT_SIM_HEARD_MAX;
            const struct sim_heard *heard =
                &node->heard[vt_rng_below(&c->net, kept)];

            struct vt_view bytes = vt_view_of(heard->bytes, heard->len);

            vt_sim_send_raw(node, to, 0, bytes, vt_sim_digest(bytes));
        }
        if (node->lot.is_noisy) {
            send_junk(node, to);
        }
    }
    if (node->up && node->lot.hoards) {
        say_hoarded(node);
    }
    if (node->lot.is_noisy || node->lot.says_stale || node->lot.hoards) {
        (void)vt_sim_schedule(c, SIM_NOISE, node->index, c->now_ns + NOISE_NS,
                              vt_view_of(NULL, 0));
    }
}
