/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.c - a queue of batches; the head is being committed, the tail
 * gathers.
 */
#include "chain/journal.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/status.h"
#include "chain/rules.h"

#include <string.h>

#define BATCH_BYTES_MAX (UINT64_C(64) << 20)
#define SIG_ROOM 256u

struct op {
    struct vt_list list;
    uint32_t space;
    int is_delete;
    struct vt_block *block; /* the value, or NULL: value below */
    size_t key_len, value_len;
    uint8_t bytes[]; /* key, value */
};

/* Something that runs on the chain's thread after the commit. */
struct note {
    struct vt_list list;
    vt_journal_fn fn, drop;
    vt_journal_signed_fn signed_fn;
    void *ctx;
    uint64_t arg;
    struct signing *signing; /* signed_fn only; behind this struct */
};

struct signing {
    uint8_t digest[32];
    uint8_t sig[SIG_ROOM];
    uint32_t sig_len;
};

struct batch {
    struct vt_job job;
    struct vt_list list;
    struct vt_journal *journal;
    struct vt_list ops;
    struct vt_list signs; /* does not change once the commit is under way */
    struct vt_list notes; /* touched on the chain's thread only */
    uint64_t bytes;
    int must_sync; /* holds more than deletions */
    vt_status status;
    struct vt_err err;
};

struct vt_journal {
    struct vt_journal_args args;
    struct vt_list batches; /* head first */
    struct batch *flying;
    struct batch *telling; /* committed, those who wait are being told */
    uint64_t bytes;
    int failed, closed;
};

struct vt_journal *vt_journal_new(const struct vt_journal_args *args)
{
    struct vt_journal *journal = vt_alloc(sizeof *journal);

    if (journal != NULL) {
        journal->args = *args;
        vt_list_init(&journal->batches);
    }
    return journal;
}

static void op_free(struct op *op)
{
    vt_block_unref(op->block);
    vt_free(op);
}

static void batch_free(struct batch *b)
{
    VT_LIST_FOR_SAFE (item, next, &b->ops) {
        op_free(VT_CONTAINER(item, struct op, list));
    }
    VT_LIST_FOR_SAFE (item, next, &b->signs) {
        vt_free(VT_CONTAINER(item, struct note, list));
    }
    VT_LIST_FOR_SAFE (item, next, &b->notes) {
        struct note *note = VT_CONTAINER(item, struct note, list);

        if (note->drop != NULL) {
            note->drop(note->ctx, note->arg);
        }
        vt_free(note);
    }
    vt_free(b);
}

void vt_journal_free(struct vt_journal *journal)
{
    if (journal == NULL) {
        return;
    }
    VT_LIST_FOR_SAFE (item, next, &journal->batches) {
        batch_free(VT_CONTAINER(item, struct batch, list));
    }
    vt_free(journal);
}

static struct batch *tail(const struct vt_journal *journal)
{
    struct batch *b;

    if (vt_list_empty(&journal->batches)) {
        return NULL;
    }
    b = VT_CONTAINER(journal->batches.prev, struct batch, list);
    return b == journal->flying ? NULL : b;
}

/* The batch that gathers, with room for more bytes. */
static struct batch *open_batch(struct vt_journal *journal, uint64_t more)
{
    struct batch *b = tail(journal);

    if (b != NULL && (b->bytes == 0 || b->bytes + more <= BATCH_BYTES_MAX)) {
        return b;
    }
    b = vt_alloc(sizeof *b);
    if (b != NULL) {
        b->journal = journal;
        b->err.size = sizeof b->err;
        vt_list_init(&b->ops);
        vt_list_init(&b->signs);
        vt_list_init(&b->notes);
        vt_list_append(&journal->batches, &b->list);
    }
    return b;
}

static vt_status add_op(struct vt_journal *journal, struct op *op,
                        uint64_t bytes)
{
    struct batch *b = op == NULL ? NULL : open_batch(journal, bytes);

    if (b == NULL) {
        if (op != NULL) {
            op_free(op);
        }
        return VT_E_NOMEM;
    }
    vt_list_append(&b->ops, &op->list);
    b->bytes += bytes;
    b->must_sync = b->must_sync || !op->is_delete;
    journal->bytes += bytes;
    return VT_OK;
}

static vt_status may_add(const struct vt_journal *journal, uint64_t bytes)
{
    if (journal->failed) {
        return VT_E_STATE;
    }
    return journal->bytes + bytes > VT_JOURNAL_BYTES_MAX ? VT_E_LIMIT : VT_OK;
}

static struct op *op_new(uint32_t space, struct vt_view key,
                         struct vt_view value)
{
    struct op *op = vt_alloc(sizeof *op + key.len + value.len);

    if (op == NULL) {
        return NULL;
    }
    op->space = space;
    op->key_len = key.len;
    op->value_len = value.len;
    memcpy(op->bytes, key.ptr, key.len);
    if (value.len > 0) {
        memcpy(op->bytes + key.len, value.ptr, value.len);
    }
    return op;
}

vt_status vt_journal_put(struct vt_journal *journal, uint32_t space,
                         struct vt_view key, struct vt_view value)
{
    vt_status status = may_add(journal, key.len + value.len);

    return status == VT_OK
               ? add_op(journal, op_new(space, key, value), key.len + value.len)
               : status;
}

vt_status vt_journal_put_block(struct vt_journal *journal, uint32_t space,
                               struct vt_view key, struct vt_block *block)
{
    vt_status status = may_add(journal, key.len + block->raw.len);
    struct op *op;

    if (status != VT_OK) {
        return status;
    }
    op = op_new(space, key, vt_view_of(NULL, 0));
    if (op != NULL) {
        op->block = vt_block_ref(block);
    }
    return add_op(journal, op, key.len + block->raw.len);
}

vt_status vt_journal_del(struct vt_journal *journal, uint32_t space,
                         struct vt_view key)
{
    vt_status status = may_add(journal, key.len);
    struct op *op;

    if (status != VT_OK) {
        return status;
    }
    op = op_new(space, key, vt_view_of(NULL, 0));
    if (op != NULL) {
        op->is_delete = 1;
    }
    return add_op(journal, op, key.len);
}

/* Most notes sign nothing: they come without the room for it. */
static struct note *note_new(void *ctx, uint64_t arg, int signs)
{
    struct note *note =
        vt_alloc(sizeof *note + (signs ? sizeof *note->signing : 0));

    if (note != NULL) {
        note->ctx = ctx;
        note->arg = arg;
        note->signing = signs ? (struct signing *)(void *)(note + 1) : NULL;
    }
    return note;
}

vt_status vt_journal_then(struct vt_journal *journal, vt_journal_fn fn,
                          vt_journal_fn drop, void *ctx, uint64_t arg)
{
    struct batch *b;
    struct note *note;

    if (journal->failed) {
        return VT_E_STATE;
    }
    /* behind the newest batch, also when it is being committed already or has
     * been: what was asked for before comes first */
    b = vt_list_empty(&journal->batches)
            ? journal->telling
            : VT_CONTAINER(journal->batches.prev, struct batch, list);
    if (b == NULL) {
        fn(ctx, arg);
        return VT_OK;
    }
    note = note_new(ctx, arg, 0);
    if (note == NULL) {
        return VT_E_NOMEM;
    }
    note->fn = fn;
    note->drop = drop;
    vt_list_append(&b->notes, &note->list);
    return VT_OK;
}

vt_status vt_journal_sign(struct vt_journal *journal, const uint8_t digest[32],
                          vt_journal_signed_fn fn, void *ctx, uint64_t arg)
{
    struct batch *b;
    struct note *note;

    if (journal->failed || journal->args.signer == NULL) {
        return VT_E_STATE;
    }
    b = open_batch(journal, 0);
    note = b == NULL ? NULL : note_new(ctx, arg, 1);
    if (note == NULL) {
        return VT_E_NOMEM;
    }
    note->signed_fn = fn;
    memcpy(note->signing->digest, digest, 32);
    vt_list_append(&b->signs, &note->list);
    return VT_OK;
}

/* ---- the commit, on the STORE lane --------------------------------------- */

static vt_status apply(const struct vt_storage *table, struct vt_db_tx *tx,
                       const struct batch *b)
{
    vt_status status = VT_OK;

    VT_LIST_FOR (item, &b->ops) {
        const struct op *op = VT_CONTAINER(item, struct op, list);
        struct vt_view key = vt_view_of(op->bytes, op->key_len);
        struct vt_view value =
            op->block != NULL
                ? op->block->raw
                : vt_view_of(op->bytes + op->key_len, op->value_len);

        status = op->is_delete ? table->del(tx, op->space, key)
                               : table->put(tx, op->space, key, value);
        if (status != VT_OK) {
            break;
        }
    }
    return status;
}

static vt_status commit(struct batch *b)
{
    const struct vt_store *log = b->journal->args.log;
    struct vt_db_tx *tx;
    vt_status status = log->table->begin(log->db, VT_TX_RW, &tx, &b->err);

    if (status != VT_OK) {
        return status;
    }
    status = apply(log->table, tx, b);
    if (status != VT_OK) {
        log->table->abort(tx);
        return vt_err_set(&b->err, status, "the log does not take a record: %s",
                          vt_status_text(status));
    }
    return log->table->commit(tx, VT_COMMIT_SYNC, &b->err);
}

static void sign_all(struct batch *b)
{
    const struct vt_signer *signer = b->journal->args.signer;

    VT_LIST_FOR (item, &b->signs) {
        struct note *note = VT_CONTAINER(item, struct note, list);

        struct signing *s = note->signing;

        if (signer->scheme->sig_max <= SIG_ROOM &&
            signer->scheme->sign(signer->sk, s->digest, s->sig, &s->sig_len) !=
                VT_OK) {
            s->sig_len = 0;
        }
    }
}

static void batch_run(struct vt_job *job)
{
    struct batch *b = VT_CONTAINER(job, struct batch, job);

    b->status = vt_list_empty(&b->ops) ? VT_OK : commit(b);
    if (b->status == VT_OK) {
        sign_all(b);
    }
}

/* ---- back on the chain's thread ------------------------------------------ */

static void run_waiting(struct batch *b)
{
    while (!vt_list_empty(&b->notes)) {
        struct note *note = VT_CONTAINER(b->notes.next, struct note, list);

        vt_list_remove(&note->list);
        note->fn(note->ctx, note->arg);
        vt_free(note);
    }
}

static void run_notes(struct batch *b)
{
    while (!vt_list_empty(&b->signs)) {
        struct note *note = VT_CONTAINER(b->signs.next, struct note, list);

        vt_list_remove(&note->list);
        note->signed_fn(note->ctx, note->arg,
                        vt_view_of(note->signing->sig, note->signing->sig_len));
        vt_free(note);
    }
    run_waiting(b);
}

static void batch_done(struct vt_job *job)
{
    struct batch *b = VT_CONTAINER(job, struct batch, job);
    struct vt_journal *journal = b->journal;

    journal->flying = NULL;
    journal->bytes -= b->bytes;
    vt_list_remove(&b->list);
    if (b->status != VT_OK && !journal->failed) {
        journal->failed = 1;
        b->err.code = b->status;
        journal->args.on_failure(journal->args.ctx, &b->err);
    }
    if (!journal->failed) {
        journal->telling = b;
        run_notes(b);
        journal->telling = NULL;
    }
    batch_free(b);
    vt_journal_flush(journal);
    journal->args.on_done(journal->args.ctx);
}

void vt_journal_flush(struct vt_journal *journal)
{
    struct batch *b = tail(journal);

    if (journal->flying != NULL || b == NULL || journal->failed ||
        journal->closed) {
        return;
    }
    b = VT_CONTAINER(journal->batches.next, struct batch, list);
    if (!b->must_sync && vt_list_empty(&b->notes) && vt_list_empty(&b->signs)) {
        return; /* deletions alone can wait */
    }
    b->job.fn = batch_run;
    b->job.done = batch_done;
    b->job.stage = VT_STAGE_STORE;
    journal->flying = b;
    if (!vt_chain_rule_waits()) {
        run_waiting(b);
    }
    if (journal->args.world->ops->run(journal->args.world, VT_LANE_STORE,
                                      &b->job) != VT_OK) {
        journal->flying = NULL; /* the lane is full: the next flush tries */
    }
}

int vt_journal_busy(const struct vt_journal *journal)
{
    return journal->flying != NULL || journal->telling != NULL;
}

void vt_journal_close(struct vt_journal *journal)
{
    journal->closed = 1;
}
