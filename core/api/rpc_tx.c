/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_tx.c - tx.submit and tx.get. Who waits for final is in the chain's table
 * of waiters, by transaction id, from the moment the mempool has it until the
 * block that holds it is final and durable here.
 */
#include "api/show.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

enum outcome {
    TX_VERDICT, /* code and text are the mempool's */
    TX_FINAL,
    TX_HALTED, /* after it was received */
    TX_CROWDED /* received, but no place to wait */
};

struct submit_hop {
    struct vt_hop hop;
    int wants_final;
    enum outcome outcome;
    struct vt_hash id;
    uint32_t code;
    char text[200];
    uint64_t height;
    uint32_t index;
    struct vt_receipt receipt;
    _Atomic int is_received;
    int is_abandoned; /* under the chain's lock */
    size_t raw_len;
    uint8_t *raw; /* NULL once the chain has taken it */
};

static struct submit_hop *submit_of(struct vt_hop *hop)
{
    return VT_CONTAINER(hop, struct submit_hop, hop);
}

/* ---- on the chain's thread ----------------------------------------------- */

/* Returns 1 when the hop waits in the table now. */
static int start_waiting(struct submit_hop *s)
{
    struct vt_api_chain *chain = s->hop.chain;
    void *old = NULL;
    int is_waiting;

    (void)pthread_mutex_lock(&chain->lock);
    is_waiting = !chain->is_closed && !s->is_abandoned &&
                 vt_map_put(chain->waiters, s->id.b, &s->hop, &old) == VT_OK;
    (void)pthread_mutex_unlock(&chain->lock);
    if (old != NULL) {
        /* the mempool had lost it and took it again: the later one waits */
        submit_of(old)->outcome = TX_CROWDED;
        vt_hop_return(old);
    }
    return is_waiting;
}

static void on_verdict(void *ctx, const struct vt_hash *id, uint32_t code,
                       const char *text)
{
    struct submit_hop *s = ctx;

    s->id = *id;
    s->code = code;
    (void)snprintf(s->text, sizeof s->text, "%s", text);
    s->outcome = TX_VERDICT;
    if (code == VT_TX_DONE) {
        vt_free(s->raw);
        s->raw = NULL;
    }
    if (code == VT_TX_DONE && s->wants_final) {
        atomic_store(&s->is_received, 1);
        s->outcome = TX_CROWDED;
        if (start_waiting(s)) {
            return;
        }
    }
    vt_hop_return(&s->hop);
}

static int ask_submit(struct vt_hop *hop)
{
    struct submit_hop *s = submit_of(hop);

    vt_chain_submit(hop->chain->chain, vt_view_of(s->raw, s->raw_len),
                    on_verdict, s);
    return 0;
}

static void on_final(struct vt_api_chain *chain,
                     const struct vt_chain_event *event)
{
    const struct vt_block *block = event->block;

    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct vt_hop *hop = vt_map_remove(chain->waiters, block->txs[i].id.b);

        if (hop != NULL) {
            struct submit_hop *s = submit_of(hop);

            s->outcome = TX_FINAL;
            s->height = block->header.height;
            s->index = i;
            s->receipt = event->receipts[i];
            vt_hop_return(hop);
        }
    }
}

static void on_halted(struct vt_api_chain *chain)
{
    size_t pos = 0;
    const void *key;
    void *value;

    while (vt_map_next(chain->waiters, &pos, &key, &value)) {
        struct vt_hop *hop = value;

        (void)vt_map_remove(chain->waiters, key);
        submit_of(hop)->outcome = TX_HALTED;
        vt_hop_return(hop);
    }
}

void vt_api_waiters_on_event(struct vt_api_chain *chain,
                             const struct vt_chain_event *event)
{
    (void)pthread_mutex_lock(&chain->lock);
    if (vt_map_count(chain->waiters) > 0) {
        if (event->type == VT_CHAIN_FINAL) {
            on_final(chain, event);
        } else if (event->type == VT_CHAIN_HALTED) {
            on_halted(chain);
        }
    }
    (void)pthread_mutex_unlock(&chain->lock);
}

/* ---- on the loop --------------------------------------------------------- */

static int take_back(struct vt_hop *hop)
{
    struct submit_hop *s = submit_of(hop);
    struct vt_api_chain *chain = hop->chain;
    int was_waiting;

    (void)pthread_mutex_lock(&chain->lock);
    s->is_abandoned = 1;
    was_waiting = atomic_load(&s->is_received) &&
                  vt_map_get(chain->waiters, s->id.b) == hop;
    if (was_waiting) {
        (void)vt_map_remove(chain->waiters, s->id.b);
    }
    (void)pthread_mutex_unlock(&chain->lock);
    return was_waiting;
}

static void free_submit(struct vt_hop *hop)
{
    vt_free(submit_of(hop)->raw);
    vt_free(submit_of(hop));
}

static void tell_taken(struct submit_hop *s)
{
    struct vt_call *call = s->hop.call;
    struct vt_json_maker m;
    int is_final = s->outcome == TX_FINAL;

    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_json_put_hash(&m, "id", &s->id);
    vt_json_put_text(&m, "stage", is_final ? "final" : "received");
    if (is_final) {
        vt_show_u64(&m, "height", s->height);
        vt_json_put_u64(&m, "index", s->index);
        vt_show_receipt(&m, s->hop.chain, &s->receipt);
    }
    vt_json_close(&m);
    vt_call_end(call, &m);
}

/* What a refusal is about in numbers. */
struct shortage {
    struct vt_asset asset;
    struct vt_amount have, need;
};

static int find_shortage(struct submit_hop *s, const struct vt_state *state,
                         struct shortage *out)
{
    struct vt_api_chain *chain = s->hop.chain;
    struct vt_hash id = vt_asset_gas;
    struct vt_tx_transfer transfer;
    struct vt_tx tx;

    if (state == NULL ||
        vt_tx_decode(vt_view_of(s->raw, s->raw_len), &tx, NULL) != VT_OK) {
        return 0;
    }
    out->need = tx.fee;
    if (s->code == VT_TX_FEE_TOO_LOW) {
        out->have = tx.fee;
        out->need = vt_amount_u64(chain->config->fee_min);
        return vt_api_asset(chain, state, &id, &out->asset);
    }
    if (s->code == VT_TX_NO_FUNDS && tx.kind == VT_TX_TRANSFER &&
        vt_tx_transfer_decode(tx.payload, &transfer) == VT_OK) {
        id = transfer.asset;
        out->need = transfer.amount;
    } else if (s->code != VT_TX_NO_FEE_FUNDS) {
        return 0;
    }
    return vt_balance_get(state, &tx.sender, &id, &out->have) == VT_OK &&
           vt_api_asset(chain, state, &id, &out->asset);
}

static void tell_refused(struct submit_hop *s)
{
    struct vt_call *call = s->hop.call;
    struct vt_snap snap;
    struct vt_json_maker m;
    struct shortage lack;
    int has_lack;

    vt_api_snap(s->hop.chain, &snap);
    has_lack = find_shortage(s, snap.state, &lack);
    vt_call_begin_fail(
        call, &m, s->code == VT_TX_POOL_FULL ? VT_RPC_BUSY : VT_RPC_REFUSED,
        has_lack || s->text[0] == '\0' ? vt_tx_code_text(s->code) : s->text);
    vt_json_put_text(&m, "code", vt_tx_code_name(s->code));
    vt_json_put_text(&m, "text",
                     s->text[0] == '\0' ? vt_tx_code_text(s->code) : s->text);
    if (!vt_hash_is_zero(&s->id)) {
        vt_json_put_hash(&m, "id", &s->id);
    }
    if (has_lack) {
        vt_json_put_amount(&m, "have", lack.have, lack.asset.decimals);
        vt_json_put_amount(&m, "need", lack.need, lack.asset.decimals);
        vt_show_words(&m, "asset", "asset_hex", vt_view_str(lack.asset.symbol));
    }
    vt_call_end_fail(call, &m);
    vt_api_snap_fini(&snap);
}

/* Halted, and since when the transaction was known. */
static void fail_halted(struct vt_call *call, struct vt_api_chain *chain,
                        const char *stage)
{
    struct vt_snap snap;
    struct vt_json_maker m;
    char message[400];

    vt_api_snap(chain, &snap);
    (void)snprintf(message, sizeof message, "chain %s is halted: %s",
                   chain->name, snap.status.halted_why);
    vt_call_begin_fail(call, &m, VT_RPC_HALTED, message);
    if (stage != NULL) {
        vt_json_put_text(&m, "stage", stage);
    }
    vt_call_end_fail(call, &m);
    vt_api_snap_fini(&snap);
}

static int is_halted(struct vt_api_chain *chain)
{
    int halted;

    (void)pthread_mutex_lock(&chain->lock);
    halted = chain->snap.status.halted;
    (void)pthread_mutex_unlock(&chain->lock);
    return halted;
}

static void tell_submit(struct vt_hop *hop)
{
    struct submit_hop *s = submit_of(hop);
    struct vt_json_maker m;

    switch (s->outcome) {
    case TX_VERDICT:
        if (s->code == VT_TX_DONE) {
            tell_taken(s);
        } else if (is_halted(hop->chain)) {
            fail_halted(hop->call, hop->chain, NULL);
        } else {
            tell_refused(s);
        }
        break;
    case TX_FINAL:
        tell_taken(s);
        break;
    case TX_HALTED:
        fail_halted(hop->call, hop->chain, "received");
        break;
    case TX_CROWDED:
        vt_call_begin_fail(hop->call, &m, VT_RPC_BUSY,
                           "received, but too many wait for final already; "
                           "ask with tx.get");
        vt_json_put_hash(&m, "id", &s->id);
        vt_json_put_text(&m, "stage", "received");
        vt_call_end_fail(hop->call, &m);
        break;
    }
}

int vt_call_is_received(const struct vt_call *call)
{
    return call->hop != NULL && call->hop->take_back == take_back &&
           atomic_load(&submit_of(call->hop)->is_received);
}

void vt_rpc_tx_submit(struct vt_call *call, struct vt_args *args)
{
    struct submit_hop *s;

    if (is_halted(args->chain)) {
        fail_halted(call, args->chain, NULL);
        return;
    }
    s = vt_alloc(sizeof *s);
    if (s != NULL) {
        s->raw = vt_memdup(args->raw.data, args->raw.len);
    }
    if (s == NULL || s->raw == NULL) {
        vt_free(s);
        vt_call_fail(call, VT_RPC_BUSY, "no memory for a transaction");
        return;
    }
    s->wants_final = args->wants_final;
    s->raw_len = args->raw.len;
    s->hop.ask = ask_submit;
    s->hop.tell = tell_submit;
    s->hop.free = free_submit;
    s->hop.take_back = take_back;
    call->has_stages = 1;
    vt_call_send(call, &s->hop, args->chain, (uint32_t)args->timeout_ms);
}

/* ---- tx.get -------------------------------------------------------------- */

struct get_hop {
    struct vt_hop hop;
    struct vt_hash id;
    vt_status status;
    struct vt_tx_status where;
    struct vt_block *block; /* when final */
};

static struct get_hop *get_of(struct vt_hop *hop)
{
    return VT_CONTAINER(hop, struct get_hop, hop);
}

static int ask_get(struct vt_hop *hop)
{
    struct get_hop *g = get_of(hop);
    struct vt_chain *chain = hop->chain->chain;

    g->status = vt_chain_tx(chain, &g->id, &g->where);
    if (g->status == VT_OK && g->where.where == VT_TX_FINAL) {
        g->status = vt_chain_block(chain, g->where.height, &g->block, NULL);
    }
    return 1;
}

static void put_final(struct vt_json_maker *m, struct get_hop *g)
{
    struct vt_api_chain *chain = g->hop.chain;
    struct vt_snap snap;

    vt_show_u64(m, "height", g->where.height);
    vt_json_put_u64(m, "index", g->where.index);
    vt_show_receipt(m, chain, &g->where.receipt);
    if (g->where.index < g->block->header.tx_count) {
        vt_api_snap(chain, &snap);
        vt_show_tx(m, "tx", chain, snap.state, &g->block->txs[g->where.index]);
        vt_api_snap_fini(&snap);
    }
}

static void tell_get(struct vt_hop *hop)
{
    static const char *const words[] = {"unknown", "waiting", "final"};
    struct get_hop *g = get_of(hop);
    struct vt_call *call = hop->call;
    struct vt_json_maker m;

    if (g->status != VT_OK) {
        vt_call_fail(call, VT_RPC_INTERNAL,
                     "the transaction cannot be read (status %d); see the "
                     "node's log",
                     (int)g->status);
        return;
    }
    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_json_put_text(&m, "where", words[g->where.where]);
    if (g->where.where == VT_TX_FINAL) {
        put_final(&m, g);
    }
    vt_json_close(&m);
    vt_call_end(call, &m);
}

static void free_get(struct vt_hop *hop)
{
    struct get_hop *g = get_of(hop);

    hop->chain->block_reads--;
    vt_block_unref(g->block);
    vt_free(g);
}

void vt_rpc_tx_get(struct vt_call *call, struct vt_args *args)
{
    struct get_hop *g = args->chain->block_reads < VT_API_BLOCK_READS_MAX
                            ? vt_alloc(sizeof *g)
                            : NULL;

    if (g == NULL) {
        vt_call_fail(call, VT_RPC_BUSY, "too many blocks are being read");
        return;
    }
    args->chain->block_reads++;
    g->id = args->id;
    g->hop.ask = ask_get;
    g->hop.tell = tell_get;
    g->hop.free = free_get;
    vt_call_send(call, &g->hop, args->chain, VT_API_CALL_MS);
}
