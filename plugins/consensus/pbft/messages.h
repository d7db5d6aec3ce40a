/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.h - what travels between replicas, what is signed, what is stored;
 * the bytes are in README.md. Decoding is strict: one encoding per value, no
 * byte left over. Private to the plugin.
 */
#ifndef PBFT_MESSAGES_H
#define PBFT_MESSAGES_H

#include "common/cert.h"
#include "rules.h"

#define PBFT_MEMBERS_MAX 64u
#define PBFT_CHAIN_TAG "VTC/pbft/chain/1"
#define PBFT_CORE_MAX 144u /* the longest thing that is signed */
#define PBFT_ITEM_MAX (2u + PBFT_CORE_MAX + 1u + CS_SIG_MAX)
/* Signatures in a NEWVIEW, the most that are checked at once. */
#define PBFT_ITEMS_MAX (3u * CS_QUORUM_MAX + 1u)
#define PBFT_MESSAGE_MAX 65536u

/* Roles for SIGN and VERIFY. */
enum pbft_role {
    PBFT_PREPREPARE = 1,
    PBFT_PREPARE = 2,
    PBFT_COMMIT = 3,
    PBFT_CHECKPOINT = 4,
    PBFT_VIEWCHANGE = 5,
    PBFT_NEWVIEW = 6
};

/* Message numbers: the roles, and what is not signed as a whole. */
enum pbft_proto { PBFT_STATUS = 7, PBFT_CERT = 8, PBFT_STABLE = 9 };

static inline struct cs_committee pbft_committee(uint32_t n)
{
    struct cs_committee c = {n, pbft_rule_quorum(n)};
    return c;
}

struct pbft_proposal {
    uint64_t view, seq;
    uint8_t id[32], parent[32]; /* parent is not signed: id says it all */
    struct cs_sig sig;
};

struct pbft_vote_msg {
    uint64_t view, seq;
    uint8_t id[32], extra[32];
    struct cs_sig sig;
};

/* What one replica says when it leaves for `view`. */
struct pbft_vc_core {
    uint32_t member;
    uint64_t view;
    uint64_t stable_seq; /* start height - 1: none yet */
    uint8_t stable_id[32], stable_root[32];
    uint64_t hp_view, hp_seq; /* hp_seq 0: nothing prepared */
    uint8_t hp_id[32];
    uint64_t voted_view, voted_seq; /* highest own PREPARE */
    struct cs_sig sig;
};

struct pbft_viewchange {
    struct pbft_vc_core core;
    struct cs_qc stable, hp; /* seq 0 when core says none */
};

struct pbft_newview {
    uint64_t view;
    struct cs_sig sig;
    uint32_t count; /* of vcs: a quorum, in member order */
    struct pbft_vc_core vcs[CS_QUORUM_MAX];
    struct cs_qc stable, hp; /* the highest ones among vcs */
    uint32_t path_len;       /* ids below and up to the base, a hint */
    uint8_t path[CS_PATH_MAX][32];
};

struct pbft_status {
    uint64_t view, committed, tail, stable;
    uint32_t is_changing;
};

/* ---- what is signed ----------------------------------------------------- */

void pbft_core_proposal(struct cs_wr *wr, uint64_t view, uint64_t seq,
                        const uint8_t id[32]);
/* role is PREPARE, COMMIT or CHECKPOINT. */
void pbft_core_vote(struct cs_wr *wr, const struct cs_qc *vote);
void pbft_core_viewchange(struct cs_wr *wr, const struct pbft_vc_core *core);
void pbft_core_newview(struct cs_wr *wr, uint64_t view,
                       const uint8_t digest[32]);

/* ---- messages ----------------------------------------------------------- */

/* put_ and get_ mirror each other. get_ returns 1 only when all bytes were
 * read and all fields are in range. */

void pbft_put_proposal(struct cs_wr *wr, const struct pbft_proposal *m);
int pbft_get_proposal(struct vt_view msg, struct pbft_proposal *out);
void pbft_put_vote(struct cs_wr *wr, uint32_t role,
                   const struct pbft_vote_msg *m);
int pbft_get_vote(struct vt_view msg, uint32_t role, struct pbft_vote_msg *out);
/* start: first height of the epoch. */
void pbft_put_viewchange(struct cs_wr *wr, const struct pbft_viewchange *m,
                         uint32_t n, uint64_t start);
int pbft_get_viewchange(struct vt_view msg, uint32_t member, uint32_t n,
                        uint64_t start, struct pbft_viewchange *out);
/* The part of a NEWVIEW whose digest the primary signs. */
void pbft_put_newview_body(struct cs_wr *wr, const struct pbft_newview *m,
                           uint32_t n, uint64_t start);
void pbft_put_newview(struct cs_wr *wr, const struct pbft_newview *m,
                      uint32_t n, uint64_t start);
/* *body: the digested part, inside msg. */
int pbft_get_newview(struct vt_view msg, uint32_t n, uint64_t start,
                     struct pbft_newview *out, struct vt_view *body);
int pbft_get_newview_body(struct vt_view body, uint32_t n, uint64_t start,
                          struct pbft_newview *out);
void pbft_put_status(struct cs_wr *wr, const struct pbft_status *m);
int pbft_get_status(struct vt_view msg, struct pbft_status *out);
void pbft_put_stable(struct cs_wr *wr, const struct cs_qc *qc, uint32_t n);
int pbft_get_stable(struct vt_view msg, uint32_t n, struct cs_qc *out);

#endif
