/* SPDX-License-Identifier: Apache-2.0
 *
 * records.c - one pass over a file of records, a block in memory at a time.
 *
 * A block begins with a piece's header; a piece is checksum (4), length (2),
 * type (1), bytes. A record is one FULL piece, or FIRST, MIDDLE..., LAST. The
 * last six bytes of a block are zeros when no header fits.
 */
#include "records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER 7u
#define POLYNOMIAL 0x82f63b78u
#define MASK_DELTA 0xa282ead8u

enum { PIECE_FULL = 1, PIECE_FIRST, PIECE_MIDDLE, PIECE_LAST };

struct piece {
    const uint8_t *bytes;
    size_t len;
    int type;
};

int ldb_records_open(struct ldb_records *r, int fd, size_t keep)
{
    struct stat st;

    memset(r, 0, sizeof *r);
    if (fstat(fd, &st) != 0) {
        return -1;
    }
    r->fd = fd;
    r->size = (uint64_t)st.st_size;
    r->keep = keep;
    r->block = malloc(LDB_BLOCK);
    if (r->block == NULL) {
        errno = ENOMEM;
        return -1;
    }
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        }
        r->crc_table[i] = crc;
    }
    return 0;
}

void ldb_records_close(struct ldb_records *r)
{
    free(r->block);
    free(r->data);
    r->block = NULL;
    r->data = NULL;
}

uint32_t ldb_crc(const uint32_t table[256], const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len; i++) {
        crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + MASK_DELTA;
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* ---- blocks and pieces -------------------------------------------------- */

/* The block with off in it into memory. Returns 0, or -1 with errno. */
static int load(struct ldb_records *r, uint64_t off)
{
    uint64_t start = off - off % LDB_BLOCK;
    size_t want =
        r->size - start < LDB_BLOCK ? (size_t)(r->size - start) : LDB_BLOCK;
    size_t have = 0;

    if (r->block_len > 0 && r->block_off == start) {
        return 0;
    }
    r->block_len = 0;
    while (have < want) {
        ssize_t n =
            pread(r->fd, r->block + have, want - have, (off_t)(start + have));

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENODATA : errno;
            return -1;
        }
        have += (size_t)n;
    }
    r->block_off = start;
    r->block_len = want;
    return 0;
}

/* Where a header may stand: not in the last bytes of a block. */
static uint64_t header_place(uint64_t off)
{
    uint64_t left = LDB_BLOCK - off % LDB_BLOCK;

    return left < HEADER ? off + left : off;
}

/* The piece at off. Returns 1, 0 when there is no good one, -1 with errno. */
static int read_piece(struct ldb_records *r, uint64_t off, struct piece *out)
{
    const uint8_t *p;
    size_t left;

    if (load(r, off) != 0) {
        return -1;
    }
    p = r->block + off % LDB_BLOCK;
    left = r->block_len - (size_t)(off % LDB_BLOCK);
    if (left < HEADER) {
        return 0;
    }
    out->len = (size_t)p[4] | (size_t)p[5] << 8;
    out->type = p[6];
    out->bytes = p + HEADER;
    return out->type >= PIECE_FULL && out->type <= PIECE_LAST &&
           out->len <= left - HEADER &&
           ldb_crc(r->crc_table, p + 6, out->len + 1) == get32(p);
}

static int keep_bytes(struct ldb_records *r, const struct piece *piece)
{
    size_t room = r->keep - r->data_len;
    size_t len = piece->len < room ? piece->len : room;

    if (r->data_cap - r->data_len < len) {
        size_t cap = 2 * (r->data_len + len);
        uint8_t *bigger = realloc(r->data, cap);

        if (bigger == NULL) {
            errno = ENOMEM;
            return -1;
        }
        r->data = bigger;
        r->data_cap = cap;
    }
    if (len > 0) {
        memcpy(r->data + r->data_len, piece->bytes, len);
        r->data_len += len;
    }
    return 0;
}

/* ---- records ------------------------------------------------------------ */

int ldb_records_next(struct ldb_records *r)
{
    uint64_t off = header_place(r->off);
    int first = 1;

    r->data_len = 0;
    if (r->off >= r->size) {
        return LDB_END;
    }
    for (;;) {
        struct piece piece = {.type = 0};
        int good;
        int begins;

        if (off >= r->size) {
            return first ? LDB_END : LDB_BROKEN;
        }
        good = read_piece(r, off, &piece);
        if (good < 0 || (good && keep_bytes(r, &piece) != 0)) {
            return -1;
        }
        begins = piece.type == PIECE_FULL || piece.type == PIECE_FIRST;
        if (!good || begins != first) {
            return LDB_BROKEN;
        }
        off += HEADER + piece.len;
        if (piece.type == PIECE_FULL || piece.type == PIECE_LAST) {
            r->off = off;
            return LDB_RECORD;
        }
        off = header_place(off);
        first = 0;
    }
}

size_t ldb_records_peek(struct ldb_records *r, const uint8_t **bytes)
{
    uint64_t off = header_place(r->off);
    size_t at = (size_t)(off % LDB_BLOCK) + HEADER;

    if (off >= r->size || load(r, off) != 0 || at >= r->block_len) {
        return 0;
    }
    *bytes = r->block + at;
    return r->block_len - at;
}

/* A broken piece's length may still be right; when it is not, the next block
 * begins with a header for sure. Nothing else is tried: bytes inside a value
 * must not be taken for a record. */
int ldb_records_skip(struct ldb_records *r)
{
    uint64_t next_block = r->off - r->off % LDB_BLOCK + LDB_BLOCK;
    uint64_t off = header_place(r->off);
    size_t len = 0;

    if (off >= r->size) {
        return LDB_END;
    }
    if (load(r, off) != 0) {
        return -1;
    }
    if (off < next_block && r->block_len - off % LDB_BLOCK >= HEADER) {
        const uint8_t *p = r->block + off % LDB_BLOCK;

        len = (size_t)p[4] | (size_t)p[5] << 8;
    }
    off += HEADER + len;
    r->off = len > 0 && off < next_block ? off : next_block;
    return r->off < r->size ? LDB_RECORD : LDB_END;
}
