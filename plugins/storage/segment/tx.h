/* SPDX-License-Identifier: Apache-2.0
 *
 * tx.h - transactions and cursors behind the interface.
 */
#ifndef SEGMENT_TX_H
#define SEGMENT_TX_H

#include "segment.h"

/* A value handed out: lives until the transaction ends. */
struct seg_value {
    struct seg_value *next;
    _Alignas(8) uint8_t bytes[]; /* key, value */
};

struct vt_db_tx {
    struct vt_db *db;
    uint32_t flags;
    struct seg_snap snap;
    struct seg_value *values;
};

vt_status seg_tx_begin(struct vt_db *db, uint32_t flags, struct vt_db_tx **out,
                       struct vt_err *err);
vt_status seg_tx_get(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view *val);
vt_status seg_tx_put(struct vt_db_tx *tx, uint32_t space, struct vt_view key,
                     struct vt_view val);
vt_status seg_tx_del(struct vt_db_tx *tx, uint32_t space, struct vt_view key);
vt_status seg_tx_commit(struct vt_db_tx *tx, uint32_t flags,
                        struct vt_err *err);
void seg_tx_abort(struct vt_db_tx *tx);

vt_status seg_cursor_open(struct vt_db_tx *tx, uint32_t space,
                          struct vt_db_cursor **out);
vt_status seg_cursor_seek(struct vt_db_cursor *cur, struct vt_view key,
                          struct vt_view *k, struct vt_view *v);
vt_status seg_cursor_step(struct vt_db_cursor *cur, int32_t dir,
                          struct vt_view *k, struct vt_view *v);
void seg_cursor_close(struct vt_db_cursor *cur);

/* checkpoint.c, verify.c */
vt_status seg_checkpoint(struct vt_db *db, const char *dir, struct vt_err *err);
vt_status seg_verify(struct vt_db *db, uint32_t depth, struct vt_err *err);

#endif
