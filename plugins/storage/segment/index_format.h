/* SPDX-License-Identifier: Apache-2.0
 *
 * index_format.h - numbers the writer and the reader of index files share.
 */
#ifndef SEGMENT_INDEX_FORMAT_H
#define SEGMENT_INDEX_FORMAT_H

#include "crc.h"
#include "record.h"

#define INDEX_MAGIC "VTIDX\0\1\n"
#define INDEX_MAGIC_LEN 8u
#define INDEX_VERSION 1u
#define INDEX_TAIL 96u
#define INDEX_BLOCK_HEAD 8u
#define INDEX_ENTRY 16u /* and the key */
#define INDEX_RANGE 4u  /* and two keys */
#define INDEX_LIFE 16u

/* Fixed bytes at the end of the file. */
struct index_tail {
    uint64_t id, first_seq, last_seq, size, entries;
    uint32_t blocks, ranges, lives, meta_len, meta_crc;
};

/* What the checksum of a block starts with. After a power cut a file may show
 * a block of another index, or of this one as it was before the segment grew:
 * whole, and not of this file. */
static inline uint32_t seg_index_salt(uint32_t salt, uint64_t id,
                                      uint64_t last_seq)
{
    uint8_t of[16];

    seg_put64(of, id);
    seg_put64(of + 8, last_seq);
    return seg_crc(salt, of, sizeof of);
}

#endif
