/* SPDX-License-Identifier: Apache-2.0
 *
 * solo.h - one member of a committee with a host as small as can be: requests
 * are answered at once and in order, everything is durable at once, the test
 * speaks for the others.
 */
#ifndef POS_TESTS_SOLO_H
#define POS_TESTS_SOLO_H

#include <vt/plugin.h>

#include "config/option.h"
#include "messages.h"
#include "plugin/host.h"

#define SOLO_BLOCKS 128u
#define SOLO_PARENT 0xffffffffu /* the epoch's, as an index */
#define SOLO_SLOT_MS 100u

struct solo_block {
    uint8_t id[32], parent[32];
    uint64_t height, slot;
    int64_t time_ms;
    uint32_t proposer, txs, verdict;
    uint8_t payload[64];
    size_t payload_len;
};

/* What the member did, by kind of effect; of the last one the details. */
struct solo_seen {
    uint32_t of[32]; /* by enum vt_eff_type */
    uint32_t wants, words, tips;
    uint8_t head[32], wanted[32];
    uint64_t head_height, sign_major;
    uint32_t evidence_kind, evidence_member;
    uint8_t a[256], b[256];
    size_t a_len, b_len;
};

struct solo {
    const struct vt_consensus *table;
    const struct vt_host *host;
    struct vt_schemes schemes;
    struct vt_options *options;
    struct vt_cs_epoch epoch;
    struct vt_member members[8];
    uint8_t sk[8][64], pk[8][64];
    struct vt_cs *cs;
    struct vt_out out;
    uint64_t now_ns;
    int64_t wall_ms;
    uint64_t timers[16]; /* deadlines, 0: none */
    struct solo_block blocks[SOLO_BLOCKS];
    uint32_t block_count;
    uint32_t is_silent; /* no FETCH is answered */
    struct {
        uint64_t slot;
        uint8_t bytes[4096];
        size_t len;
    } slots[256];
    uint32_t slot_count;
    struct solo_answer {
        uint32_t type;
        uint64_t token;
        uint32_t block, verdict;
        vt_status status;
        uint8_t data[256];
        size_t len;
    } answers[256];
    uint32_t first, count;
    uint64_t final_height;
    uint8_t final_id[32], proof[8192];
    size_t proof_len;
    struct solo_seen seen;
};

/* n members of weight 1, but the member, number 0, of weight stake; "name=value
 * name=value". */
void solo_open(struct solo *s, uint32_t n, uint64_t stake,
               const char *settings);
void solo_close(struct solo *s);
/* A crash: all that was persisted is there again, all else is new. */
void solo_restart(struct solo *s);
void solo_run_ms(struct solo *s, uint64_t ms);
void solo_txs(struct solo *s, uint64_t count);
void solo_seal(struct solo *s, uint64_t height);

uint64_t solo_now_slot(const struct solo *s);
/* Does this member lead the slot? The value goes to value. */
int solo_wins(struct solo *s, uint32_t member, uint64_t slot,
              uint8_t value[32]);
/* The first slot from `slot` on that member leads. */
uint64_t solo_led(struct solo *s, uint32_t member, uint64_t slot);
/* A block of a member in a slot, with the proof of `prover`. */
uint32_t solo_make(struct solo *s, uint32_t parent, uint32_t member,
                   uint64_t slot, uint32_t prover);
/* Its maker's word, sent by a member. */
void solo_word(struct solo *s, uint32_t from, uint32_t block);
void solo_send(struct solo *s, uint32_t from, uint32_t proto,
               struct vt_view msg);
/* Bytes of the signed word; returns their length. */
size_t solo_word_bytes(struct solo *s, uint32_t block, uint8_t *out,
                       size_t cap);
int solo_is_head(const struct solo *s, uint32_t block);

#endif
