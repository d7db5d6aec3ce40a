/* SPDX-License-Identifier: Apache-2.0
 *
 * peers.c - the nodes we know of: from the configuration, or because they
 * came with a certificate. Their scores, pauses and last errors.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "base/status.h"
#include "net/links_int.h"

#include <event2/event.h>

#include <stdio.h>
#include <string.h>

#define BAN_DOUBLINGS_MAX 5u
#define LOG_AGAIN_NS 60000000000u /* an error that goes on is logged again */
#define LOG_TOKENS_MAX 10u        /* lines about strangers; one more a second */

struct vt_peer *vt_peer_at(const struct vt_links *links, uint32_t slot)
{
    return atomic_load_explicit(&links->slots[slot], memory_order_acquire);
}

struct vt_peer *vt_peer_find(const struct vt_links *links, const char *name)
{
    const uint32_t count = atomic_load(&links->slot_count);

    for (uint32_t slot = 0; slot < count; slot++) {
        if (strcmp(vt_peer_at(links, slot)->name, name) == 0) {
            return vt_peer_at(links, slot);
        }
    }
    return NULL;
}

/* ---- the table ----------------------------------------------------------- */

static uint32_t peer_metric(int gauge, const char *name, const char *peer,
                            const char *direction, const char *help)
{
    char labels[96];

    (void)snprintf(labels, sizeof labels, "peer=\"%s\"%s%s%s", peer,
                   direction == NULL ? "" : ",direction=\"",
                   direction == NULL ? "" : direction,
                   direction == NULL ? "" : "\"");
    return gauge ? vt_metric_gauge(name, labels, help)
                 : vt_metric_counter(name, labels, help);
}

/* Nodes of the configuration have series of their own, the rest share one. */
static void declare_metrics(struct vt_peer *peer)
{
    const char *name = peer->configured ? peer->name : "other";
    const char *bytes = "Bytes of frames on links, before encryption.";
    const char *frames = "Frames on links.";

    peer->metric_bytes_in =
        peer_metric(0, "net_bytes_total", name, "in", bytes);
    peer->metric_bytes_out =
        peer_metric(0, "net_bytes_total", name, "out", bytes);
    peer->metric_frames_in =
        peer_metric(0, "net_frames_total", name, "in", frames);
    peer->metric_frames_out =
        peer_metric(0, "net_frames_total", name, "out", frames);
    if (peer->configured) {
        peer->metric_up = peer_metric(1, "net_peer_up", name, NULL,
                                      "1 while the link is up.");
        peer->metric_queue = peer_metric(1, "net_queue_bytes", name, NULL,
                                         "Bytes waiting to be written.");
    }
}

void vt_peer_free(struct vt_peer *peer)
{
    if (peer != NULL) {
        vt_dial_cancel(peer);
        if (peer->dial_timer != NULL) {
            event_free(peer->dial_timer);
        }
        (void)pthread_mutex_destroy(&peer->io);
        (void)pthread_mutex_destroy(&peer->queue);
        vt_free(peer->their_chains);
        vt_free(peer);
    }
}

static void map_one(struct vt_chain_link *chain, const struct vt_peer *peer)
{
    chain->id_of[peer->slot] = VT_PEER_OBSERVER + peer->slot;
    for (uint32_t i = 0; i < chain->member_count; i++) {
        if (chain->slot_of[i] == peer->slot) {
            chain->slot_of[i] = VT_SLOT_NONE; /* it had another name */
        }
        if (strcmp(chain->member_names[i], peer->name) == 0) {
            chain->slot_of[i] = (uint16_t)peer->slot;
            chain->id_of[peer->slot] = i;
        }
    }
}

void vt_peer_map(struct vt_links *links, struct vt_chain_link *chain)
{
    const uint32_t count = atomic_load(&links->slot_count);

    for (uint32_t slot = 0; slot < count; slot++) {
        map_one(chain, vt_peer_at(links, slot));
    }
}

/* With table held for writing. */
static void map_peer(struct vt_links *links, const struct vt_peer *peer)
{
    for (uint32_t i = 0; i < links->chain_count; i++) {
        struct vt_chain_link *chain = links->chains[i];

        map_one(chain, peer);
        chain->differs[peer->slot] = 0;
        chain->told[peer->slot] = 0;
    }
}

static struct vt_peer *new_peer(struct vt_links *links, const char *name,
                                const char *address)
{
    struct vt_peer *peer = vt_alloc(sizeof *peer);

    if (peer == NULL) {
        return NULL;
    }
    peer->links = links;
    peer->slot = atomic_load(&links->slot_count);
    peer->configured = address != NULL;
    peer->score = VT_SCORE_MAX;
    peer->backoff_ms = links->tune.backoff_ms;
    (void)snprintf(peer->name, sizeof peer->name, "%s", name);
    (void)snprintf(peer->address, sizeof peer->address, "%s",
                   address == NULL ? "" : address);
    (void)pthread_mutex_init(&peer->io, NULL);
    (void)pthread_mutex_init(&peer->queue, NULL);
    declare_metrics(peer);
    (void)pthread_rwlock_wrlock(&links->table);
    atomic_store(&links->slots[peer->slot], peer);
    atomic_store(&links->slot_count, peer->slot + 1);
    map_peer(links, peer);
    (void)pthread_rwlock_unlock(&links->table);
    return peer;
}

vt_status vt_peer_add(struct vt_links *links, const char *name,
                      const char *address, struct vt_err *err)
{
    if (!vt_node_name_ok(name)) {
        return vt_err_set(err, VT_E_INVALID,
                          "[peers] '%.70s' is not a node's name: 1..%u of A-Z "
                          "a-z 0-9 . _ -",
                          name, VT_NODE_NAME_MAX);
    }
    if (strcmp(name, links->name) == 0) {
        return VT_OK; /* one [peers] section may serve all nodes */
    }
    if (vt_peer_find(links, name) != NULL) {
        return vt_err_set(err, VT_E_INVALID, "[peers] '%s' is listed twice",
                          name);
    }
    if (strlen(address) >= sizeof links->listen) {
        return vt_err_set(err, VT_E_INVALID,
                          "[peers] the address of '%s' is too long", name);
    }
    return new_peer(links, name, address) == NULL ? VT_E_NOMEM : VT_OK;
}

static int is_member(struct vt_links *links, const char *name)
{
    int found = 0;

    (void)pthread_rwlock_rdlock(&links->table);
    for (uint32_t i = 0; i < links->chain_count && !found; i++) {
        const struct vt_chain_link *chain = links->chains[i];

        for (uint32_t k = 0; k < chain->member_count && !found; k++) {
            found = strcmp(chain->member_names[k], name) == 0;
        }
    }
    (void)pthread_rwlock_unlock(&links->table);
    return found;
}

static int in_use(const struct vt_peer *peer)
{
    if (peer->configured || peer->conn != NULL || vt_peer_banned(peer)) {
        return 1;
    }
    VT_LIST_FOR (at, &peer->links->conns) {
        if (VT_CONTAINER(at, struct vt_conn, entry)->peer == peer) {
            return 1;
        }
    }
    return 0;
}

/* The slot that was left longest ago gets a new name. */
static struct vt_peer *reuse(struct vt_links *links, const char *name)
{
    const uint32_t count = atomic_load(&links->slot_count);
    struct vt_peer *oldest = NULL;

    for (uint32_t slot = 0; slot < count; slot++) {
        struct vt_peer *peer = vt_peer_at(links, slot);

        if (!in_use(peer) &&
            (oldest == NULL || peer->used_ns < oldest->used_ns)) {
            oldest = peer;
        }
    }
    if (oldest == NULL) {
        return NULL;
    }
    (void)pthread_rwlock_wrlock(&links->table);
    (void)snprintf(oldest->name, sizeof oldest->name, "%s", name);
    oldest->score = VT_SCORE_MAX;
    oldest->bans = 0;
    oldest->last_error[0] = oldest->logged_error[0] = '\0';
    atomic_store(&oldest->bytes_in, 0);
    atomic_store(&oldest->bytes_out, 0);
    atomic_store(&oldest->frames_in, 0);
    atomic_store(&oldest->frames_out, 0);
    map_peer(links, oldest);
    (void)pthread_rwlock_unlock(&links->table);
    return oldest;
}

struct vt_peer *vt_peer_admit(struct vt_links *links, const char *name)
{
    struct vt_peer *peer = vt_peer_find(links, name);
    const uint32_t count = atomic_load(&links->slot_count);
    uint32_t observers = 0;

    if (peer != NULL) {
        return peer;
    }
    for (uint32_t slot = 0; slot < count; slot++) {
        peer = vt_peer_at(links, slot);
        observers += !peer->configured && !is_member(links, peer->name);
    }
    if (count == VT_SLOTS_MAX ||
        (observers >= VT_OBSERVERS_MAX && !is_member(links, name))) {
        return reuse(links, name);
    }
    return new_peer(links, name, NULL);
}

/* ---- errors and scores --------------------------------------------------- */

static void printable(char *to, size_t room, const char *from)
{
    (void)snprintf(to, room, "%s", from);
    for (char *p = to; *p != '\0'; p++) {
        if (*p < 0x20 || *p >= 0x7f) {
            *p = '?';
        }
    }
}

void vt_peer_error(struct vt_peer *peer, const char *text)
{
    const uint64_t now_ns = vt_clock_mono_ns();

    printable(peer->last_error, sizeof peer->last_error, text);
    if (strcmp(peer->last_error, peer->logged_error) != 0 ||
        now_ns - peer->logged_ns > LOG_AGAIN_NS) {
        memcpy(peer->logged_error, peer->last_error, sizeof peer->last_error);
        peer->logged_ns = now_ns;
        vt_log("net", VT_LOG_WARN, "%s: %s", peer->name, text);
    }
}

void vt_links_refused(struct vt_links *links, const char *remote,
                      const char *text)
{
    if (links->log_tokens == 0) {
        links->log_hidden++;
        return;
    }
    links->log_tokens--;
    vt_log("net", VT_LOG_WARN, "connection from %s refused: %s", remote, text);
}

int vt_peer_banned(const struct vt_peer *peer)
{
    return vt_clock_mono_ns() < peer->banned_until_ns;
}

/* The score is used up: close the link and leave the peer alone for a while,
 * longer each time. */
static void ban(struct vt_peer *peer)
{
    const struct vt_links *links = peer->links;
    const uint32_t shift =
        peer->bans < BAN_DOUBLINGS_MAX ? peer->bans : BAN_DOUBLINGS_MAX;
    const uint64_t pause_ms = (uint64_t)links->tune.ban_ms << shift;
    char text[VT_WHY_BYTES];

    peer->bans++;
    peer->banned_until_ns = vt_clock_mono_ns() + pause_ms * 1000000u;
    (void)pthread_mutex_lock(&peer->queue);
    peer->score = VT_SCORE_MAX / 2;
    (void)pthread_mutex_unlock(&peer->queue);
    (void)snprintf(text, sizeof text,
                   "paused for %llu ms after too many errors, the last: %.120s",
                   (unsigned long long)pause_ms, peer->last_error);
    vt_peer_error(peer, text);
    VT_LIST_FOR_SAFE (at, next, &peer->links->conns) {
        struct vt_conn *conn = VT_CONTAINER(at, struct vt_conn, entry);

        if (conn->peer == peer) {
            vt_conn_close(conn, text);
        }
    }
}

int vt_peer_fault(struct vt_peer *peer, int32_t points, const char *text)
{
    int32_t score;

    (void)pthread_mutex_lock(&peer->queue);
    peer->score = peer->score > points ? peer->score - points : 0;
    score = peer->score;
    (void)pthread_mutex_unlock(&peer->queue);
    vt_metric_add(peer->links->metric_faults, 1);
    vt_peer_error(peer, text);
    if (score == 0 && !vt_peer_banned(peer)) {
        ban(peer);
    }
    return score == 0;
}

void vt_peer_reported(struct vt_peer *peer)
{
    char text[sizeof peer->penalty];
    int reported;

    (void)pthread_mutex_lock(&peer->queue);
    reported = peer->reported;
    peer->reported = 0;
    memcpy(text, peer->penalty, sizeof text);
    (void)pthread_mutex_unlock(&peer->queue);
    if (reported) {
        (void)vt_peer_fault(peer, 0, text);
    }
}

/* ---- once a second ------------------------------------------------------- */

static void tick_link(struct vt_peer *peer, uint64_t now_ns)
{
    const struct vt_links_tune *tune = &peer->links->tune;
    struct vt_conn *conn = peer->conn;
    char text[VT_WHY_BYTES];

    if (conn->ping_ns != 0 &&
        now_ns - conn->ping_ns > (uint64_t)tune->dead_ms * 1000000u) {
        (void)snprintf(text, sizeof text, "no sign of life for %u ms",
                       (unsigned)tune->dead_ms);
        vt_conn_fail(conn, text);
    } else if (conn->ping_ns == 0 &&
               now_ns - conn->heard_ns > (uint64_t)tune->ping_ms * 1000000u) {
        vt_conn_ping(conn);
    }
}

void vt_peer_tick(struct vt_peer *peer)
{
    const uint64_t now_ns = vt_clock_mono_ns();
    uint64_t waiting = 0;

    peer->link_frames = 0;
    (void)pthread_mutex_lock(&peer->queue);
    if (peer->score < VT_SCORE_MAX) {
        peer->score++;
    }
    if (peer->conn != NULL) {
        waiting = peer->conn->outq.bytes;
    }
    (void)pthread_mutex_unlock(&peer->queue);
    vt_metric_set(peer->metric_queue, (int64_t)waiting);
    if (peer->conn != NULL) {
        tick_link(peer, now_ns);
    }
    vt_peer_flush(peer); /* should a sender have forgotten to */
}
