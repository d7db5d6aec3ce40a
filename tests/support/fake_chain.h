/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_chain.h - a chain without a chain: the few vt_chain functions that
 * core/net calls, with hooks. Link fake_chain.c into a test instead of
 * core/chain.
 */
#ifndef VT_TESTS_SUPPORT_FAKE_CHAIN_H
#define VT_TESTS_SUPPORT_FAKE_CHAIN_H

#include "chain/chain.h"

#include <stdatomic.h>

/* All on the chain's thread; NULL does nothing. */
struct fake_hooks {
    vt_status (*start)(struct vt_chain *chain, struct vt_err *err);
    void (*frame)(struct vt_chain *chain, uint32_t peer,
                  const struct vt_frame *frame);
    void (*peer)(struct vt_chain *chain, uint32_t peer, int up);
    void (*tick)(struct vt_chain *chain);
    /* 1: the hook calls fake_chain_stopped later */
    int (*stop)(struct vt_chain *chain);
};

struct vt_chain {
    struct vt_world *world;
    const struct fake_hooks *hooks;
    void *ctx; /* the test's */
    struct vt_hash id;
    uint64_t final_height;
    void (*on_stopped)(void *ctx);
    void *stop_ctx;
    _Atomic uint32_t frames, ticks, stops, halts;
    _Atomic uint64_t frame_bytes;
    _Atomic uint32_t peer_ups, peer_downs;
    _Atomic uint32_t peers_up;
    char halted_why[256]; /* read after halts is 1 */
};

void fake_chain_init(struct vt_chain *chain, struct vt_world *world,
                     const struct fake_hooks *hooks);
void fake_chain_stopped(struct vt_chain *chain);

#endif
