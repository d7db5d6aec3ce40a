/* SPDX-License-Identifier: Apache-2.0
 *
 * solo.h - one engine, a host of a few lines, and a test that speaks for all
 * others: it makes blocks and pow headers on any other, gives them to the
 * engine, and looks at what comes out.
 */
#ifndef POW_TESTS_SOLO_H
#define POW_TESTS_SOLO_H

#include "base/bytes.h"
#include "base/rng.h"
#include "base/status.h"
#include "config/option.h"
#include "header.h"

#define SOLO_BLOCKS 65536u
#define SOLO_SLOTS 16384u
#define SOLO_ANSWERS 256u
#define SOLO_ME 0u
#define SOLO_MEMBERS 4u

enum solo_kind { SOLO_GOOD = 0, SOLO_BAD_BODY, SOLO_LATER, SOLO_WITHHELD };

/* What the test makes: a block of the host and the pow header on it. */
struct solo_block {
    uint8_t id[32], parent[32];
    uint64_t height;
    int64_t time_ms;
    uint32_t txs, kind, payload_len;
    uint32_t owner;   /* the test's own mark */
    uint32_t is_held; /* by the host */
};

/* Something to stand on. */
struct solo_tip {
    struct pow_below below;
    uint8_t id[32];
    struct pow_header h;
};

struct solo_answer {
    union {
        struct vt_ev h;
        struct vt_ev_block block;
        struct vt_ev_applied applied;
        struct vt_ev_done done;
    } u;
    uint8_t payload[64];
};

/* A message of the boundary's agreement, for the test to carry. */
#define SOLO_MESSAGES 512u
struct solo_message {
    uint32_t to, proto;
    size_t len;
    uint8_t bytes[1024];
};

struct solo {
    const struct vt_consensus *table;
    struct vt_cs *cs;
    struct vt_host host;
    struct vt_options *options;
    struct vt_cfg cfg;
    struct vt_cs_epoch epoch;
    struct vt_member members[SOLO_MEMBERS];
    uint8_t keys[SOLO_MEMBERS][32];
    struct pow_terms terms;
    struct vt_rng rng;
    uint64_t now_ns;
    int64_t wall_ms;
    uint32_t self;
    int is_deaf; /* answers no FETCH */
    int keeps;   /* COMMITs are not executed */
    int trusts;  /* proofs are not checked: they take most of the time */

    struct solo_block *blocks;
    uint32_t block_count, build_txs, build_owner;
    struct solo_answer answers[SOLO_ANSWERS];
    uint32_t answer_count;
    uint64_t tick_ns; /* 0: not armed */
    uint64_t core_ns[BFT_TIMERS];
    struct solo_message *messages;
    uint32_t message_count;

    struct vt_slot *slots;
    uint8_t (*slot_bytes)[1024];
    uint32_t slot_count;

    /* seen */
    uint64_t head_height, final_height, sealed_height;
    uint8_t head_id[32], final_id[32];
    uint8_t proof[POW_BOUNDARY_PROOF_MAX];
    size_t proof_len;
    uint32_t evidence; /* bit per member */
    uint32_t heads, penalties, halts, gets, tells, builds, requeues, searches;
    char last_penalty[128], label[64];
    uint8_t work_header[POW_HEADER_LEN], work_target[32];
    uint64_t work_token;
    int has_work;
    uint8_t last_get[33];
    uint32_t last_to;
    struct pow_run *last_run; /* told */
    uint32_t labels;          /* TRACE lines that start with label */
};

/* settings: rows of an INI, or NULL. Every block takes a hash or two, and the
 * last one of the epoch needs no agreement. */
struct solo *solo_new(const char *settings, uint32_t self);
void solo_free(struct solo *s);
/* The engine ends and begins anew with what was durable. */
void solo_restart(struct solo *s);

/* ---- what the test makes --------------------------------------------------
 */

/* The block below the epoch. */
void solo_start(const struct solo *s, struct solo_tip *out);
/* A block with that time on top of tip, with work; the host does not hold it
 * until it is sent along or fetched. */
struct solo_block *solo_make(struct solo *s, const struct solo_tip *on,
                             uint64_t time_ms, struct solo_tip *out);
/* count of them, an interval apart. */
void solo_grow(struct solo *s, const struct solo_tip *on, uint32_t count,
               struct solo_tip *out);
struct solo_block *solo_find(struct solo *s, const uint8_t id[32]);

/* ---- events ----------------------------------------------------------------
 */

vt_status solo_step(struct solo *s, const struct vt_ev *ev);
/* All headers down to `down` excluded, given by a member. */
void solo_tell(struct solo *s, uint32_t from, const struct pow_header *headers,
               uint32_t count, int with_body);
/* One block with its body. */
void solo_give(struct solo *s, const struct solo_tip *tip);
void solo_send(struct solo *s, uint32_t from, uint32_t proto,
               struct vt_view msg);
void solo_txs(struct solo *s, uint64_t count);
void solo_applied(struct solo *s, uint64_t height, const uint8_t id[32]);
void solo_anchor(struct solo *s, uint64_t height, const uint8_t id[32]);
void solo_seal(struct solo *s, uint64_t height);
/* Time goes by; the tick comes when it is due. */
void solo_pass(struct solo *s, uint64_t ms);
/* The search under way ends well; the new head is in out. */
void solo_mine(struct solo *s, struct solo_tip *out);
/* Counts TRACE lines that start so from now on, in labels. */
void solo_count(struct solo *s, const char *label);
/* Is this the engine's head? */
int solo_is_head(const struct solo *s, const struct solo_tip *tip);
void solo_digest(const struct solo *s, uint8_t out[32]);

#endif
