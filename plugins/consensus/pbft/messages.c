/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.c - votes, certificates, proofs: bytes and back.
 */
#include "messages.h"

#include "rules.h"

/* ---- what is signed ----------------------------------------------------- */

void pbft_core_proposal(struct cs_wr *wr, uint64_t view, uint64_t seq,
                        const uint8_t id[32])
{
    cs_put_u64(wr, view);
    cs_put_u64(wr, seq);
    cs_put(wr, id, 32);
}

void pbft_core_vote(struct cs_wr *wr, const struct cs_qc *vote)
{
    if (vote->role != PBFT_CHECKPOINT) {
        cs_put_u64(wr, vote->view);
    }
    cs_put_u64(wr, vote->seq);
    cs_put(wr, vote->id, 32);
    if (vote->role != PBFT_PREPARE) {
        cs_put(wr, vote->extra, 32);
    }
}

/* All but view and member, in a VIEWCHANGE and in a NEWVIEW alike. */
static void put_claims(struct cs_wr *wr, const struct pbft_vc_core *core)
{
    cs_put_u64(wr, core->stable_seq);
    cs_put(wr, core->stable_id, 32);
    cs_put(wr, core->stable_root, 32);
    cs_put_u64(wr, core->hp_view);
    cs_put_u64(wr, core->hp_seq);
    cs_put(wr, core->hp_id, 32);
    cs_put_u64(wr, core->voted_view);
    cs_put_u64(wr, core->voted_seq);
}

static int is_zero(const uint8_t bytes[32])
{
    uint8_t any = 0;

    for (size_t i = 0; i < 32; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

static void get_claims(struct cs_rd *rd, struct pbft_vc_core *core,
                       uint64_t start)
{
    core->stable_seq = cs_get_u64(rd);
    cs_get_bytes(rd, core->stable_id, 32);
    cs_get_bytes(rd, core->stable_root, 32);
    core->hp_view = cs_get_u64(rd);
    core->hp_seq = cs_get_u64(rd);
    cs_get_bytes(rd, core->hp_id, 32);
    core->voted_view = cs_get_u64(rd);
    core->voted_seq = cs_get_u64(rd);
    if (core->stable_seq < start - 1 ||
        (core->stable_seq == start - 1 &&
         !(is_zero(core->stable_id) && is_zero(core->stable_root)))) {
        rd->is_bad = 1;
    }
    if (core->hp_seq == 0
            ? core->hp_view != 0 || !is_zero(core->hp_id)
            : core->hp_seq < start || core->hp_view >= core->view) {
        rd->is_bad = 1;
    }
    if (core->voted_seq == 0 ? core->voted_view != 0
                             : core->voted_view >= core->view) {
        rd->is_bad = 1; /* nobody votes in a view before going there */
    }
}

void pbft_core_viewchange(struct cs_wr *wr, const struct pbft_vc_core *core)
{
    cs_put_u64(wr, core->view);
    put_claims(wr, core);
}

void pbft_core_newview(struct cs_wr *wr, uint64_t view,
                       const uint8_t digest[32])
{
    cs_put_u64(wr, view);
    cs_put(wr, digest, 32);
}

/* ---- proposals and votes ------------------------------------------------ */

void pbft_put_proposal(struct cs_wr *wr, const struct pbft_proposal *m)
{
    cs_put_u64(wr, m->view);
    cs_put_u64(wr, m->seq);
    cs_put(wr, m->id, 32);
    cs_put(wr, m->parent, 32);
    cs_put_sig(wr, &m->sig);
}

int pbft_get_proposal(struct vt_view msg, struct pbft_proposal *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    out->view = cs_get_u64(&rd);
    out->seq = cs_get_u64(&rd);
    cs_get_bytes(&rd, out->id, 32);
    cs_get_bytes(&rd, out->parent, 32);
    cs_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd);
}

void pbft_put_vote(struct cs_wr *wr, uint32_t role,
                   const struct pbft_vote_msg *m)
{
    if (role != PBFT_CHECKPOINT) {
        cs_put_u64(wr, m->view);
    }
    cs_put_u64(wr, m->seq);
    cs_put(wr, m->id, 32);
    if (role != PBFT_PREPARE) {
        cs_put(wr, m->extra, 32);
    }
    cs_put_sig(wr, &m->sig);
}

int pbft_get_vote(struct vt_view msg, uint32_t role, struct pbft_vote_msg *out)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, msg);
    if (role != PBFT_CHECKPOINT) {
        out->view = cs_get_u64(&rd);
    }
    out->seq = cs_get_u64(&rd);
    cs_get_bytes(&rd, out->id, 32);
    if (role != PBFT_PREPARE) {
        cs_get_bytes(&rd, out->extra, 32);
    }
    cs_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd);
}

void pbft_put_stable(struct cs_wr *wr, const struct cs_qc *qc, uint32_t n)
{
    cs_put_u64(wr, qc->seq);
    cs_put(wr, qc->id, 32);
    cs_put(wr, qc->extra, 32);
    cs_put_qc(wr, qc, n);
}

static void get_stable(struct cs_rd *rd, uint32_t n, struct cs_qc *out)
{
    memset(out, 0, sizeof *out);
    out->role = PBFT_CHECKPOINT;
    out->seq = cs_get_u64(rd);
    cs_get_bytes(rd, out->id, 32);
    cs_get_bytes(rd, out->extra, 32);
    cs_get_qc(rd, out, pbft_committee(n));
}

int pbft_get_stable(struct vt_view msg, uint32_t n, struct cs_qc *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    get_stable(&rd, n, out);
    return cs_rd_end(&rd) && out->seq > 0;
}

/* ---- view change -------------------------------------------------------- */

/* Certificates for what the core claims, their numbers taken from it. */
static void get_claimed(struct cs_rd *rd, uint32_t n, uint64_t start,
                        struct pbft_viewchange *out)
{
    const struct pbft_vc_core *core = &out->core;

    if (core->stable_seq >= start) {
        out->stable.role = PBFT_CHECKPOINT;
        out->stable.seq = core->stable_seq;
        memcpy(out->stable.id, core->stable_id, 32);
        memcpy(out->stable.extra, core->stable_root, 32);
        cs_get_qc(rd, &out->stable, pbft_committee(n));
    }
    if (core->hp_seq > 0) {
        out->hp.role = PBFT_PREPARE;
        out->hp.view = core->hp_view;
        out->hp.seq = core->hp_seq;
        memcpy(out->hp.id, core->hp_id, 32);
        cs_get_qc(rd, &out->hp, pbft_committee(n));
    }
}

void pbft_put_viewchange(struct cs_wr *wr, const struct pbft_viewchange *m,
                         uint32_t n, uint64_t start)
{
    pbft_core_viewchange(wr, &m->core);
    cs_put_sig(wr, &m->core.sig);
    if (m->core.stable_seq >= start) {
        cs_put_qc(wr, &m->stable, n);
    }
    if (m->core.hp_seq > 0) {
        cs_put_qc(wr, &m->hp, n);
    }
}

int pbft_get_viewchange(struct vt_view msg, uint32_t member, uint32_t n,
                        uint64_t start, struct pbft_viewchange *out)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, msg);
    out->core.member = member;
    out->core.view = cs_get_u64(&rd);
    get_claims(&rd, &out->core, start);
    cs_get_sig(&rd, &out->core.sig);
    get_claimed(&rd, n, start, out);
    return cs_rd_end(&rd) && out->core.view > 0;
}

void pbft_put_newview_body(struct cs_wr *wr, const struct pbft_newview *m,
                           uint32_t n, uint64_t start)
{
    for (uint32_t i = 0; i < m->count; i++) {
        cs_put_u8(wr, m->vcs[i].member);
        put_claims(wr, &m->vcs[i]);
        cs_put_sig(wr, &m->vcs[i].sig);
    }
    cs_put_u64(wr, m->stable.seq);
    if (m->stable.seq >= start) {
        cs_put(wr, m->stable.id, 32);
        cs_put(wr, m->stable.extra, 32);
        cs_put_qc(wr, &m->stable, n);
    }
    cs_put_u64(wr, m->hp.view);
    cs_put_u64(wr, m->hp.seq);
    if (m->hp.seq > 0) {
        cs_put(wr, m->hp.id, 32);
        cs_put_qc(wr, &m->hp, n);
    }
    cs_put_u16(wr, m->path_len);
    cs_put(wr, m->path, (size_t)m->path_len * 32u);
}

void pbft_put_newview(struct cs_wr *wr, const struct pbft_newview *m,
                      uint32_t n, uint64_t start)
{
    cs_put_u64(wr, m->view);
    cs_put_sig(wr, &m->sig);
    pbft_put_newview_body(wr, m, n, start);
}

static void get_vcs(struct cs_rd *rd, uint32_t n, uint64_t start,
                    struct pbft_newview *out)
{
    uint32_t next = 0;

    out->count = pbft_rule_quorum(n);
    for (uint32_t i = 0; i < out->count; i++) {
        struct pbft_vc_core *core = &out->vcs[i];

        core->view = out->view;
        core->member = cs_get_u8(rd);
        if (core->member < next || core->member >= n) {
            rd->is_bad = 1; /* distinct members, in order */
            return;
        }
        next = core->member + 1;
        get_claims(rd, core, start);
        cs_get_sig(rd, &core->sig);
    }
}

/* P10: the certificates must be those of the highest claims. */
static int has_highest(const struct pbft_newview *m, uint64_t start)
{
    uint64_t stable = start - 1;
    uint64_t view = 0;
    uint64_t seq = 0;

    for (uint32_t i = 0; i < m->count; i++) {
        const struct pbft_vc_core *core = &m->vcs[i];

        stable = core->stable_seq > stable ? core->stable_seq : stable;
        if (core->hp_seq > 0 &&
            (seq == 0 ||
             pbft_rule_is_higher(core->hp_view, core->hp_seq, view, seq))) {
            view = core->hp_view;
            seq = core->hp_seq;
        }
    }
    return m->stable.seq == (stable >= start ? stable : 0) &&
           m->hp.view == view && m->hp.seq == seq;
}

static void get_newview_body(struct cs_rd *rd, uint32_t n, uint64_t start,
                             struct pbft_newview *out)
{
    get_vcs(rd, n, start, out);
    out->stable.role = PBFT_CHECKPOINT;
    out->stable.seq = cs_get_u64(rd);
    if (out->stable.seq != 0) {
        cs_get_bytes(rd, out->stable.id, 32);
        cs_get_bytes(rd, out->stable.extra, 32);
        cs_get_qc(rd, &out->stable, pbft_committee(n));
    }
    out->hp.role = PBFT_PREPARE;
    out->hp.view = cs_get_u64(rd);
    out->hp.seq = cs_get_u64(rd);
    if (out->hp.seq != 0) {
        cs_get_bytes(rd, out->hp.id, 32);
        cs_get_qc(rd, &out->hp, pbft_committee(n));
    }
    out->path_len = cs_get_u16(rd);
    if (out->path_len > CS_PATH_MAX || !has_highest(out, start)) {
        rd->is_bad = 1;
        out->path_len = 0;
        return;
    }
    cs_get_bytes(rd, out->path, (size_t)out->path_len * 32u);
}

int pbft_get_newview_body(struct vt_view body, uint32_t n, uint64_t start,
                          struct pbft_newview *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, body);
    get_newview_body(&rd, n, start, out);
    return cs_rd_end(&rd);
}

int pbft_get_newview(struct vt_view msg, uint32_t n, uint64_t start,
                     struct pbft_newview *out, struct vt_view *body)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, msg);
    out->view = cs_get_u64(&rd);
    cs_get_sig(&rd, &out->sig);
    *body = cs_view(rd.ptr, rd.is_bad ? 0 : rd.left);
    get_newview_body(&rd, n, start, out);
    return cs_rd_end(&rd) && out->view > 0;
}

/* ---- status and proofs -------------------------------------------------- */

void pbft_put_status(struct cs_wr *wr, const struct pbft_status *m)
{
    cs_put_u64(wr, m->view);
    cs_put_u8(wr, m->is_changing);
    cs_put_u64(wr, m->committed);
    cs_put_u64(wr, m->tail);
    cs_put_u64(wr, m->stable);
}

int pbft_get_status(struct vt_view msg, struct pbft_status *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    out->view = cs_get_u64(&rd);
    out->is_changing = cs_get_u8(&rd);
    out->committed = cs_get_u64(&rd);
    out->tail = cs_get_u64(&rd);
    out->stable = cs_get_u64(&rd);
    return cs_rd_end(&rd) && out->is_changing <= 1;
}
