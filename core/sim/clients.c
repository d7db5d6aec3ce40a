/* SPDX-License-Identifier: Apache-2.0
 *
 * clients.c - a few accounts that send transfers to random nodes and try again
 * until somebody says final.
 */
#include "sim/cluster.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

#define RETRY_NS (700 * VT_SIM_MS)
#define TX_MAX 512u
#define FORGED_EACH 4u /* transactions, when somebody is blind */

static const uint8_t map_seed[16] = {7};

vt_status vt_sim_clients_new(struct sim_cluster *c)
{
    const struct vt_sim_plan *plan = c->args->plan;
    uint32_t count = c->args->txs;

    c->txs_wanted = count;
    c->tx_cap = count;
    for (size_t i = 0; i < plan->count; i++) {
        c->tx_cap += plan->faults[i].verb == VT_SIM_FLOOD
                         ? (size_t)plan->faults[i].by
                         : 0;
    }
    c->txs = vt_alloc_array(c->tx_cap + 1u, sizeof *c->txs);
    c->tx_by_id = vt_map_new(32, c->tx_cap + 1u, map_seed);
    if (c->txs == NULL || c->tx_by_id == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t at = vt_rng_below(&c->load, plan->calm_ns);
        struct sim_event *ev = vt_sim_schedule(c, SIM_SUBMIT, VT_SIM_NOBODY, at,
                                               vt_view_of(NULL, 0));

        if (ev == NULL) {
            return VT_E_NOMEM;
        }
        ev->arg = UINT64_MAX; /* a new one */
    }
    return VT_OK;
}

static vt_status sign_transfer(struct sim_cluster *c, struct sim_tx *out,
                               struct sim_client *from, struct vt_buf *raw)
{
    struct vt_buf body = VT_BUF_INIT(TX_MAX);
    struct vt_tx_transfer transfer = {
        .to = c->clients[vt_rng_below(&c->load, VT_SIM_CLIENTS)].address,
        .amount = vt_amount_u64(1 + vt_rng_below(&c->load, 1000000)),
    };
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .scheme = (uint8_t)c->scheme->code,
                       .pk = vt_view_of(from->pk, c->scheme->pk_len),
                       .nonce = from->next_nonce++,
                       .kind = VT_TX_TRANSFER};
    struct vt_hash digest;
    uint8_t sig[128];
    uint32_t sig_len = 0;
    vt_status status = vt_tx_transfer_encode(&transfer, &body);

    tx.chain_id = c->chain_id;
    tx.payload = vt_buf_view(&body);
    if (status == VT_OK) {
        status = vt_tx_encode_unsigned(&tx, raw);
    }
    if (status == VT_OK) {
        vt_tx_sign_hash(vt_buf_view(raw), &digest);
        status = c->scheme->sign(from->sk, digest.b, sig, &sig_len);
    }
    if (status == VT_OK) {
        status = vt_tx_append_sig(raw, vt_view_of(sig, sig_len));
    }
    if (status == VT_OK) {
        status = vt_tx_decode(vt_buf_view(raw), &tx, NULL);
        out->id = tx.id;
    }
    vt_buf_fini(&body);
    return status;
}

static struct sim_tx *make_tx(struct sim_cluster *c, uint32_t client)
{
    struct sim_tx *tx = &c->txs[c->tx_count];
    struct vt_buf raw = VT_BUF_INIT(TX_MAX);

    tx->client = client;
    if (c->tx_count == c->tx_cap ||
        sign_transfer(c, tx, &c->clients[client], &raw) != VT_OK ||
        vt_map_put(c->tx_by_id, tx->id.b, tx, NULL) != VT_OK) {
        vt_buf_fini(&raw);
        c->failed = 1;
        return NULL;
    }
    tx->raw = raw.data; /* freed with the cluster */
    tx->len = (uint32_t)raw.len;
    c->tx_count++;
    return tx;
}

static void on_submitted(void *ctx, const struct vt_hash *id, uint32_t code,
                         const char *text)
{
    (void)ctx;
    (void)id;
    (void)code; /* refusals are normal: replays of retries, gaps, full pools */
    (void)text;
}

static void submit(struct sim_cluster *c, uint32_t slot,
                   const struct sim_tx *tx)
{
    struct sim_node *node = &c->nodes[slot];

    if (node->up && node->paused_until <= c->now_ns) {
        vt_chain_submit(node->chain, vt_view_of(tx->raw, tx->len), on_submitted,
                        c);
    }
}

/* The same with a signature that fits nothing, to members that do not look. */
static void forge(struct sim_cluster *c, const struct sim_tx *tx)
{
    struct sim_tx forged = *tx;

    forged.raw = vt_memdup(tx->raw, tx->len);
    if (forged.raw == NULL) {
        c->failed = 1;
        return;
    }
    forged.raw[tx->len - 1] ^= 1;
    for (uint32_t slot = 0; slot < c->args->nodes; slot++) {
        if ((c->blind >> slot & 1) != 0) {
            submit(c, slot, &forged);
        }
    }
    vt_free(forged.raw);
}

void vt_sim_offer(struct sim_cluster *c, uint64_t which)
{
    uint32_t node = (uint32_t)vt_rng_below(&c->load, c->args->nodes);
    struct sim_event *again;
    struct sim_tx *tx;

    if (which == UINT64_MAX) {
        tx = make_tx(c, (uint32_t)vt_rng_below(&c->load, VT_SIM_CLIENTS));
        which = c->tx_count - 1;
        c->result->txs_offered++;
        if (tx != NULL && c->blind != 0 && which % FORGED_EACH == 0) {
            forge(c, tx);
        }
    } else {
        tx = &c->txs[which];
    }
    if (tx == NULL || tx->final_height != 0) {
        return;
    }
    submit(c, node, tx);
    again = vt_sim_schedule(c, SIM_SUBMIT, VT_SIM_NOBODY, c->now_ns + RETRY_NS,
                            vt_view_of(NULL, 0));
    if (again != NULL) {
        again->arg = which;
    }
}

/* All at once from one account, each to one node, never again: whether they
 * become final is nobody's concern. */
void vt_sim_flood(struct sim_cluster *c, uint64_t members, uint64_t count)
{
    uint32_t slot = 0;

    for (uint64_t i = 0; i < count; i++) {
        const struct sim_tx *tx = make_tx(c, VT_SIM_CLIENTS);

        if (tx == NULL) {
            return;
        }
        do {
            slot = (slot + 1) % c->args->nodes;
        } while ((members >> slot & 1) == 0);
        submit(c, slot, tx);
    }
}
