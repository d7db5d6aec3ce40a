/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h - the only way a chain touches the outside: clock, wake-up, links,
 * other threads, subscribers.
 *
 * core/net implements it with real time and threads, core/sim with virtual
 * time in one thread. Nothing in core/chain reaches around it.
 */
#ifndef VT_CHAIN_WORLD_H
#define VT_CHAIN_WORLD_H

#include <vt/consensus.h>

#include "wire/frame.h"

struct vt_world;

/* Where a job runs. Jobs of one chain on the STORE lane run one after the
 * other in the order given; POOL jobs run at once and in any order. */
enum vt_lane { VT_LANE_POOL = 0, VT_LANE_STORE = 1 };

/* What a job's processor time is booked under, for the bench and metrics. */
enum vt_stage {
    VT_STAGE_CONSENSUS = 0, /* the chain's own thread: engine, votes, mempool */
    VT_STAGE_VERIFY = 1,    /* signatures of transactions */
    VT_STAGE_EXECUTE = 2,   /* effects and state tree */
    VT_STAGE_STORE = 3,     /* the chain's log */
    VT_STAGE_STATE = 4,     /* the state store, written behind */
    VT_STAGE_NET = 5,       /* links, TLS and the API: the loop's thread */
    VT_STAGE_COUNT = 6
};

/* fn runs elsewhere and may block; done runs on the chain's thread after it,
 * exactly once, also when the world is stopping. */
struct vt_job {
    void (*fn)(struct vt_job *job);
    void (*done)(struct vt_job *job);
    enum vt_stage stage;
};

/* Peers a chain talks to: members have their member index, other allowed nodes
 * (observers) an id from VT_PEER_OBSERVER up, given by the world. */
#define VT_PEER_OBSERVER 0x10000u

struct vt_chain_event;

/*
 * All called on the chain's thread.
 *
 * now_ns   monotonic. Returns nanoseconds.
 * wall_ms  Unix time. Returns milliseconds.
 * wake_at  call vt_chain_tick() at or soon after at_ns; replaces the previous
 *          wish; UINT64_MAX = none.
 * send     queue a frame to one peer, or to all connected peers
 *          (VT_PEER_ALL). klass is enum vt_send_class. Copies. Dropped when
 *          the peer is gone or its queue full: returns VT_OK all the same;
 *          VT_E_LIMIT only for frames above the kind's maximum.
 * run      hand a job over. Returns VT_OK; VT_E_LIMIT when the lane is full
 *          (done will not be called). STORE never refuses below 1024 jobs.
 * work     search a nonce so that SHA-256d(header, nonce as u64 little-endian)
 *          read as a big-endian number is at most target; the answer is
 *          vt_chain_worked() on the chain's thread. Replaces the search under
 *          way; an empty header ends it. Returns VT_OK; VT_E_UNSUPPORTED when
 *          this node does not mine.
 * publish  an event for subscribers; borrowed.
 * penalize the link of a peer misbehaved; reason is one line.
 * save     keep bytes for a person to look at later: the flight recorder of a
 *          halted chain. name is a file name without folder. where (256 bytes)
 *          gets what to tell the person, "" when nothing was kept.
 */
struct vt_world_ops {
    uint64_t (*now_ns)(struct vt_world *world);
    int64_t (*wall_ms)(struct vt_world *world);
    void (*wake_at)(struct vt_world *world, uint64_t at_ns);
    vt_status (*send)(struct vt_world *world, uint32_t peer, uint32_t klass,
                      const struct vt_frame *frame);
    vt_status (*run)(struct vt_world *world, enum vt_lane lane,
                     struct vt_job *job);
    vt_status (*work)(struct vt_world *world, uint64_t token,
                      struct vt_view header, const uint8_t target[32]);
    void (*publish)(struct vt_world *world, const struct vt_chain_event *event);
    void (*penalize)(struct vt_world *world, uint32_t peer, const char *reason);
    void (*save)(struct vt_world *world, const char *name, struct vt_view bytes,
                 char where[256]);
};

struct vt_world {
    const struct vt_world_ops *ops; /* first member of the implementation */
};

#endif
