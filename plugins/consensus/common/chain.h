/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.h - ids and chain digests of the heights around C, the committed one:
 * what is decided below, what is followed above, and the proofs of it.
 */
#ifndef VT_CONSENSUS_COMMON_CHAIN_H
#define VT_CONSENSUS_COMMON_CHAIN_H

#include "common/check.h"
#include "common/effects.h"

#define CS_CHAIN_RING 1024u /* heights kept, above and below C */

/* A height of the chain as this node follows it. */
struct cs_link {
    uint64_t seq; /* 0: unknown */
    uint8_t id[32];
    uint8_t link[32]; /* digest of all ids from the epoch's start to here */
};

struct cs_chain {
    struct cs_hasher hasher; /* of the chain digest */
    struct cs_committee who;
    uint64_t start; /* first height of the epoch */
    uint8_t epoch_parent[32];
    uint64_t floor;          /* D6: final before START, with a proof; 0: none */
    uint8_t floor_below[32]; /* chain digest below it */
    uint64_t committed, applied;
    uint8_t committed_id[32], committed_link[32];
    uint32_t has_link;     /* committed_link is known */
    uint64_t tail;         /* highest height followed, >= C */
    struct cs_link *ring;  /* CS_CHAIN_RING of them */
    uint64_t seal;         /* nothing above is final; 0: none */
    uint32_t is_sealed;    /* SEALED was said */
    struct cs_qc last;     /* commit certificate of the highest height known */
    struct cs_proof proof; /* scratch */
};

static inline struct cs_link *cs_link_at(const struct cs_chain *c, uint64_t seq)
{
    struct cs_link *at = &c->ring[seq % CS_CHAIN_RING];

    return seq != 0 && at->seq == seq ? at : NULL;
}

/* Is this block the one followed at its height? */
static inline int cs_chain_has(const struct cs_chain *c, uint64_t seq,
                               const uint8_t id[32])
{
    const struct cs_link *at = cs_link_at(c, seq);

    return at != NULL && memcmp(at->id, id, 32) == 0;
}

static inline const uint8_t *cs_tail_id(const struct cs_chain *c)
{
    return c->tail == c->committed ? c->committed_id
                                   : cs_link_at(c, c->tail)->id;
}

/* The next height above the tail. */
static inline void cs_chain_append(struct cs_chain *c, const uint8_t id[32])
{
    uint64_t seq = c->tail + 1;
    struct cs_link *at = &c->ring[seq % CS_CHAIN_RING];
    const uint8_t *link = c->tail == c->committed
                              ? c->committed_link
                              : cs_link_at(c, c->tail)->link;
    uint8_t next[32];

    cs_link_next(&c->hasher, link, id, next);
    at->seq = seq;
    memcpy(at->id, id, 32);
    memcpy(at->link, next, 32);
    c->tail = seq;
}

/* A followed height becomes the committed one. */
static inline void cs_chain_commit(struct cs_chain *c, uint64_t seq)
{
    const struct cs_link *at = cs_link_at(c, seq);

    c->committed = seq;
    memcpy(c->committed_id, at->id, 32);
    memcpy(c->committed_link, at->link, 32);
}

/* A height that the host made final, learned by sync. */
static inline void cs_chain_jump(struct cs_chain *c, uint64_t height,
                                 const uint8_t id[32])
{
    int is_followed = c->tail >= height && cs_chain_has(c, height, id);
    uint64_t tail = c->tail;

    if (height == c->committed + 1 && c->has_link) {
        c->tail = c->committed;
        cs_chain_append(c, id);
        memcpy(c->committed_link, cs_link_at(c, height)->link, 32);
    } else {
        c->has_link = 0;
        c->ring[height % CS_CHAIN_RING].seq = 0;
    }
    c->tail = is_followed && c->has_link ? tail : height;
    c->committed = height;
    memcpy(c->committed_id, id, 32);
}

/* ---- proofs -------------------------------------------------------------- */

static inline const uint8_t *cs_link_below(const struct cs_chain *c,
                                           uint64_t height)
{
    const struct cs_link *at = cs_link_at(c, height - 1);

    if (height == c->start) {
        return c->epoch_parent;
    }
    if (at == NULL && height == c->floor) {
        return c->floor_below;
    }
    return at == NULL ? NULL : at->link;
}

/* The certificate at last.seq and the ids from height up to it, into out.
 * Returns its length, 0 when it cannot be made. */
static inline size_t cs_chain_proof(struct cs_chain *c, uint64_t height,
                                    uint8_t *out, size_t cap)
{
    const uint8_t *link = cs_link_below(c, height);
    struct cs_proof *proof = &c->proof;
    struct cs_wr wr;

    if (c->last.seq == 0 || height > c->last.seq || link == NULL ||
        c->last.seq - height >= CS_PATH_MAX) {
        return 0;
    }
    proof->qc = c->last;
    proof->path_len = (uint32_t)(c->last.seq - height + 1);
    memcpy(proof->link, link, 32);
    for (uint32_t i = 0; i < proof->path_len; i++) {
        const struct cs_link *at = cs_link_at(c, height + i);

        if (at == NULL) {
            return 0;
        }
        memcpy(proof->path[i], at->id, 32);
    }
    cs_wr_init(&wr, out, cap);
    cs_put_proof(&wr, proof, c->who.n);
    return wr.is_full ? 0 : wr.len;
}

/* ---- the end of the epoch, one direction --------------------------------- */

/* The height SEAL names; the host says it once, a restart says the same. */
static inline void cs_chain_seal(struct cs_chain *c,
                                 const struct vt_ev_seal *ev)
{
    if (c->seal == 0) {
        c->seal = ev->height;
    }
}

/* SEALED when the sealed height is final and can be proven; buffer is scratch.
 * Returns 1 when it was said now. Learned by sync, another member has the
 * certificate. */
static inline int cs_chain_hand_over(struct cs_chain *c, struct cs_outbox *box,
                                     uint8_t *buffer, size_t cap)
{
    const struct cs_link *at;
    size_t len;

    if (c->seal == 0 || c->is_sealed || c->committed < c->seal) {
        return 0;
    }
    at = cs_link_at(c, c->seal);
    len = cs_chain_proof(c, c->seal, buffer, cap);
    if (at == NULL || len == 0) {
        return 0;
    }
    c->is_sealed = 1;
    cs_emit_commit(box, VT_EFF_SEALED, c->seal, at->id, cs_view(buffer, len));
    return 1;
}

/* The committed height as told to others: less while the certificate of the
 * last one is still wanted. */
static inline uint64_t cs_chain_told(const struct cs_chain *c)
{
    return c->seal != 0 && c->committed >= c->seal && !c->is_sealed
               ? c->seal - 1
               : c->committed;
}

/* ---- create -------------------------------------------------------------- */

/*
 * D6: everything up to the host's final height is decided. hasher, who, start,
 * epoch_parent and ring are set. When the host has a proof it is left, checked,
 * in c->proof: its certificate may lie above the final height.
 */
static inline vt_status cs_chain_open(struct cs_chain *c,
                                      const struct vt_cs_start *start,
                                      uint32_t role, struct vt_err *err)
{
    struct cs_link *at = &c->ring[start->final_height % CS_CHAIN_RING];

    c->committed = start->final_height;
    c->applied = start->final_height;
    c->tail = start->final_height;
    memcpy(c->committed_id, start->final_id, 32);
    c->has_link = 1;
    if (start->final_height < c->start) {
        memcpy(c->committed_link, c->epoch_parent, 32);
    } else if (start->final_proof.len == 0) {
        c->has_link = 0; /* others will tell */
        return VT_OK;
    } else {
        if (!cs_get_proof(start->final_proof, c->who, start->final_height,
                          start->final_id, &c->proof)) {
            return cs_fail(err, VT_E_CORRUPT,
                           "the proof of the last final block is not one of "
                           "this engine");
        }
        c->proof.qc.role = role;
        cs_fold(&c->hasher, &c->proof);
        cs_link_next(&c->hasher, c->proof.link, start->final_id,
                     c->committed_link);
        c->floor = start->final_height;
        memcpy(c->floor_below, c->proof.link, 32);
        if (c->proof.qc.seq == start->final_height) {
            c->last = c->proof.qc;
        }
    }
    at->seq = start->final_height;
    memcpy(at->id, start->final_id, 32);
    memcpy(at->link, c->committed_link, 32);
    return VT_OK;
}

#endif
