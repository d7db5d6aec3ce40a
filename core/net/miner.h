/* SPDX-License-Identifier: Apache-2.0
 *
 * miner.h - threads that search nonces for one chain. Private to core/net.
 */
#ifndef VT_NET_MINER_H
#define VT_NET_MINER_H

#include "base/work.h"

struct vt_miner;

/* found is called on a miner's thread, once per search. Threads are made with
 * the first search. Returns NULL when out of memory. */
VT_MUST_USE struct vt_miner *vt_miner_new(
    uint32_t threads, void (*found)(void *ctx, uint64_t token, uint64_t nonce),
    void *ctx);
/* Ends the search under way and joins the threads. NULL is fine. */
void vt_miner_free(struct vt_miner *miner);
/* Replaces the search under way; an empty header ends it. Returns VT_OK,
 * VT_E_LIMIT for a header above VT_WORK_HEADER_MAX, VT_E_IO when no thread can
 * be made. One caller at a time. */
vt_status vt_miner_set(struct vt_miner *miner, uint64_t token,
                       struct vt_view header, const uint8_t target[32]);

#endif
