/* SPDX-License-Identifier: Apache-2.0
 *
 * inbox.c - one mutex, one list, one wake-up per burst: the chain's thread is
 * woken only when it sleeps, and takes many entries under one lock.
 */
#include "net/inbox.h"

#include "base/alloc.h"
#include "plugin/host.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

vt_status vt_inbox_init(struct vt_inbox *inbox, uint32_t max,
                        const char *chain_name)
{
    static const char *const reasons[] = {"full", "bulk", "share", "stopping"};
    uint32_t *const handles[] = {&inbox->drop_full, &inbox->drop_bulk,
                                 &inbox->drop_share, &inbox->drop_closed};
    pthread_condattr_t attr;
    char labels[96];

    memset(inbox, 0, sizeof *inbox);
    inbox->max = max == 0 ? VT_INBOX_MAX : max;
    inbox->tail = &inbox->head;
    inbox->peers = vt_alloc_array(VT_INBOX_PEERS, sizeof *inbox->peers);
    if (inbox->peers == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < VT_INBOX_PEERS; i++) {
        inbox->peers[i].item.kind = VT_ITEM_PEER;
        inbox->peers[i].peer =
            i < VT_MEMBERS_MAX ? i : VT_PEER_OBSERVER + (i - VT_MEMBERS_MAX);
    }
    (void)pthread_mutex_init(&inbox->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&inbox->filled, &attr);
    (void)pthread_condattr_destroy(&attr);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        (void)snprintf(labels, sizeof labels, "chain=\"%s\",reason=\"%s\"",
                       chain_name, reasons[i]);
        *handles[i] = vt_metric_counter("inbox_dropped_total", labels,
                                        "Frames a chain's inbox refused.");
    }
    (void)snprintf(labels, sizeof labels, "chain=\"%s\"", chain_name);
    inbox->length_gauge =
        vt_metric_gauge("inbox_length", labels,
                        "Frames and calls waiting for a chain's thread.");
    return VT_OK;
}

void vt_inbox_fini(struct vt_inbox *inbox)
{
    if (inbox->peers == NULL) {
        return;
    }
    while (inbox->head != NULL) {
        struct vt_item *item = inbox->head;

        inbox->head = item->next;
        if (item->kind == VT_ITEM_FRAME) {
            vt_free(item);
        }
    }
    (void)pthread_cond_destroy(&inbox->filled);
    (void)pthread_mutex_destroy(&inbox->lock);
    vt_free(inbox->peers);
    inbox->peers = NULL;
}

static struct vt_item_peer *peer_of(struct vt_inbox *inbox, uint32_t peer)
{
    uint32_t index = peer < VT_PEER_OBSERVER
                         ? peer
                         : VT_MEMBERS_MAX + (peer - VT_PEER_OBSERVER);

    assert(index < VT_INBOX_PEERS);
    return &inbox->peers[index];
}

static void append(struct vt_inbox *inbox, struct vt_item *item)
{
    item->next = NULL;
    *inbox->tail = item;
    inbox->tail = &item->next;
}

/* Wakes the thread when it sleeps, once; after the lock is free, or the woken
 * thread would run into it. */
static void unlock_and_wake(struct vt_inbox *inbox)
{
    const int wake = inbox->sleeping && inbox->head != NULL;

    if (wake) {
        inbox->sleeping = 0;
    }
    (void)pthread_mutex_unlock(&inbox->lock);
    if (wake) {
        (void)pthread_cond_signal(&inbox->filled);
    }
}

/* Gossip and requests can be repeated; votes, blocks and answers are what the
 * chain needs to move on. */
static int is_bulk(uint8_t kind)
{
    return kind == VT_FRAME_TXS || kind == VT_FRAME_GET_BLOCKS ||
           kind == VT_FRAME_GET_BODY;
}

/* The metric under which the frame is refused, or 0. */
static uint32_t refusal(const struct vt_inbox *inbox,
                        const struct vt_item_peer *peer,
                        const struct vt_item_frame *frame)
{
    const uint64_t len = frame->len;

    if (inbox->closed) {
        return inbox->drop_closed;
    }
    if (inbox->count >= inbox->max || inbox->bytes + len > VT_INBOX_BYTES_MAX) {
        return inbox->drop_full;
    }
    if (peer->frames >= inbox->max / 4 + 1 ||
        (peer->frames > 0 &&
         peer->frame_bytes + len > VT_INBOX_BYTES_MAX / 2)) {
        return inbox->drop_share;
    }
    if (is_bulk(frame->bytes[4]) &&
        (inbox->count >= inbox->max / 4 * 3 ||
         inbox->bytes + len > VT_INBOX_BYTES_MAX / 4 * 3)) {
        return inbox->drop_bulk;
    }
    return 0;
}

void vt_inbox_put_frames(struct vt_inbox *inbox, struct vt_item *list)
{
    struct vt_item *refused = NULL;

    (void)pthread_mutex_lock(&inbox->lock);
    while (list != NULL) {
        struct vt_item_frame *frame = (struct vt_item_frame *)(void *)list;
        struct vt_item_peer *peer = peer_of(inbox, frame->peer);
        uint32_t drop = refusal(inbox, peer, frame);

        list = list->next;
        if (drop != 0) {
            vt_metric_add(drop, 1);
            frame->item.next = refused;
            refused = &frame->item;
            continue;
        }
        inbox->count++;
        inbox->bytes += frame->len;
        peer->frames++;
        peer->frame_bytes += frame->len;
        append(inbox, &frame->item);
    }
    unlock_and_wake(inbox);
    while (refused != NULL) {
        struct vt_item *next = refused->next;

        vt_free(refused);
        refused = next;
    }
}

vt_status vt_inbox_put_call(struct vt_inbox *inbox, void (*fn)(void *arg),
                            void *arg)
{
    struct vt_item_call *call = vt_alloc(sizeof *call);
    vt_status status = VT_OK;

    if (call == NULL) {
        return VT_E_NOMEM;
    }
    call->item.kind = VT_ITEM_CALL;
    call->fn = fn;
    call->arg = arg;
    (void)pthread_mutex_lock(&inbox->lock);
    if (inbox->closed) {
        status = VT_E_STATE;
    } else if (inbox->count >= inbox->max - inbox->max / 8) {
        status = VT_E_LIMIT;
    } else {
        inbox->count++;
        append(inbox, &call->item);
    }
    unlock_and_wake(inbox);
    if (status != VT_OK) {
        vt_free(call);
    }
    return status;
}

void vt_inbox_put_item(struct vt_inbox *inbox, struct vt_item *item)
{
    (void)pthread_mutex_lock(&inbox->lock);
    append(inbox, item);
    unlock_and_wake(inbox);
}

void vt_inbox_put_peer(struct vt_inbox *inbox, uint32_t id, int up)
{
    struct vt_item_peer *peer = peer_of(inbox, id);

    (void)pthread_mutex_lock(&inbox->lock);
    peer->wanted = up != 0;
    if (!up) {
        peer->flapped = 1;
    }
    if (!peer->queued) {
        peer->queued = 1;
        append(inbox, &peer->item);
    }
    unlock_and_wake(inbox);
}

void vt_inbox_peer_news(struct vt_inbox *inbox, struct vt_item_peer *peer,
                        int *down, int *up)
{
    (void)pthread_mutex_lock(&inbox->lock);
    peer->queued = 0;
    *down = peer->known && peer->flapped;
    *up = peer->wanted && (!peer->known || peer->flapped);
    peer->known = peer->wanted;
    peer->flapped = 0;
    (void)pthread_mutex_unlock(&inbox->lock);
}

/* With the lock held. Returns 0 when the deadline has passed. */
static int wait_filled(struct vt_inbox *inbox, uint64_t deadline_ns)
{
    struct timespec until = {
        .tv_sec = (time_t)(deadline_ns / 1000000000u),
        .tv_nsec = (long)(deadline_ns % 1000000000u),
    };
    int result;

    if (deadline_ns == 0) {
        return 0;
    }
    inbox->sleeping = 1;
    result = deadline_ns == UINT64_MAX
                 ? pthread_cond_wait(&inbox->filled, &inbox->lock)
                 : pthread_cond_timedwait(&inbox->filled, &inbox->lock, &until);
    inbox->sleeping = 0;
    return result == 0;
}

/* With the lock held: what leaves no longer counts. Returns bytes. */
static uint64_t uncount(struct vt_inbox *inbox, struct vt_item *item)
{
    struct vt_item_frame *frame;
    struct vt_item_peer *peer;

    if (item->kind == VT_ITEM_CALL) {
        inbox->count--;
    }
    if (item->kind != VT_ITEM_FRAME) {
        return 0;
    }
    frame = (struct vt_item_frame *)(void *)item;
    peer = peer_of(inbox, frame->peer);
    inbox->count--;
    inbox->bytes -= frame->len;
    peer->frames--;
    peer->frame_bytes -= frame->len;
    return frame->len;
}

struct vt_item *vt_inbox_take(struct vt_inbox *inbox, uint64_t deadline_ns)
{
    struct vt_item *first;
    struct vt_item **end = &first;
    uint64_t bytes = 0;

    (void)pthread_mutex_lock(&inbox->lock);
    while (inbox->head == NULL && wait_filled(inbox, deadline_ns)) {
    }
    for (uint32_t i = 0; i < VT_INBOX_TAKE_MAX && inbox->head != NULL &&
                         bytes < VT_INBOX_TAKE_BYTES_MAX;
         i++) {
        struct vt_item *item = inbox->head;

        inbox->head = item->next;
        *end = item;
        end = &item->next;
        bytes += uncount(inbox, item);
    }
    *end = NULL;
    if (inbox->head == NULL) {
        inbox->tail = &inbox->head;
    }
    vt_metric_set(inbox->length_gauge, inbox->count);
    (void)pthread_mutex_unlock(&inbox->lock);
    return first;
}

void vt_inbox_close(struct vt_inbox *inbox)
{
    (void)pthread_mutex_lock(&inbox->lock);
    inbox->closed = 1;
    (void)pthread_mutex_unlock(&inbox->lock);
}
