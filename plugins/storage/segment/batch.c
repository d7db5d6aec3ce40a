/* SPDX-License-Identifier: Apache-2.0
 *
 * batch.c - rows and data grow side by side; an ordered index over them
 * answers what the transaction wrote last.
 */
#include "batch.h"

#include "crc.h"
#include "mem.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

/* Four buffers a store may keep this much each between commits. */
#define KEEP_BYTES ((size_t)1 << 20)

vt_status seg_batch_init(struct seg_batch *batch)
{
    memset(batch, 0, sizeof *batch);
    batch->last = seg_mem_new();
    return batch->last == NULL ? VT_E_NOMEM : VT_OK;
}

void seg_batch_fini(struct seg_batch *batch)
{
    free(batch->rows);
    free(batch->data);
    seg_mem_free(batch->last);
    memset(batch, 0, sizeof *batch);
}

void seg_batch_clear(struct seg_batch *batch)
{
    if (batch->data_cap > KEEP_BYTES) {
        free(batch->data);
        batch->data = NULL;
        batch->data_cap = 0;
    }
    if (batch->rows_cap > KEEP_BYTES) {
        free(batch->rows);
        batch->rows = NULL;
        batch->rows_cap = 0;
    }
    batch->count = 0;
    batch->data_len = 0;
    batch->charged = 0;
    seg_mem_reset(batch->last);
}

/* Room for more bytes behind used. Returns 0, or -1 and nothing changed. */
static int reserve(uint8_t **bytes, size_t *cap, size_t used, size_t more)
{
    size_t want = *cap == 0 ? 4096 : *cap;
    uint8_t *bigger;

    while (want - used < more) {
        want *= 2;
    }
    if (want == *cap) {
        return 0;
    }
    bigger = realloc(*bytes, want);
    if (bigger == NULL) {
        return -1;
    }
    *bytes = bigger;
    *cap = want;
    return 0;
}

vt_status seg_batch_add(struct seg_batch *batch, uint32_t salt, uint8_t kind,
                        struct seg_key key, struct vt_view val)
{
    uint64_t cost = (uint64_t)key.len + val.len + SEG_ENTRY_COST;
    size_t rows_len = (size_t)batch->count * SEG_ROW;
    struct seg_node *node;

    if (cost > SEG_BATCH_MAX - batch->charged) {
        return VT_E_LIMIT;
    }
    if (reserve(&batch->rows, &batch->rows_cap, rows_len, SEG_ROW) != 0 ||
        reserve(&batch->data, &batch->data_cap, batch->data_len,
                key.len + val.len) != 0) {
        return VT_E_NOMEM;
    }
    node = seg_mem_make(batch->last, key);
    if (node == NULL) {
        return VT_E_NOMEM;
    }
    node->seq = 1;
    node->slot.kind = kind;
    node->slot.off = (uint32_t)batch->data_len;
    node->slot.vlen = (uint32_t)val.len;
    memcpy(batch->data + batch->data_len, key.ptr, key.len);
    if (val.len > 0) {
        memcpy(batch->data + batch->data_len + key.len, val.ptr, val.len);
    }
    node->slot.crc = seg_crc(seg_entry_crc_start(salt, &node->slot),
                             batch->data + batch->data_len, key.len + val.len);
    seg_row_encode(&node->slot, batch->rows + rows_len);
    batch->data_len += key.len + val.len;
    batch->charged += cost;
    batch->count++;
    (void)seg_mem_insert(batch->last, node);
    return VT_OK;
}

vt_status seg_batch_get(const struct seg_batch *batch, struct seg_key key,
                        struct vt_view *val)
{
    const struct seg_node *node =
        batch->count == 0 ? NULL : seg_mem_get(batch->last, key, 1);

    if (node == NULL) {
        return VT_E_STATE;
    }
    if (node->slot.kind == SEG_DEL) {
        return VT_E_NOTFOUND;
    }
    val->ptr = batch->data + node->slot.off + node->slot.klen;
    val->len = node->slot.vlen;
    return VT_OK;
}
