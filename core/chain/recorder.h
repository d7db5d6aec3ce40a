/* SPDX-License-Identifier: Apache-2.0
 *
 * recorder.h - the flight recorder: the last events an engine was given, for
 * whoever has to find out why a chain halted. Noting one copies a few numbers,
 * because it happens for every event; they become text only when printed.
 * Private to core/chain. One thread.
 */
#ifndef VT_CHAIN_RECORDER_H
#define VT_CHAIN_RECORDER_H

#include <vt/consensus.h>

#include "base/buf.h"

#define VT_RECORDER_EVENTS 64u
#define VT_RECORDER_SHOWN 96u /* bytes of a message */

struct vt_recorded {
    uint64_t now_ns;
    int64_t wall_ms;
    uint32_t type;
    uint32_t len; /* of bytes */
    /* the event's own numbers, in the order its line shows them */
    uint64_t number[5];
    uint8_t bytes[VT_RECORDER_SHOWN]; /* the message's first, or a block's id */
};

struct vt_recorder {
    struct vt_recorded last[VT_RECORDER_EVENTS];
    uint64_t count; /* events ever seen */
};

void vt_recorder_note(struct vt_recorder *recorder, const struct vt_ev *ev);
/* Oldest first, appended to out. */
void vt_recorder_print(const struct vt_recorder *recorder, struct vt_buf *out);

#endif
