/* SPDX-License-Identifier: Apache-2.0
 *
 * anchor.h - blocks of other chains fixed on this one, as the log ledger keeps
 * them: for each chain and sender the last block it named. Pure.
 *
 * This ledger knows no other chain's members, and they change with that chain's
 * epochs. So it records who said what, in which order, and lets nobody name a
 * height twice; who counts is decided by those who follow the other chain
 * (chain/anchors.h). Others only waste their fees.
 */
#ifndef VT_LEDGER_ANCHOR_H
#define VT_LEDGER_ANCHOR_H

#include "ledger/state.h"
#include "wire/tx.h"

struct vt_anchor {
    uint64_t height; /* of the other chain */
    struct vt_hash id;
    uint64_t at; /* height of this chain's block that holds it */
};

/* What sender said last of a chain. Returns VT_OK, VT_E_NOTFOUND,
 * VT_E_CORRUPT. */
vt_status vt_anchor_get(const struct vt_state *state,
                        const struct vt_hash *chain,
                        const struct vt_address *sender, struct vt_anchor *out);

#define VT_ENTRY_ANCHOR 16u /* first byte, next to those of switch_entry.h */
#define VT_ANCHOR_SIZE 49u
void vt_anchor_key(const struct vt_hash *chain, const struct vt_address *sender,
                   struct vt_hash *out);
vt_status vt_anchor_decode(struct vt_view bytes, struct vt_anchor *out);
void vt_anchor_encode(const struct vt_anchor *anchor,
                      uint8_t out[VT_ANCHOR_SIZE]);

#endif
