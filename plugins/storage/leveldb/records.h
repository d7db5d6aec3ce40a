/* SPDX-License-Identifier: Apache-2.0
 *
 * records.h - read LevelDB's own log format, which its write-ahead logs and
 * its MANIFEST have: blocks of 32 KiB, records in checked pieces.
 */
#ifndef LEVELDB_RECORDS_H
#define LEVELDB_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#define LDB_BLOCK 32768u

struct ldb_records {
    int fd;
    uint64_t size;
    uint64_t off;  /* where the next record begins */
    size_t keep;   /* bytes of each record that are wanted */
    uint8_t *data; /* the kept bytes of the record read last */
    size_t data_len, data_cap;
    uint64_t block_off; /* which block is in memory */
    size_t block_len;
    uint8_t *block;
    uint32_t crc_table[256];
};

/* Returns 0, or -1 with errno. */
int ldb_records_open(struct ldb_records *r, int fd, size_t keep);
void ldb_records_close(struct ldb_records *r);

enum { LDB_END, LDB_RECORD, LDB_BROKEN };

/* The record at off, which goes on to the next. Returns LDB_RECORD with data;
 * LDB_END; LDB_BROKEN: what stands at off is not whole and off stays; -1 with
 * errno. */
int ldb_records_next(struct ldb_records *r);
/* From a broken place on to the next one where a record may begin. Returns
 * LDB_RECORD when there may be one at off, LDB_END, -1 with errno. */
int ldb_records_skip(struct ldb_records *r);

/* The bytes a broken record at off begins with, not checked; they lie in the
 * block in memory. Returns how many. */
size_t ldb_records_peek(struct ldb_records *r, const uint8_t **bytes);

/* CRC-32C as LevelDB masks it. */
uint32_t ldb_crc(const uint32_t table[256], const uint8_t *bytes, size_t len);

#endif
