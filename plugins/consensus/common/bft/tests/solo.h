/* SPDX-License-Identifier: Apache-2.0
 *
 * solo.h - one core, and a test that speaks for everybody else: what it says
 * is recorded, what it asks for is answered when the test wants.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_SOLO_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_SOLO_H

#include "fake.h"

#define SOLO_OUTS 4096u

enum solo_what {
    SOLO_PERSIST = 1, /* a: slot */
    SOLO_STORE,
    SOLO_SIGN,  /* a: kind, view */
    SOLO_SEND,  /* a: proto, b: to, view, kind of a vote or certificate */
    SOLO_TIMER, /* a: which, view: delay */
    SOLO_VALUE,
    SOLO_CHECK,
    SOLO_FINAL,    /* view: height */
    SOLO_EVIDENCE, /* a: kind, b: member */
    SOLO_PENALIZE
};

struct solo_out {
    enum solo_what what;
    uint32_t a, b, kind;
    uint64_t view;
    uint8_t link[32];
};

struct solo_slot {
    uint8_t bytes[BFT_MESSAGE_MAX];
    size_t len;
};

struct solo {
    struct fake fake;
    struct bft_config config;
    struct bft *core;
    struct solo_out out[SOLO_OUTS];
    uint32_t outs;
    /* answers that are waiting */
    struct {
        uint64_t token;
        uint32_t is_sign, len;
        uint8_t bytes[BFT_SIG_MAX];
    } answer[256];
    uint32_t answers;
    int is_holding;          /* signatures are not answered by themselves */
    int has_value;           /* value() gives one */
    uint32_t verdict;        /* of check() */
    uint8_t salt;            /* of the values this node proposes */
    struct solo_slot *slots; /* BFT_SLOTS */
    struct vt_slot kept[BFT_SLOTS];
    uint8_t order[BFT_ORDER_MAX];
    uint8_t proof[BFT_MESSAGE_MAX];
    size_t proof_len;
    uint8_t item[2][BFT_ITEM_MAX];
    size_t item_len[2];
};

/* Leader of view v is v mod n. */
void solo_start(struct solo *s, uint32_t n, uint32_t self);
void solo_stop(struct solo *s);
/* Start again from the slots. Returns what bft_new() says. */
vt_status solo_restart(struct solo *s);
/* Answer everything that is asked for until nothing is. */
void solo_settle(struct solo *s);

/* A block on top of another. */
struct bft_block solo_block(const struct solo *s, uint64_t view,
                            const struct bft_block *parent, uint8_t salt);
struct bft_block solo_root(const struct solo *s);

/* Others speak; each is settled. parent_view is that of *parent. */
void solo_propose(struct solo *s, uint32_t from, const struct bft_block *block,
                  uint64_t parent_view);
void solo_vote(struct solo *s, uint32_t from, uint32_t kind, uint64_t view,
               const struct bft_block *block);
void solo_cert(struct solo *s, uint32_t from, uint32_t kind, uint64_t view,
               const struct bft_block *block);
void solo_timer(struct solo *s, uint32_t which);

/* How often something came out since mark (an index into out). */
uint32_t solo_count(const struct solo *s, uint32_t mark, enum solo_what what,
                    uint32_t a);
/* Position of the first; SOLO_OUTS when there is none. */
uint32_t solo_find(const struct solo *s, uint32_t mark, enum solo_what what,
                   uint32_t a);
/* Was this vote sent to all since mark? */
int solo_said(const struct solo *s, uint32_t mark, uint32_t kind,
              uint64_t view);

#endif
