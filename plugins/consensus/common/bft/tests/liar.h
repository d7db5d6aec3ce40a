/* SPDX-License-Identifier: Apache-2.0
 *
 * liar.h - what members may do that keep no rule: propose twice, vote for
 * everything, show a certificate to one member only, build on old blocks.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_LIAR_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_LIAR_H

#include "net.h"

#define LIAR_BLOCKS 24u
#define LIAR_VOTES 48u

struct liar {
    struct net_attack attack;
    struct vt_rng rng;
    uint32_t rate;    /* per mille: how often it acts on what it hears */
    uint32_t members; /* bit per member that lies */
    uint64_t top;     /* highest view heard of */
    uint64_t proposed;
    uint32_t blocks, votes;
    struct {
        struct bft_block block;
        int is_notarized;
    } block[LIAR_BLOCKS]; /* ring */
    struct {
        uint32_t kind;
        uint64_t view, signers;
        uint8_t link[32];
        struct bft_sig sig[16];
    } vote[LIAR_VOTES]; /* ring */
};

void liar_init(struct liar *liar, uint64_t seed, uint32_t members,
               uint32_t rate);

#endif
