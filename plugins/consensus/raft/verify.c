/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - signatures under verification: acknowledgements at the leader,
 * certificates at the others, evidence. One job of each kind at a time; what
 * comes meanwhile waits.
 */
#include "common/check.h"
#include "inside.h"

static void put_item(struct vt_cs *cs, uint32_t at, uint32_t member,
                     struct vt_view core, const struct cs_sig *sig)
{
    cs->items[at].member = member;
    cs->items[at].role = RAFT_ROLE_ACK;
    cs->items[at].msg = core;
    cs->items[at].sig = cs_view(sig->bytes, sig->len);
}

static struct vt_view core_of(struct vt_cs *cs, uint32_t at,
                              const struct cs_qc *vote)
{
    struct cs_wr wr;

    cs_wr_init(&wr, cs->cores[at], sizeof cs->cores[at]);
    cs_put_core(&wr, vote);
    return cs_wr_view(&wr);
}

static void start(struct vt_cs *cs, struct raft_job *job, uint32_t count)
{
    struct vt_eff_verify e = {
        .h = CS_HEAD(struct vt_eff_verify, items, VT_EFF_VERIFY,
                     cs_ask(&cs->box, &job->ask)),
        .items = {cs->items, count, (uint32_t)sizeof cs->items[0]}};

    cs_outbox_put(&cs->box, &e.h);
}

/* ---- acknowledgements ---------------------------------------------------- */

static void make_cert(struct vt_cs *cs, uint64_t index)
{
    struct cs_qc qc;
    uint32_t count = 0;

    memset(&qc, 0, sizeof qc);
    raft_vote_of(cs, raft_entry(cs, index), &qc);
    for (uint32_t m = 0; m < cs->n && count < cs->q; m++) {
        const struct raft_vote *vote = raft_vote(cs, index, m);

        if (vote->index == index && vote->state == RAFT_GOOD) {
            qc.signers |= cs_bit(m);
            qc.sig[count++] = vote->sig;
        }
    }
    raft_take_cert(cs, &qc);
}

/* 1 when this index is decided or being checked. */
static int try_index(struct vt_cs *cs, uint64_t index)
{
    struct vt_view core;
    struct cs_qc ours;
    uint64_t fresh = 0;
    uint32_t good = 0;
    uint32_t at = 0;

    for (uint32_t m = 0; m < cs->n; m++) {
        const struct raft_vote *vote = raft_vote(cs, index, m);

        if (vote->index == index) {
            good += vote->state == RAFT_GOOD;
            fresh |= vote->state == RAFT_FRESH ? cs_bit(m) : 0;
        }
    }
    if (good >= cs->q) {
        make_cert(cs, index);
        return 1;
    }
    if (good + cs_count(fresh) < cs->q) {
        return 0;
    }
    raft_vote_of(cs, raft_entry(cs, index), &ours);
    core = core_of(cs, 0, &ours);
    for (uint32_t m = 0; m < cs->n; m++) {
        if (cs_has(fresh, m)) {
            raft_vote(cs, index, m)->state = RAFT_CHECKING;
            put_item(cs, at++, m, core, &raft_vote(cs, index, m)->sig);
        }
    }
    cs->acks.index = index;
    cs->acks.who = fresh;
    start(cs, &cs->acks, at);
    return 1;
}

/* The highest index that a majority may have; it covers those below. */
void raft_verify_acks(struct vt_cs *cs)
{
    uint64_t least =
        cs->chain.committed > cs->fin.seq ? cs->chain.committed : cs->fin.seq;

    if (cs->acks.ask.state == CS_ASKED || cs->role != RAFT_LEADER) {
        return;
    }
    for (uint64_t i = cs->chain.tail; i > least; i--) {
        if (!raft_rule_counts(raft_entry(cs, i)->term, cs->term) ||
            try_index(cs, i)) {
            return;
        }
    }
}

/* verdicts is empty when the host did not answer. */
static void conclude_acks(struct vt_cs *cs, struct vt_view verdicts)
{
    uint64_t index = cs->acks.index;
    size_t at = 0;

    cs->acks.ask.state = CS_NOT_ASKED;
    for (uint32_t m = 0; m < cs->n; m++) {
        struct raft_vote *vote = raft_vote(cs, index, m);
        size_t i = at;

        if (!cs_has(cs->acks.who, m)) {
            continue;
        }
        at++;
        if (vote->index != index || vote->state != RAFT_CHECKING) {
            continue;
        }
        if (i >= verdicts.len) {
            vote->state = RAFT_FRESH;
        } else if (verdicts.ptr[i] == VT_GOOD) {
            vote->state = RAFT_GOOD;
        } else {
            vote->index = 0;
            cs->peers[m].bad++;
            raft_penalize(cs, m, "a signature that does not fit");
            raft_trace(cs, "RECV badsig", m);
        }
    }
    raft_verify_acks(cs);
}

/* ---- certificates -------------------------------------------------------- */

void raft_verify_cert(struct vt_cs *cs)
{
    struct vt_view core;
    uint32_t next = 0;

    if (cs->certs.ask.state == CS_ASKED || cs->cert_next.seq == 0) {
        return;
    }
    cs->cert_fresh = cs->cert_next;
    cs->cert_next.seq = 0;
    core = core_of(cs, 0, &cs->cert_fresh);
    for (uint32_t m = 0; m < cs->n; m++) {
        if (cs_has(cs->cert_fresh.signers, m)) {
            put_item(cs, next, m, core, &cs->cert_fresh.sig[next]);
            next++;
        }
    }
    start(cs, &cs->certs, next);
}

static void conclude_cert(struct vt_cs *cs, struct vt_view verdicts)
{
    struct cs_qc qc = cs->cert_fresh;

    cs->certs.ask.state = CS_NOT_ASKED;
    cs->cert_fresh.seq = 0;
    if (cs_all_good(verdicts)) {
        raft_take_cert(cs, &qc);
    }
    raft_verify_cert(cs);
}

/* ---- evidence ------------------------------------------------------------ */

static void put_pair(struct vt_cs *cs, uint32_t at, uint32_t member,
                     const struct cs_qc *vote, const struct cs_sig *sig)
{
    struct cs_wr wr;

    cs_wr_init(&wr, cs->pair[at], RAFT_ITEM_MAX);
    raft_put_item(&wr, member, vote, sig);
    cs->pair_len[at] = (uint32_t)wr.len;
    put_item(cs, at, member, core_of(cs, at, vote), sig);
}

/* Once per member, one at a time. */
void raft_accuse(struct vt_cs *cs, uint32_t member, const struct cs_qc *a,
                 const struct cs_sig *sig_a, const struct cs_qc *b,
                 const struct cs_sig *sig_b)
{
    if (cs->evidence.ask.state == CS_ASKED || cs->peers[member].is_convicted) {
        return;
    }
    put_pair(cs, 0, member, a, sig_a);
    put_pair(cs, 1, member, b, sig_b);
    cs->evidence.who = cs_bit(member);
    start(cs, &cs->evidence, 2);
}

static void conclude_evidence(struct vt_cs *cs, struct vt_view verdicts)
{
    uint32_t member = cs_first(cs->evidence.who);

    cs->evidence.ask.state = CS_NOT_ASKED;
    if (!cs_all_good(verdicts)) {
        cs->peers[member].bad += verdicts.len > 0;
        return;
    }
    cs->peers[member].is_convicted = 1;
    cs_emit_evidence(&cs->box, RAFT_EV_DOUBLE, member,
                     cs_view(cs->pair[0], cs->pair_len[0]),
                     cs_view(cs->pair[1], cs->pair_len[1]));
    raft_penalize(cs, member, "signed for two logs in one term");
    raft_trace(cs, "EVIDENCE found", member);
}

/* ---- answers ------------------------------------------------------------- */

static int is_answer(const struct raft_job *job, uint64_t token)
{
    return job->ask.state == CS_ASKED && job->ask.token == token;
}

void raft_on_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    struct vt_view verdicts = ev->data;

    if (ev->status != VT_OK) {
        verdicts.len = 0;
    }
    if (is_answer(&cs->acks, ev->token)) {
        conclude_acks(cs, verdicts);
    } else if (is_answer(&cs->certs, ev->token)) {
        conclude_cert(cs, verdicts);
    } else if (is_answer(&cs->evidence, ev->token)) {
        conclude_evidence(cs, verdicts);
    }
}

/* An answer that does not come: what was checked counts as unchecked. */
void raft_retry_jobs(struct vt_cs *cs, uint64_t older_ns)
{
    struct vt_view none = {NULL, 0};

    if (cs_is_stale(&cs->box, &cs->acks.ask, older_ns)) {
        conclude_acks(cs, none);
    }
    if (cs_is_stale(&cs->box, &cs->certs.ask, older_ns)) {
        conclude_cert(cs, none);
    }
    if (cs_is_stale(&cs->box, &cs->evidence.ask, older_ns)) {
        conclude_evidence(cs, none);
    }
}
