/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule.h - whose slot it is. Slot s lasts from s times slot_ms to the next
 * one, in Unix time. A round gives each producer `run` slots in a row, in an
 * order drawn from the epoch's beacon. Private to the plugin.
 */
#ifndef DPOS_SCHEDULE_H
#define DPOS_SCHEDULE_H

#include "common/cert.h"

#define DPOS_RUN_MAX 16u

struct dpos_schedule {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    uint8_t beacon[32];
    uint32_t n, run;
    uint64_t slot_ms;
    /* a copy of what was computed last, not state */
    uint64_t round;
    uint32_t is_known;
    uint8_t order[CS_MEMBERS_MAX];
};

/* n producers of this epoch. Any thread, each its own schedule. */
void dpos_schedule_init(struct dpos_schedule *s, const struct vt_host *host,
                        const struct vt_svc_crypto *crypto,
                        const struct vt_cs_epoch *epoch);
/* The producers in the order of a round. */
void dpos_schedule_order(const struct dpos_schedule *s, uint64_t round,
                         uint8_t order[CS_MEMBERS_MAX]);
/* Who may make the block of this slot. */
uint32_t dpos_schedule_owner(struct dpos_schedule *s, uint64_t slot);
/* The slot of a moment; 0 before 1970 and in the first slot. */
uint64_t dpos_schedule_slot(const struct dpos_schedule *s, int64_t time_ms);
/* First slot of a member at or after this one; each round has one. */
uint64_t dpos_schedule_next(struct dpos_schedule *s, uint64_t slot,
                            uint32_t member);

#endif
