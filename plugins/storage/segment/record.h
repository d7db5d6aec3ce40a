/* SPDX-License-Identifier: Apache-2.0
 *
 * record.h - bytes of a segment file: its header, records, rows. One record is
 * one commit. README.md shows the layout.
 */
#ifndef SEGMENT_RECORD_H
#define SEGMENT_RECORD_H

#include "segment.h"

#define SEG_VERSION 1u
#define SEG_FILE_HEADER 64u
#define SEG_RECORD_HEADER 56u
#define SEG_ROW 12u

/* What the record is; informative, the reader treats all alike. */
#define SEG_RF_MOVED 1u  /* entries of an old segment, copied forward */
#define SEG_RF_CLOSED 2u /* no entries: the store was closed in order */
#define SEG_RF_ALL 3u

static inline void seg_put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

static inline void seg_put64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

static inline uint32_t seg_get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static inline uint64_t seg_get64(const uint8_t *p)
{
    return (uint64_t)seg_get32(p) | (uint64_t)seg_get32(p + 4) << 32;
}

struct seg_file_head {
    uint8_t store_id[SEG_STORE_ID_LEN];
    uint64_t id;
    uint64_t first_seq; /* of the first record in it */
    uint64_t lowest;    /* oldest segment needed when it was made */
};

void seg_file_head_encode(const struct seg_file_head *head,
                          uint8_t out[SEG_FILE_HEADER]);
/* Returns NULL when good, else what is wrong with it. */
const char *seg_file_head_decode(const uint8_t bytes[SEG_FILE_HEADER],
                                 struct seg_file_head *out);

struct seg_record_head {
    uint64_t seq;
    uint64_t synced; /* newest record known durable when this was written */
    uint64_t lowest; /* oldest segment still needed */
    uint64_t length; /* bytes of the whole record, a multiple of 8 */
    uint32_t count;  /* rows */
    uint32_t flags;
    uint32_t table_crc;
    uint32_t segment; /* low half of the file's id */
};

void seg_record_head_encode(uint32_t salt, const struct seg_record_head *head,
                            uint8_t out[SEG_RECORD_HEADER]);
/* Returns 1 when the bytes are the header of a record of segment id. */
int seg_record_head_decode(uint32_t salt, uint64_t id,
                           const uint8_t bytes[SEG_RECORD_HEADER],
                           struct seg_record_head *out);
uint64_t seg_record_length(uint64_t count, uint64_t data_len);

void seg_row_encode(const struct seg_slot *slot, uint8_t out[SEG_ROW]);
/* off is not in the row: the caller counts it. Returns 1 when well formed. */
int seg_row_decode(const uint8_t row[SEG_ROW], struct seg_slot *out);
/* Checksum of an entry: what it is, key, value. */
uint32_t seg_entry_crc_start(uint32_t salt, const struct seg_slot *slot);

#endif
