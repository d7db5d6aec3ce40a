/* SPDX-License-Identifier: Apache-2.0
 *
 * query.c - what others may ask a chain.
 */
#include "base/bytes.h"
#include "base/status.h"
#include "chain/inside.h"

#include <stdio.h>
#include <string.h>

static void count_peers(const struct vt_chain *chain,
                        struct vt_chain_status *out)
{
    for (size_t i = 0; i < chain->peer_count; i++) {
        const struct vt_peer_state *p = &chain->peers[i];

        out->peers_up += (uint32_t)(p->up != 0);
        if (p->up && p->final_height > out->best_peer_height) {
            out->best_peer_height = p->final_height;
        }
    }
}

static void count_money(const struct vt_chain *chain,
                        struct vt_chain_status *out)
{
    struct vt_account hole;

    out->emitted = vt_economy_emission(
        chain->args.rules, chain->genesis->header.time_ms, chain->tip.time_ms);
    if (vt_account_get(chain->tip.state, &vt_address_black_hole, &hole) ==
        VT_OK) {
        out->burned = hole.token;
    }
}

static void tell_switch(const struct vt_chain *chain,
                        struct vt_chain_status *out)
{
    struct vt_tx_switch spec;

    if (vt_switch_get(chain->tip.state, &out->switching) != VT_OK ||
        vt_tx_switch_decode(out->switching.spec, &spec) != VT_OK) {
        memset(&out->switching, 0, sizeof out->switching);
        return;
    }
    if (spec.engine.len > 0) {
        memcpy(out->switch_engine, spec.engine.ptr, spec.engine.len);
    } else {
        (void)snprintf(out->switch_engine, sizeof out->switch_engine, "%s",
                       chain->epoch->parts->module->stem);
    }
    vt_switch_count(&out->switching, &chain->epoch->electorate,
                    &out->switch_ready, &out->switch_total);
    out->switching.spec = vt_view_of(NULL, 0); /* the state may go */
}

void vt_chain_get_status(const struct vt_chain *chain,
                         struct vt_chain_status *out)
{
    memset(out, 0, sizeof *out);
    (void)snprintf(out->name, sizeof out->name, "%s", chain->args.config->name);
    (void)snprintf(out->engine, sizeof out->engine, "%s",
                   chain->epoch->parts->module->desc.id);
    (void)snprintf(out->engine_stem, sizeof out->engine_stem, "%.63s",
                   chain->epoch->parts->module->stem);
    out->chain_id = chain->chain_id;
    out->params = chain->params;
    out->final_height = chain->decided_height;
    out->executed_height = chain->tip.height;
    out->head_height = chain->head_height > chain->tip.height
                           ? chain->head_height
                           : chain->tip.height;
    out->final_id = chain->tip.id;
    vt_state_root(chain->tip.state, &out->state_root);
    out->final_time_ms = chain->tip.time_ms;
    out->epoch = chain->epoch->cs.epoch;
    out->epoch_start = chain->epoch->cs.start_height;
    tell_switch(chain, out);
    out->txs_total = chain->txs_total;
    out->evidence_count = chain->evidence.count;
    out->mempool_count = vt_mempool_count(chain->pool);
    out->mempool_bytes = vt_mempool_bytes(chain->pool);
    out->member_count = chain->engine.epoch.members.count;
    out->self = chain->engine.self;
    count_peers(chain, out);
    count_money(chain, out);
    out->syncing = chain->sync.wanted > chain->decided_height + 1;
    out->halted = chain->is_halted;
    (void)snprintf(out->halted_why, sizeof out->halted_why, "%s",
                   chain->halted_why);
}

const struct vt_hash *vt_chain_id(const struct vt_chain *chain)
{
    return &chain->chain_id;
}

const struct vt_chain_config *vt_chain_conf(const struct vt_chain *chain)
{
    return chain->args.config;
}

const struct vt_rules *vt_chain_rules(const struct vt_chain *chain)
{
    return chain->args.rules;
}

vt_status vt_chain_block(struct vt_chain *chain, uint64_t height,
                         struct vt_block **out, struct vt_buf *seal)
{
    struct vt_hash id;
    vt_status status;

    if (height > chain->tip.height) {
        return VT_E_NOTFOUND;
    }
    if (height == 0) {
        *out = vt_block_ref(chain->genesis);
        return VT_OK;
    }
    status = vt_log_read_final(&chain->args.log, height, &id, seal, NULL);
    if (status != VT_OK) {
        return status;
    }
    *out = chain->recent[height % VT_RECENT_BLOCKS].block;
    if (*out != NULL && (*out)->header.height == height) {
        (void)vt_block_ref(*out);
        return VT_OK;
    }
    return vt_log_read_block(&chain->args.log, height, &id, out, NULL);
}

vt_status vt_chain_block_by_id(struct vt_chain *chain, const struct vt_hash *id,
                               struct vt_block **out, struct vt_buf *seal)
{
    uint64_t height = 0;
    vt_status status = VT_OK;

    if (!vt_hash_eq(id, &chain->chain_id)) {
        status = vt_behind_find_block(chain->behind, id, &height);
    }
    return status == VT_OK ? vt_chain_block(chain, height, out, seal) : status;
}

/* What brought a transaction furthest; NULL: nothing yet. */
static const struct vt_candidate *furthest(const struct vt_chain *chain,
                                           const struct vt_hash *tx)
{
    const struct vt_candidate *best = NULL;

    VT_LIST_FOR (item, &chain->blocks.all) {
        const struct vt_candidate *c =
            VT_CONTAINER(item, struct vt_candidate, all);

        if (c->reached > (best == NULL ? 0 : best->reached) &&
            vt_candidate_has_tx(c, tx)) {
            best = c;
        }
    }
    return best;
}

vt_status vt_chain_tx_stage(struct vt_chain *chain, const struct vt_hash *id,
                            uint32_t *stage, uint32_t *index,
                            struct vt_block **out, struct vt_buf *proof)
{
    const struct vt_candidate *c = furthest(chain, id);
    uint32_t at = 0;

    if (c == NULL) {
        return VT_E_NOTFOUND;
    }
    while (!vt_hash_eq(&c->block->txs[at].id, id)) {
        at++; /* it is there */
    }
    *stage = c->reached;
    *index = at;
    *out = vt_block_ref(c->block);
    return vt_buf_put(proof, c->reached_by.ptr, c->reached_by.len);
}

vt_status vt_chain_tx(struct vt_chain *chain, const struct vt_hash *id,
                      struct vt_tx_status *out)
{
    vt_status status;

    memset(out, 0, sizeof *out);
    if (vt_mempool_get(chain->pool, id) != NULL) {
        const struct vt_candidate *c = furthest(chain, id);

        out->where = VT_TX_WAITING;
        out->stage = c == NULL ? 0 : c->reached;
        return VT_OK;
    }
    status = vt_behind_find_tx(chain->behind, id, out);
    if (status == VT_OK) {
        out->where = VT_TX_FINAL;
    }
    return status == VT_E_NOTFOUND ? VT_OK : status;
}

struct vt_state *vt_chain_state(const struct vt_chain *chain,
                                uint64_t *out_height)
{
    *out_height = chain->tip.height;
    return vt_state_ref(chain->tip.state);
}

uint64_t vt_chain_next_nonce(const struct vt_chain *chain,
                             const struct vt_address *sender)
{
    struct vt_account account;

    if (vt_account_get(chain->tip.state, sender, &account) != VT_OK) {
        return 0;
    }
    return vt_mempool_next_nonce(chain->pool, sender, account.nonce);
}

static struct vt_cs_header as_engine_sees(const struct vt_block *block)
{
    const struct vt_header *h = &block->header;
    struct vt_cs_header out = {.size = VT_UPTO(struct vt_cs_header, payload),
                               .proposer = h->proposer_index,
                               .epoch = h->epoch,
                               .height = h->height,
                               .time_ms = h->time_ms,
                               .payload = h->payload};

    memcpy(out.id, block->id.b, 32);
    memcpy(out.parent, h->parent.b, 32);
    return out;
}

vt_status vt_chain_check_header(const struct vt_chain *chain,
                                const struct vt_block *parent,
                                const struct vt_block *block,
                                struct vt_err *err)
{
    const struct vt_cs_header header = as_engine_sees(block);
    const struct vt_epoch *epoch;
    struct vt_cs_header below;
    uint32_t verdict = VT_BAD;
    vt_status status;

    if (header.epoch >= chain->epoch_count) {
        return vt_err_set(err, VT_E_CORRUPT, "header is of an epoch to come");
    }
    epoch = chain->epochs[header.epoch];
    if (epoch->parts->consensus->check_header == NULL) {
        return VT_OK;
    }
    if (parent != NULL) {
        below = as_engine_sees(parent);
    }
    status = epoch->parts->consensus->check_header(
        epoch->parts->host, &epoch->cs, parent == NULL ? NULL : &below, &header,
        &verdict, err);
    if (status != VT_OK || verdict == VT_GOOD) {
        return status;
    }
    return vt_err_set(err, VT_E_INVALID, "the engine's bytes in it are wrong");
}

vt_status vt_chain_check_seal(const struct vt_chain *chain,
                              const struct vt_header *header,
                              const struct vt_hash *id, struct vt_view seal,
                              struct vt_err *err)
{
    return vt_seal_check(chain, vt_handover_end(chain), header, id, seal, err);
}

vt_status vt_seal_check(const struct vt_chain *chain, uint64_t end,
                        const struct vt_header *header,
                        const struct vt_hash *id, struct vt_view seal,
                        struct vt_err *err)
{
    if (header->epoch >= chain->epoch_count) {
        return vt_err_set(err, VT_E_CORRUPT, "seal is of an epoch to come");
    }
    return vt_epoch_seal(chain->epochs[header->epoch], end, header, id, seal,
                         err);
}

vt_status vt_chain_check_stage(const struct vt_chain *chain, uint32_t stage,
                               const struct vt_block *block,
                               struct vt_view proof, struct vt_err *err)
{
    return vt_epoch_stage(chain->epoch, stage, &block->header, &block->id,
                          proof, err);
}

vt_status vt_chain_short_seal(const struct vt_chain *chain,
                              const struct vt_header *header,
                              const struct vt_hash *id, struct vt_view seal,
                              struct vt_buf *out)
{
    return header->epoch < chain->epoch_count
               ? vt_epoch_shorten(chain->epochs[header->epoch], header->height,
                                  id, seal, out)
               : vt_buf_put(out, seal.ptr, seal.len);
}

int vt_chain_convinces(const struct vt_chain *chain,
                       const struct vt_header *header, const struct vt_hash *id,
                       struct vt_view seal)
{
    struct vt_err err = VT_ERR_INIT;

    return header->epoch < chain->epoch_count &&
           vt_epoch_proof(chain->epochs[header->epoch], vt_handover_end(chain),
                          header->height, id, seal, &err) == VT_OK;
}

void vt_chain_digest(const struct vt_chain *chain, struct vt_hash *out)
{
    struct vt_hash parts[3];
    struct vt_view views[3];

    memset(parts, 0, sizeof parts);
    if (chain->engine.cs != NULL) {
        (void)chain->engine.table->digest(chain->engine.cs, parts[0].b);
    }
    parts[1] = chain->tip.id;
    vt_state_root(chain->tip.state, &parts[2]);
    for (int i = 0; i < 3; i++) {
        views[i].ptr = parts[i].b;
        views[i].len = 32;
    }
    vt_hash_tagged("VTC/digest/1", views, 3, out);
}
