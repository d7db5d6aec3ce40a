/* SPDX-License-Identifier: Apache-2.0
 *
 * commit.c - decided blocks: record them, wait until they are durable and
 * executed, then make them the tip and tell everybody, in height order.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <string.h>

struct vt_candidate *vt_commit_have(struct vt_chain *chain,
                                    struct vt_block *block, uint32_t from)
{
    struct vt_candidate *c;

    if ((!vt_header_is_batch(&block->header) &&
         block->header.height <= chain->tip.height) ||
        vt_blocks_add(&chain->blocks, block, from, &c) != VT_OK) {
        return NULL;
    }
    vt_fetch_arrived(chain, c);
    return c;
}

void vt_commit_mark(struct vt_chain *chain, struct vt_candidate *c)
{
    if (!c->is_marked) {
        c->is_marked = 1;
        vt_candidate_filter(c);
        vt_mempool_block_add(chain->pool, c->block);
    }
}

static void unmark(struct vt_chain *chain, struct vt_candidate *c)
{
    if (c->is_marked) {
        c->is_marked = 0;
        vt_mempool_block_drop(chain->pool, c->block);
    }
}

void vt_commit_unmark(struct vt_chain *chain, struct vt_candidate *c)
{
    unmark(chain, c);
    vt_submit_readd(chain, c->block);
}

static void forget_body(struct vt_chain *chain, struct vt_candidate *c)
{
    struct vt_log_key key;
    uint32_t space;

    if (c->is_stored) {
        c->is_stored = 0;
        space = vt_log_key_block(c->block, &key);
        (void)vt_journal_del(chain->journal, space, vt_log_key_view(&key));
    }
}

/* A batch is given up: what it holds is in a block by now or waits again.
 * Others may still ask for it, so the newest of them stay in memory. */
void vt_batch_retire(struct vt_chain *chain, struct vt_candidate *c)
{
    struct vt_hash *place =
        &chain->retired[chain->retired_count % VT_BATCHES_RETIRED];
    struct vt_candidate *oldest = vt_blocks_get(&chain->blocks, place);

    if (c->is_retired) {
        return;
    }
    c->is_retired = 1;
    unmark(chain, c); /* what is not in the pool was found unfit for ever */
    forget_body(chain, c);
    if (chain->retired_count++ >= VT_BATCHES_RETIRED && oldest != NULL) {
        vt_commit_drop(chain, oldest);
    }
    *place = c->block->id;
}

/* A stored body was promised to the other members: a later view may hold a
 * certificate for it. It goes when its height is final. */
void vt_commit_requeue(struct vt_chain *chain, struct vt_candidate *c)
{
    if (!c->is_stored) {
        vt_commit_drop(chain, c);
        return;
    }
    unmark(chain, c);
    if (c->stage == VT_BLOCK_GOOD || c->stage == VT_BLOCK_EXECUTED) {
        vt_submit_readd(chain, c->block);
    }
}

void vt_commit_drop(struct vt_chain *chain, struct vt_candidate *c)
{
    int was_good = c->stage == VT_BLOCK_GOOD || c->stage == VT_BLOCK_EXECUTED;

    unmark(chain, c);
    if (was_good && !c->is_retired) {
        vt_submit_readd(chain, c->block);
    }
    forget_body(chain, c);
    vt_blocks_remove(&chain->blocks, c);
}

/* ---- deciding ------------------------------------------------------------ */

static void on_durable(void *ctx, uint64_t height)
{
    struct vt_chain *chain = ctx;

    VT_LIST_FOR (item, &chain->decided) {
        struct vt_decided *d = VT_CONTAINER(item, struct vt_decided, list);

        if (d->c->block->header.height == height) {
            d->is_durable = 1;
        }
    }
    vt_commit_publish(chain);
}

static vt_status record(struct vt_chain *chain, const struct vt_decided *d)
{
    struct vt_candidate *c = d->c;
    uint64_t height = c->block->header.height;
    struct vt_buf value = VT_BUF_INIT(VT_SEAL_MAX + 32u);
    struct vt_log_key key;
    vt_status status = VT_OK;

    if (!c->is_stored) {
        vt_log_key_body(height, &c->block->id, &key);
        status = vt_journal_put_block(chain->journal, VT_LOG_BODY,
                                      vt_log_key_view(&key), c->block);
        c->is_stored = 1;
    }
    (void)vt_buf_put(&value, c->block->id.b, 32);
    (void)vt_buf_put(&value, d->seal.data, d->seal.len);
    vt_log_key_final(height, &key);
    if (status == VT_OK) {
        status =
            value.failed != VT_OK
                ? value.failed
                : vt_journal_put(chain->journal, VT_LOG_FINAL,
                                 vt_log_key_view(&key), vt_buf_view(&value));
    }
    vt_buf_fini(&value);
    if (status == VT_OK) {
        status =
            vt_journal_then(chain->journal, on_durable, NULL, chain, height);
    }
    return status;
}

static void decided_free(struct vt_decided *d)
{
    vt_list_remove(&d->list);
    vt_buf_fini(&d->seal);
    vt_free(d);
}

static struct vt_decided *decided_new(struct vt_candidate *c,
                                      struct vt_view seal)
{
    struct vt_decided *d = vt_alloc(sizeof *d);

    if (d == NULL) {
        return NULL;
    }
    vt_list_init(&d->list);
    vt_buf_init(&d->seal, VT_SEAL_MAX);
    d->c = c;
    if (vt_buf_put(&d->seal, seal.ptr, seal.len) != VT_OK) {
        decided_free(d);
        return NULL;
    }
    return d;
}

/* A height that was decided before must have been decided the same way. */
static void check_repeated(struct vt_chain *chain, uint64_t height,
                           const struct vt_hash *id)
{
    struct vt_hash known;
    vt_status status = VT_E_NOTFOUND;

    VT_LIST_FOR (item, &chain->decided) {
        struct vt_decided *d = VT_CONTAINER(item, struct vt_decided, list);

        if (d->c->block->header.height == height) {
            known = d->c->block->id;
            status = VT_OK;
        }
    }
    if (status != VT_OK) {
        status =
            vt_log_read_final(&chain->args.log, height, &known, NULL, NULL);
    }
    if (status == VT_OK && !vt_hash_eq(&known, id)) {
        vt_chain_fail(chain,
                      "two different blocks are decided at height %" PRIu64
                      ": more members cheat than the engine can bear",
                      height);
    }
}

void vt_commit_decide(struct vt_chain *chain, uint64_t height,
                      const struct vt_hash *id, struct vt_view seal)
{
    struct vt_candidate *c = vt_blocks_get(&chain->blocks, id);
    struct vt_decided *d;

    if (height <= chain->decided_height) {
        check_repeated(chain, height, id);
        return;
    }
    if (height != chain->decided_height + 1 || c == NULL ||
        c->block->header.height != height ||
        vt_header_is_batch(&c->block->header)) {
        vt_chain_fail(chain,
                      "the engine decided height %" PRIu64 " after %" PRIu64
                      " with a block that is %s",
                      height, chain->decided_height,
                      c == NULL ? "not held" : "of another height");
        return;
    }
    d = decided_new(c, seal);
    if (d == NULL) {
        vt_chain_fail(chain, "no memory to decide height %" PRIu64, height);
        return;
    }
    c->is_final = 1;
    chain->decided_height = height;
    vt_list_append(&chain->decided, &d->list);
    if (record(chain, d) != VT_OK) {
        vt_chain_fail(chain, "height %" PRIu64 " cannot be recorded", height);
        return;
    }
    vt_chain_dirty(chain);
    vt_check_want(chain, c);
}

/* ---- publishing ---------------------------------------------------------- */

static void remember_recent(struct vt_chain *chain, struct vt_block *block)
{
    struct vt_recent_block *slot =
        &chain->recent[block->header.height % VT_RECENT_BLOCKS];

    vt_block_unref(slot->block);
    slot->block = vt_block_ref(block);
}

/* Undecided blocks at or below the tip have lost. */
static void drop_losers(struct vt_chain *chain)
{
    VT_LIST_FOR_SAFE (item, next, &chain->blocks.all) {
        struct vt_candidate *c = VT_CONTAINER(item, struct vt_candidate, all);

        if (!c->is_final && !vt_header_is_batch(&c->block->header) &&
            c->block->header.height <= chain->tip.height) {
            vt_commit_drop(chain, c);
        }
    }
}

static void announce(struct vt_chain *chain, const struct vt_decided *d)
{
    struct vt_chain_event event = {.type = VT_CHAIN_FINAL,
                                   .chain = chain,
                                   .block = d->c->block,
                                   .seal = vt_buf_view(&d->seal),
                                   .receipts = d->c->receipts};
    struct vt_hash root;

    chain->args.world->ops->publish(chain->args.world, &event);
    vt_state_root(chain->tip.state, &root);
    vt_engine_applied(&chain->engine, chain->tip.height, &chain->tip.id, &root);
}

static void make_tip(struct vt_chain *chain, struct vt_candidate *c)
{
    vt_state_unref(chain->tip.state);
    chain->tip.state = vt_state_ref(c->state);
    chain->tip.height = c->block->header.height;
    chain->tip.id = c->block->id;
    chain->tip.time_ms = c->block->header.time_ms;
    chain->tip.receipts_root = c->receipts_root;
    chain->txs_total += c->block->header.tx_count;
    if (chain->head_height < chain->tip.height) {
        chain->head_height = chain->tip.height;
        chain->head_id = chain->tip.id;
    }
}

static void publish_one(struct vt_chain *chain, struct vt_decided *d)
{
    struct vt_candidate *c = d->c;
    struct vt_behind_block done;

    unmark(chain, c);
    make_tip(chain, c);
    vt_mempool_block_final(chain->pool, c->block);
    remember_recent(chain, c->block);
    announce(chain, d);
    done.block = c->block;
    done.exec = c->exec;
    done.receipts = c->receipts;
    done.state = c->state;
    done.receipts_root = c->receipts_root;
    done.txs_total = chain->txs_total;
    c->exec = NULL;
    if (vt_behind_add(chain->behind, &done) != VT_OK) {
        vt_chain_fail(chain, "no memory to write the state of height %" PRIu64,
                      chain->tip.height);
    }
    decided_free(d);
    vt_blocks_remove(&chain->blocks, c);
}

void vt_commit_publish(struct vt_chain *chain)
{
    int moved = 0;

    while (!vt_list_empty(&chain->decided) && !chain->is_halted) {
        struct vt_decided *d =
            VT_CONTAINER(chain->decided.next, struct vt_decided, list);

        if (!d->is_durable || d->c->stage != VT_BLOCK_EXECUTED) {
            if (d->c->stage == VT_BLOCK_HAVE) {
                vt_check_want(chain, d->c);
            }
            break;
        }
        publish_one(chain, d);
        moved = 1;
    }
    if (moved) {
        vt_handover_follow(chain);
        vt_offences_follow(chain);
        vt_anchors_follow(chain);
        drop_losers(chain);
        vt_check_children(chain, &chain->tip.id);
        vt_build_retry(chain);
        vt_chain_dirty(chain);
    }
}

void vt_commit_drop_all(struct vt_chain *chain)
{
    while (!vt_list_empty(&chain->decided)) {
        decided_free(
            VT_CONTAINER(chain->decided.next, struct vt_decided, list));
    }
}
