/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_chain.c - chain.status and block.get.
 */
#include "api/show.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>

/* ---- chain.status -------------------------------------------------------- */

struct status_hop {
    struct vt_hop hop;
    struct vt_chain_status status;
};

static int ask_status(struct vt_hop *hop)
{
    struct status_hop *s = VT_CONTAINER(hop, struct status_hop, hop);

    vt_chain_get_status(hop->chain->chain, &s->status);
    return 1;
}

/* null when none is under way */
static void put_switch(struct vt_json_maker *m, const struct vt_chain_status *s)
{
    static const char *const phases[] = {"", "proposed", "scheduled",
                                         "sealing"};

    if (s->switching.phase == 0) {
        vt_json_put_null(m, "switch");
        return;
    }
    vt_json_open_object(m, "switch");
    vt_json_put_text(m, "phase", phases[s->switching.phase]);
    vt_json_put_text(m, "to", s->switch_engine);
    vt_show_u64(m, "at", s->switching.at);
    vt_show_u64(m, "since", s->switching.since);
    vt_json_put_hash(m, "digest", &s->switching.digest);
    vt_show_u64(m, "ready", s->switch_ready);
    vt_show_u64(m, "of", s->switch_total);
    vt_json_close(m);
}

static void put_heights(struct vt_json_maker *m,
                        const struct vt_chain_status *s)
{
    vt_show_u64(m, "final_height", s->final_height);
    vt_show_u64(m, "executed_height", s->executed_height);
    vt_show_u64(m, "head_height", s->head_height);
    vt_json_put_hash(m, "final_id", &s->final_id);
    vt_json_put_hash(m, "state_root", &s->state_root);
    vt_json_put_i64(m, "final_time_ms", s->final_time_ms);
    vt_show_u64(m, "epoch", s->epoch);
    vt_show_u64(m, "epoch_start", s->epoch_start);
    put_switch(m, s);
    vt_show_u64(m, "txs_total", s->txs_total);
    vt_show_u64(m, "evidence_count", s->evidence_count);
    vt_show_u64(m, "mempool_count", s->mempool_count);
    vt_show_u64(m, "mempool_bytes", s->mempool_bytes);
}

static void put_members(struct vt_json_maker *m,
                        const struct vt_chain_status *s)
{
    vt_json_put_u64(m, "member_count", s->member_count);
    if (s->self == VT_PEER_NONE) {
        vt_json_put_null(m, "self");
    } else {
        vt_json_put_u64(m, "self", s->self);
    }
    vt_json_put_u64(m, "peers_up", s->peers_up);
    vt_json_put_bool(m, "syncing", s->syncing);
    vt_show_u64(m, "best_peer_height", s->best_peer_height);
    vt_json_put_bool(m, "halted", s->halted);
    vt_show_words(m, "halted_why", "halted_why_hex",
                  vt_view_of(s->halted_why, strlen(s->halted_why)));
}

static void put_native(struct vt_json_maker *m, const struct vt_rules *rules,
                       int gas)
{
    vt_json_open_object(m, gas ? "gas" : "token");
    vt_json_put_text(m, "symbol", vt_rules_asset_name(rules, gas));
    vt_json_put_u64(m, "decimals", vt_rules_asset_decimals(rules, gas));
    vt_json_close(m);
}

static void put_value(void *ctx, const char *name, int64_t value)
{
    vt_json_put_i64(ctx, name, value);
}

/* What the engine counts and measures on this node. */
static void put_engine(struct vt_json_maker *m, const struct vt_chain_status *s,
                       const char *chain)
{
    vt_json_open_object(m, "engine_values");
    vt_metric_of_plugin(s->engine_stem, chain, put_value, m);
    vt_json_close(m);
}

static void tell_status(struct vt_hop *hop)
{
    const struct vt_chain_status *s =
        &VT_CONTAINER(hop, struct status_hop, hop)->status;
    const struct vt_rules *rules = hop->chain->rules;
    struct vt_call *call = hop->call;
    struct vt_json_maker m;

    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_json_put_text(&m, "name", hop->chain->name);
    vt_json_put_text(&m, "engine", s->engine);
    vt_json_put_text(&m, "parent", hop->chain->config->parent);
    vt_json_put_hash(&m, "chain_id", &s->chain_id);
    vt_json_put_hash(&m, "params", &s->params);
    put_heights(&m, s);
    put_members(&m, s);
    vt_json_put_amount(&m, "emitted", s->emitted,
                       vt_rules_asset_decimals(rules, 1));
    vt_json_put_amount(&m, "burned", s->burned,
                       vt_rules_asset_decimals(rules, 0));
    put_native(&m, rules, 0);
    put_native(&m, rules, 1);
    put_engine(&m, s, hop->chain->name);
    vt_json_close(&m);
    vt_call_end(call, &m);
}

static void free_status(struct vt_hop *hop)
{
    vt_free(VT_CONTAINER(hop, struct status_hop, hop));
}

void vt_rpc_chain_status(struct vt_call *call, struct vt_args *args)
{
    struct status_hop *s = vt_alloc(sizeof *s);

    if (s == NULL) {
        vt_call_fail(call, VT_RPC_INTERNAL, "no memory for a question");
        return;
    }
    s->hop.ask = ask_status;
    s->hop.tell = tell_status;
    s->hop.free = free_status;
    vt_call_send(call, &s->hop, args->chain, VT_API_CALL_MS);
}

/* ---- block.get ----------------------------------------------------------- */

struct block_hop {
    struct vt_hop hop;
    int by_id, is_newest;
    struct vt_hash id;
    uint64_t height;
    uint64_t first, count;
    int wants_txs;
    vt_status status;
    struct vt_block *block;
    struct vt_buf seal, proof;
};

static struct block_hop *block_of(struct vt_hop *hop)
{
    return VT_CONTAINER(hop, struct block_hop, hop);
}

static int ask_block(struct vt_hop *hop)
{
    struct block_hop *b = block_of(hop);
    struct vt_chain *chain = hop->chain->chain;

    if (b->is_newest) {
        struct vt_state *state = vt_chain_state(chain, &b->height);

        vt_state_unref(state);
    }
    b->status = b->by_id
                    ? vt_chain_block_by_id(chain, &b->id, &b->block, &b->seal)
                    : vt_chain_block(chain, b->height, &b->block, &b->seal);
    if (b->status == VT_OK) {
        b->status = vt_chain_short_seal(chain, &b->block->header, &b->block->id,
                                        vt_buf_view(&b->seal), &b->proof);
    }
    return 1;
}

static void put_txs(struct vt_json_maker *m, struct block_hop *b)
{
    struct vt_api_chain *chain = b->hop.chain;
    uint64_t total = b->block->header.tx_count;
    struct vt_snap snap;

    vt_api_snap(chain, &snap);
    vt_json_open_array(m, "txs");
    for (uint64_t i = b->first; i < total && i - b->first < b->count; i++) {
        if (b->wants_txs) {
            vt_show_tx(m, NULL, chain, snap.state, &b->block->txs[i]);
        } else {
            vt_json_put_hash(m, NULL, &b->block->txs[i].id);
        }
    }
    vt_json_close(m);
    vt_api_snap_fini(&snap);
}

static void tell_block(struct vt_hop *hop)
{
    struct block_hop *b = block_of(hop);
    struct vt_call *call = hop->call;
    struct vt_json_maker m;

    if (b->status == VT_E_NOTFOUND && b->by_id) {
        vt_call_fail(call, VT_RPC_NOT_FOUND,
                     "no final block of that id is here");
        return;
    }
    if (b->status == VT_E_NOTFOUND) {
        vt_call_fail(call, VT_RPC_NOT_FOUND,
                     "height %" PRIu64 " is not final here", b->height);
        return;
    }
    if (b->status != VT_OK) {
        vt_call_fail(call, VT_RPC_INTERNAL,
                     "the block cannot be read (status %d); see the node's log",
                     (int)b->status);
        return;
    }
    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_show_header(&m, hop->chain, b->block);
    vt_json_put_hex(&m, "seal", vt_buf_view(&b->seal));
    vt_json_put_hex(&m, "proof", vt_buf_view(&b->proof));
    put_txs(&m, b);
    vt_json_close(&m);
    vt_call_end(call, &m);
}

static void free_block(struct vt_hop *hop)
{
    struct block_hop *b = block_of(hop);

    hop->chain->block_reads--;
    vt_block_unref(b->block);
    vt_buf_fini(&b->seal);
    vt_buf_fini(&b->proof);
    vt_free(b);
}

static int bad_choice(struct vt_call *call, const struct vt_args *args)
{
    struct vt_json_maker m;

    if (!args->has_height || !args->has_id) {
        return 0;
    }
    vt_call_begin_fail(call, &m, VT_RPC_PARAMS,
                       "'height' and 'id' are both given: give one");
    vt_json_put_text(&m, "path", "params.id");
    vt_json_put_text(&m, "allowed", "height or id, or neither for the newest");
    vt_call_end_fail(call, &m);
    return 1;
}

static void set_range(struct block_hop *b, const struct vt_args *args)
{
    uint64_t max = args->wants_txs ? VT_API_TXS_MAX : VT_API_IDS_MAX;

    b->wants_txs = args->wants_txs;
    b->first = args->first;
    b->count = !args->has_count || args->count > max ? max : args->count;
}

void vt_rpc_block_get(struct vt_call *call, struct vt_args *args)
{
    struct block_hop *b;

    if (bad_choice(call, args)) {
        return;
    }
    b = args->chain->block_reads < VT_API_BLOCK_READS_MAX ? vt_alloc(sizeof *b)
                                                          : NULL;
    if (b == NULL) {
        vt_call_fail(call, VT_RPC_BUSY, "too many blocks are being read");
        return;
    }
    args->chain->block_reads++;
    vt_buf_init(&b->seal, VT_SEAL_MAX);
    vt_buf_init(&b->proof, VT_SEAL_MAX);
    b->by_id = args->has_id;
    b->id = args->id;
    b->height = args->height;
    b->is_newest = !args->has_id && !args->has_height;
    set_range(b, args);
    b->hop.ask = ask_block;
    b->hop.tell = tell_block;
    b->hop.free = free_block;
    vt_call_send(call, &b->hop, args->chain, VT_API_CALL_MS);
}
