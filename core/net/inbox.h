/* SPDX-License-Identifier: Apache-2.0
 *
 * inbox.h - what waits for a chain's thread: frames, peers that came or went,
 * posted calls, finished jobs, the wish to stop. Private to core/net.
 *
 * Frames and calls are bounded; the rest always finds room, because there is
 * at most one entry per job handed out and per peer. When it is nearly full
 * gossip is refused first, and one peer alone can never fill it.
 */
#ifndef VT_NET_INBOX_H
#define VT_NET_INBOX_H

#include "chain/world.h"
#include "config/chain_config.h"
#include "net/peer_slots.h"

#include <pthread.h>

#define VT_INBOX_MAX 65536u            /* entries, when not told otherwise */
#define VT_INBOX_BYTES_MAX (64u << 20) /* of frames */
#define VT_INBOX_TAKE_MAX 256u         /* entries handed out at a time */
#define VT_INBOX_TAKE_BYTES_MAX (8u << 20)
#define VT_INBOX_PEERS (VT_MEMBERS_MAX + VT_SLOTS_MAX)

enum vt_item_kind {
    VT_ITEM_FRAME,
    VT_ITEM_PEER,
    VT_ITEM_CALL,
    VT_ITEM_JOB,
    VT_ITEM_STOP
};

struct vt_item {
    struct vt_item *next;
    enum vt_item_kind kind;
};

/* One allocation per frame: the loop receives a large one straight into it. */
struct vt_item_frame {
    struct vt_item item;
    uint32_t peer;
    uint32_t len;    /* bytes of the whole frame, head included */
    uint8_t bytes[]; /* vt_frame_decode'd without an error */
};

struct vt_item_call {
    struct vt_item item;
    void (*fn)(void *arg);
    void *arg;
};

/* Per peer; the item is in the queue at most once. Under the inbox's lock but
 * for item and peer. */
struct vt_item_peer {
    struct vt_item item;
    uint32_t peer;
    uint32_t frames;      /* of this peer inside */
    uint64_t frame_bytes; /* of this peer inside */
    uint8_t queued;
    uint8_t known;   /* what the chain was told last */
    uint8_t wanted;  /* what is so now */
    uint8_t flapped; /* it went away in between */
};

struct vt_inbox {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct vt_item *head, **tail;
    uint32_t count; /* frames and calls */
    uint32_t max;
    uint64_t bytes; /* of frames */
    int sleeping;   /* the thread waits; a push must wake it */
    int closed;
    struct vt_item_peer *peers;                             /* VT_INBOX_PEERS */
    uint32_t drop_full, drop_bulk, drop_share, drop_closed; /* metrics */
    uint32_t length_gauge;
};

/* Entries the inbox may refuse: it never refuses when less than max is inside.
 * Returns VT_OK, VT_E_NOMEM. */
vt_status vt_inbox_init(struct vt_inbox *inbox, uint32_t max,
                        const char *chain_name);
/* Frees frames left inside; there must be nothing else. */
void vt_inbox_fini(struct vt_inbox *inbox);

/* Takes over a list of frames linked by item.next, in order; what is refused
 * is freed and counted. Thread: any. */
void vt_inbox_put_frames(struct vt_inbox *inbox, struct vt_item *list);
/* Returns VT_OK, VT_E_LIMIT when nearly full, VT_E_STATE when closed,
 * VT_E_NOMEM. Thread: any. */
vt_status vt_inbox_put_call(struct vt_inbox *inbox, void (*fn)(void *arg),
                            void *arg);
/* Never refused, also when closed. Thread: any. */
void vt_inbox_put_item(struct vt_inbox *inbox, struct vt_item *item);
void vt_inbox_put_peer(struct vt_inbox *inbox, uint32_t peer, int up);

/* Up to VT_INBOX_TAKE_MAX entries, or NULL; waits until deadline_ns of the
 * monotonic clock for the first (0: does not wait, UINT64_MAX: for ever).
 * Only the chain's thread. */
struct vt_item *vt_inbox_take(struct vt_inbox *inbox, uint64_t deadline_ns);
/* What to tell the chain about the peer of a taken entry: *down first, then
 * *up. Only the chain's thread. */
void vt_inbox_peer_news(struct vt_inbox *inbox, struct vt_item_peer *peer,
                        int *down, int *up);
/* No more frames and calls from now on: VT_E_STATE. */
void vt_inbox_close(struct vt_inbox *inbox);

#endif
