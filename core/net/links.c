/* SPDX-License-Identifier: Apache-2.0
 *
 * links.c - the life of all links together: made, chains registered, started,
 * ticking, stopped.
 */
#include "net/links.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/status.h"
#include "net/links_int.h"
#include "net/runner_int.h"
#include "net/tls.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const struct vt_links_tune defaults = {
    .handshake_ms = 5000,
    .linger_ms = 1000,
    .ping_ms = 5000,
    .dead_ms = 10000,
    .backoff_ms = 100,
    .ban_ms = 30000,
    .strangers_max = 64,
    .tick_ms = 1000,
};

static void on_tick(evutil_socket_t fd, short what, void *arg);
static void on_wake(evutil_socket_t fd, short what, void *arg);

/* ---- made and freed ------------------------------------------------------ */

static void declare_metrics(struct vt_links *links)
{
    static const char *const reasons[VT_OUT_CLASSES] = {
        "link", "vote", "certificate", "proposal", "bulk"};
    char labels[96];

    for (uint32_t i = 0; i < VT_OUT_CLASSES; i++) {
        (void)snprintf(labels, sizeof labels, "queue=\"%s\"", reasons[i]);
        links->metric_dropped[i] = vt_metric_counter(
            "net_dropped_total", labels, "Frames dropped by a full queue.");
    }
    links->metric_refused = vt_metric_counter(
        "net_refused_total", NULL, "Connections refused before the greeting.");
    links->metric_faults =
        vt_metric_counter("net_faults_total", NULL, "Things peers did wrong.");
    links->metric_unknown_chain =
        vt_metric_counter("net_unknown_chain_total", NULL,
                          "Frames of chains we do not share with the sender.");
    links->metric_strangers = vt_metric_gauge(
        "net_strangers", NULL, "Accepted connections that have not greeted.");
}

static vt_status fill(struct vt_links *links, const struct vt_links_args *args,
                      struct vt_err *err)
{
    const struct vt_node_config *config = args->config;
    struct event_base *base = vt_loop_base(args->loop);
    uint64_t seed;

    (void)snprintf(links->name, sizeof links->name, "%s", config->name);
    (void)snprintf(links->listen, sizeof links->listen, "%s", config->listen);
    links->frame_max_bytes = config->frame_max_bytes;
    links->reconnect_max_ms = (uint32_t)(config->reconnect_max_ns / 1000000u);
    links->tick = event_new(base, -1, EV_PERSIST, on_tick, links);
    links->wake = event_new(base, -1, EV_PERSIST, on_wake, links);
    if (links->tick == NULL || links->wake == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for links");
    }
    if (vt_random(&seed, sizeof seed) != VT_OK) {
        return vt_err_set(err, VT_E_IO, "no random numbers");
    }
    vt_rng_init(&links->rng, seed);
    for (size_t i = 0; i < config->peer_count; i++) {
        vt_status status = vt_peer_add(links, config->peers[i].name,
                                       config->peers[i].address, err);

        if (status != VT_OK) {
            return status;
        }
    }
    return VT_OK;
}

vt_status vt_links_new_over(const struct vt_links_args *args,
                            const struct vt_stream_ops *ops, void *ctx,
                            struct vt_links **out, struct vt_err *err)
{
    struct vt_links *links = vt_alloc(sizeof *links);
    vt_status status;

    if (links == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for links");
    }
    links->loop = args->loop;
    links->tune = defaults;
    links->ops = ops;
    links->ops_ctx = ctx;
    links->log_tokens = 1;
    vt_list_init(&links->conns);
    vt_list_init(&links->dead);
    (void)pthread_rwlock_init(&links->table, NULL);
    declare_metrics(links);
    status = fill(links, args, err);
    if (status != VT_OK) {
        vt_links_free(links);
        return status;
    }
    *out = links;
    return VT_OK;
}

vt_status vt_links_new(const struct vt_links_args *args, struct vt_links **out,
                       struct vt_err *err)
{
    struct vt_cert_info own;
    struct vt_tls *tls;
    struct vt_links *links;
    vt_status status = vt_tls_new(args->config, &tls, &own, err);

    if (status != VT_OK) {
        return status;
    }
    status = vt_links_new_over(args, &vt_tls_ops, tls, &links, err);
    if (status != VT_OK) {
        vt_tls_free(tls);
        return status;
    }
    links->tls = tls;
    *out = links;
    return VT_OK;
}

static void free_chain(struct vt_chain_link *chain)
{
    if (chain == NULL) {
        return;
    }
    while (chain->batch != NULL) {
        struct vt_item *item = chain->batch;

        chain->batch = item->next;
        vt_free(item);
    }
    vt_free(chain->member_names);
    vt_free(chain->canonical);
    vt_free(chain);
}

void vt_links_free(struct vt_links *links)
{
    if (links == NULL) {
        return;
    }
    for (uint32_t i = 0; i < links->chain_count; i++) {
        free_chain(links->chains[i]);
    }
    for (uint32_t i = 0; i < atomic_load(&links->slot_count); i++) {
        vt_peer_free(vt_peer_at(links, i));
    }
    if (links->tick != NULL) {
        event_free(links->tick);
    }
    if (links->wake != NULL) {
        event_free(links->wake);
    }
    (void)pthread_rwlock_destroy(&links->table);
    vt_tls_free(links->tls);
    vt_free(links);
}

/* ---- chains -------------------------------------------------------------- */

static struct vt_chain_link *copy_chain(const struct vt_links_chain *from)
{
    struct vt_chain_link *chain = vt_alloc(sizeof *chain);

    if (chain == NULL) {
        return NULL;
    }
    chain->runner = from->runner;
    chain->chain = from->chain;
    chain->chain_id = from->chain_id;
    chain->params = from->params;
    (void)snprintf(chain->name, sizeof chain->name, "%s", from->name);
    chain->canonical_len = from->canonical.len;
    chain->canonical = vt_memdup(from->canonical.ptr, from->canonical.len);
    chain->member_count = from->member_count;
    chain->member_names =
        vt_alloc_array(from->member_count, sizeof *chain->member_names);
    chain->batch_end = &chain->batch;
    if (chain->canonical == NULL || chain->member_names == NULL) {
        free_chain(chain);
        return NULL;
    }
    for (uint32_t i = 0; i < from->member_count; i++) {
        (void)snprintf(chain->member_names[i], sizeof chain->member_names[i],
                       "%s", from->member_names[i]);
        chain->slot_of[i] = VT_SLOT_NONE;
    }
    for (uint32_t i = 0; i < VT_SLOTS_MAX; i++) {
        chain->id_of[i] = VT_PEER_NONE;
    }
    return chain;
}

/* With table held for writing. */
static vt_status insert_chain(struct vt_links *links,
                              struct vt_chain_link *chain, struct vt_err *err)
{
    if (links->chain_count == VT_CHAINS_MAX) {
        return vt_err_set(err, VT_E_LIMIT, "more than %u chains",
                          VT_CHAINS_MAX);
    }
    for (uint32_t i = 0; i < links->chain_count; i++) {
        if (vt_hash_eq(&links->chains[i]->chain_id, &chain->chain_id)) {
            return vt_err_set(err, VT_E_STATE, "chain %s is linked already",
                              chain->name);
        }
    }
    vt_peer_map(links, chain);
    links->chains[links->chain_count++] = chain;
    return VT_OK;
}

vt_status vt_links_add_chain(struct vt_links *links,
                             const struct vt_links_chain *args,
                             struct vt_err *err)
{
    struct vt_chain_link *chain;
    vt_status status;

    if (args->member_count > VT_MEMBERS_MAX ||
        args->canonical.len > VT_PARAMS_TEXT_MAX) {
        return vt_err_set(err, VT_E_LIMIT,
                          "chain %.32s: %u members and %zu bytes of "
                          "parameters, at most %u and %u",
                          args->name, (unsigned)args->member_count,
                          args->canonical.len, VT_MEMBERS_MAX,
                          VT_PARAMS_TEXT_MAX);
    }
    chain = copy_chain(args);
    if (chain == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for chain %.32s",
                          args->name);
    }
    (void)pthread_rwlock_wrlock(&links->table);
    status = insert_chain(links, chain, err);
    (void)pthread_rwlock_unlock(&links->table);
    if (status != VT_OK) {
        free_chain(chain);
        return status;
    }
    atomic_store(&links->announce, 1);
    vt_links_wake(links);
    return VT_OK;
}

/* With table held for writing. */
static void tell_peers(struct vt_links *links, struct vt_chain_link *chain,
                       int up)
{
    const uint32_t count = atomic_load(&links->slot_count);

    for (uint32_t slot = 0; slot < count; slot++) {
        if (atomic_load(&chain->shared[slot])) {
            vt_runner_peer(chain->runner, chain->id_of[slot], up);
        }
    }
}

static int same_members(const struct vt_chain_link *chain,
                        const char *const *names, uint32_t count)
{
    uint32_t same = 0;

    while (same < count && same < chain->member_count &&
           strcmp(chain->member_names[same], names[same]) == 0) {
        same++;
    }
    return same == count && same == chain->member_count;
}

static struct vt_chain_link *chain_by_id(struct vt_links *links,
                                         const struct vt_hash *id)
{
    for (uint32_t i = 0; i < links->chain_count; i++) {
        if (vt_hash_eq(&links->chains[i]->chain_id, id)) {
            return links->chains[i];
        }
    }
    return NULL;
}

vt_status vt_links_set_members(struct vt_links *links,
                               const struct vt_hash *chain_id,
                               const char *const *names, uint32_t count)
{
    char(*copy)[65] = count > VT_MEMBERS_MAX
                          ? NULL
                          : vt_alloc_array(count + 1u, sizeof *copy);
    struct vt_chain_link *chain;
    void *old = copy;

    if (copy == NULL) {
        return count > VT_MEMBERS_MAX ? VT_E_LIMIT : VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(copy[i], sizeof copy[i], "%s", names[i]);
    }
    (void)pthread_rwlock_wrlock(&links->table);
    chain = chain_by_id(links, chain_id);
    if (chain != NULL && !same_members(chain, names, count)) {
        tell_peers(links, chain, 0);
        old = chain->member_names;
        chain->member_names = copy;
        chain->member_count = count;
        for (uint32_t i = 0; i < VT_MEMBERS_MAX; i++) {
            chain->slot_of[i] = VT_SLOT_NONE;
        }
        vt_peer_map(links, chain);
        tell_peers(links, chain, 1);
    }
    (void)pthread_rwlock_unlock(&links->table);
    vt_free(old);
    return chain == NULL ? VT_E_NOTFOUND : VT_OK;
}

void vt_links_remove_chain(struct vt_links *links,
                           const struct vt_hash *chain_id)
{
    struct vt_chain_link *chain = NULL;

    (void)pthread_rwlock_wrlock(&links->table);
    for (uint32_t i = 0; i < links->chain_count && chain == NULL; i++) {
        if (vt_hash_eq(&links->chains[i]->chain_id, chain_id)) {
            chain = links->chains[i];
            links->chains[i] = links->chains[--links->chain_count];
        }
    }
    (void)pthread_rwlock_unlock(&links->table);
    if (chain != NULL) {
        free_chain(chain);
        atomic_store(&links->removed_ns, vt_clock_mono_ns());
        atomic_store(&links->announce, 1);
        vt_links_wake(links);
    }
}

/* ---- running ------------------------------------------------------------- */

void vt_links_wake(struct vt_links *links)
{
    event_active(links->wake, EV_TIMEOUT, 0);
}

static int is_failed(struct vt_peer *peer)
{
    int failed;

    (void)pthread_mutex_lock(&peer->io);
    failed = peer->conn != NULL && peer->conn->failed;
    (void)pthread_mutex_unlock(&peer->io);
    return failed;
}

static void announce(struct vt_links *links)
{
    const uint32_t count = atomic_load(&links->slot_count);

    for (uint32_t slot = 0; slot < count; slot++) {
        struct vt_peer *peer = vt_peer_at(links, slot);

        if (peer->conn != NULL) {
            vt_hello_send(peer->conn);
            vt_share_update(peer);
        }
    }
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct vt_links *links = arg;
    const uint32_t count = atomic_load(&links->slot_count);

    (void)fd;
    (void)what;
    if (links->stopping) {
        return;
    }
    for (uint32_t slot = 0; slot < count; slot++) {
        struct vt_peer *peer = vt_peer_at(links, slot);

        if (is_failed(peer)) {
            vt_conn_push(peer->conn); /* closes it */
        }
        vt_peer_reported(peer);
    }
    if (atomic_exchange(&links->announce, 0)) {
        announce(links);
    }
    vt_conn_reap(links);
}

static void refill_log(struct vt_links *links)
{
    if (links->log_hidden > 0) {
        vt_log("net", VT_LOG_WARN, "%u more connections refused",
               (unsigned)links->log_hidden);
        links->log_hidden = 0;
    }
    if (links->log_tokens < 10) {
        links->log_tokens++;
    }
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct vt_links *links = arg;
    const uint32_t count = atomic_load(&links->slot_count);

    (void)fd;
    (void)what;
    for (uint32_t slot = 0; slot < count; slot++) {
        vt_peer_tick(vt_peer_at(links, slot));
        vt_dial_schedule(vt_peer_at(links, slot));
    }
    if (links->listener != NULL) {
        (void)evconnlistener_enable(links->listener); /* after an error */
    }
    refill_log(links);
    vt_params_check(links);
    vt_metric_set(links->metric_strangers, links->strangers);
    vt_conn_reap(links);
}

vt_status vt_links_start(struct vt_links *links, struct vt_err *err)
{
    const uint32_t count = atomic_load(&links->slot_count);
    struct timeval tv = {.tv_sec = links->tune.tick_ms / 1000,
                         .tv_usec =
                             (suseconds_t)(links->tune.tick_ms % 1000) * 1000};
    vt_status status = vt_listen_start(links, err);

    if (status != VT_OK) {
        return status;
    }
    if (event_add(links->tick, &tv) != 0) {
        vt_links_stop(links);
        return vt_err_set(err, VT_E_NOMEM, "no memory for links");
    }
    links->started = 1;
    for (uint32_t slot = 0; slot < count; slot++) {
        struct vt_peer *peer = vt_peer_at(links, slot);

        peer->backoff_ms = links->tune.backoff_ms;
        vt_dial_schedule(peer);
    }
    return VT_OK;
}

void vt_links_stop(struct vt_links *links)
{
    const uint32_t count = atomic_load(&links->slot_count);

    links->stopping = 1;
    (void)event_del(links->tick);
    if (links->listener != NULL) {
        evconnlistener_free(links->listener);
        links->listener = NULL;
    }
    for (uint32_t slot = 0; slot < count; slot++) {
        vt_dial_cancel(vt_peer_at(links, slot));
    }
    VT_LIST_FOR_SAFE (at, next, &links->conns) {
        struct vt_conn *conn = VT_CONTAINER(at, struct vt_conn, entry);

        vt_conn_close(conn, "the node stops");
        vt_conn_kill(conn);
    }
    vt_conn_reap(links);
    if (links->dns != NULL) {
        evdns_base_free(links->dns, 0);
        links->dns = NULL;
    }
}

/* ---- looking ------------------------------------------------------------- */

uint16_t vt_links_port(const struct vt_links *links)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof addr;

    if (links->listener == NULL ||
        getsockname(evconnlistener_get_fd(links->listener),
                    (struct sockaddr *)&addr, &len) != 0) {
        return 0;
    }
    return ntohs(addr.ss_family == AF_INET6
                     ? ((struct sockaddr_in6 *)&addr)->sin6_port
                     : ((struct sockaddr_in *)&addr)->sin_port);
}

static void describe(struct vt_peer *peer, struct vt_peer_info *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->name, peer->name, sizeof out->name);
    (void)snprintf(out->address, sizeof out->address, "%s",
                   peer->address[0] != '\0' || peer->conn == NULL
                       ? peer->address
                       : peer->conn->remote);
    out->connected = peer->conn != NULL;
    out->bytes_in = atomic_load(&peer->bytes_in);
    out->bytes_out = atomic_load(&peer->bytes_out);
    out->frames_in = atomic_load(&peer->frames_in);
    out->frames_out = atomic_load(&peer->frames_out);
    out->cert_expires_ms = peer->cert_expires_ms;
    (void)pthread_mutex_lock(&peer->queue);
    out->score = peer->score;
    (void)pthread_mutex_unlock(&peer->queue);
    memcpy(out->last_error, peer->last_error, sizeof out->last_error);
}

size_t vt_links_peers(struct vt_links *links, struct vt_peer_info *out,
                      size_t max)
{
    const uint32_t count = atomic_load(&links->slot_count);
    size_t found = 0;

    for (uint32_t slot = 0; slot < count && found < max; slot++) {
        describe(vt_peer_at(links, slot), &out[found++]);
    }
    return found;
}
