/* SPDX-License-Identifier: Apache-2.0
 *
 * storage.h - interface "vt.storage/1": ordered keys, one writer, many
 * readers.
 *
 * Keys are bytes in memcmp order, kept in numbered spaces 0..spaces_max-1.
 *
 *   open -> begin -> get/put/del/cursor -> commit or abort -> close
 *             ^ one RW transaction at a time (the host sees to it), any number
 *               of RO ones beside it; each sees the state of its begin()
 *
 * Who calls, when, how often: a chain opens one store per ledger and one for
 * its log at start and closes them at stop; the log gets one synced RW
 * transaction per group of blocks, the state one unsynced RW transaction per
 * block; readers come at any time.
 *
 * commit is atomic and ordered: after a crash the store holds the effect of a
 * prefix of the commits, never part of one, and at least all that were made
 * with VT_COMMIT_SYNC before the crash.
 */
#ifndef VT_STORAGE_H
#define VT_STORAGE_H

#include <vt/host.h>

VT_BEGIN_DECLS

#define VT_IF_STORAGE "vt.storage/1"

#define VT_TX_RO 0u
#define VT_TX_RW 1u

#define VT_COMMIT_SYNC 1u /* durable when the call returns */

#define VT_SF_ENCRYPTED 1u
#define VT_SF_CHECKSUMMED 2u
#define VT_SF_VOLATILE 4u /* gone with the process */
#define VT_SF_APPEND 8u   /* writes only append; made for a chain's log */

struct vt_db; /* the plugin's own */
struct vt_db_tx;
struct vt_db_cursor;

/*
 * open    open or create the store in dir, an absolute path to a folder that
 *         exists and is this store's alone. Recovers from a crash. Returns
 *         VT_OK and *out; VT_E_CORRUPT names file and offset and the cure;
 *         VT_E_IO, VT_E_NOMEM, VT_E_INVALID. Thread: init.
 * close   all transactions are over; NULL is fine. Returns nothing.
 *         Thread: init.
 * begin   flags VT_TX_RO or VT_TX_RW. Returns VT_OK and *out; VT_E_STATE when
 *         an RW transaction is open already; VT_E_NOMEM, VT_E_IO. Thread: any.
 * get     *val is valid until the transaction ends or writes. An RW
 *         transaction sees its own writes. Returns VT_OK, VT_E_NOTFOUND,
 *         VT_E_CORRUPT, VT_E_IO. Thread: any, one at a time per transaction.
 * put     key 1..key_max bytes, value 0..value_max; replaces. Returns VT_OK,
 *         VT_E_LIMIT (key, value or batch too large, space unknown),
 *         VT_E_NOMEM. Thread: pool.
 * del     deleting what is not there is VT_OK. Returns as put. Thread: pool.
 * cursor  a cursor of the transaction's snapshot (an RW transaction's own
 *         writes are not visible to it). Returns VT_OK and *out, VT_E_NOMEM,
 *         VT_E_LIMIT (space unknown). Thread: any.
 * seek    to the first key >= key (empty: the first of all); *k and *v are
 *         valid until the cursor moves. Returns VT_OK, VT_E_NOTFOUND past the
 *         end. Thread: as get.
 * step    dir +1 or -1. Returns as seek. Thread: as get.
 * cursor_close  before its transaction ends; NULL is fine. Returns nothing.
 *         Thread: any.
 * commit  ends the transaction in every case. RO: same as abort. Returns
 *         VT_OK; VT_E_IO, VT_E_LIMIT: nothing of it is stored, and the store
 *         refuses further writes when it cannot tell. Thread: pool.
 * abort   ends the transaction, NULL is fine. Returns nothing. Thread: any.
 * checkpoint  a consistent copy into the empty folder dir while readers and
 *         the writer go on; open(dir) then sees the last commit before the
 *         call. Returns VT_OK, VT_E_IO, VT_E_UNSUPPORTED. Thread: pool.
 * verify  depth 0 quick, 1 every checksum. Returns VT_OK, VT_E_CORRUPT with
 *         place and cure, VT_E_IO. Thread: pool.
 * stats   lines "name value unit". Returns VT_OK or the sink's failure.
 *         Thread: any.
 */
struct vt_storage {
    uint32_t size;
    uint32_t flags;      /* VT_SF_ */
    uint32_t key_max;    /* bytes */
    uint32_t spaces_max; /* count, at least 16 */
    uint64_t value_max;  /* bytes */
    uint64_t batch_max;  /* bytes of keys and values in one transaction */
    vt_status (*open)(const struct vt_host *host, const struct vt_cfg *cfg,
                      const char *dir, struct vt_db **out,
                      struct vt_err *err) VT_INIT;
    void (*close)(struct vt_db *db) VT_INIT;
    vt_status (*begin)(struct vt_db *db, uint32_t flags, struct vt_db_tx **out,
                       struct vt_err *err) VT_ANY;
    vt_status (*get)(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view *val) VT_ANY;
    vt_status (*put)(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view val) VT_POOL;
    vt_status (*del)(struct vt_db_tx *tx, uint32_t space,
                     struct vt_view key) VT_POOL;
    vt_status (*cursor)(struct vt_db_tx *tx, uint32_t space,
                        struct vt_db_cursor **out) VT_ANY;
    vt_status (*seek)(struct vt_db_cursor *cur, struct vt_view key,
                      struct vt_view *k, struct vt_view *v) VT_ANY;
    vt_status (*step)(struct vt_db_cursor *cur, int32_t dir, struct vt_view *k,
                      struct vt_view *v) VT_ANY;
    void (*cursor_close)(struct vt_db_cursor *cur) VT_ANY;
    vt_status (*commit)(struct vt_db_tx *tx, uint32_t flags,
                        struct vt_err *err) VT_POOL;
    void (*abort)(struct vt_db_tx *tx) VT_ANY;
    vt_status (*checkpoint)(struct vt_db *db, const char *dir,
                            struct vt_err *err) VT_POOL;
    vt_status (*verify)(struct vt_db *db, uint32_t depth,
                        struct vt_err *err) VT_POOL;
    vt_status (*stats)(struct vt_db *db, struct vt_sink *out) VT_ANY;
};

VT_END_DECLS
#endif
