/* SPDX-License-Identifier: Apache-2.0
 *
 * pace.h - when the member that proposes makes the next block.
 *
 * With nothing in flight a waiting transaction is proposed at once. While
 * blocks are in flight the next one waits until it is worth it (batch_bytes)
 * or batch_delay has passed: load forms the batches, none waits for load.
 */
#ifndef VT_CONSENSUS_COMMON_PACE_H
#define VT_CONSENSUS_COMMON_PACE_H

#include "common/effects.h"

struct cs_pace {
    uint64_t batch_bytes, batch_delay_ns, heartbeat_ns, settle_ns; /* options */
    uint64_t waiting, waiting_bytes; /* transactions */
    uint64_t proposed_ns, commit_ns; /* last time */
    uint32_t is_settled;             /* the committed block is empty */
};

/* Rows of an option table, and reading them; first is the position of
 * batch_bytes. */
#define CS_PACE_KEYS                                                           \
    {"batch_bytes",                                                            \
     VT_T_BYTES,                                                               \
     0,                                                                        \
     "512KiB",                                                                 \
     "1KiB..64MiB",                                                            \
     "Largest block proposed, and what must wait to propose at once while "    \
     "blocks are in flight.",                                                  \
     "0.1"},                                                                   \
        {"batch_delay",                                                        \
         VT_T_DURATION_NS,                                                     \
         0,                                                                    \
         "5ms",                                                                \
         "0ms..10s",                                                           \
         "Longest wait for batch_bytes while blocks are in flight.",           \
         "0.1"},                                                               \
        {"heartbeat",                                                          \
         VT_T_DURATION_NS,                                                     \
         VT_KF_CONSENSUS,                                                      \
         "0ms",                                                                \
         "0ms..1h",                                                            \
         "Idle time after which an empty block is made, 0 for never.",         \
         "0.1"},                                                               \
    {                                                                          \
        "settle", VT_T_DURATION_NS, 0, "500ms", "0ms..1h",                     \
            "Idle time after which one empty block puts the state that the "   \
            "last "                                                            \
            "transactions led to into a header, 0 for never.",                 \
            "0.1"                                                              \
    }

static inline void cs_pace_read(struct cs_pace *pace, const struct vt_cfg *cfg,
                                uint32_t first)
{
    pace->batch_bytes = cfg->u64(cfg, first);
    pace->batch_delay_ns = cfg->u64(cfg, first + 1);
    pace->heartbeat_ns = cfg->u64(cfg, first + 2);
    pace->settle_ns = cfg->u64(cfg, first + 3);
}

/* A header names the state before its block. So after the last transactions
 * one more block is due, or nobody could prove what they led to. 0: never. */
static inline uint64_t cs_pace_empty_ns(const struct cs_pace *pace,
                                        int in_flight)
{
    uint64_t wait_ns = pace->heartbeat_ns;

    if (in_flight) {
        return 0;
    }
    if (pace->settle_ns > 0 && !pace->is_settled &&
        (wait_ns == 0 || pace->settle_ns < wait_ns)) {
        wait_ns = pace->settle_ns;
    }
    return wait_ns == 0 ? 0 : pace->commit_ns + wait_ns;
}

static inline int cs_pace_is_due(const struct cs_pace *pace, uint64_t now_ns,
                                 int in_flight)
{
    if (pace->waiting == 0) {
        return 0;
    }
    return !in_flight || pace->waiting_bytes >= pace->batch_bytes ||
           now_ns - pace->proposed_ns >= pace->batch_delay_ns;
}

enum cs_pace_choice { CS_PACE_WAIT = 0, CS_PACE_FULL = 1, CS_PACE_EMPTY = 2 };

/* Build now, maybe an empty block (CS_PACE_EMPTY), or look again when timer
 * fires. */
static inline enum cs_pace_choice cs_pace_choose(const struct cs_pace *pace,
                                                 uint64_t now_ns, int in_flight,
                                                 struct cs_timer *timer)
{
    uint64_t due_ns = cs_pace_empty_ns(pace, in_flight);

    if (due_ns != 0 && now_ns >= due_ns) {
        return CS_PACE_EMPTY;
    }
    if (cs_pace_is_due(pace, now_ns, in_flight)) {
        return CS_PACE_FULL;
    }
    if (pace->waiting > 0) {
        cs_timer_want(timer, pace->proposed_ns + pace->batch_delay_ns);
    } else if (due_ns != 0) {
        cs_timer_want(timer, due_ns);
    }
    return CS_PACE_WAIT;
}

/* BUILD failed: what the host said waits is in blocks already, or the parent
 * is not ready. The next tick, or another word of the host, tries again. */
static inline void cs_pace_refused(struct cs_outbox *box, struct cs_ask *build)
{
    build->state = CS_REFUSED;
    build->since_ns = box->now_ns;
}

static inline void cs_pace_txs(struct cs_pace *pace, struct cs_ask *build,
                               const struct vt_ev_txs *ev)
{
    pace->waiting = ev->count;
    pace->waiting_bytes = ev->size_bytes;
    if (build->state == CS_REFUSED) {
        build->state = CS_NOT_ASKED;
    }
}

static inline void cs_pace_retry(const struct cs_outbox *box,
                                 struct cs_ask *build, uint64_t older_ns)
{
    if (build->state == CS_REFUSED || cs_is_stale(box, build, 4 * older_ns)) {
        build->state = CS_NOT_ASKED;
    }
}

#endif
