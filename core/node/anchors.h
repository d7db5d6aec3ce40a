/* SPDX-License-Identifier: Apache-2.0
 *
 * anchors.h - a node that follows a chain and its parent carries anchors
 * between them: what is due goes up as a transaction, what is final up there
 * comes down. Each call hands over to the other chain's own thread.
 */
#ifndef VT_NODE_ANCHORS_H
#define VT_NODE_ANCHORS_H

#include "node/unit.h"

/* An event of one of the units. Thread: that unit's chain. */
void vt_anchors_event(struct vt_unit *const *units, size_t count,
                      const struct vt_chain_event *event);
/* What the parent's last 10000 final blocks say of a child that runs, when the
 * parent does not run yet. Thread: main. */
void vt_anchors_replay(struct vt_unit *const *units, size_t count,
                       struct vt_unit *child);

#endif
