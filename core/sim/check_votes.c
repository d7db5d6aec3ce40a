/* SPDX-License-Identifier: Apache-2.0
 *
 * check_votes.c - what must hold of a member's word: I6, it never signs two
 * messages at one position, also not across crashes; I8, nobody correct is ever
 * accused.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"

#include <inttypes.h>

#define POSITION_LEN 32u
#define POSITIONS_MAX 1000000u

static const uint8_t map_seed[16] = {9};

/* A signature is made right behind the commit that recorded its position, so
 * what was durable once counts as signed. */
void vt_sim_check_signed(struct sim_node *node, struct vt_view key,
                         struct vt_view hash)
{
    struct sim_cluster *c = node->cluster;
    struct vt_hash *before;
    struct vt_hash *copy;

    if (node->signed_at == NULL) {
        node->signed_at = vt_map_new(POSITION_LEN, POSITIONS_MAX, map_seed);
    }
    if (node->signed_at == NULL || key.len != POSITION_LEN || hash.len != 32) {
        c->failed = 1;
        return;
    }
    before = vt_map_get(node->signed_at, key.ptr);
    if (before != NULL) {
        if (!vt_view_eq(vt_view_of(before->b, 32), hash)) {
            vt_sim_violation(c,
                             "I6 durability: %s signs twice as role %" PRIu64
                             " at %" PRIu64 ".%" PRIu64,
                             node->name, vt_get_u64be(key.ptr + 8),
                             vt_get_u64be(key.ptr + 16),
                             vt_get_u64be(key.ptr + 24));
        }
        return;
    }
    copy = vt_memdup(hash.ptr, hash.len);
    if (copy == NULL ||
        vt_map_put(node->signed_at, key.ptr, copy, NULL) != VT_OK) {
        vt_free(copy);
        c->failed = 1;
    }
}

void vt_sim_check_evidence(struct sim_node *node, uint32_t member,
                           int is_verified)
{
    struct sim_cluster *c = node->cluster;

    if (member >= c->args->nodes) {
        vt_sim_violation(
            c, "I8 evidence: %s accuses member %" PRIu32 " whom nobody knows",
            node->name, member);
        return;
    }
    if (!is_verified) {
        vt_sim_violation(c,
                         "I8 evidence: %s accuses node%" PRIu32
                         " with what its own check does not take",
                         node->name, member + 1);
        return;
    }
    c->result->evidence |= UINT64_C(1) << member;
    if ((c->liars >> member & 1) == 0) {
        vt_sim_violation(
            c, "I8 evidence: %s accuses node%" PRIu32 ", who did nothing",
            node->name, member + 1);
    }
}
