/* SPDX-License-Identifier: Apache-2.0
 *
 * tape.h - what one engine was told and what it answered, as bytes: compared,
 * and played again. Private to core/conform.
 */
#ifndef VT_CONFORM_TAPE_H
#define VT_CONFORM_TAPE_H

#include <vt/consensus.h>

#include "conform/trial.h"

#define VT_TAPE_MAX ((size_t)48 << 20)

/* In memory of its own or shared between processes. */
struct vt_tape {
    uint8_t *bytes;
    size_t len, cap;
    uint64_t steps; /* events on it */
};

enum vt_tape_kind {
    VT_TAPE_EVENT = 1,
    VT_TAPE_EFFECT = 2,
    VT_TAPE_STATUS = 3, /* what step returned */
    VT_TAPE_DIGEST = 4
};

struct vt_tape_record {
    uint32_t kind, node, len;
    uint32_t type; /* of event or effect */
    const uint8_t *bytes;
};

void vt_tape_init(struct vt_tape *tape, void *memory, size_t size);
/* Each fails the test when the tape is full. NULL tape: nothing. */
void vt_tape_event(struct vt_trial *t, struct vt_tape *tape, uint32_t node,
                   const struct vt_ev *ev);
void vt_tape_effect(struct vt_trial *t, struct vt_tape *tape, uint32_t node,
                    const struct vt_eff *eff);
void vt_tape_put(struct vt_trial *t, struct vt_tape *tape, uint32_t kind,
                 uint32_t node, const void *bytes, size_t len);
/* Next record from *at on. Returns 0 at the end. */
int vt_tape_next(const struct vt_tape *tape, size_t *at,
                 struct vt_tape_record *out);

/* Room for any event, its bytes follow in the record. */
union vt_any_event {
    struct vt_ev h;
    struct vt_ev_timer timer;
    struct vt_ev_recv recv;
    struct vt_ev_done done;
    struct vt_ev_block block;
    struct vt_ev_applied applied;
    struct vt_ev_peer peer;
    struct vt_ev_txs txs;
    struct vt_ev_seal seal;
    struct vt_ev_bytes bytes;
    struct vt_ev_anchor anchor;
};
/* The event of a record; its view points into the tape. */
void vt_tape_read(const struct vt_tape_record *record, union vt_any_event *out);
/* Compares two tapes, of node (or of all: UINT32_MAX). Returns 1 when equal;
 * else 0 and where they part, in words. */
int vt_tape_equal(const struct vt_tape *a, const struct vt_tape *b,
                  uint32_t node, char *why, size_t why_size);
/* "SEND", "RECV" */
const char *vt_effect_name(uint32_t type);
const char *vt_event_name(uint32_t type);
/* Bytes of this effect up to the last member of 1.0; 0: unknown type. */
uint32_t vt_effect_size(uint32_t type);
/* The view of an event, NULL when its type has none. */
struct vt_view *vt_event_view(union vt_any_event *ev);

#endif
