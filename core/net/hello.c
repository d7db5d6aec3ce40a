/* SPDX-License-Identifier: Apache-2.0
 *
 * hello.c - the greeting: which of two connections stays, which chains a link
 * carries, and what happens when a chain of the same name is another one.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "config/chain_config.h"
#include "net/links_int.h"
#include "net/runner_int.h"

#include <stdio.h>
#include <string.h>

#define TOLD 1u  /* we sent our parameters on this link */
#define HEARD 2u /* it sent its own */
#define STALE_NS 1000000000u

/* ---- sending ------------------------------------------------------------- */

int vt_hello_we_decide(const struct vt_peer *peer)
{
    return strcmp(peer->links->name, peer->name) < 0;
}

void vt_hello_send(struct vt_conn *conn)
{
    struct vt_links *links = conn->links;
    struct vt_hello *hello = vt_alloc(sizeof *hello);
    struct vt_buf buf = VT_BUF_INIT(vt_frame_max(VT_FRAME_HELLO));

    if (hello == NULL) {
        return; /* the other side gives up after its deadline */
    }
    hello->version = VT_HELLO_VERSION;
    (void)snprintf(hello->node, sizeof hello->node, "%s", links->name);
    (void)pthread_rwlock_rdlock(&links->table);
    for (uint32_t i = 0; i < links->chain_count; i++) {
        struct vt_hello_chain *to = &hello->chains[hello->chain_count++];

        to->chain_id = links->chains[i]->chain_id;
        to->params = links->chains[i]->params;
        memcpy(to->name, links->chains[i]->name, sizeof to->name);
    }
    (void)pthread_rwlock_unlock(&links->table);
    if (vt_hello_encode(hello, &buf) == VT_OK) {
        vt_conn_put(conn, VT_FRAME_HELLO, vt_buf_view(&buf));
    }
    vt_buf_fini(&buf);
    vt_free(hello);
}

/* With table held. */
static void tell_params(struct vt_conn *conn, struct vt_chain_link *chain)
{
    struct vt_params params = {
        .text = {chain->canonical, chain->canonical_len}};
    struct vt_buf buf = VT_BUF_INIT(vt_frame_max(VT_FRAME_PARAMS));

    memcpy(params.name, chain->name, sizeof params.name);
    if (vt_params_encode(&params, &buf) == VT_OK) {
        vt_conn_put(conn, VT_FRAME_PARAMS, vt_buf_view(&buf));
    }
    vt_buf_fini(&buf);
    chain->told[conn->peer->slot] |= TOLD;
}

/* ---- which chains a link carries ----------------------------------------- */

enum kinship { STRANGER, SAME, NAMESAKE };

static enum kinship compare(const struct vt_chain_link *chain,
                            const struct vt_peer *peer)
{
    enum kinship found = STRANGER;

    for (uint32_t i = 0; i < peer->their_count; i++) {
        const struct vt_hello_chain *theirs = &peer->their_chains[i];

        if (vt_hash_eq(&theirs->chain_id, &chain->chain_id) &&
            vt_hash_eq(&theirs->params, &chain->params)) {
            return SAME;
        }
        if (strcmp(theirs->name, chain->name) == 0) {
            found = NAMESAKE;
        }
    }
    return found;
}

void vt_share_update(struct vt_peer *peer)
{
    struct vt_links *links = peer->links;
    const uint32_t slot = peer->slot;

    (void)pthread_rwlock_rdlock(&links->table);
    for (uint32_t i = 0; i < links->chain_count; i++) {
        struct vt_chain_link *chain = links->chains[i];
        enum kinship kin = compare(chain, peer);
        uint8_t now = peer->conn != NULL && kin == SAME;

        if (now != atomic_load(&chain->shared[slot])) {
            atomic_store_explicit(&chain->shared[slot], now,
                                  memory_order_release);
            vt_runner_peer(chain->runner, chain->id_of[slot], now);
        }
        if (kin == SAME) {
            chain->differs[slot] = 0;
        }
        if (kin == NAMESAKE && peer->conn != NULL &&
            (chain->told[slot] & TOLD) == 0) {
            tell_params(peer->conn, chain);
        }
    }
    (void)pthread_rwlock_unlock(&links->table);
    if (peer->conn != NULL) {
        vt_conn_push(peer->conn);
    }
}

void vt_share_end(struct vt_peer *peer)
{
    struct vt_links *links = peer->links;

    (void)pthread_rwlock_rdlock(&links->table);
    for (uint32_t i = 0; i < links->chain_count; i++) {
        struct vt_chain_link *chain = links->chains[i];

        chain->told[peer->slot] = 0;
        if (atomic_exchange(&chain->shared[peer->slot], 0)) {
            vt_runner_peer(chain->runner, chain->id_of[peer->slot], 0);
        }
    }
    (void)pthread_rwlock_unlock(&links->table);
}

/* ---- taking a greeting --------------------------------------------------- */

static int keep_chains(struct vt_peer *peer, const struct vt_hello *hello)
{
    struct vt_hello_chain *chains =
        vt_memdup(hello->chains, hello->chain_count * sizeof *chains);

    if (chains == NULL) {
        return 0;
    }
    vt_free(peer->their_chains);
    peer->their_chains = chains;
    peer->their_count = hello->chain_count;
    return 1;
}

/* There is a link and here is another connection. If the link does not answer
 * it is dead without having told us; ask it, the other side will come again. */
static int link_is_dead(struct vt_conn *link)
{
    if (link->ping_ns == 0) {
        vt_conn_ping(link);
        return 0;
    }
    return vt_clock_mono_ns() - link->ping_ns > STALE_NS;
}

static int become_link(struct vt_conn *conn)
{
    struct vt_peer *peer = conn->peer;

    if (vt_hello_we_decide(peer)) {
        if (peer->conn != NULL && !link_is_dead(peer->conn)) {
            vt_conn_close(conn, VT_GOODBYE_DUPLICATE);
            return 0;
        }
        vt_hello_send(conn);
    }
    if (peer->conn != NULL) {
        vt_conn_close(peer->conn, "replaced by a newer link");
    }
    vt_conn_attach(conn);
    conn->heard_ns = peer->up_since_ns = vt_clock_mono_ns();
    peer->logged_error[0] = '\0'; /* the same error again is news again */
    vt_metric_set(peer->metric_up, 1);
    vt_log("net", VT_LOG_INFO, "%s: link up, %s %s", peer->name,
           conn->dialed ? "dialed" : "accepted from", conn->remote);
    return 1;
}

static int refuse(struct vt_conn *conn, const char *text)
{
    vt_conn_object(conn, text);
    return 0;
}

static int take(struct vt_conn *conn, const struct vt_hello *hello)
{
    char text[VT_WHY_BYTES];

    if (hello->version != VT_HELLO_VERSION) {
        (void)snprintf(text, sizeof text,
                       "it speaks version %u of the node protocol, here is %u: "
                       "bring both nodes up to date",
                       (unsigned)hello->version, VT_HELLO_VERSION);
        return refuse(conn, text);
    }
    if (strcmp(hello->node, conn->peer->name) != 0) {
        (void)snprintf(text, sizeof text,
                       "it greets as '%s' but has the certificate of '%s'",
                       hello->node, conn->peer->name);
        return refuse(conn, text);
    }
    if (!vt_conn_is_up(conn) && !become_link(conn)) {
        return 0;
    }
    if (!keep_chains(conn->peer, hello)) {
        vt_conn_fail(conn, "no memory for a greeting");
        return 0;
    }
    vt_share_update(conn->peer);
    return 1;
}

int vt_hello_take(struct vt_conn *conn, struct vt_view payload)
{
    struct vt_hello *hello = vt_alloc(sizeof *hello);
    struct vt_err err = VT_ERR_INIT;
    int stays = 0;

    if (hello == NULL) {
        vt_conn_fail(conn, "no memory for a greeting");
        return 0;
    }
    if (vt_hello_decode(payload, hello, &err) == VT_OK) {
        stays = take(conn, hello);
    } else if (!vt_peer_fault(conn->peer, VT_FAULT_FRAME, err.text)) {
        vt_conn_close(conn, err.text);
    }
    vt_free(hello);
    return stays;
}

/* ---- other parameters under the same name -------------------------------- */

/* With table held. */
static void note_difference(struct vt_chain_link *chain, struct vt_peer *peer,
                            struct vt_view theirs, char text[VT_WHY_BYTES])
{
    struct vt_view ours = {chain->canonical, chain->canonical_len};
    char diff[160];

    vt_chain_config_diff(ours, theirs, diff, sizeof diff);
    chain->differs[peer->slot] = 1;
    chain->told[peer->slot] |= HEARD;
    (void)snprintf(
        text, VT_WHY_BYTES, "chain %s is another one there: %s", chain->name,
        diff[0] == '\0' ? "same parameters, another genesis block" : diff);
    (void)snprintf(chain->difference, sizeof chain->difference,
                   "most members run other parameters, e.g. %s: %s", peer->name,
                   diff);
}

int vt_params_take(struct vt_conn *conn, struct vt_view payload)
{
    struct vt_links *links = conn->links;
    struct vt_peer *peer = conn->peer;
    struct vt_err err = VT_ERR_INIT;
    struct vt_params params;
    char text[VT_WHY_BYTES] = "";

    if (vt_params_decode(payload, &params, &err) != VT_OK) {
        if (!vt_peer_fault(peer, VT_FAULT_FRAME, err.text)) {
            vt_conn_close(conn, err.text);
        }
        return 0;
    }
    (void)pthread_rwlock_rdlock(&links->table);
    for (uint32_t i = 0; i < links->chain_count; i++) {
        struct vt_chain_link *chain = links->chains[i];

        if (strcmp(chain->name, params.name) == 0 &&
            (chain->told[peer->slot] & HEARD) == 0 &&
            compare(chain, peer) == NAMESAKE) {
            note_difference(chain, peer, params.text, text);
        }
    }
    (void)pthread_rwlock_unlock(&links->table);
    if (text[0] == '\0') { /* twice, or for a chain that is the same */
        return !vt_peer_fault(peer, VT_FAULT_UNKNOWN,
                              "it sends parameters nobody asked for");
    }
    vt_peer_error(peer, text);
    vt_params_check(links);
    return 1;
}

struct halt_order {
    struct vt_chain *chain;
    char why[200];
};

/* On the chain's thread. */
static void halt_if_new(void *arg)
{
    struct halt_order *order = arg;
    struct vt_chain_status status;

    memset(&status, 0, sizeof status);
    vt_chain_get_status(order->chain, &status);
    if (status.final_height == 0 && !status.halted) {
        vt_chain_halt(order->chain, order->why);
    }
    vt_free(order);
}

/* With table held. */
static void check_chain(struct vt_chain_link *chain)
{
    uint32_t differing = 0;
    struct halt_order *order;

    for (uint32_t i = 0; i < chain->member_count; i++) {
        differing += chain->slot_of[i] != VT_SLOT_NONE &&
                     chain->differs[chain->slot_of[i]];
    }
    if (chain->halt_tried || chain->member_count == 0 ||
        differing <= (chain->member_count - 1) / 3) {
        return;
    }
    order = vt_alloc(sizeof *order);
    if (order == NULL) {
        return; /* the tick tries again */
    }
    order->chain = chain->chain;
    memcpy(order->why, chain->difference, sizeof order->why);
    if (vt_runner_post(chain->runner, halt_if_new, order) == VT_OK) {
        chain->halt_tried = 1;
    } else {
        vt_free(order);
    }
}

void vt_params_check(struct vt_links *links)
{
    (void)pthread_rwlock_rdlock(&links->table);
    for (uint32_t i = 0; i < links->chain_count; i++) {
        check_chain(links->chains[i]);
    }
    (void)pthread_rwlock_unlock(&links->table);
}
