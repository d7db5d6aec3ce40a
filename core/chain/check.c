/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - a block from bytes to a verdict and a version of the state: header
 * against its parent, signatures that nobody checked yet, effects in a cache
 * (the verdict is known here), then the state tree.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CHUNK 256u     /* signatures of one job, at least */
#define CHUNKS_MAX 16u /* jobs of one block */

/* One block being checked; shared by the signature jobs and the one that
 * executes. */
struct check {
    struct vt_job job;
    struct vt_chain *chain;
    struct vt_candidate *c;
    struct vt_state *parent; /* referenced */
    int64_t parent_time_ms;
    const struct vt_tx **unknown; /* signatures nobody checked yet */
    size_t unknown_count;
    uint32_t chunks; /* jobs under way */
    int is_bad;
    const struct vt_tx *unsigned_tx; /* the first without a good signature */
    vt_status status;
    char why[160];
};

struct chunk {
    struct vt_job job;
    struct check *check;
    size_t first, count;
    vt_status status;
    uint8_t verdicts[];
};

int vt_check_parent(struct vt_chain *chain, const struct vt_hash *id,
                    struct vt_parent *out)
{
    const struct vt_candidate *p;

    memset(out, 0, sizeof *out);
    if (vt_hash_eq(&chain->tip.id, id)) {
        out->height = chain->tip.height;
        out->time_ms = chain->tip.time_ms;
        out->state = chain->tip.state;
        out->receipts_root = chain->tip.receipts_root;
        out->is_known = 1;
        return 1;
    }
    p = vt_blocks_get(&chain->blocks, id);
    if (p == NULL) {
        return 0;
    }
    out->is_known = 1;
    out->bad = p->stage == VT_BLOCK_BAD ? p : NULL;
    if (p->stage != VT_BLOCK_EXECUTED) {
        return 0;
    }
    out->height = p->block->header.height;
    out->time_ms = p->block->header.time_ms;
    out->state = p->state;
    out->receipts_root = p->receipts_root;
    return 1;
}

int vt_member_address(const struct vt_chain *chain, uint32_t index,
                      struct vt_address *out)
{
    if (index >= chain->epoch->cs.members.count) {
        return 0;
    }
    *out = chain->epoch->addresses[index];
    return 1;
}

/* ---- the verdict --------------------------------------------------------- */

static void answer(struct vt_chain *chain, struct vt_candidate *c,
                   uint32_t verdict)
{
    while (!vt_list_empty(&c->waits)) {
        struct vt_wait *wait =
            VT_CONTAINER(c->waits.next, struct vt_wait, list);

        vt_list_remove(&wait->list);
        vt_engine_validated(&chain->engine, wait->token, verdict, c->block,
                            verdict == VT_BAD ? vt_buf_view(&c->flaw)
                                              : vt_view_of(NULL, 0));
        vt_free(wait);
    }
}

static void fail_decided(struct vt_chain *chain, const struct vt_candidate *c)
{
    vt_chain_fail(chain,
                  "block %" PRIu64 " was decided by the others but is not "
                  "valid here: %s",
                  c->block->header.height, c->why);
}

static void refuse(struct vt_chain *chain, struct vt_candidate *c,
                   const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void refuse(struct vt_chain *chain, struct vt_candidate *c,
                   const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(c->why, sizeof c->why, fmt, args);
    va_end(args);
    c->stage = VT_BLOCK_BAD;
    if (c->is_final) {
        fail_decided(chain, c);
        return;
    }
    answer(chain, c, VT_BAD);
    vt_check_children(chain, &c->block->id);
}

/* ---- the header ---------------------------------------------------------- */

static const char *header_fault(const struct vt_chain *chain,
                                const struct vt_header *h,
                                const struct vt_parent *parent)
{
    struct vt_address proposer;

    if (h->version != VT_HEADER_VERSION) {
        return "it is a batch";
    }
    if (!vt_hash_eq(&h->chain_id, &chain->chain_id)) {
        return "it is for another chain";
    }
    if (h->height != parent->height + 1) {
        return "its height does not follow its parent's";
    }
    if (h->exec_height != parent->height) {
        return "its executed height is not its parent's height";
    }
    if (h->epoch != chain->engine.epoch.epoch) {
        return "it is of another epoch";
    }
    if (!vt_hash_eq(&h->params, &chain->epoch->params)) {
        return "its chain parameters differ from ours";
    }
    if (h->time_ms <= parent->time_ms) {
        return "its time is not after its parent's";
    }
    if (!vt_member_address(chain, h->proposer_index, &proposer) ||
        memcmp(&proposer, &h->proposer, sizeof proposer) != 0) {
        return "its proposer is not that member";
    }
    return NULL;
}

static int is_too_early(const struct vt_chain *chain,
                        const struct vt_candidate *c)
{
    struct vt_world *world = chain->args.world;
    int64_t ahead = c->block->header.time_ms - world->ops->wall_ms(world);

    return !c->is_synced && !c->is_final &&
           ahead > (int64_t)(chain->args.config->time_drift_ns / VT_MS);
}

/* ---- executing, on the pool ---------------------------------------------- */

static void note_bad(struct check *k, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void note_bad(struct check *k, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(k->why, sizeof k->why, fmt, args);
    va_end(args);
    k->is_bad = 1;
}

static void note_verdicts(struct check *k, size_t first, size_t count,
                          const uint8_t *verdicts)
{
    for (size_t i = 0; i < count && !k->is_bad; i++) {
        if (verdicts[i] != VT_GOOD) {
            char id[65];

            vt_hex_encode(k->unknown[first + i]->id.b, 32, id);
            note_bad(k, "the signature of transaction %.16s... does not fit",
                     id);
            k->unsigned_tx = k->unknown[first + i];
        }
    }
}

static void verify_rest(struct check *k)
{
    uint8_t verdicts[CHUNK];

    if (k->unknown_count == 0 || k->unknown_count > CHUNK) {
        return; /* none, or done by the chunk jobs */
    }
    k->status = vt_txs_verify(k->chain->args.schemes, k->unknown,
                              k->unknown_count, verdicts);
    if (k->status == VT_OK) {
        note_verdicts(k, 0, k->unknown_count, verdicts);
    }
}

static void exec_run(struct vt_job *job)
{
    struct check *k = VT_CONTAINER(job, struct check, job);
    const struct vt_block *block = k->c->block;
    struct vt_exec_block args = {.chain_id = k->chain->chain_id,
                                 .height = block->header.height,
                                 .time_ms = block->header.time_ms,
                                 .parent_time_ms = k->parent_time_ms,
                                 .proposer = block->header.proposer,
                                 .now = k->chain->epoch->electorate};

    verify_rest(k);
    if (vt_header_is_batch(&block->header)) {
        if (k->unsigned_tx != NULL &&
            vt_flaw_encode(block, (uint32_t)(k->unsigned_tx - block->txs),
                           &k->c->flaw) != VT_OK) {
            vt_buf_fini(&k->c->flaw); /* it is as bad, only nobody sees why */
        }
        return; /* its effects are seen in the block it is joined to */
    }
    if (k->status == VT_OK && !k->is_bad) {
        k->status = vt_epoch_random(k->chain->epoch, &block->header,
                                    args.random, &args.has_random);
    }
    if (k->status == VT_OK && !k->is_bad) {
        k->status =
            vt_exec_new(k->chain->args.rules, k->parent, &args, &k->c->exec);
    }
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        uint32_t code = 0;

        if (k->status != VT_OK || k->is_bad) {
            break;
        }
        k->status = vt_exec_tx(k->c->exec, &block->txs[i], &code);
        if (k->status == VT_OK && code != VT_TX_DONE && code < VT_TX_NO_FUNDS) {
            note_bad(k, "transaction %" PRIu32 ": %s", i,
                     vt_tx_code_text(code));
        }
    }
}

static void check_free(struct check *k)
{
    vt_state_unref(k->parent);
    vt_free((void *)(uintptr_t)k->unknown);
    vt_free(k);
}

static void exec_done(struct vt_job *job)
{
    struct check *k = VT_CONTAINER(job, struct check, job);
    struct vt_chain *chain = k->chain;
    struct vt_candidate *c = k->c;

    vt_chain_job_done(chain);
    if (vt_candidate_release(c)) {
        check_free(k);
        vt_chain_leave(chain);
        return;
    }
    if (k->status != VT_OK) {
        vt_chain_fail(chain, "block %" PRIu64 " cannot be executed: %s",
                      c->block->header.height, vt_status_text(k->status));
    } else if (k->is_bad) {
        refuse(chain, c, "%s", k->why);
    } else {
        c->stage = VT_BLOCK_GOOD;
        vt_check_good(chain, c);
        if (!vt_header_is_batch(&c->block->header)) {
            vt_check_finish(chain, c);
        }
    }
    check_free(k);
    vt_chain_leave(chain);
}

static void start_exec(struct check *k)
{
    k->job.fn = exec_run;
    k->job.done = exec_done;
    k->job.stage = k->unknown_count > 0 && k->unknown_count <= CHUNK
                       ? VT_STAGE_VERIFY
                       : VT_STAGE_EXECUTE;
    k->c->jobs++;
    if (vt_chain_run(k->chain, VT_LANE_POOL, &k->job) != VT_OK) {
        k->c->jobs--;
        k->c->stage = VT_BLOCK_HAVE; /* a later try may find the pool free */
        check_free(k);
    }
}

/* ---- signatures, in chunks ----------------------------------------------- */

static void chunk_run(struct vt_job *job)
{
    struct chunk *chunk = VT_CONTAINER(job, struct chunk, job);
    const struct check *k = chunk->check;

    chunk->status =
        vt_txs_verify(k->chain->args.schemes, k->unknown + chunk->first,
                      chunk->count, chunk->verdicts);
}

static void chunk_done(struct vt_job *job)
{
    struct chunk *chunk = VT_CONTAINER(job, struct chunk, job);
    struct check *k = chunk->check;
    struct vt_chain *chain = k->chain;
    struct vt_candidate *c = k->c;

    vt_chain_job_done(chain);
    k->chunks--;
    if (chunk->status != VT_OK) {
        k->status = chunk->status;
    } else {
        note_verdicts(k, chunk->first, chunk->count, chunk->verdicts);
    }
    vt_free(chunk);
    if (vt_candidate_release(c)) {
        check_free(k); /* the last job of a block that is gone */
    } else if (k->chunks == 0 && k->status == VT_E_LIMIT) {
        c->stage = VT_BLOCK_HAVE; /* the pool was full: asked again later */
        check_free(k);
    } else if (k->chunks == 0) {
        start_exec(k);
    }
    vt_chain_leave(chain);
}

static struct chunk *chunk_new(struct check *k, size_t first, size_t count)
{
    struct chunk *chunk = vt_alloc(sizeof *chunk + count);

    if (chunk != NULL) {
        chunk->check = k;
        chunk->first = first;
        chunk->count = count;
        chunk->job.fn = chunk_run;
        chunk->job.done = chunk_done;
        chunk->job.stage = VT_STAGE_VERIFY;
    }
    return chunk;
}

/* Returns VT_OK when at least one chunk runs. */
static vt_status start_chunks(struct check *k)
{
    size_t size = (k->unknown_count + CHUNKS_MAX - 1) / CHUNKS_MAX;

    size = size < CHUNK ? CHUNK : size;
    for (size_t at = 0; at < k->unknown_count; at += size) {
        size_t left = k->unknown_count - at;
        struct chunk *chunk = chunk_new(k, at, left < size ? left : size);

        if (chunk == NULL ||
            vt_chain_run(k->chain, VT_LANE_POOL, &chunk->job) != VT_OK) {
            vt_free(chunk);
            k->status = VT_E_LIMIT;
            break;
        }
        k->c->jobs++;
        k->chunks++;
    }
    return k->chunks > 0 ? VT_OK : VT_E_LIMIT;
}

/* Signatures in the mempool were checked when they came in: the same bytes
 * need no second look. */
static vt_status find_unknown(struct check *k)
{
    const struct vt_block *block = k->c->block;

    k->unknown =
        vt_alloc_array(block->header.tx_count + 1u, sizeof *k->unknown);
    if (k->unknown == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        const struct vt_tx *tx = &block->txs[i];
        const struct vt_pooled *p = vt_mempool_get(k->chain->pool, &tx->id);

        if (p == NULL || !vt_view_eq(p->tx.raw, tx->raw)) {
            k->unknown[k->unknown_count++] = tx;
        }
    }
    return VT_OK;
}

/* parent: NULL for a batch. */
static void start_check(struct vt_chain *chain, struct vt_candidate *c,
                        const struct vt_parent *parent)
{
    struct check *k = vt_alloc(sizeof *k);

    if (k == NULL) {
        return; /* the engine's timer asks again */
    }
    k->chain = chain;
    k->c = c;
    if (parent != NULL) {
        k->parent = vt_state_ref(parent->state);
        k->parent_time_ms = parent->time_ms;
    }
    if (find_unknown(k) != VT_OK) {
        check_free(k);
        return;
    }
    c->stage = VT_BLOCK_CHECKING;
    if (k->unknown_count <= CHUNK) {
        start_exec(k);
    } else if (start_chunks(k) != VT_OK) {
        c->stage = VT_BLOCK_HAVE;
        check_free(k);
    }
}

/* ---- order of work ------------------------------------------------------- */

static int header_ok(struct vt_chain *chain, struct vt_candidate *c,
                     const struct vt_parent *parent)
{
    const char *fault = header_fault(chain, &c->block->header, parent);
    char why[sizeof c->why];

    if (fault == NULL && c->block->header.tx_count > 0 &&
        vt_handover_is_tail(chain, parent->state, c->block->header.height)) {
        fault = "it is above the end of its epoch and not empty";
    }
    if (fault == NULL) {
        fault = vt_handover_fault(chain, parent->state, &c->block->header);
    }
    if (fault == NULL &&
        c->block->raw.len > chain->args.config->block_max_bytes) {
        fault = "it is larger than block_max";
    }
    if (fault != NULL) {
        refuse(chain, c, "%s", fault);
        return 0;
    }
    if (!vt_state_fits(chain, c, parent, why)) {
        refuse(chain, c, "%s", why);
        return 0;
    }
    return 1;
}

/* The reason is that of the lowest one, whoever asks. */
static void refuse_above(struct vt_chain *chain, struct vt_candidate *c,
                         const struct vt_candidate *bad)
{
    if (strncmp(bad->why, "block ", 6) == 0) {
        refuse(chain, c, "%s", bad->why);
    } else {
        refuse(chain, c, "block %" PRIu64 " below it is not valid: %s",
               bad->block->header.height, bad->why);
    }
}

/* Whatever is wrong with one of its transactions can be shown. */
static int fits_evidence(const struct vt_block *batch)
{
    if (batch->header.handoff.len > 0) {
        return 0;
    }
    for (uint32_t i = 0; i < batch->header.tx_count; i++) {
        if (batch->txs[i].raw.len > vt_batch_tx_max(&batch->txs[i])) {
            return 0;
        }
    }
    return 1;
}

static void check_batch(struct vt_chain *chain, struct vt_candidate *c)
{
    const struct vt_header *h = &c->block->header;
    struct vt_address proposer;

    if (!vt_hash_eq(&h->chain_id, &chain->chain_id) ||
        h->epoch != chain->engine.epoch.epoch ||
        !vt_hash_eq(&h->params, &chain->epoch->params)) {
        refuse(chain, c, "it is a batch of another chain or epoch");
    } else if (!vt_member_address(chain, h->proposer_index, &proposer) ||
               !vt_address_eq(&proposer, &h->proposer)) {
        refuse(chain, c, "its author is not that member");
    } else if (!fits_evidence(c->block)) {
        refuse(chain, c,
               "it could not be shown what is wrong with its transactions");
    } else if (c->block->raw.len > chain->args.config->block_max_bytes) {
        refuse(chain, c, "it is larger than block_max");
    } else {
        start_check(chain, c, NULL);
    }
}

static void try_check(struct vt_chain *chain, struct vt_candidate *c)
{
    struct vt_parent parent;

    if (c->stage != VT_BLOCK_HAVE || !c->want_check || chain->is_halted) {
        return;
    }
    if (vt_header_is_batch(&c->block->header)) {
        check_batch(chain, c);
        return;
    }
    if (!vt_check_parent(chain, &c->block->header.parent, &parent)) {
        if (parent.bad != NULL) {
            refuse_above(chain, c, parent.bad);
        } else if (c->block->header.height <= chain->tip.height) {
            refuse(chain, c, "its height is decided already");
        }
        return; /* its parent's turn comes first */
    }
    if (is_too_early(chain, c)) {
        answer(chain, c, VT_LATER);
        return;
    }
    if (header_ok(chain, c, &parent)) {
        start_check(chain, c, &parent);
    }
}

/* Does it count as a place for transactions from its birth on? */
static int is_live(const struct vt_chain *chain, const struct vt_candidate *c)
{
    return !c->is_final && !vt_head_is_used(chain) &&
           !vt_header_is_batch(&c->block->header);
}

void vt_check_good(struct vt_chain *chain, struct vt_candidate *c)
{
    if (is_live(chain, c)) {
        vt_commit_mark(chain, c); /* it may have been given back */
    }
    answer(chain, c, VT_GOOD);
}

void vt_check_want(struct vt_chain *chain, struct vt_candidate *c)
{
    c->is_wanted = 1;
    c->want_check = 1;
    if (c->stage == VT_BLOCK_BAD && c->is_final) {
        fail_decided(chain, c);
    } else if (c->stage == VT_BLOCK_BAD) {
        answer(chain, c, VT_BAD);
    } else if (c->stage == VT_BLOCK_GOOD || c->stage == VT_BLOCK_EXECUTED) {
        vt_check_good(chain, c);
    } else {
        try_check(chain, c);
    }
}

void vt_check_children(struct vt_chain *chain, const struct vt_hash *parent)
{
    /* refuse() walks down from here: its depth is that of the blocks held,
     * which are few above one parent */
    VT_LIST_FOR_SAFE (item, next, &chain->blocks.all) {
        struct vt_candidate *c = VT_CONTAINER(item, struct vt_candidate, all);

        if (c->want_check && c->stage == VT_BLOCK_HAVE &&
            vt_hash_eq(&c->block->header.parent, parent)) {
            try_check(chain, c);
        }
    }
}

/* ---- the state tree, on the pool ----------------------------------------- */

struct finish {
    struct vt_job job;
    struct vt_chain *chain;
    struct vt_candidate *c;
    struct vt_state *state;
    const struct vt_receipt *receipts;
    struct vt_hash receipts_root;
    vt_status status;
};

static void finish_run(struct vt_job *job)
{
    struct finish *f = VT_CONTAINER(job, struct finish, job);
    size_t count;

    f->status = vt_exec_finish(f->c->exec, &f->state, &f->receipts, &count,
                               &f->receipts_root);
}

static void finish_done(struct vt_job *job)
{
    struct finish *f = VT_CONTAINER(job, struct finish, job);
    struct vt_chain *chain = f->chain;
    struct vt_candidate *c = f->c;
    struct vt_hash id = c->block->id;
    int is_gone;

    vt_chain_job_done(chain);
    c->state = f->state; /* freed with c when that is gone */
    c->receipts = f->receipts;
    c->receipts_root = f->receipts_root;
    is_gone = vt_candidate_release(c);
    if (!is_gone && f->status != VT_OK) {
        vt_chain_fail(chain, "block %" PRIu64 " cannot be executed: %s",
                      c->block->header.height, vt_status_text(f->status));
    } else if (!is_gone) {
        c->stage = VT_BLOCK_EXECUTED;
        vt_check_children(chain, &id);
        vt_build_retry(chain);
        vt_commit_publish(chain);
    }
    vt_free(f);
    vt_chain_leave(chain);
}

void vt_check_finish(struct vt_chain *chain, struct vt_candidate *c)
{
    struct finish *f = vt_alloc(sizeof *f);

    if (f == NULL) {
        vt_chain_fail(chain, "no memory to execute block %" PRIu64,
                      c->block->header.height);
        return;
    }
    f->chain = chain;
    f->c = c;
    f->job.fn = finish_run;
    f->job.done = finish_done;
    f->job.stage = VT_STAGE_EXECUTE;
    c->jobs++;
    if (vt_chain_run(chain, VT_LANE_POOL, &f->job) != VT_OK) {
        c->jobs--;
        vt_free(f);
        vt_chain_fail(chain, "the worker pool takes no job for block %" PRIu64,
                      c->block->header.height);
    }
}
