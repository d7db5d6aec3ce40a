/* SPDX-License-Identifier: Apache-2.0
 *
 * batch.h - the entries of one transaction, kept as they will be written.
 */
#ifndef SEGMENT_BATCH_H
#define SEGMENT_BATCH_H

#include "segment.h"

/* Returns VT_OK, VT_E_NOMEM. */
vt_status seg_batch_init(struct seg_batch *batch);
void seg_batch_fini(struct seg_batch *batch);
/* Empty it; memory above a few MiB is given back. */
void seg_batch_clear(struct seg_batch *batch);
/* kind is SEG_PUT or SEG_DEL; key and val are copied. Returns VT_OK; VT_E_LIMIT
 * above SEG_BATCH_MAX, VT_E_NOMEM: nothing changed. */
vt_status seg_batch_add(struct seg_batch *batch, uint32_t salt, uint8_t kind,
                        struct seg_key key, struct vt_view val);
/* The last write of key. Returns VT_OK and *val, borrowed until the next add;
 * VT_E_NOTFOUND when it was deleted; VT_E_STATE when it was not written. */
vt_status seg_batch_get(const struct seg_batch *batch, struct seg_key key,
                        struct vt_view *val);

#endif
