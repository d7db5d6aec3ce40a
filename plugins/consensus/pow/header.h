/* SPDX-License-Identifier: Apache-2.0
 *
 * header.h - the engine's own header: what work is done on, and what proofs are
 * made of. It commits to the host's block by id. Bytes are in README.md.
 * Private to the plugin. Any thread.
 */
#ifndef POW_HEADER_H
#define POW_HEADER_H

#include <vt/consensus.h>

#include "asert.h"
#include "common/bft.h"
#include "common/codec.h"

#define POW_VERSION 1u
#define POW_HEADER_LEN 128u /* without the nonce */
#define POW_BLOCK_LEN (POW_HEADER_LEN + 8u)
#define POW_ITEM_LEN 60u /* of a run */
#define POW_RUN_MAX 512u /* headers in one message */
#define POW_DEPTH_MAX 256u
#define POW_GAP 10u                     /* intervals that count between two */
#define POW_TIME_MAX (INT64_C(1) << 46) /* milliseconds: the year 4199 */

/* Positions in the option table, pow.c. */
enum pow_key {
    POW_KEY_INTERVAL,
    POW_KEY_HALFLIFE,
    POW_KEY_FIRST,
    POW_KEY_LIMIT,
    POW_KEY_DEPTH,
    POW_KEY_FINAL,
    POW_KEY_HEARTBEAT,
    POW_KEY_MINE,
    POW_KEY_REFRESH,
    POW_KEY_MAX_REORG,
    POW_KEY_MIN_WORK,
    POW_KEY_BOUNDARY,
    POW_KEY_COUNT
};

enum pow_boundary_by { POW_AGREED = 0, POW_BY_DEPTH_ALONE = 1 };

/* What all nodes of an epoch agree on. */
struct pow_terms {
    struct pow_asert asert; /* milliseconds of the chain's clock */
    uint32_t first_bits;
    uint64_t depth;        /* blocks, the last one counted, that make final */
    uint64_t start_height; /* first of the epoch */
    uint8_t digest[32];    /* of the epoch; stands for the hash below it */
    int is_agreed;         /* B1: the members agree on the last block */
};

struct pow_header {
    uint8_t prev[32]; /* hash of the pow header below */
    uint8_t id[32];   /* of the host's block */
    uint64_t height;
    uint64_t time_ms;
    uint64_t clock_ms; /* time that counts, since the epoch's start */
    uint32_t bits;
    uint64_t nonce;
};

/* What a header must know of the one below it. */
struct pow_below {
    uint8_t hash[32];
    uint64_t height, time_ms, clock_ms;
    uint32_t is_start; /* nothing of this epoch is below */
};

void pow_terms_read(const struct vt_cfg *cfg, const struct vt_cs_epoch *epoch,
                    struct pow_terms *out);

/* The POW_HEADER_LEN bytes a nonce is searched for. */
void pow_header_bytes(const struct pow_terms *t, const struct pow_header *h,
                      uint8_t out[POW_HEADER_LEN]);
void pow_header_hash(const struct pow_terms *t, const struct pow_header *h,
                     uint8_t out[32]);
/* Fills height, prev, time, clock and bits of a header on top of another. The
 * time is at_ms, or the first one that is allowed. */
void pow_header_next(const struct pow_terms *t, const struct pow_below *below,
                     uint64_t at_ms, struct pow_header *out);
/* What is wrong with a header on top of that one, or that nobody worked for it;
 * NULL when nothing is. Gives its hash. */
const char *pow_header_fault(const struct pow_terms *t,
                             const struct pow_below *below,
                             const struct pow_header *h, uint8_t hash[32]);
/* The same, as far as it goes, without the one below. */
const char *pow_header_lone_fault(const struct pow_terms *t,
                                  const struct pow_header *h, uint8_t hash[32]);
void pow_below_of(const struct pow_header *h, const uint8_t hash[32],
                  struct pow_below *out);
/* The start of an epoch as something to stand on. */
void pow_below_start(const struct pow_terms *t, struct pow_below *out);

/* ---- runs: headers that follow each other -------------------------------- */

struct pow_run {
    uint32_t count;
    uint8_t prev[32];
    uint64_t height; /* of the first */
    struct pow_header list[POW_RUN_MAX];
};

/* prev, first height, count, then what a header does not inherit. Reading
 * fills in the rest and checks nothing but the count. */
void pow_put_run(struct cs_wr *wr, const struct pow_header *first,
                 uint32_t count);
void pow_get_run(struct cs_rd *rd, const struct pow_terms *t,
                 struct pow_run *out);

/* ---- finality ------------------------------------------------------------ */

/* First byte of a proof. */
#define POW_PROOF_DEEP 1u
#define POW_PROOF_AGREED 2u /* of the epoch's last block */

#define POW_BOUNDARY_PROOF_MAX (3u + BFT_MESSAGE_MAX)
#define POW_PROOF_MAX (1u + 42u + (POW_DEPTH_MAX + 1u) * POW_ITEM_LEN + 32u)

/* chain: the header below (unless h is the epoch's first), then depth ones from
 * the proven height on. Returns the length. */
size_t pow_put_proof(const struct pow_terms *t, const struct pow_header *chain,
                     uint32_t count, uint8_t out[POW_PROOF_MAX]);
/* 1 with the headers of a proof that holds. */
int pow_get_proof(const struct pow_terms *t, uint64_t height,
                  const uint8_t id[32], struct vt_view proof,
                  struct pow_run *out);

/* Views borrow from the proof. */
struct pow_agreed {
    uint32_t again;     /* how often the boundary was named again above it */
    struct vt_view bft; /* proof of the ordering core */
};

/* 1 when the form is right. */
int pow_get_agreed(struct vt_view proof, struct pow_agreed *out);

#endif
