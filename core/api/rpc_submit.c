/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_submit.c - tx.submit. Who waits for a stage is in the chain's
 * table of waiters, by transaction id, from the moment the mempool has it until
 * the engine says that a block or batch that holds it came so far, or that
 * block is final and durable here; for executed until the one above is, too.
 */
#include "api/show.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

enum outcome {
    TX_VERDICT, /* code and text are the mempool's */
    TX_REACHED, /* stage */
    TX_HALTED,  /* after it was received */
    TX_CROWDED  /* received, but no place to wait */
};

struct submit_hop {
    struct vt_hop hop;
    enum vt_api_stage wanted;
    _Atomic int stage; /* it came to; read on the loop, too */
    enum outcome outcome;
    struct vt_hash id;
    uint32_t code;
    char text[200];
    uint64_t height; /* of its block once final; 0 before */
    uint32_t index;
    struct vt_receipt receipt;
    int wants_proof;
    struct vt_block *early; /* what brought it to a stage before final */
    struct vt_buf early_by; /* and the proof of that */
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
    if (code == VT_TX_DONE && s->wanted > VT_API_RECEIVED) {
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

/* It came so far; does that end the wait? */
static void reach(struct vt_api_chain *chain, struct submit_hop *s,
                  enum vt_api_stage stage)
{
    if ((int)stage > atomic_load(&s->stage)) {
        atomic_store(&s->stage, (int)stage);
    }
    if (stage >= s->wanted) {
        (void)vt_map_remove(chain->waiters, s->id.b);
        s->outcome = TX_REACHED;
        vt_hop_return(&s->hop);
    }
}

/* Who waits for what came with a final block below this one. */
static void on_above(struct vt_api_chain *chain, uint64_t height)
{
    size_t pos = 0;
    const void *key;
    void *value;

    while (chain->final_waiters > 0 &&
           vt_map_next(chain->waiters, &pos, &key, &value)) {
        struct submit_hop *s = submit_of(value);

        if (s->height > 0 && s->height < height) {
            chain->final_waiters--;
            reach(chain, s, VT_API_EXECUTED);
        }
    }
}

static void on_final(struct vt_api_chain *chain,
                     const struct vt_chain_event *event)
{
    const struct vt_block *block = event->block;

    on_above(chain, block->header.height);
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct vt_hop *hop = vt_map_get(chain->waiters, block->txs[i].id.b);

        if (hop != NULL) {
            struct submit_hop *s = submit_of(hop);

            s->height = block->header.height;
            s->index = i;
            s->receipt = event->receipts[i];
            chain->final_waiters += s->wanted == VT_API_EXECUTED;
            reach(chain, s, VT_API_FINAL);
        }
    }
}

/* For who leaves here and wants to prove it. */
static void keep_early(struct submit_hop *s, const struct vt_chain_event *event,
                       uint32_t index)
{
    if (s->wants_proof && s->height == 0 && event->stage >= s->wanted) {
        s->early = vt_block_ref(event->block);
        s->index = index;
        (void)vt_buf_put(&s->early_by, event->seal.ptr, event->seal.len);
    }
}

static void on_stage(struct vt_api_chain *chain,
                     const struct vt_chain_event *event)
{
    const struct vt_block *block = event->block;

    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct vt_hop *hop = vt_map_get(chain->waiters, block->txs[i].id.b);

        if (hop != NULL) {
            keep_early(submit_of(hop), event, i);
            reach(chain, submit_of(hop), (enum vt_api_stage)event->stage);
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
    chain->final_waiters = 0;
}

void vt_api_waiters_on_event(struct vt_api_chain *chain,
                             const struct vt_chain_event *event)
{
    (void)pthread_mutex_lock(&chain->lock);
    if (vt_map_count(chain->waiters) > 0) {
        if (event->type == VT_CHAIN_FINAL) {
            on_final(chain, event);
        } else if (event->type == VT_CHAIN_STAGE) {
            on_stage(chain, event);
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
        chain->final_waiters -= s->height > 0;
    }
    (void)pthread_mutex_unlock(&chain->lock);
    return was_waiting;
}

static void free_submit(struct vt_hop *hop)
{
    struct submit_hop *s = submit_of(hop);

    vt_block_unref(s->early);
    vt_buf_fini(&s->early_by);
    vt_free(s->raw);
    vt_free(s);
}

/* As tx.proof has it. */
static void put_early(struct vt_json_maker *m, const struct submit_hop *s)
{
    struct vt_placed placed = {s->early, vt_buf_view(&s->early_by), s->index};

    vt_json_open_object(m, "proof");
    vt_show_proof_head(m, atomic_load(&s->stage), &placed);
    vt_show_u64(m, "height", 0);
    vt_show_u64(m, "epoch", s->early->header.epoch);
    vt_show_placed(m, "early", &placed);
    vt_json_close(m);
}

static void tell_taken(struct submit_hop *s)
{
    struct vt_call *call = s->hop.call;
    struct vt_json_maker m;

    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_json_put_hash(&m, "id", &s->id);
    vt_json_put_text(&m, "stage", vt_api_stage_names[atomic_load(&s->stage)]);
    if (atomic_load(&s->stage) >= VT_API_FINAL) {
        vt_show_u64(&m, "height", s->height);
        vt_json_put_u64(&m, "index", s->index);
        vt_show_receipt(&m, s->hop.chain, &s->receipt);
    } else if (s->early != NULL) {
        put_early(&m, s);
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
        out->need = vt_tx_fee_min(chain->rules, &tx);
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
    case TX_REACHED:
        tell_taken(s);
        break;
    case TX_HALTED:
        fail_halted(hop->call, hop->chain,
                    vt_api_stage_names[atomic_load(&s->stage)]);
        break;
    case TX_CROWDED:
        vt_call_begin_fail(hop->call, &m, VT_RPC_BUSY,
                           "received, but too many wait already; "
                           "ask with tx.get");
        vt_json_put_hash(&m, "id", &s->id);
        vt_json_put_text(&m, "stage", "received");
        vt_call_end_fail(hop->call, &m);
        break;
    }
}

int vt_call_is_received(const struct vt_call *call, const char **out_stage,
                        const char **out_wanted)
{
    const struct submit_hop *s;

    if (call->hop == NULL || call->hop->take_back != take_back) {
        return 0;
    }
    s = submit_of(call->hop);
    *out_stage = vt_api_stage_names[atomic_load(&s->stage)];
    *out_wanted = vt_api_stage_names[s->wanted];
    return atomic_load(&s->is_received);
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
    s->wanted = args->wait;
    s->wants_proof = args->wants_proof;
    vt_buf_init(&s->early_by, VT_SEAL_MAX);
    s->raw_len = args->raw.len;
    s->hop.ask = ask_submit;
    s->hop.tell = tell_submit;
    s->hop.free = free_submit;
    s->hop.take_back = take_back;
    call->has_stages = 1;
    vt_call_send(call, &s->hop, args->chain, (uint32_t)args->timeout_ms);
}
