/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.h - what travels between members and what is signed; the bytes are
 * in README.md. Decoding is strict: one encoding per value, no byte left over.
 * Private to the plugin.
 */
#ifndef RAFT_MESSAGES_H
#define RAFT_MESSAGES_H

#include "common/cert.h"
#include "rules.h"

#define RAFT_ROLE_ACK 1u
#define RAFT_CHAIN_TAG "VTC/raft/chain/1"
#define RAFT_CORE_LEN 80u                                    /* of an ACK */
#define RAFT_ITEM_MAX (1u + RAFT_CORE_LEN + 1u + CS_SIG_MAX) /* evidence */
#define RAFT_ENTRIES_MAX 256u /* in one message */
#define RAFT_MESSAGE_MAX 32768u
#define RAFT_TERM_MAX (UINT64_MAX / 2u)

enum raft_proto {
    RAFT_ASK = 1,
    RAFT_ANSWER = 2,
    RAFT_APPEND = 3,
    RAFT_ACK = 4,
    RAFT_CERT = 5,
    RAFT_GO = 6,
    RAFT_READ = 7,
    RAFT_INDEX = 8
};

/* An entry as others name it; its id is the hash of a header with the term. */
struct raft_name {
    uint64_t term;
    uint8_t id[32];
};

/* "May I lead?" */
struct raft_ask_msg {
    uint32_t is_vote;     /* 0: would you vote for me (PreVote)? */
    uint32_t is_transfer; /* the leader wants it */
    uint64_t term;        /* the one asked for */
    uint64_t last_term, last_index;
    uint64_t committed;
};

/* Entries that follow each other, on top of one that is known. */
struct raft_run {
    uint64_t index; /* of the one below */
    uint64_t term;
    uint8_t id[32], link[32];
    uint32_t count;
    struct raft_name names[RAFT_ENTRIES_MAX];
};

struct raft_answer {
    uint32_t is_vote, is_granted;
    uint64_t asked; /* the term asked for */
    uint64_t term;  /* of who answers */
    uint32_t has_run;
    struct raft_run run; /* R2: what the asking member's log lacks */
};

struct raft_append {
    uint64_t term, round, committed;
    struct raft_run run;
};

struct raft_ack {
    uint64_t term, round, committed;
    uint32_t is_match; /* index agrees with the leader's log; else a guess */
    uint64_t index;
    uint32_t has_sig; /* index is of this term, durable, and signed for */
    uint8_t id[32], link[32];
    struct cs_sig sig;
};

/* ---- messages ------------------------------------------------------------ */

/* put_ and get_ mirror each other. get_ returns 1 only when all bytes were
 * read and all fields are in range. */
void raft_put_ask(struct cs_wr *wr, const struct raft_ask_msg *m);
int raft_get_ask(struct vt_view msg, struct raft_ask_msg *out);
void raft_put_answer(struct cs_wr *wr, const struct raft_answer *m);
int raft_get_answer(struct vt_view msg, struct raft_answer *out);
void raft_put_append(struct cs_wr *wr, const struct raft_append *m);
int raft_get_append(struct vt_view msg, struct raft_append *out);
void raft_put_ack(struct cs_wr *wr, const struct raft_ack *m);
int raft_get_ack(struct vt_view msg, struct raft_ack *out);
/* A commit certificate; role, view, seq, id, extra and signatures. */
void raft_put_cert(struct cs_wr *wr, const struct cs_qc *qc, uint32_t n);
int raft_get_cert(struct vt_view msg, struct cs_committee who,
                  struct cs_qc *out);
/* GO: a term. READ: a number of the asking member's own. */
void raft_put_number(struct cs_wr *wr, uint64_t number);
int raft_get_number(struct vt_view msg, uint64_t *out);
/* INDEX: that number, and the height a read must wait for. */
void raft_put_index(struct cs_wr *wr, uint64_t number, uint64_t index);
int raft_get_index(struct vt_view msg, uint64_t *number, uint64_t *index);

/* ---- evidence: member, core, signature ----------------------------------- */

struct raft_item {
    struct cs_qc vote; /* role, view, seq, id, extra */
    uint32_t member;
    struct cs_sig sig;
    struct vt_view core; /* inside the item */
};

#define RAFT_EV_DOUBLE 1u /* two acknowledgements of one (term, index) */

void raft_put_item(struct cs_wr *wr, uint32_t member, const struct cs_qc *vote,
                   const struct cs_sig *sig);
int raft_get_item(struct vt_view bytes, struct raft_item *out);
/* Do two items, if their signatures are good, convict their signer? */
int raft_is_double(const struct raft_item *a, const struct raft_item *b);

#endif
