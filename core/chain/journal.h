/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.h - everything a chain must make durable, in order, many at a time:
 * while one synced commit is under way the next one gathers.
 *
 * This is where the order rule of the plugin contract (R36) lives: what must
 * wait for durability is given to vt_journal_then() or vt_journal_sign() and
 * runs after all that was put before it is on disk. Private to core/chain. One
 * thread; commits run on the STORE lane.
 */
#ifndef VT_CHAIN_JOURNAL_H
#define VT_CHAIN_JOURNAL_H

#include "chain/chain.h"

struct vt_journal;

struct vt_journal_args {
    struct vt_world *world;
    const struct vt_store *log;
    const struct vt_signer *signer; /* NULL: nothing is ever signed */
    /* a commit failed: nothing after it will happen; called once */
    void (*on_failure)(void *ctx, const struct vt_err *err);
    /* a commit ended, well or not, and all that waited for it has run */
    void (*on_done)(void *ctx);
    void *ctx;
};

VT_MUST_USE struct vt_journal *vt_journal_new(
    const struct vt_journal_args *args);
/* No job may be running. What was not committed is gone. */
void vt_journal_free(struct vt_journal *journal);

/* Key and value are copied. Each Returns VT_OK, VT_E_NOMEM, VT_E_LIMIT when
 * VT_JOURNAL_BYTES_MAX wait already, VT_E_STATE after a failure. */
vt_status vt_journal_put(struct vt_journal *journal, uint32_t space,
                         struct vt_view key, struct vt_view value);
/* The encoded block is the value; a reference is taken instead of a copy. */
vt_status vt_journal_put_block(struct vt_journal *journal, uint32_t space,
                               struct vt_view key, struct vt_block *block);
/* Deletions wait for the next commit that something else needs. */
vt_status vt_journal_del(struct vt_journal *journal, uint32_t space,
                         struct vt_view key);
#define VT_JOURNAL_BYTES_MAX (UINT64_C(512) << 20)

/* fn(ctx, arg) once all that was put so far is durable: at once when nothing
 * waits. After a failure it never runs, but drop(ctx, arg) does (may be NULL),
 * as it does when the journal is freed. */
typedef void (*vt_journal_fn)(void *ctx, uint64_t arg);
vt_status vt_journal_then(struct vt_journal *journal, vt_journal_fn fn,
                          vt_journal_fn drop, void *ctx, uint64_t arg);
/* Sign digest once all that was put so far is durable. An empty signature says
 * that the signer failed. */
typedef void (*vt_journal_signed_fn)(void *ctx, uint64_t arg,
                                     struct vt_view signature);
vt_status vt_journal_sign(struct vt_journal *journal, const uint8_t digest[32],
                          vt_journal_signed_fn fn, void *ctx, uint64_t arg);

/* Start a commit when something waits and none is under way. */
void vt_journal_flush(struct vt_journal *journal);
/* Returns 1 while a commit is under way, and until all that waited for it has
 * run: to whoever is told in the middle of that, too. */
int vt_journal_busy(const struct vt_journal *journal);
/* Nothing new is committed from now on; what is under way finishes. */
void vt_journal_close(struct vt_journal *journal);

#endif
