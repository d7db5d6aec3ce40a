/* SPDX-License-Identifier: Apache-2.0
 *
 * links_int.h - the links' inside, shared by their files. Private to core/net,
 * its tests and its bench.
 *
 * Threads: the loop owns connections and all that is marked so. Other threads
 * queue frames and write them themselves when they can.
 *
 * Locks, in the order they may be taken: table (chains, and which peer is which
 * member; read by senders, written when a chain or peer appears), a peer's io
 * (its stream and output), a peer's queue (its frames, score). A peer lives as
 * long as the links, so that no sender ever holds a dead one.
 */
#ifndef VT_NET_LINKS_INT_H
#define VT_NET_LINKS_INT_H

#include "base/list.h"
#include "base/rng.h"
#include "net/inbox.h"
#include "net/links.h"
#include "net/outq.h"
#include "net/peer_slots.h"
#include "net/stream.h"

#include <pthread.h>

struct event;
struct evconnlistener;
struct evdns_base;
struct evdns_getaddrinfo_request;

#define VT_IN_BYTES 65536u     /* receive buffer of a link */
#define VT_BIG_FRAME 32768u    /* above: received into memory of its own */
#define VT_DIRECT_MAX 262144u  /* bytes a sender's thread writes by itself */
#define VT_READ_BUDGET 524288u /* bytes of one link per turn of the loop */
#define VT_WRITE_BUDGET 1048576u
#define VT_OBSERVERS_MAX 64u /* nodes neither configured nor members */
#define VT_HELLO_VERSION 1u
#define VT_SLOT_NONE 0xffffu
#define VT_GOODBYE_DUPLICATE "there is a link already"

#define VT_SCORE_MAX 100
#define VT_FAULT_FRAME 34  /* a malformed frame: the third one in a row bans */
#define VT_FAULT_CHAIN 10  /* the chain says so */
#define VT_FAULT_UNKNOWN 5 /* a frame of a chain we do not share */
#define VT_FAULT_FLOOD 1   /* more link frames than anybody needs */
#define VT_LINK_FRAMES_MAX 32u /* per second, before they cost */

/* Times and limits that tests shorten. */
struct vt_links_tune {
    uint32_t handshake_ms;  /* from connect to the greeting */
    uint32_t linger_ms;     /* for the other side to read why */
    uint32_t ping_ms;       /* silence before a ping */
    uint32_t dead_ms;       /* without an answer to it */
    uint32_t backoff_ms;    /* first wait before dialing again */
    uint32_t ban_ms;        /* first pause of a peer with score 0 */
    uint32_t strangers_max; /* connections that have not greeted yet */
    uint32_t tick_ms;
};

enum vt_conn_state {
    VT_CONN_DIALING,
    VT_CONN_HANDSHAKE,
    VT_CONN_GREETING, /* certificates are good, HELLO is awaited */
    VT_CONN_UP,
    VT_CONN_LINGER, /* said why it closes, waits for the other's end */
    VT_CONN_DEAD    /* freed when the callback returns */
};

struct vt_conn {
    struct vt_list entry; /* in links->conns or links->dead */
    struct vt_links *links;
    struct vt_peer *peer; /* whom we dial, or whom the certificate names */
    enum vt_conn_state state;
    int fd;
    int dialed;
    int stranger;    /* counted in links->strangers */
    char remote[64]; /* address text */
    struct event *read_event, *write_event, *timer;

    /* under peer->io once peer->conn is this */
    struct vt_stream *stream;
    struct vt_outbuf out;
    struct vt_blob *current; /* being written, from current_at on */
    size_t current_at;
    int blocked; /* the loop will go on writing when the socket lets it */
    int failed;  /* a sender met an error; the loop closes */
    char failure[VT_WHY_BYTES];

    struct vt_outq outq; /* under peer->queue once peer->conn is this */

    /* loop */
    uint8_t *in; /* VT_IN_BYTES */
    size_t in_len;
    struct vt_item_frame *big; /* a large frame on its way in */
    size_t big_have, big_cap, big_total;
    uint64_t heard_ns, ping_ns; /* ping_ns 0: none unanswered */
    struct vt_cert_info cert;
};

struct vt_peer {
    struct vt_links *links;
    uint32_t slot;
    char name[65];
    char address[128]; /* to dial, "" = we never do */
    int configured;

    pthread_mutex_t io;
    pthread_mutex_t queue;
    struct vt_conn *conn; /* the link that is up; changes with both held */
    _Atomic int dirty;    /* frames were queued and nobody tried to write */

    /* under queue */
    int32_t score;
    int reported; /* penalty has news for the loop */
    char penalty[128];

    /* loop */
    struct vt_conn *dialing;
    struct event *dial_timer;
    struct evdns_getaddrinfo_request *resolving;
    uint32_t backoff_ms;
    uint64_t up_since_ns, used_ns;
    uint64_t banned_until_ns;
    uint32_t bans;
    uint32_t link_frames; /* in this second */
    struct vt_hello_chain *their_chains;
    uint32_t their_count;
    int64_t cert_expires_ms;
    char last_error[160];
    char logged_error[160]; /* so that a retry does not repeat it */
    uint64_t logged_ns;

    _Atomic uint64_t bytes_in, bytes_out, frames_in, frames_out;
    uint32_t metric_bytes_in, metric_bytes_out;
    uint32_t metric_frames_in, metric_frames_out;
    uint32_t metric_up, metric_queue;
};

struct vt_chain_link {
    struct vt_runner *runner;
    struct vt_chain *chain;
    struct vt_hash chain_id, params;
    char name[33];
    uint8_t *canonical;
    size_t canonical_len;
    char (*member_names)[65];
    uint32_t member_count;
    /* under table */
    uint16_t slot_of[VT_MEMBERS_MAX];     /* member -> slot */
    uint32_t id_of[VT_SLOTS_MAX];         /* slot -> peer id */
    struct vt_item *batch, **batch_end;   /* received in this turn; loop */
    _Atomic uint8_t shared[VT_SLOTS_MAX]; /* written by the loop */
    /* loop */
    uint8_t told[VT_SLOTS_MAX];    /* we sent our parameters */
    uint8_t differs[VT_SLOTS_MAX]; /* its parameters are others */
    char difference[200];
    int halt_tried;
};

struct vt_links {
    struct vt_loop *loop;
    struct vt_links_tune tune;
    char name[65];
    char listen[128];
    uint64_t frame_max_bytes;
    uint32_t reconnect_max_ms;
    const struct vt_stream_ops *ops;
    void *ops_ctx;
    struct vt_tls *tls;

    pthread_rwlock_t table;
    struct vt_chain_link *chains[VT_CHAINS_MAX];
    uint32_t chain_count;
    _Atomic uint64_t removed_ns; /* a chain left: its late frames are free */

    _Atomic(struct vt_peer *) slots[VT_SLOTS_MAX];
    _Atomic uint32_t slot_count;
    _Atomic int announce; /* our chains changed: greet again */

    /* loop */
    struct evconnlistener *listener;
    struct evdns_base *dns;
    struct event *tick, *wake;
    struct vt_list conns, dead;
    uint32_t strangers;
    int started, stopping;
    struct vt_rng rng;
    uint32_t log_tokens, log_hidden;

    uint32_t metric_dropped[VT_OUT_CLASSES];
    uint32_t metric_refused, metric_faults, metric_strangers;
    uint32_t metric_unknown_chain;
};

/* ---- links.c ------------------------------------------------------------- */

/* As vt_links_new with another stream than TLS; ctx lives as long as the links.
 */
vt_status vt_links_new_over(const struct vt_links_args *args,
                            const struct vt_stream_ops *ops, void *ctx,
                            struct vt_links **out, struct vt_err *err);
/* The port we listen on, 0 when we do not. After start. */
uint16_t vt_links_port(const struct vt_links *links);
/* Ask the loop to look at failed links, penalties and our chains. Thread: any.
 */
void vt_links_wake(struct vt_links *links);

/* ---- route.c ------------------------------------------------------------- */

/* Loop or any: write what is queued for the peer, as far as it goes. */
void vt_peer_flush(struct vt_peer *peer);
/* Loop: one whole chain frame; big is its memory (taken over) or NULL. Returns
 * 0 when the frame belongs to no chain we share. */
int vt_route_in(struct vt_conn *conn, struct vt_view bytes,
                struct vt_item_frame *big);
/* Loop: hand what vt_route_in gathered to the chains' threads. */
void vt_route_deliver(struct vt_links *links);

/* ---- peers.c ------------------------------------------------------------- */

struct vt_peer *vt_peer_at(const struct vt_links *links, uint32_t slot);
struct vt_peer *vt_peer_find(const struct vt_links *links, const char *name);
/* Finds or makes room for a node that is not in the configuration. NULL when
 * there are too many. Loop. */
struct vt_peer *vt_peer_admit(struct vt_links *links, const char *name);
vt_status vt_peer_add(struct vt_links *links, const char *name,
                      const char *address, struct vt_err *err);
void vt_peer_free(struct vt_peer *peer);
/* Which member of the chain each peer is. With table held for writing. */
void vt_peer_map(struct vt_links *links, struct vt_chain_link *chain);
/* Remember and log once; text may hold foreign bytes. Loop. */
void vt_peer_error(struct vt_peer *peer, const char *text);
/* Lower the score; text as above. Returns 1 when it is used up: then the
 * peer's connections are closed and it is left alone for a while. Loop. */
int vt_peer_fault(struct vt_peer *peer, int32_t points, const char *text);
int vt_peer_banned(const struct vt_peer *peer);
/* Once a second: scores rise, bans begin, gauges move. Loop. */
void vt_peer_tick(struct vt_peer *peer);
/* Loop: act on what vt_links_penalize left. */
void vt_peer_reported(struct vt_peer *peer);
/* One line about a connection of nobody known; not more than a few a second. */
void vt_links_refused(struct vt_links *links, const char *remote,
                      const char *text);

/* ---- dial.c -------------------------------------------------------------- */

/* Dial when it is time, unless there is a link, an attempt or no address. */
void vt_dial_schedule(struct vt_peer *peer);
void vt_dial_cancel(struct vt_peer *peer);
vt_status vt_listen_start(struct vt_links *links, struct vt_err *err);

/* ---- conn.c, conn_write.c ------------------------------------------------ */

/* A connection over fd, which it owns from now on (closed also on failure).
 * peer is NULL for an accepted one. NULL: out of memory. */
struct vt_conn *vt_conn_new(struct vt_links *links, int fd,
                            struct vt_peer *peer);
/* Queue a link frame. Loop. */
void vt_conn_put(struct vt_conn *conn, uint8_t kind, struct vt_view payload);
/* Write as far as it goes. Loop. */
void vt_conn_push(struct vt_conn *conn);
/* Ask for a sign of life. Loop. */
void vt_conn_ping(struct vt_conn *conn);
/* End it. reason goes to the other side as GOODBYE when it is not NULL and
 * certificates are checked. Loop. */
void vt_conn_close(struct vt_conn *conn, const char *reason);
/* At once, without a word. After vt_conn_close, or when that is no use. Loop.
 */
void vt_conn_kill(struct vt_conn *conn);
/* Free what was closed. At the end of each callback of the loop. */
void vt_conn_reap(struct vt_links *links);
/* With peer->io held when the link is up. */
enum vt_io vt_conn_write(struct vt_conn *conn);
int vt_conn_is_up(const struct vt_conn *conn);
/* It has greeted: the link is up and its peer's. */
void vt_conn_attach(struct vt_conn *conn);
/* It no longer counts among those who have not greeted. */
void vt_conn_no_stranger(struct vt_conn *conn);
/* It was up: from here on only the loop sees it. */
void vt_conn_detach(struct vt_conn *conn);
/* It ends by itself or for an error of transport: log why, close. */
void vt_conn_fail(struct vt_conn *conn, const char *why);
/* We want no link with this node: log why, tell it, close. */
void vt_conn_object(struct vt_conn *conn, const char *why);
/* peer->io of a link that is up; unlock writes what came in between. */
void vt_conn_lock(struct vt_conn *conn);
void vt_conn_unlock(struct vt_conn *conn);

/* ---- shake.c ------------------------------------------------------------- */

/* The socket is connected: begin the handshake; then go on with it. */
void vt_conn_begin(struct vt_conn *conn);
void vt_conn_shake(struct vt_conn *conn);

/* ---- conn_read.c --------------------------------------------------------- */

/* Read and act on what has arrived. */
void vt_conn_read(struct vt_conn *conn);

/* ---- hello.c ------------------------------------------------------------- */

/* Of two nodes the one with the smaller name decides which connection is the
 * link, by greeting last: 1 when that is us. */
int vt_hello_we_decide(const struct vt_peer *peer);
void vt_hello_send(struct vt_conn *conn);
/* Returns 0 when the connection was closed. */
int vt_hello_take(struct vt_conn *conn, struct vt_view payload);
int vt_params_take(struct vt_conn *conn, struct vt_view payload);
/* Which chains the link carries now; tells the chains who came or went. */
void vt_share_update(struct vt_peer *peer);
/* The link is gone: all chains lose the peer. */
void vt_share_end(struct vt_peer *peer);
/* Halt chains that too many members run with other parameters. */
void vt_params_check(struct vt_links *links);

#endif
