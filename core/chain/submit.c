/* SPDX-License-Identifier: Apache-2.0
 *
 * submit.c - transactions on their way in: cheap checks at once, signatures in
 * batches on the pool, then the mempool; and out again to the peers.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/inside.h"
#include "wire/listed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH 256u
#define JOBS_MAX 4u
#define WAITING_MAX 65536u
#define GOSSIP_BYTES 262144u        /* one frame */
#define REGOSSIP_NS (2000 * VT_MS)  /* age after which one is sent again */
#define REGOSSIP_BYTES 262144u      /* at most, each time */
#define GOSSIP_FRAME_MAX (1u << 20) /* a peer's frame */

struct arrival {
    struct vt_list list;
    struct vt_tx tx; /* borrows from raw */
    uint32_t peer;   /* VT_PEER_NONE: a client of this node */
    vt_submit_fn done;
    void *ctx;
    uint8_t raw[];
};

struct batch {
    struct vt_job job;
    struct vt_chain *chain;
    size_t count;
    vt_status status;
    const struct vt_tx **txs; /* count each, behind the items */
    uint8_t *verdicts;
    struct arrival *items[];
};

static void reply(const struct arrival *a, uint32_t code, const char *text)
{
    if (a->done != NULL) {
        a->done(a->ctx, &a->tx.id, code, text);
    }
}

/* ---- first look ---------------------------------------------------------- */

static uint32_t explain(struct vt_chain *chain, const struct vt_tx *tx,
                        uint32_t code, char text[200])
{
    const struct vt_rules *rules = chain->args.rules;
    const char *gas = vt_rules_asset_name(rules, 1);
    uint32_t decimals = vt_rules_asset_decimals(rules, 1);
    struct vt_account account = {0};
    char have[64];
    char need[64];

    (void)vt_account_get(chain->tip.state, &tx->sender, &account);
    vt_amount_format(account.gas, decimals, have);
    switch (code) {
    case VT_TX_REPLAY:
        (void)snprintf(text, 200,
                       "nonce %" PRIu64 " was used already, the account's "
                       "next one is %" PRIu64 ": this is a replay",
                       tx->nonce, account.nonce);
        break;
    case VT_TX_EXPIRED:
        (void)snprintf(text, 200,
                       "valid-until height %" PRIu64 " has passed, the chain "
                       "is at %" PRIu64,
                       tx->valid_until, chain->tip.height);
        break;
    case VT_TX_TOO_LARGE:
        (void)snprintf(text, 200,
                       "it has %zu bytes, %s takes %" PRIu64 " at most here",
                       tx->raw.len, chain->epoch->parts->module->desc.name,
                       vt_epoch_tx_max(chain->epoch, tx));
        break;
    case VT_TX_FEE_TOO_LOW:
        vt_amount_format(vt_tx_fee_min(rules, tx), decimals, need);
        vt_amount_format(tx->fee, decimals, have);
        (void)snprintf(text, 200, "fee %s %s is below the chain's minimum %s",
                       have, gas, need);
        break;
    case VT_TX_NO_FEE_FUNDS:
        vt_amount_format(tx->fee, decimals, need);
        (void)snprintf(text, 200, "not enough %s for the fee: have %s, need %s",
                       gas, have, need);
        break;
    default:
        (void)snprintf(text, 200, "%s", vt_tx_code_text(code));
        break;
    }
    return code;
}

/* A client's transfer of what it does not have is refused here already; in a
 * block it would cost the fee and do nothing. */
static uint32_t check_funds(struct vt_chain *chain, const struct vt_tx *tx,
                            char text[200])
{
    struct vt_tx_transfer p;
    struct vt_asset asset;
    struct vt_amount have;
    char have_text[64];
    char need_text[64];

    if (tx->kind != VT_TX_TRANSFER ||
        vt_tx_transfer_decode(tx->payload, &p) != VT_OK ||
        vt_asset_get(chain->args.rules, chain->tip.state, &p.asset, &asset) !=
            VT_OK ||
        vt_balance_get(chain->tip.state, &tx->sender, &p.asset, &have) !=
            VT_OK ||
        vt_amount_cmp(have, p.amount) >= 0) {
        return VT_TX_DONE; /* fine, or for the ledger to say */
    }
    vt_amount_format(have, asset.decimals, have_text);
    vt_amount_format(p.amount, asset.decimals, need_text);
    (void)snprintf(text, 200, "not enough %s: have %s, need %s", asset.symbol,
                   have_text, need_text);
    return VT_TX_NO_FUNDS;
}

/* An operator's typing error, or a plugin that is missing, is told at once and
 * not by readiness that never comes. Who means others than this node asks one
 * of them. */
static uint32_t check_switch(struct vt_chain *chain, const struct vt_tx *tx,
                             char text[200])
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_tx_switch p;

    if (tx->kind != VT_TX_SWITCH ||
        vt_tx_switch_decode(tx->payload, &p) != VT_OK ||
        vt_handover_trial(chain, p.at, tx->payload, &err) == VT_OK) {
        return VT_TX_DONE;
    }
    (void)snprintf(text, 200, "%.199s", err.text);
    return VT_TX_SWITCH_UNABLE;
}

/* The list of k of n keys says itself which scheme they are of. */
static uint32_t check_scheme(struct vt_chain *chain, const struct vt_tx *tx)
{
    const int is_listed = tx->scheme == VT_SCHEME_LISTED;
    const struct vt_signature *scheme;
    struct vt_listed who;

    if (is_listed && !vt_listed_decode(tx->pk, &who)) {
        return VT_TX_BAD_SIGNATURE;
    }
    scheme = vt_schemes_by_code(chain->args.schemes,
                                is_listed ? who.scheme : tx->scheme);
    if (scheme == NULL) {
        return VT_TX_BAD_SCHEME;
    }
    return (is_listed ? who.key[0].len : tx->pk.len) == scheme->pk_len
               ? VT_TX_DONE
               : VT_TX_BAD_SIGNATURE;
}

static uint32_t first_look(struct vt_chain *chain, const struct vt_tx *tx,
                           int is_client, char text[200])
{
    const struct vt_pooled *known = vt_mempool_get(chain->pool, &tx->id);
    uint32_t code = tx->raw.len > vt_epoch_tx_max(chain->epoch, tx)
                        ? VT_TX_TOO_LARGE
                        : check_scheme(chain, tx);

    if (code == VT_TX_DONE && known != NULL &&
        vt_view_eq(known->tx.raw, tx->raw)) {
        code = VT_TX_POOL_KNOWN;
    } else if (code == VT_TX_DONE) {
        code = vt_ledger_admit(chain->args.rules, &chain->epoch->electorate,
                               chain->tip.state, &chain->chain_id,
                               chain->tip.height + 1, tx);
    }
    if (code == VT_TX_DONE) {
        return is_client ? check_funds(chain, tx, text) : code;
    }
    return explain(chain, tx, code, text);
}

/* ---- into the mempool ---------------------------------------------------- */

/* Live tentative blocks that hold tx. */
static uint32_t blocks_with(struct vt_chain *chain, const struct vt_tx *tx)
{
    uint32_t count = 0;

    VT_LIST_FOR (item, &chain->blocks.all) {
        const struct vt_candidate *c =
            VT_CONTAINER(item, struct vt_candidate, all);

        count += (uint32_t)(c->is_marked && vt_candidate_has_tx(c, &tx->id));
    }
    return count;
}

static uint32_t add(struct vt_chain *chain, const struct vt_tx *tx,
                    struct vt_pooled **out)
{
    struct vt_mempool_arrival arrival = {.tx = tx,
                                         .now_ns = vt_chain_now(chain),
                                         .height = chain->tip.height + 1};
    struct vt_account account;

    if (vt_account_get(chain->tip.state, &tx->sender, &account) != VT_OK) {
        return VT_TX_NO_FUNDS;
    }
    arrival.base = account.nonce;
    arrival.in_blocks = blocks_with(chain, tx);
    return vt_mempool_add(chain->pool, &arrival, out);
}

void vt_submit_readd(struct vt_chain *chain, const struct vt_block *block)
{
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct vt_pooled *p;

        if (vt_mempool_get(chain->pool, &block->txs[i].id) == NULL) {
            (void)add(chain, &block->txs[i], &p);
        }
    }
}

/* ---- out to the peers ---------------------------------------------------- */

static void send_gossip(struct vt_chain *chain)
{
    struct vt_intake *in = &chain->intake;

    if (in->gossip_count == 0) {
        return;
    }
    vt_put_u32(in->gossip.data, in->gossip_count);
    if (in->gossip.failed == VT_OK) {
        (void)vt_chain_send(chain, VT_PEER_ALL, VT_FRAME_TXS, VT_SEND_BULK,
                            vt_buf_view(&in->gossip));
    }
    vt_buf_clear(&in->gossip);
    in->gossip_count = 0;
}

static void add_gossip(struct vt_chain *chain, struct vt_pooled *p)
{
    struct vt_intake *in = &chain->intake;

    p->gossip_ns = vt_chain_now(chain);
    if (in->gossip_count > 0 && in->gossip.len + p->len > GOSSIP_BYTES) {
        send_gossip(chain);
    }
    if (in->gossip_count == 0) {
        (void)vt_buf_put_u32(&in->gossip, 0);
    }
    (void)vt_buf_put_var(&in->gossip, vt_view_of(p->raw, p->len));
    in->gossip_count++;
    vt_chain_dirty(chain);
}

/* What waits for long may not have reached everybody: say it again. */
static void regossip(struct vt_chain *chain, uint64_t now_ns)
{
    size_t pos = 0;
    size_t sent = 0;
    struct vt_pooled *p;

    while (sent < REGOSSIP_BYTES &&
           (p = vt_mempool_next(chain->pool, &pos)) != NULL) {
        if (p->in_blocks == 0 && now_ns - p->gossip_ns >= REGOSSIP_NS) {
            add_gossip(chain, p);
            sent += p->len;
        }
    }
}

void vt_submit_tick(struct vt_chain *chain, uint64_t now_ns)
{
    struct vt_intake *in = &chain->intake;

    if (now_ns >= in->regossip_at_ns && vt_mempool_count(chain->pool) > 0) {
        in->regossip_at_ns = now_ns + REGOSSIP_NS;
        vt_mempool_expire(chain->pool, chain->tip.height + 1);
        regossip(chain, now_ns);
    }
}

/* ---- signatures ---------------------------------------------------------- */

static void batch_run(struct vt_job *job)
{
    struct batch *b = VT_CONTAINER(job, struct batch, job);

    b->status =
        vt_txs_verify(b->chain->args.schemes, b->txs, b->count, b->verdicts);
}

static void settle(struct vt_chain *chain, const struct arrival *a,
                   uint8_t verdict)
{
    struct vt_pooled *p = NULL;
    char text[200] = "";
    uint32_t code = VT_TX_BAD_SIGNATURE;

    if (verdict != VT_GOOD && a->peer != VT_PEER_NONE) {
        vt_chain_penalize(chain, a->peer,
                          "sent a transaction whose signature does not fit");
    }
    if (verdict == VT_GOOD) {
        code = vt_ledger_admit(chain->args.rules, &chain->epoch->electorate,
                               chain->tip.state, &chain->chain_id,
                               chain->tip.height + 1, &a->tx);
    }
    if (code == VT_TX_DONE && a->peer == VT_PEER_NONE) {
        code = check_switch(chain, &a->tx, text);
    }
    if (code == VT_TX_DONE) {
        code = add(chain, &a->tx, &p);
    }
    if (code == VT_TX_DONE && a->peer >= chain->engine.epoch.members.count) {
        add_gossip(chain, p); /* from a client or an observer */
    }
    if (code != VT_TX_DONE && text[0] == '\0') {
        (void)explain(chain, &a->tx, code, text);
    }
    reply(a, code, text);
}

static void batch_done(struct vt_job *job)
{
    struct batch *b = VT_CONTAINER(job, struct batch, job);
    struct vt_chain *chain = b->chain;

    vt_chain_job_done(chain);
    chain->intake.jobs--;
    for (size_t i = 0; i < b->count; i++) {
        if (!vt_chain_is_open(chain)) {
            reply(b->items[i], VT_TX_POOL_FULL, "the chain is not running");
        } else if (b->status != VT_OK) {
            reply(b->items[i], VT_TX_POOL_FULL, vt_status_text(b->status));
        } else {
            settle(chain, b->items[i], b->verdicts[i]);
        }
        vt_free(b->items[i]);
    }
    vt_free(b);
    vt_chain_dirty(chain);
    vt_chain_leave(chain);
}

static struct batch *batch_new(size_t capacity)
{
    struct batch *b =
        vt_alloc(sizeof *b + capacity * (sizeof(struct arrival *) +
                                         sizeof(const struct vt_tx *) + 1));

    if (b != NULL) {
        b->txs = (void *)(b->items + capacity);
        b->verdicts = (uint8_t *)(b->txs + capacity);
    }
    return b;
}

static void start_batch(struct vt_chain *chain)
{
    struct vt_intake *in = &chain->intake;
    size_t capacity = in->waiting_count < BATCH ? in->waiting_count : BATCH;
    struct batch *b = batch_new(capacity);

    if (b == NULL) {
        return; /* the next flush tries again */
    }
    b->chain = chain;
    VT_LIST_FOR (item, &in->waiting) {
        if (b->count == capacity) {
            break;
        }
        b->items[b->count] = VT_CONTAINER(item, struct arrival, list);
        b->txs[b->count] = &b->items[b->count]->tx;
        b->count++;
    }
    b->job.fn = batch_run;
    b->job.done = batch_done;
    b->job.stage = VT_STAGE_VERIFY;
    in->jobs++;
    if (vt_chain_run(chain, VT_LANE_POOL, &b->job) != VT_OK) {
        in->jobs--;
        vt_free(b);
        return;
    }
    for (size_t i = 0; i < b->count; i++) {
        vt_list_remove(&b->items[i]->list);
        in->waiting_count--;
        in->waiting_bytes -= b->items[i]->tx.raw.len;
    }
}

void vt_submit_flush(struct vt_chain *chain)
{
    struct vt_intake *in = &chain->intake;
    uint32_t jobs = in->jobs;

    while (!vt_list_empty(&in->waiting) && in->jobs < JOBS_MAX) {
        start_batch(chain);
        if (in->jobs == jobs) {
            break;
        }
        jobs = in->jobs;
    }
    send_gossip(chain);
}

/* ---- ways in ------------------------------------------------------------- */

static void arrive(struct vt_chain *chain, const struct vt_tx *tx,
                   uint32_t peer, vt_submit_fn done, void *ctx)
{
    struct vt_intake *in = &chain->intake;
    struct arrival *a = NULL;

    if (in->waiting_count < WAITING_MAX &&
        in->waiting_bytes + tx->raw.len <=
            chain->args.config->mempool_max_bytes) {
        a = vt_alloc(sizeof *a + tx->raw.len);
    }
    if (a == NULL) {
        if (done != NULL) {
            done(ctx, &tx->id, VT_TX_POOL_FULL,
                 "more transactions arrive than this node can check");
        }
        return;
    }
    memcpy(a->raw, tx->raw.ptr, tx->raw.len);
    vt_tx_rebase(tx, a->raw, &a->tx);
    a->peer = peer;
    a->done = done;
    a->ctx = ctx;
    vt_list_append(&in->waiting, &a->list);
    in->waiting_count++;
    in->waiting_bytes += tx->raw.len;
    vt_chain_dirty(chain);
}

void vt_chain_submit(struct vt_chain *chain, struct vt_view raw,
                     vt_submit_fn done, void *ctx)
{
    static const struct vt_hash nothing;
    struct vt_err err = VT_ERR_INIT;
    char text[200] = "";
    struct vt_tx tx;
    uint32_t code;

    if (!vt_chain_is_open(chain)) {
        done(ctx, &nothing, VT_TX_POOL_FULL,
             chain->is_halted ? "the chain is halted"
                              : "the chain is not running");
        return;
    }
    if (vt_tx_decode(raw, &tx, &err) != VT_OK) {
        done(ctx, &nothing, VT_TX_BAD_ENCODING, err.text);
        return;
    }
    code = first_look(chain, &tx, 1, text);
    if (code != VT_TX_DONE) {
        done(ctx, &tx.id, code, text);
    } else {
        arrive(chain, &tx, VT_PEER_NONE, done, ctx);
    }
    vt_chain_leave(chain);
}

void vt_submit_frame(struct vt_chain *chain, uint32_t peer,
                     struct vt_view payload)
{
    struct vt_rd rd;
    uint32_t count;

    if (payload.len > GOSSIP_FRAME_MAX) {
        vt_chain_penalize(chain, peer, "too many transactions in a frame");
        return;
    }
    vt_rd_init(&rd, payload);
    count = vt_rd_u32(&rd);
    for (uint32_t i = 0; i < count && !rd.failed; i++) {
        struct vt_view raw = vt_rd_var(&rd, VT_TX_MAX);
        char text[200] = "";
        struct vt_tx tx;

        if (rd.failed) {
            break;
        }
        if (vt_tx_decode(raw, &tx, NULL) != VT_OK) {
            vt_chain_penalize(chain, peer, "sent a malformed transaction");
            return;
        }
        if (first_look(chain, &tx, 0, text) == VT_TX_DONE) {
            arrive(chain, &tx, peer, NULL, NULL);
        }
    }
    if (!vt_rd_end(&rd)) {
        vt_chain_penalize(chain, peer, "sent malformed transactions");
    }
}

void vt_submit_drop_all(struct vt_chain *chain)
{
    while (!vt_list_empty(&chain->intake.waiting)) {
        struct arrival *a =
            VT_CONTAINER(chain->intake.waiting.next, struct arrival, list);

        vt_list_remove(&a->list);
        reply(a, VT_TX_POOL_FULL, "the chain is stopping");
        vt_free(a);
    }
    chain->intake.waiting_count = 0;
    chain->intake.waiting_bytes = 0;
}
