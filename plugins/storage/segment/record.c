/* SPDX-License-Identifier: Apache-2.0
 *
 * record.c - encode and strictly decode what record.h lists.
 */
#include "record.h"

#include "crc.h"

#include <string.h>

#define RECORD_MAGIC 0x31525456u /* "VTR1" */
static const uint8_t file_magic[8] = {'V', 'T', 'S', 'E', 'G', 0, 1, '\n'};

void seg_file_head_encode(const struct seg_file_head *head,
                          uint8_t out[SEG_FILE_HEADER])
{
    memset(out, 0, SEG_FILE_HEADER);
    memcpy(out, file_magic, sizeof file_magic);
    seg_put32(out + 8, SEG_VERSION);
    memcpy(out + 16, head->store_id, SEG_STORE_ID_LEN);
    seg_put64(out + 32, head->id);
    seg_put64(out + 40, head->first_seq);
    seg_put64(out + 48, head->lowest);
    seg_put32(out + 12, seg_crc(0, out + 16, SEG_FILE_HEADER - 16));
}

const char *seg_file_head_decode(const uint8_t bytes[SEG_FILE_HEADER],
                                 struct seg_file_head *out)
{
    if (memcmp(bytes, file_magic, sizeof file_magic) != 0) {
        return "it is no segment file";
    }
    if (seg_get32(bytes + 8) != SEG_VERSION) {
        return "its format is that of another release";
    }
    if (seg_get32(bytes + 12) != seg_crc(0, bytes + 16, SEG_FILE_HEADER - 16) ||
        seg_get64(bytes + 56) != 0) {
        return "its header is damaged";
    }
    memcpy(out->store_id, bytes + 16, SEG_STORE_ID_LEN);
    out->id = seg_get64(bytes + 32);
    out->first_seq = seg_get64(bytes + 40);
    out->lowest = seg_get64(bytes + 48);
    return NULL;
}

void seg_record_head_encode(uint32_t salt, const struct seg_record_head *head,
                            uint8_t out[SEG_RECORD_HEADER])
{
    seg_put32(out, RECORD_MAGIC);
    seg_put64(out + 8, head->seq);
    seg_put64(out + 16, head->synced);
    seg_put64(out + 24, head->lowest);
    seg_put64(out + 32, head->length);
    seg_put32(out + 40, head->count);
    seg_put32(out + 44, head->flags);
    seg_put32(out + 48, head->table_crc);
    seg_put32(out + 52, head->segment);
    seg_put32(out + 4, seg_crc(salt, out + 8, SEG_RECORD_HEADER - 8));
}

int seg_record_head_decode(uint32_t salt, uint64_t id,
                           const uint8_t bytes[SEG_RECORD_HEADER],
                           struct seg_record_head *out)
{
    if (seg_get32(bytes) != RECORD_MAGIC ||
        seg_get32(bytes + 4) !=
            seg_crc(salt, bytes + 8, SEG_RECORD_HEADER - 8)) {
        return 0;
    }
    out->seq = seg_get64(bytes + 8);
    out->synced = seg_get64(bytes + 16);
    out->lowest = seg_get64(bytes + 24);
    out->length = seg_get64(bytes + 32);
    out->count = seg_get32(bytes + 40);
    out->flags = seg_get32(bytes + 44);
    out->table_crc = seg_get32(bytes + 48);
    out->segment = seg_get32(bytes + 52);
    return out->segment == (uint32_t)id && out->length % 8 == 0 &&
           (out->flags & ~SEG_RF_ALL) == 0 &&
           out->length >= seg_record_length(out->count, 0);
}

uint64_t seg_record_length(uint64_t count, uint64_t data_len)
{
    return (SEG_RECORD_HEADER + SEG_ROW * count + data_len + 7) & ~UINT64_C(7);
}

void seg_row_encode(const struct seg_slot *slot, uint8_t out[SEG_ROW])
{
    out[0] = slot->space;
    out[1] = slot->kind;
    out[2] = slot->klen;
    out[3] = 0;
    seg_put32(out + 4, slot->vlen);
    seg_put32(out + 8, slot->crc);
}

int seg_row_decode(const uint8_t row[SEG_ROW], struct seg_slot *out)
{
    memset(out, 0, sizeof *out);
    out->space = row[0];
    out->kind = row[1];
    out->klen = row[2];
    out->vlen = seg_get32(row + 4);
    out->crc = seg_get32(row + 8);
    return row[3] == 0 && out->klen > 0 &&
           (out->kind == SEG_PUT || (out->kind == SEG_DEL && out->vlen == 0)) &&
           out->vlen <= SEG_VALUE_MAX;
}

uint32_t seg_entry_crc_start(uint32_t salt, const struct seg_slot *slot)
{
    uint8_t row[SEG_ROW];

    seg_row_encode(slot, row);
    return seg_crc(salt, row, 8);
}
