/* SPDX-License-Identifier: Apache-2.0
 *
 * seats.h - who sits where in this epoch: shards drawn from the beacon, the
 * members whose word a lane needs, the order of leaders. Private to the plugin.
 */
#ifndef UNIVERSAL_SEATS_H
#define UNIVERSAL_SEATS_H

#include "common/check.h"
#include "common/quorum.h"
#include "rules.h"

#define UNI_SHARDS_MAX 16u
#define UNI_SHARDED_FROM 16u /* fewer members: one shard is everybody */
#define UNI_SHARD_LEAST 4u   /* members of a shard */

struct uni_seats {
    uint32_t n, shards;
    uint32_t levels; /* the highest: everybody */
    uint32_t shard_of[CS_MEMBERS_MAX];
    uint32_t lane_of[CS_MEMBERS_MAX]; /* place inside of the shard */
    uint32_t size[UNI_SHARDS_MAX];
    uint64_t who[UNI_SHARDS_MAX];
    uint8_t order[CS_MEMBERS_MAX]; /* of leaders */
};

/* shards: 0 takes as many as are safe whoever the liars are. Any thread. */
void uni_seats_init(struct uni_seats *out, const struct vt_host *host,
                    const struct vt_svc_crypto *crypto,
                    const struct vt_cs_epoch *epoch, uint32_t shards);

/* W: the members whose word counts for batches of this lane at this level:
 * 2^level neighbouring shards, from the lane's own on. */
uint64_t uni_witnesses(const struct uni_seats *seats, uint32_t lane,
                       uint32_t level);

/* How many of them make a certificate. */
static inline uint32_t uni_quorum(uint64_t who)
{
    return uni_rule_quorum(cs_count(who));
}

#endif
