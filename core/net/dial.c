/* SPDX-License-Identifier: Apache-2.0
 *
 * dial.c - how connections begin: dialing the configured peers, ever again
 * with growing pauses, and accepting.
 */
#include "base/log.h"
#include "base/status.h"
#include "net/links_int.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

/* "host:port", "[v6]:port"; 0 when it is not that. */
static int split_address(const char *address, char host[128], char port[8])
{
    const char *colon = strrchr(address, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - address);

    if (len > 1 && address[0] == '[' && address[len - 1] == ']') {
        address++;
        len -= 2;
    }
    if (colon == NULL || len >= 128 || strlen(colon + 1) >= 8) {
        return 0;
    }
    memcpy(host, address, len);
    host[len] = '\0';
    (void)snprintf(port, 8, "%s", colon + 1);
    return 1;
}

/* ---- dialing ------------------------------------------------------------- */

static void dial_failed(struct vt_peer *peer, const char *why)
{
    char text[VT_WHY_BYTES];

    (void)snprintf(text, sizeof text, "cannot reach %s: %s", peer->address,
                   why);
    vt_peer_error(peer, text);
    vt_dial_schedule(peer);
}

static void connect_to(struct vt_peer *peer, const struct sockaddr *addr,
                       socklen_t len)
{
    int fd =
        socket(addr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        dial_failed(peer, strerror(errno));
    } else if (connect(fd, addr, len) != 0 && errno != EINPROGRESS) {
        int error = errno;

        (void)close(fd);
        dial_failed(peer, strerror(error));
    } else if (vt_conn_new(peer->links, fd, peer) == NULL) {
        dial_failed(peer, "out of memory");
    }
}

static void on_resolved(int result, struct evutil_addrinfo *list, void *arg)
{
    struct vt_peer *peer = arg;

    if (result == EVUTIL_EAI_CANCEL) {
        return; /* the peer may be gone */
    }
    peer->resolving = NULL;
    if (result != 0 || list == NULL) {
        dial_failed(peer, evutil_gai_strerror(result));
    } else if (peer->conn == NULL && peer->dialing == NULL) {
        connect_to(peer, list->ai_addr, list->ai_addrlen);
    }
    if (list != NULL) {
        evutil_freeaddrinfo(list);
    }
}

/* Without blocking the loop: the name may take seconds. */
static void resolve(struct vt_peer *peer, const char *host, const char *port)
{
    struct vt_links *links = peer->links;
    struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_protocol = IPPROTO_TCP};

    if (links->dns == NULL) {
        links->dns = evdns_base_new(vt_loop_base(links->loop),
                                    EVDNS_BASE_INITIALIZE_NAMESERVERS |
                                        EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    }
    if (links->dns == NULL) {
        dial_failed(peer, "no name service: use a numeric address");
        return;
    }
    /* may call back before it returns, then with NULL as result */
    peer->resolving =
        evdns_getaddrinfo(links->dns, host, port, &hints, on_resolved, peer);
}

static void on_dial(evutil_socket_t fd, short what, void *arg)
{
    struct vt_peer *peer = arg;
    struct sockaddr_storage addr;
    int len = (int)sizeof addr;
    char host[128];
    char port[8];

    (void)fd;
    (void)what;
    if (peer->conn != NULL || peer->dialing != NULL ||
        peer->resolving != NULL) {
        return;
    }
    if (evutil_parse_sockaddr_port(peer->address, (struct sockaddr *)&addr,
                                   &len) == 0) {
        connect_to(peer, (struct sockaddr *)&addr, (socklen_t)len);
    } else if (split_address(peer->address, host, port)) {
        resolve(peer, host, port);
    } else {
        dial_failed(peer, "not host:port");
    }
    vt_conn_reap(peer->links);
}

/* Of two nodes that know each other's address the one with the smaller name
 * dials; the other waits a little longer, in case that does not work. */
static uint64_t next_delay_ms(struct vt_peer *peer, uint64_t now_ns)
{
    struct vt_links *links = peer->links;
    const uint32_t backoff = peer->backoff_ms;
    uint64_t delay =
        backoff - backoff / 4 + vt_rng_below(&links->rng, backoff / 2 + 1);

    if (strcmp(links->name, peer->name) > 0) {
        delay += 2u * links->tune.backoff_ms;
    }
    if (peer->banned_until_ns > now_ns) {
        delay += (peer->banned_until_ns - now_ns) / 1000000u;
    }
    peer->backoff_ms = backoff > links->reconnect_max_ms / 2
                           ? links->reconnect_max_ms
                           : backoff * 2;
    return delay;
}

void vt_dial_schedule(struct vt_peer *peer)
{
    struct vt_links *links = peer->links;
    struct timeval tv;
    uint64_t ms;

    if (!links->started || links->stopping || peer->address[0] == '\0' ||
        peer->conn != NULL || peer->dialing != NULL ||
        peer->resolving != NULL) {
        return;
    }
    if (peer->dial_timer == NULL) {
        peer->dial_timer =
            event_new(vt_loop_base(links->loop), -1, 0, on_dial, peer);
    }
    if (peer->dial_timer == NULL ||
        event_pending(peer->dial_timer, EV_TIMEOUT, NULL)) {
        return; /* out of memory: the tick tries again */
    }
    ms = next_delay_ms(peer, vt_clock_mono_ns());
    tv.tv_sec = (time_t)(ms / 1000);
    tv.tv_usec = (suseconds_t)(ms % 1000) * 1000;
    (void)event_add(peer->dial_timer, &tv);
}

void vt_dial_cancel(struct vt_peer *peer)
{
    if (peer->dial_timer != NULL) {
        (void)event_del(peer->dial_timer);
    }
    if (peer->resolving != NULL) {
        evdns_getaddrinfo_cancel(peer->resolving);
        peer->resolving = NULL;
    }
}

/* ---- accepting ----------------------------------------------------------- */

/* Those who greet do so within milliseconds: the one that has been silent
 * longest makes room. */
static void drop_oldest_stranger(struct vt_links *links)
{
    VT_LIST_FOR (at, &links->conns) {
        struct vt_conn *conn = VT_CONTAINER(at, struct vt_conn, entry);

        if (conn->stranger) {
            vt_conn_fail(conn, "too many connections that do not greet");
            vt_conn_kill(conn);
            return;
        }
    }
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
                      struct sockaddr *addr, int len, void *arg)
{
    struct vt_links *links = arg;
    struct vt_conn *conn;

    (void)listener;
    (void)addr;
    (void)len;
    if (links->strangers >= links->tune.strangers_max) {
        drop_oldest_stranger(links);
    }
    conn = vt_conn_new(links, fd, NULL);
    if (conn != NULL) {
        vt_conn_begin(conn);
    }
    vt_metric_set(links->metric_strangers, links->strangers);
    vt_conn_reap(links);
}

/* Out of descriptors, most likely: without a pause the loop would spin. The
 * tick switches it on again. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct vt_links *links = arg;
    int error = EVUTIL_SOCKET_ERROR();

    (void)evconnlistener_disable(listener);
    vt_links_refused(links, links->listen,
                     evutil_socket_error_to_string(error));
}

static vt_status cannot_listen(const struct vt_links *links, const char *why,
                               struct vt_err *err)
{
    return vt_err_set(err, VT_E_IO,
                      "[network] listen %s: %s: choose an address and port of "
                      "this machine that is free",
                      links->listen, why);
}

vt_status vt_listen_start(struct vt_links *links, struct vt_err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE};
    struct addrinfo *list;
    char host[128];
    char port[8];
    int result;

    if (links->listen[0] == '\0') {
        return VT_OK;
    }
    if (!split_address(links->listen, host, port)) {
        return cannot_listen(links, "not host:port", err);
    }
    result = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &list);
    if (result != 0) {
        return cannot_listen(links, gai_strerror(result), err);
    }
    links->listener = evconnlistener_new_bind(
        vt_loop_base(links->loop), on_accept, links,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
        BACKLOG, list->ai_addr, (int)list->ai_addrlen);
    freeaddrinfo(list);
    if (links->listener == NULL) {
        return cannot_listen(links, strerror(errno), err);
    }
    evconnlistener_set_error_cb(links->listener, on_accept_error);
    return VT_OK;
}
