/* SPDX-License-Identifier: Apache-2.0
 *
 * route.c - frames between chains and links: which peer a chain means, which
 * chain a frame is for, and who writes.
 */
#include "base/alloc.h"
#include "net/links_int.h"
#include "net/runner_int.h"

#include <event2/event.h>

#include <string.h>

/* With table held. */
static struct vt_chain_link *find_chain(const struct vt_links *links,
                                        const uint8_t id[32])
{
    for (uint32_t i = 0; i < links->chain_count; i++) {
        if (memcmp(links->chains[i]->chain_id.b, id, 32) == 0) {
            return links->chains[i];
        }
    }
    return NULL;
}

/* With table held: the slot of a chain's peer, VT_SLOT_NONE if we have none. */
static uint32_t slot_of(const struct vt_chain_link *chain, uint32_t id)
{
    if (id >= VT_PEER_OBSERVER) {
        uint32_t slot = id - VT_PEER_OBSERVER;

        return slot < VT_SLOTS_MAX && chain->id_of[slot] == id ? slot
                                                               : VT_SLOT_NONE;
    }
    return id < chain->member_count ? chain->slot_of[id] : VT_SLOT_NONE;
}

static int shares(const struct vt_chain_link *chain, uint32_t slot)
{
    return atomic_load_explicit(&chain->shared[slot], memory_order_acquire);
}

/* ---- out ----------------------------------------------------------------- */

static void queue_for(struct vt_peer *peer, uint32_t klass,
                      struct vt_blob *blob)
{
    const uint32_t out_class = VT_OUT_OF(klass);
    uint32_t dropped = 0;

    (void)pthread_mutex_lock(&peer->queue);
    if (peer->conn != NULL) {
        dropped = vt_outq_put(&peer->conn->outq, out_class, blob);
    }
    (void)pthread_mutex_unlock(&peer->queue);
    atomic_store(&peer->dirty, 1);
    if (dropped > 0) {
        vt_metric_add(peer->links->metric_dropped[out_class], dropped);
    }
}

/* With table held. */
static void queue_for_all(struct vt_links *links,
                          const struct vt_chain_link *chain, uint32_t klass,
                          struct vt_blob *blob)
{
    const uint32_t count = atomic_load(&links->slot_count);

    for (uint32_t slot = 0; slot < count; slot++) {
        if (shares(chain, slot)) {
            queue_for(vt_peer_at(links, slot), klass, blob);
        }
    }
}

vt_status vt_links_send(struct vt_links *links, const struct vt_hash *chain_id,
                        uint32_t peer, uint32_t klass,
                        const struct vt_frame *frame)
{
    const struct vt_chain_link *chain;
    struct vt_blob *blob;

    if (frame->payload.len > vt_frame_max(frame->kind) ||
        klass > VT_SEND_BULK) {
        return VT_E_LIMIT;
    }
    blob = vt_blob_new(frame);
    if (blob == NULL) {
        vt_metric_add(links->metric_dropped[VT_OUT_OF(klass)], 1);
        return VT_OK;
    }
    (void)pthread_rwlock_rdlock(&links->table);
    chain = find_chain(links, chain_id->b);
    if (chain != NULL && peer == VT_PEER_ALL) {
        queue_for_all(links, chain, klass, blob);
    } else if (chain != NULL) {
        uint32_t slot = slot_of(chain, peer);

        if (slot != VT_SLOT_NONE && shares(chain, slot)) {
            queue_for(vt_peer_at(links, slot), klass, blob);
        }
    }
    (void)pthread_rwlock_unlock(&links->table);
    vt_blob_unref(blob);
    return VT_OK;
}

/* With peer->io held. */
static void write_queued(struct vt_peer *peer)
{
    struct vt_conn *conn = peer->conn;
    uint64_t bytes;

    if (conn == NULL || conn->blocked || conn->failed) {
        return; /* the loop will see to it */
    }
    (void)pthread_mutex_lock(&peer->queue);
    bytes = conn->outq.bytes;
    (void)pthread_mutex_unlock(&peer->queue);
    if (bytes > VT_DIRECT_MAX) {
        conn->blocked = 1;
        (void)event_add(conn->write_event, NULL);
    } else if (vt_conn_write(conn) == VT_IO_FAILED) {
        conn->failed = 1;
        vt_links_wake(peer->links);
    }
}

void vt_peer_flush(struct vt_peer *peer)
{
    /* Who finds the lock taken leaves dirty set; who held it looks at dirty
     * after letting go. The fence keeps the two from missing each other. */
    while (atomic_load(&peer->dirty)) {
        if (pthread_mutex_trylock(&peer->io) != 0) {
            return;
        }
        atomic_store(&peer->dirty, 0);
        write_queued(peer);
        (void)pthread_mutex_unlock(&peer->io);
        atomic_thread_fence(memory_order_seq_cst);
    }
}

void vt_links_flush(struct vt_links *links)
{
    const uint32_t count = atomic_load(&links->slot_count);

    atomic_thread_fence(memory_order_seq_cst);
    for (uint32_t slot = 0; slot < count; slot++) {
        vt_peer_flush(vt_peer_at(links, slot));
    }
}

void vt_links_penalize(struct vt_links *links, const struct vt_hash *chain_id,
                       uint32_t id, const char *reason)
{
    const struct vt_chain_link *chain;
    struct vt_peer *peer = NULL;

    (void)pthread_rwlock_rdlock(&links->table);
    chain = find_chain(links, chain_id->b);
    if (chain != NULL) {
        uint32_t slot = slot_of(chain, id);

        peer = slot == VT_SLOT_NONE ? NULL : vt_peer_at(links, slot);
    }
    (void)pthread_rwlock_unlock(&links->table);
    if (peer == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&peer->queue);
    /* not below zero: what it sent before it was paused is still coming in */
    peer->score =
        peer->score > VT_FAULT_CHAIN ? peer->score - VT_FAULT_CHAIN : 0;
    peer->reported = 1;
    (void)snprintf(peer->penalty, sizeof peer->penalty, "%s", reason);
    (void)pthread_mutex_unlock(&peer->queue);
    vt_links_wake(links);
}

/* ---- in ------------------------------------------------------------------ */

int vt_route_in(struct vt_conn *conn, struct vt_view bytes,
                struct vt_item_frame *big)
{
    const uint32_t slot = conn->peer->slot;
    struct vt_links *links = conn->links;
    struct vt_chain_link *chain;
    struct vt_item_frame *item = big;

    (void)pthread_rwlock_rdlock(&links->table);
    chain = find_chain(links, bytes.ptr + 5);
    if (chain == NULL || !shares(chain, slot)) {
        (void)pthread_rwlock_unlock(&links->table);
        return 0;
    }
    if (item == NULL) {
        item = vt_realloc(NULL, sizeof *item + bytes.len);
        if (item != NULL) {
            memcpy(item->bytes, bytes.ptr, bytes.len);
        }
    }
    if (item != NULL) {
        item->item.next = NULL;
        item->item.kind = VT_ITEM_FRAME;
        item->peer = chain->id_of[slot];
        item->len = (uint32_t)bytes.len;
        *chain->batch_end = &item->item;
        chain->batch_end = &item->item.next;
    }
    (void)pthread_rwlock_unlock(&links->table);
    return 1; /* out of memory is not the sender's fault */
}

void vt_route_deliver(struct vt_links *links)
{
    (void)pthread_rwlock_rdlock(&links->table);
    for (uint32_t i = 0; i < links->chain_count; i++) {
        struct vt_chain_link *chain = links->chains[i];

        if (chain->batch != NULL) {
            struct vt_item *batch = chain->batch;

            chain->batch = NULL;
            chain->batch_end = &chain->batch;
            vt_runner_frames(chain->runner, batch);
        }
    }
    (void)pthread_rwlock_unlock(&links->table);
}
