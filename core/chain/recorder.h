/* SPDX-License-Identifier: Apache-2.0
 *
 * recorder.h - the flight recorder: the last events an engine was given, as
 * lines of text, for whoever has to find out why a chain halted. Private to
 * core/chain. One thread.
 */
#ifndef VT_CHAIN_RECORDER_H
#define VT_CHAIN_RECORDER_H

#include <vt/consensus.h>

#include "base/buf.h"

#define VT_RECORDER_EVENTS 64u
#define VT_RECORDER_LINE 320u

struct vt_recorder {
    char line[VT_RECORDER_EVENTS][VT_RECORDER_LINE];
    uint64_t count; /* events ever seen */
};

void vt_recorder_note(struct vt_recorder *recorder, const struct vt_ev *ev);
/* Oldest first, appended to out. */
void vt_recorder_print(const struct vt_recorder *recorder, struct vt_buf *out);

#endif
