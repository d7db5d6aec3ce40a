/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.c - messages, certificates, evidence: bytes and back.
 */
#include "messages.h"

static void get_core(struct cs_rd *rd, struct cs_qc *vote)
{
    vote->role = RAFT_ROLE_ACK;
    vote->view = cs_get_u64(rd);
    vote->seq = cs_get_u64(rd);
    cs_get_bytes(rd, vote->id, 32);
    cs_get_bytes(rd, vote->extra, 32);
}

static uint32_t get_flag(struct cs_rd *rd)
{
    uint32_t v = cs_get_u8(rd);

    if (v > 1) {
        rd->is_bad = 1;
    }
    return v;
}

static uint64_t get_term(struct cs_rd *rd)
{
    uint64_t v = cs_get_u64(rd);

    if (v > RAFT_TERM_MAX) {
        rd->is_bad = 1;
    }
    return v;
}

/* ---- elections ----------------------------------------------------------- */

void raft_put_ask(struct cs_wr *wr, const struct raft_ask_msg *m)
{
    cs_put_u8(wr, m->is_vote);
    cs_put_u8(wr, m->is_transfer);
    cs_put_u64(wr, m->term);
    cs_put_u64(wr, m->last_term);
    cs_put_u64(wr, m->last_index);
    cs_put_u64(wr, m->committed);
}

int raft_get_ask(struct vt_view msg, struct raft_ask_msg *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    out->is_vote = get_flag(&rd);
    out->is_transfer = get_flag(&rd);
    out->term = get_term(&rd);
    out->last_term = get_term(&rd);
    out->last_index = get_term(&rd);
    out->committed = get_term(&rd);
    return cs_rd_end(&rd) && out->term > 0;
}

static void put_run(struct cs_wr *wr, const struct raft_run *run)
{
    cs_put_u64(wr, run->index);
    cs_put_u64(wr, run->term);
    cs_put(wr, run->id, 32);
    cs_put(wr, run->link, 32);
    cs_put_u16(wr, run->count);
    for (uint32_t i = 0; i < run->count; i++) {
        cs_put_u64(wr, run->names[i].term);
        cs_put(wr, run->names[i].id, 32);
    }
}

static void get_run(struct cs_rd *rd, struct raft_run *run)
{
    run->index = get_term(rd);
    run->term = get_term(rd);
    cs_get_bytes(rd, run->id, 32);
    cs_get_bytes(rd, run->link, 32);
    run->count = cs_get_u16(rd);
    if (run->count > RAFT_ENTRIES_MAX) {
        rd->is_bad = 1;
        run->count = 0;
    }
    for (uint32_t i = 0; i < run->count; i++) {
        run->names[i].term = get_term(rd);
        cs_get_bytes(rd, run->names[i].id, 32);
    }
}

void raft_put_answer(struct cs_wr *wr, const struct raft_answer *m)
{
    cs_put_u8(wr, m->is_vote);
    cs_put_u8(wr, m->is_granted);
    cs_put_u64(wr, m->asked);
    cs_put_u64(wr, m->term);
    cs_put_u8(wr, m->has_run);
    if (m->has_run) {
        put_run(wr, &m->run);
    }
}

int raft_get_answer(struct vt_view msg, struct raft_answer *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    out->is_vote = get_flag(&rd);
    out->is_granted = get_flag(&rd);
    out->asked = get_term(&rd);
    out->term = get_term(&rd);
    out->has_run = get_flag(&rd);
    if (out->has_run) {
        get_run(&rd, &out->run);
    }
    return cs_rd_end(&rd);
}

void raft_put_number(struct cs_wr *wr, uint64_t number)
{
    cs_put_u64(wr, number);
}

int raft_get_number(struct vt_view msg, uint64_t *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    *out = get_term(&rd);
    return cs_rd_end(&rd);
}

void raft_put_index(struct cs_wr *wr, uint64_t number, uint64_t index)
{
    cs_put_u64(wr, number);
    cs_put_u64(wr, index);
}

int raft_get_index(struct vt_view msg, uint64_t *number, uint64_t *index)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    *number = get_term(&rd);
    *index = get_term(&rd);
    return cs_rd_end(&rd);
}

/* ---- the log ------------------------------------------------------------- */

void raft_put_append(struct cs_wr *wr, const struct raft_append *m)
{
    cs_put_u64(wr, m->term);
    cs_put_u64(wr, m->round);
    cs_put_u64(wr, m->committed);
    put_run(wr, &m->run);
}

int raft_get_append(struct vt_view msg, struct raft_append *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    out->term = get_term(&rd);
    out->round = get_term(&rd);
    out->committed = get_term(&rd);
    get_run(&rd, &out->run);
    return cs_rd_end(&rd) && out->term > 0;
}

void raft_put_ack(struct cs_wr *wr, const struct raft_ack *m)
{
    cs_put_u64(wr, m->term);
    cs_put_u64(wr, m->round);
    cs_put_u64(wr, m->committed);
    cs_put_u8(wr, m->is_match);
    cs_put_u64(wr, m->index);
    cs_put_u8(wr, m->has_sig);
    if (m->has_sig) {
        cs_put(wr, m->id, 32);
        cs_put(wr, m->link, 32);
        cs_put_sig(wr, &m->sig);
    }
}

int raft_get_ack(struct vt_view msg, struct raft_ack *out)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, msg);
    out->term = get_term(&rd);
    out->round = get_term(&rd);
    out->committed = get_term(&rd);
    out->is_match = get_flag(&rd);
    out->index = get_term(&rd);
    out->has_sig = get_flag(&rd);
    if (out->has_sig) {
        cs_get_bytes(&rd, out->id, 32);
        cs_get_bytes(&rd, out->link, 32);
        cs_get_sig(&rd, &out->sig);
    }
    return cs_rd_end(&rd) && (!out->has_sig || out->is_match);
}

void raft_put_cert(struct cs_wr *wr, const struct cs_qc *qc, uint32_t n)
{
    cs_put_core(wr, qc);
    cs_put_qc(wr, qc, n);
}

int raft_get_cert(struct vt_view msg, struct cs_committee who,
                  struct cs_qc *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    get_core(&rd, out);
    cs_get_qc(&rd, out, who);
    return cs_rd_end(&rd) && out->seq > 0 && out->seq <= RAFT_TERM_MAX;
}

/* ---- evidence ------------------------------------------------------------ */

void raft_put_item(struct cs_wr *wr, uint32_t member, const struct cs_qc *vote,
                   const struct cs_sig *sig)
{
    cs_put_u8(wr, member);
    cs_put_core(wr, vote);
    cs_put_sig(wr, sig);
}

int raft_get_item(struct vt_view bytes, struct raft_item *out)
{
    struct cs_rd rd;

    memset(out, 0, sizeof *out);
    cs_rd_init(&rd, bytes);
    out->member = cs_get_u8(&rd);
    out->core = cs_view(rd.ptr, RAFT_CORE_LEN);
    get_core(&rd, &out->vote);
    cs_get_sig(&rd, &out->sig);
    return cs_rd_end(&rd);
}

int raft_is_double(const struct raft_item *a, const struct raft_item *b)
{
    return a->member == b->member && a->vote.view == b->vote.view &&
           a->vote.seq == b->vote.seq &&
           (memcmp(a->vote.id, b->vote.id, 32) != 0 ||
            memcmp(a->vote.extra, b->vote.extra, 32) != 0);
}
