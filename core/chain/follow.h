/* SPDX-License-Identifier: Apache-2.0
 *
 * follow.h - a chain as a stranger sees it: its genesis parameters, and headers
 * with what makes them final. No log, no state, no network, and no trust in
 * whoever brings the headers.
 *
 *   new -> (next | header)* -> free
 *
 * The parameters name the members of the first epoch, whose seal is under the
 * last header of it; that names the switch to the next one, whose payload is in
 * the first header there (wire/block.h, vt_handoff); and so on to any height.
 */
#ifndef VT_CHAIN_FOLLOW_H
#define VT_CHAIN_FOLLOW_H

#include "chain/chain.h"
#include "wire/block.h"

struct vt_follow;

/* Of args: config, rules, parts, maker, schemes and canonical, borrowed until
 * free. Returns VT_OK, VT_E_NOMEM, what the engine of the first epoch says of
 * its members. Thread: any, one at a time. */
vt_status vt_follow_new(const struct vt_chain_args *args,
                        struct vt_follow **out, struct vt_err *err);
/* NULL is fine. */
void vt_follow_free(struct vt_follow *follow);

const struct vt_hash *vt_follow_chain_id(const struct vt_follow *follow);
/* The newest epoch that is known, from 0. */
uint64_t vt_follow_epoch(const struct vt_follow *follow);
/* Plugin id of an epoch's engine. Returns NULL for one that is not known. */
const char *vt_follow_engine(const struct vt_follow *follow, uint64_t epoch);

/* The epoch after the newest known one, from the last header of that and the
 * handoff in its own first header, both encoded. What the epoch before drew
 * (wire/block.h, random) is taken as it is: seals of the new members are under
 * it. Returns VT_OK; VT_E_CORRUPT with what does
 * not fit; VT_E_NOTFOUND and others when this host has no such engine. */
vt_status vt_follow_next(struct vt_follow *follow, struct vt_view last,
                         struct vt_view handoff, struct vt_err *err);
/* Is this header final by its seal, or the short form of it? Returns VT_OK with
 * the header (borrows from bytes) and the block's id; VT_E_CORRUPT with what
 * does not fit. */
vt_status vt_follow_header(const struct vt_follow *follow, struct vt_view bytes,
                           struct vt_view seal, struct vt_header *out,
                           struct vt_hash *out_id, struct vt_err *err);

/* Has the block or batch with this header come to a stage before final (enum
 * vt_cs_stage)? Returns as vt_follow_header. */
vt_status vt_follow_stage(const struct vt_follow *follow, uint32_t stage,
                          struct vt_view bytes, struct vt_view proof,
                          struct vt_header *out, struct vt_hash *out_id,
                          struct vt_err *err);

#endif
