/* SPDX-License-Identifier: Apache-2.0
 *
 * cert.h - signatures, certificates of a quorum, and the proof of finality
 * that is made of one: bytes and back.
 *
 * A certificate signs a chain digest: that of height s is
 * H(digest of s - 1, id of s), starting from the epoch's parent. So one
 * certificate makes all ancestors final too; the ids in between are the proof.
 */
#ifndef VT_CONSENSUS_COMMON_CERT_H
#define VT_CONSENSUS_COMMON_CERT_H

#include <vt/consensus.h>
#include <vt/plugin.h>

#include "common/quorum.h"

#define CS_SIG_MAX 96u
#define CS_QUORUM_MAX 43u  /* of 64 members, for the largest quorum in use */
#define CS_PATH_MAX 256u   /* ids in one proof */
#define CS_PROOF_LISTED 1u /* signatures one by one */

struct cs_sig {
    uint8_t len; /* 1..CS_SIG_MAX; 0: none */
    uint8_t bytes[CS_SIG_MAX];
};

/* Signatures of exactly a quorum under one vote. */
struct cs_qc {
    uint32_t role; /* of the vote */
    uint64_t view; /* or term */
    uint64_t seq;  /* height; 0: no certificate */
    uint8_t id[32];
    uint8_t extra[32]; /* what else is signed: the chain digest, a root */
    uint64_t signers;
    struct cs_sig sig[CS_QUORUM_MAX]; /* in member order */
};

/* Makes a height final: a commit certificate of it or of a descendant. */
struct cs_proof {
    struct cs_qc qc;
    uint8_t link[32];              /* chain digest of the height below */
    uint32_t path_len;             /* heights from this one to qc.seq, >= 1 */
    uint8_t path[CS_PATH_MAX][32]; /* path[0] is not sent */
};

/* What members agree on: n, and how many of them are needed. */
struct cs_committee {
    uint32_t n, quorum;
};

static inline void cs_put_sig(struct cs_wr *wr, const struct cs_sig *sig)
{
    cs_put_u8(wr, sig->len);
    cs_put(wr, sig->bytes, sig->len);
}

static inline void cs_get_sig(struct cs_rd *rd, struct cs_sig *sig)
{
    memset(sig, 0, sizeof *sig);
    sig->len = cs_get_u8(rd);
    if (sig->len == 0 || sig->len > CS_SIG_MAX) {
        rd->is_bad = 1;
        sig->len = 0;
        return;
    }
    cs_get_bytes(rd, sig->bytes, sig->len);
}

/* A signature as the host answers SIGN; len 0 when it refused. */
static inline void cs_take_sig(const struct vt_ev_done *ev, struct cs_sig *out)
{
    memset(out, 0, sizeof *out);
    if (ev->status == VT_OK && ev->data.len <= CS_SIG_MAX) {
        out->len = (uint8_t)ev->data.len;
        memcpy(out->bytes, ev->data.ptr, ev->data.len);
    }
}

/* Signers and signatures only. */
static inline void cs_put_qc(struct cs_wr *wr, const struct cs_qc *qc,
                             uint32_t n)
{
    uint32_t count = cs_count(qc->signers);

    cs_put_set(wr, qc->signers, n);
    for (uint32_t i = 0; i < count; i++) {
        cs_put_sig(wr, &qc->sig[i]);
    }
}

static inline void cs_get_qc(struct cs_rd *rd, struct cs_qc *qc,
                             struct cs_committee who)
{
    qc->signers = cs_get_set(rd, who.n);
    if (cs_count(qc->signers) != who.quorum) {
        rd->is_bad = 1;
        return;
    }
    for (uint32_t i = 0; i < who.quorum; i++) {
        cs_get_sig(rd, &qc->sig[i]);
    }
}

static inline void cs_put_proof(struct cs_wr *wr, const struct cs_proof *m,
                                uint32_t n)
{
    cs_put_u8(wr, CS_PROOF_LISTED);
    cs_put_u64(wr, m->qc.view);
    cs_put(wr, m->link, 32);
    cs_put_u16(wr, m->path_len);
    cs_put(wr, m->path[1], (size_t)(m->path_len - 1u) * 32u);
    cs_put_qc(wr, &m->qc, n);
}

/* All of a proof in this form but what stands for signatures, which is *rest.
 * height and id are the block the proof is for. qc.extra and qc.role are left
 * to the caller: cs_fold() finds the digest that was signed. */
static inline int cs_get_proof_head(struct vt_view bytes,
                                    struct cs_committee who, uint64_t height,
                                    const uint8_t id[32], uint32_t form,
                                    struct cs_proof *out, struct vt_view *rest)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, bytes);
    if (cs_get_u8(&rd) != form) {
        return 0;
    }
    out->qc.view = cs_get_u64(&rd);
    cs_get_bytes(&rd, out->link, 32);
    out->path_len = cs_get_u16(&rd);
    if (out->path_len == 0 || out->path_len > CS_PATH_MAX ||
        height > UINT64_MAX - CS_PATH_MAX) {
        return 0;
    }
    memcpy(out->path[0], id, 32);
    cs_get_bytes(&rd, out->path[1], (size_t)(out->path_len - 1u) * 32u);
    out->qc.seq = height + out->path_len - 1u;
    memcpy(out->qc.id, out->path[out->path_len - 1u], 32);
    out->qc.signers = cs_get_set(&rd, who.n);
    *rest = cs_view(rd.ptr, rd.left);
    return !rd.is_bad && cs_count(out->qc.signers) == who.quorum;
}

static inline int cs_get_proof(struct vt_view bytes, struct cs_committee who,
                               uint64_t height, const uint8_t id[32],
                               struct cs_proof *out)
{
    struct vt_view rest;
    struct cs_rd rd;

    if (!cs_get_proof_head(bytes, who, height, id, CS_PROOF_LISTED, out,
                           &rest)) {
        return 0;
    }
    cs_rd_init(&rd, rest);
    for (uint32_t i = 0; i < who.quorum; i++) {
        cs_get_sig(&rd, &out->qc.sig[i]);
    }
    return cs_rd_end(&rd);
}

/* What a commit vote signs: view or term, height, id, chain digest. */
static inline void cs_put_core(struct cs_wr *wr, const struct cs_qc *vote)
{
    cs_put_u64(wr, vote->view);
    cs_put_u64(wr, vote->seq);
    cs_put(wr, vote->id, 32);
    cs_put(wr, vote->extra, 32);
}

/* ---- the chain digest ---------------------------------------------------- */

/* Where digests are made: a host, its hash, the engine's tag. */
struct cs_hasher {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    const char *tag;
};

static inline void cs_link_next(const struct cs_hasher *h,
                                const uint8_t link[32], const uint8_t id[32],
                                uint8_t out[32])
{
    struct vt_view parts[2] = {{link, 32}, {id, 32}};

    /* the tag is a constant the host knows: it cannot fail */
    (void)h->crypto->hash(h->host, h->tag, parts, 2, out);
}

/* The digest a proof's signatures cover, from its link and path. */
static inline void cs_fold(const struct cs_hasher *h, struct cs_proof *proof)
{
    uint8_t link[32];

    memcpy(link, proof->link, 32);
    for (uint32_t i = 0; i < proof->path_len; i++) {
        uint8_t next[32];

        cs_link_next(h, link, proof->path[i], next);
        memcpy(link, next, 32);
    }
    memcpy(proof->qc.extra, link, 32);
}

#endif
