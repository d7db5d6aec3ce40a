/* SPDX-License-Identifier: Apache-2.0
 *
 * open.c - from what is on disk to a chain that can start: parameters, the
 * log's newest part, the state stores, and the blocks they have not seen.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <string.h>

#define META_FORMAT "format"
#define META_CANONICAL "canonical"
#define FORMAT 1u
#define CANONICAL_MAX (8u << 20)
#define WRITE_EVERY 32u /* blocks replayed between writes of the state */

struct progress {
    void (*fn)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};

/* ---- parameters ---------------------------------------------------------- */

static vt_status write_meta(struct vt_chain *chain, struct vt_err *err)
{
    const struct vt_store *log = &chain->args.log;
    struct vt_db_tx *tx;
    uint8_t format[4];
    vt_status status = log->table->begin(log->db, VT_TX_RW, &tx, err);

    if (status != VT_OK) {
        return status;
    }
    vt_put_u32(format, FORMAT);
    status = log->table->put(tx, VT_LOG_META, vt_view_str(META_FORMAT),
                             vt_view_of(format, sizeof format));
    if (status == VT_OK) {
        status = log->table->put(tx, VT_LOG_META, vt_view_str(META_CANONICAL),
                                 chain->args.canonical);
    }
    if (status != VT_OK) {
        log->table->abort(tx);
        return vt_err_set(err, status,
                          "the log does not take the parameters: "
                          "%s",
                          vt_status_text(status));
    }
    return log->table->commit(tx, VT_COMMIT_SYNC, err);
}

static vt_status compare_meta(const struct vt_chain *chain,
                              const struct vt_buf *format,
                              const struct vt_buf *stored, struct vt_err *err)
{
    char diff[200];

    if (format->len != 4 || vt_get_u32(format->data) != FORMAT) {
        return vt_err_set(err, VT_E_UNSUPPORTED,
                          "the log was written in another format: use the "
                          "release that wrote it");
    }
    if (vt_view_eq(vt_buf_view(stored), chain->args.canonical)) {
        return VT_OK;
    }
    vt_chain_config_diff(chain->args.canonical, vt_buf_view(stored), diff,
                         sizeof diff);
    return vt_err_set(err, VT_E_INVALID,
                      "%s: parameters differ from those the chain was made "
                      "with: %s; put the chain's value back",
                      chain->args.config->path, diff);
}

static vt_status open_meta(struct vt_chain *chain, struct vt_err *err)
{
    struct vt_buf format = VT_BUF_INIT(64);
    struct vt_buf stored = VT_BUF_INIT(CANONICAL_MAX);
    vt_status status = vt_log_read(&chain->args.log, VT_LOG_META,
                                   vt_view_str(META_FORMAT), &format);

    if (status == VT_E_NOTFOUND) {
        status = write_meta(chain, err);
    } else if (status == VT_OK) {
        status = vt_log_read(&chain->args.log, VT_LOG_META,
                             vt_view_str(META_CANONICAL), &stored);
        status = status == VT_OK
                     ? compare_meta(chain, &format, &stored, err)
                     : vt_err_set(err, VT_E_CORRUPT,
                                  "the log has lost the chain's parameters");
    } else {
        (void)vt_err_set(err, status, "the log cannot be read: %s",
                         vt_status_text(status));
    }
    vt_buf_fini(&format);
    vt_buf_fini(&stored);
    return status;
}

/* ---- the newest part of the log ------------------------------------------ */

/* Read back to front so that a damaged byte is found before anything is built
 * on it; older parts are read when they are needed. */
static vt_status check_log(struct vt_chain *chain, uint64_t last,
                           struct vt_err *err)
{
    uint64_t budget = chain->args.config->log_check_bytes;
    uint64_t seen = 0;
    struct vt_hash want;
    vt_status status = VT_OK;

    for (uint64_t h = last; h > 0 && status == VT_OK; h--) {
        struct vt_block *block = NULL;
        struct vt_hash id;

        if (budget > 0 && seen > budget) {
            break;
        }
        status = vt_log_read_final(&chain->args.log, h, &id, NULL, err);
        if (status == VT_OK) {
            status = vt_log_read_block(&chain->args.log, h, &id, &block, err);
        }
        if (status != VT_OK) {
            break;
        }
        if (h != last && !vt_hash_eq(&id, &want)) {
            status = vt_err_set(err, VT_E_CORRUPT,
                                "block %" PRIu64 " in the log is not the "
                                "parent of the next one: remove this chain's "
                                "folder and let it catch up",
                                h);
        }
        want = block->header.parent;
        seen += block->raw.len;
        vt_block_unref(block);
    }
    return status;
}

static vt_status check_last_seal(struct vt_chain *chain, uint64_t last,
                                 struct vt_err *err)
{
    struct vt_buf seal = VT_BUF_INIT(VT_SEAL_MAX);
    struct vt_block *block = NULL;
    struct vt_hash id;
    vt_status status = VT_OK;

    if (last > 0) {
        status = vt_log_read_final(&chain->args.log, last, &id, &seal, err);
        if (status == VT_OK) {
            status =
                vt_log_read_block(&chain->args.log, last, &id, &block, err);
        }
        if (status == VT_OK) {
            status = vt_chain_check_seal(chain, &block->header, &id,
                                         vt_buf_view(&seal), err);
        }
        vt_block_unref(block);
    }
    vt_buf_fini(&seal);
    return status;
}

/* ---- replaying ----------------------------------------------------------- */

static int roots_fit(const struct vt_chain *chain,
                     const struct vt_header *header)
{
    struct vt_hash root;

    vt_state_root(chain->tip.state, &root);
    return vt_hash_eq(&root, &header->state_root) &&
           vt_hash_eq(&chain->tip.receipts_root, &header->receipts_root) &&
           vt_hash_eq(&chain->tip.id, &header->parent);
}

static vt_status run_txs(struct vt_chain *chain, const struct vt_block *block,
                         struct vt_exec **out)
{
    struct vt_exec_block args = {.chain_id = chain->chain_id,
                                 .height = block->header.height,
                                 .time_ms = block->header.time_ms,
                                 .parent_time_ms = chain->tip.time_ms,
                                 .proposer = block->header.proposer,
                                 .now = chain->epoch->electorate};
    vt_status status = vt_epoch_random(chain->epoch, &block->header,
                                       args.random, &args.has_random);

    if (status == VT_OK) {
        status = vt_exec_new(chain->args.rules, chain->tip.state, &args, out);
    }
    for (uint32_t i = 0; i < block->header.tx_count && status == VT_OK; i++) {
        uint32_t code;

        status = vt_exec_tx(*out, &block->txs[i], &code);
    }
    return status;
}

static void move_tip(struct vt_chain *chain, const struct vt_behind_block *done)
{
    vt_state_unref(chain->tip.state);
    chain->tip.state = done->state; /* takes the reference */
    chain->tip.height = done->block->header.height;
    chain->tip.id = done->block->id;
    chain->tip.time_ms = done->block->header.time_ms;
    chain->tip.receipts_root = done->receipts_root;
    chain->txs_total = done->txs_total;
}

static vt_status replay_block(struct vt_chain *chain, struct vt_block *block,
                              struct vt_err *err)
{
    struct vt_behind_block done = {.block = block};
    size_t count;
    vt_status status;

    if (!roots_fit(chain, &block->header)) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "replaying the log gives another state after block "
                          "%" PRIu64 " than block %" PRIu64
                          " says: this node ran with other code, or its log is "
                          "damaged; remove this chain's folder and let it "
                          "catch up",
                          chain->tip.height, block->header.height);
    }
    status = run_txs(chain, block, &done.exec);
    if (status == VT_OK) {
        status = vt_exec_finish(done.exec, &done.state, &done.receipts, &count,
                                &done.receipts_root);
    }
    if (status != VT_OK) {
        vt_exec_free(done.exec);
        return vt_err_set(err, status,
                          "block %" PRIu64 " cannot be replayed: %s",
                          block->header.height, vt_status_text(status));
    }
    done.txs_total = chain->txs_total + block->header.tx_count;
    status = vt_behind_add(chain->behind, &done);
    move_tip(chain, &done);
    return status;
}

static vt_status replay(struct vt_chain *chain, uint64_t last,
                        const struct progress *progress, struct vt_err *err)
{
    vt_status status = VT_OK;

    if (chain->tip.height < last) {
        vt_log("chain", VT_LOG_INFO,
               "%s: replaying blocks %" PRIu64 " to %" PRIu64,
               chain->args.config->name, chain->tip.height + 1, last);
    }
    for (uint64_t h = chain->tip.height + 1; h <= last && status == VT_OK;
         h++) {
        struct vt_block *block = NULL;
        struct vt_hash id;

        status = vt_log_read_final(&chain->args.log, h, &id, NULL, err);
        if (status == VT_OK) {
            status = vt_log_read_block(&chain->args.log, h, &id, &block, err);
        }
        if (status == VT_OK) {
            status = replay_block(chain, block, err);
            vt_block_unref(block);
        }
        if (status == VT_OK) {
            status = vt_handover_load(chain, err);
        }
        if (status == VT_OK && (h % WRITE_EVERY == 0 || h == last)) {
            status = vt_behind_write_now(chain->behind, err);
        }
        if (progress->fn != NULL) {
            progress->fn(progress->ctx, h, last);
        }
    }
    return status;
}

/* ---- the state ----------------------------------------------------------- */

static int mark_fits(struct vt_chain *chain, const struct vt_mark *mark,
                     uint64_t last)
{
    struct vt_hash id;

    return mark->height <= last &&
           vt_log_read_final(&chain->args.log, mark->height, &id, NULL, NULL) ==
               VT_OK &&
           vt_hash_eq(&id, &mark->id);
}

static vt_status open_state(struct vt_chain *chain, uint64_t last,
                            struct vt_err *err)
{
    struct vt_mark mark;
    struct vt_state *state = NULL;
    vt_status status = vt_behind_load(chain->args.ledger, &mark, &state, err);

    if (status == VT_OK && mark_fits(chain, &mark, last)) {
        vt_state_unref(chain->tip.state);
        chain->tip.state = state;
        chain->tip.height = mark.height;
        chain->tip.id = mark.id;
        chain->tip.time_ms = mark.time_ms;
        chain->tip.receipts_root = mark.receipts_root;
        chain->txs_total = mark.txs_total;
        return VT_OK;
    }
    vt_state_unref(state);
    if (status != VT_OK && status != VT_E_NOTFOUND) {
        return status;
    }
    if (last > 0) {
        vt_log("chain", VT_LOG_WARN,
               "%s: the state store is missing, torn or not of this log: it "
               "is made again from the log",
               chain->args.config->name);
    }
    status = vt_behind_wipe(chain->args.ledger, err);
    return status == VT_OK
               ? vt_behind_seed(chain->args.ledger, chain->tip.state, err)
               : status;
}

static vt_status open_engine(struct vt_chain *chain, struct vt_err *err)
{
    vt_status status = vt_engine_init(&chain->engine, chain, chain->epoch, err);

    if (status == VT_OK) {
        status = vt_guard_new(&chain->args.log, chain->epoch->cs.epoch,
                              &chain->guard, err);
    }
    return status == VT_OK ? vt_engine_open(&chain->engine, err) : status;
}

vt_status vt_chain_open(struct vt_chain *chain,
                        void (*fn)(void *ctx, uint64_t done, uint64_t total),
                        void *ctx, struct vt_err *err)
{
    struct progress progress = {fn, ctx};
    uint64_t last = 0;
    vt_status status = open_meta(chain, err);

    if (status == VT_OK) {
        status = vt_log_last_final(&chain->args.log, &last, err);
        status = status == VT_E_NOTFOUND ? VT_OK : status;
    }
    if (status == VT_OK) {
        status = check_log(chain, last, err);
    }
    if (status == VT_OK) {
        status = open_state(chain, last, err);
    }
    if (status == VT_OK) {
        status = vt_handover_load(chain, err);
    }
    if (status == VT_OK) {
        status = replay(chain, last, &progress, err);
    }
    if (status == VT_OK) {
        status = check_last_seal(chain, last, err);
    }
    if (status == VT_OK) {
        status = vt_evidence_open(chain, err);
    }
    chain->decided_height = chain->tip.height;
    if (status == VT_OK) {
        status = open_engine(chain, err);
    }
    return status == VT_OK
               ? VT_OK
               : vt_err_wrap(err, "chain %s", chain->args.config->name);
}
