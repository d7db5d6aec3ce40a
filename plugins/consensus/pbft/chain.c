/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.c - ids and chain digests of the heights around C.
 *
 * The chain digest of height s is H(digest of s - 1, id of s), starting from
 * the epoch's parent. A COMMIT signs it, so that one certificate makes all
 * ancestors final too: the ids in between are the proof (P5).
 */
#include "inside.h"

struct pbft_link *pbft_link_at(struct vt_cs *cs, uint64_t seq)
{
    struct pbft_link *at = &cs->chain[seq % PBFT_CHAIN_RING];

    return seq != 0 && at->seq == seq ? at : NULL;
}

void pbft_link_next(const struct vt_cs *cs, const uint8_t link[32],
                    const uint8_t id[32], uint8_t out[32])
{
    struct vt_view parts[2] = {{link, 32}, {id, 32}};

    /* the tag is a constant the host knows: it cannot fail */
    (void)cs->crypto->hash(cs->host, "VTC/pbft/chain/1", parts, 2, out);
}

/* The next height above the tail. */
void pbft_chain_append(struct vt_cs *cs, const uint8_t id[32])
{
    uint64_t seq = cs->tail + 1;
    struct pbft_link *at = &cs->chain[seq % PBFT_CHAIN_RING];
    struct pbft_link *below = pbft_link_at(cs, cs->tail);
    const uint8_t *link =
        cs->tail == cs->committed ? cs->committed_link : below->link;
    uint8_t next[32];

    pbft_link_next(cs, link, id, next);
    at->seq = seq;
    memcpy(at->id, id, 32);
    memcpy(at->link, next, 32);
    cs->tail = seq;
}

const uint8_t *pbft_tail_id(struct vt_cs *cs)
{
    return cs->tail == cs->committed ? cs->committed_id
                                     : pbft_link_at(cs, cs->tail)->id;
}
