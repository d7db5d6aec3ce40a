/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_chain.c - counts what arrives and passes it to the test's hooks.
 */
#include "support/fake_chain.h"

#include <stdio.h>
#include <string.h>

void fake_chain_init(struct vt_chain *chain, struct vt_world *world,
                     const struct fake_hooks *hooks)
{
    static const struct fake_hooks none;

    memset(chain, 0, sizeof *chain);
    chain->world = world;
    chain->hooks = hooks == NULL ? &none : hooks;
}

void fake_chain_stopped(struct vt_chain *chain)
{
    chain->on_stopped(chain->stop_ctx);
}

vt_status vt_chain_start(struct vt_chain *chain, struct vt_err *err)
{
    return chain->hooks->start == NULL ? VT_OK
                                       : chain->hooks->start(chain, err);
}

void vt_chain_stop(struct vt_chain *chain, void (*on_stopped)(void *ctx),
                   void *ctx)
{
    chain->on_stopped = on_stopped;
    chain->stop_ctx = ctx;
    atomic_fetch_add(&chain->stops, 1);
    if (chain->hooks->stop == NULL || !chain->hooks->stop(chain)) {
        fake_chain_stopped(chain);
    }
}

void vt_chain_halt(struct vt_chain *chain, const char *why)
{
    (void)snprintf(chain->halted_why, sizeof chain->halted_why, "%s", why);
    atomic_fetch_add(&chain->halts, 1);
}

void vt_chain_tick(struct vt_chain *chain)
{
    atomic_fetch_add(&chain->ticks, 1);
    if (chain->hooks->tick != NULL) {
        chain->hooks->tick(chain);
    }
}

void vt_chain_on_frame(struct vt_chain *chain, uint32_t peer,
                       const struct vt_frame *frame)
{
    atomic_fetch_add(&chain->frame_bytes, frame->payload.len);
    if (chain->hooks->frame != NULL) {
        chain->hooks->frame(chain, peer, frame);
    }
    atomic_fetch_add(&chain->frames, 1);
}

void vt_chain_on_peer(struct vt_chain *chain, uint32_t peer, int up)
{
    if (chain->hooks->peer != NULL) {
        chain->hooks->peer(chain, peer, up);
    }
    if (up) {
        atomic_fetch_add(&chain->peers_up, 1);
        atomic_fetch_add(&chain->peer_ups, 1);
    } else {
        atomic_fetch_sub(&chain->peers_up, 1);
        atomic_fetch_add(&chain->peer_downs, 1);
    }
}

void vt_chain_get_status(const struct vt_chain *chain,
                         struct vt_chain_status *out)
{
    memset(out, 0, sizeof *out);
    out->chain_id = chain->id;
    out->final_height = chain->final_height;
    out->halted = atomic_load(&chain->halts) > 0;
}

const struct vt_hash *vt_chain_id(const struct vt_chain *chain)
{
    return &chain->id;
}

void vt_chain_worked(struct vt_chain *chain, uint64_t token, uint64_t nonce)
{
    (void)chain;
    (void)token;
    (void)nonce;
}
