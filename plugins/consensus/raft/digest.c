/* SPDX-License-Identifier: Apache-2.0
 *
 * digest.c - one hash over the whole logical state: no pointer, no padding,
 * nothing that does not influence what comes next.
 */
#include "inside.h"

#include "common/fold.h"

static void put_log(struct cs_folder *f, const struct vt_cs *cs)
{
    for (uint32_t i = 0; i < CS_CHAIN_RING; i++) {
        const struct raft_entry *e = &cs->log[i];

        if (e->index != 0) {
            cs_fold_num(f, e->index);
            cs_fold_num(f, e->term);
            cs_fold_num(f, e->size_bytes);
            cs_fold_num(f, e->sent_ns);
            cs_fold_num(f, e->is_restored);
            cs_fold_num(f, e->refusals);
            cs_fold_sig(f, &e->sig);
            cs_fold_ask(f, &e->ask);
        }
    }
    for (uint32_t i = 0; i < RAFT_SLOTS; i++) {
        const struct raft_want *w = &cs->wants[i];

        if (w->index != 0) {
            cs_fold_num(f, w->index);
            cs_fold_num(f, w->name.term);
            cs_fold_bytes(f, w->name.id, 32);
        }
    }
    cs_fold_num(f, cs->committed_term);
    cs_fold_num(f, cs->match);
    cs_fold_num(f, cs->acked);
    cs_fold_num(f, cs->is_copying);
    cs_fold_num(f, cs->copy_index);
    cs_fold_num(f, cs->tail_bytes);
    cs_fold_num(f, cs->sync_ns);
    cs_fold_num(f, cs->heard_commit);
    cs_fold_num(f, cs->refused_term);
    cs_fold_num(f, cs->tick_committed);
    cs_fold_qc(f, &cs->fin);
    cs_fold_qc(f, &cs->cert_fresh);
    cs_fold_qc(f, &cs->cert_next);
}

static void put_peer(struct cs_folder *f, const struct raft_peer *p)
{
    cs_fold_num(f, p->answer);
    cs_fold_num(f, p->heard_ns);
    cs_fold_num(f, p->round);
    cs_fold_num(f, p->match);
    cs_fold_num(f, p->committed);
    cs_fold_num(f, p->repaired_ns);
    cs_fold_num(f, p->probe);
    cs_fold_num(f, p->cert_ns);
    cs_fold_num(f, p->read);
    cs_fold_num(f, p->read_round);
    cs_fold_num(f, p->bad);
    cs_fold_num(f, p->is_convicted);
}

static void put_job(struct cs_folder *f, const struct raft_job *j)
{
    cs_fold_ask(f, &j->ask);
    cs_fold_num(f, j->index);
    cs_fold_num(f, j->who);
}

static void put_leading(struct cs_folder *f, const struct vt_cs *cs)
{
    cs_fold_num(f, cs->role);
    cs_fold_num(f, cs->leader);
    cs_fold_num(f, cs->is_transferred);
    cs_fold_num(f, cs->leader_ns);
    cs_fold_num(f, cs->leader_round);
    cs_fold_num(f, cs->elections);
    cs_fold_num(f, cs->round);
    cs_fold_num(f, cs->first);
    cs_fold_num(f, cs->target);
    cs_fold_num(f, cs->target_ns);
    for (uint32_t m = 0; m < cs->n; m++) {
        put_peer(f, &cs->peers[m]);
    }
    for (uint32_t i = 0; i < RAFT_SLOTS * cs->n; i++) {
        const struct raft_vote *v = &cs->votes[i];

        if (v->index != 0) {
            cs_fold_num(f, v->index);
            cs_fold_num(f, v->state);
            cs_fold_sig(f, &v->sig);
        }
    }
    put_job(f, &cs->acks);
    put_job(f, &cs->certs);
    put_job(f, &cs->evidence);
    for (uint32_t i = 0; i < 2; i++) {
        cs_fold_bytes(f, cs->pair[i], cs->pair_len[i]);
    }
}

static void put_rest(struct cs_folder *f, const struct vt_cs *cs)
{
    cs_fold_num(f, cs->is_started);
    cs_fold_num(f, cs->is_halted);
    cs_fold_bytes(f, cs->seed, sizeof cs->seed);
    cs_fold_num(f, cs->draws);
    cs_fold_num(f, cs->term);
    cs_fold_num(f, cs->voted);
    cs_fold_num(f, cs->read);
    cs_fold_num(f, cs->read_index);
    cs_fold_num(f, cs->reads);
    cs_fold_ask(f, &cs->ask_build);
    cs_fold_num(f, cs->build_index);
    cs_fold_num(f, cs->build_term);
    for (uint32_t i = 0; i < RAFT_GAUGES; i++) {
        cs_fold_num(f, (uint64_t)cs->gauge_told[i]);
    }
}

vt_status raft_digest(const struct vt_cs *cs, uint8_t out[32])
{
    struct cs_hasher hasher = {cs->host, cs->crypto, "VTC/raft/state/1"};
    struct cs_folder f;

    cs_fold_start(&f, &hasher);
    cs_fold_num(&f, cs->epoch);
    cs_fold_num(&f, cs->self);
    cs_fold_chain(&f, &cs->chain);
    cs_fold_pace(&f, &cs->pace);
    put_log(&f, cs);
    put_leading(&f, cs);
    put_rest(&f, cs);
    cs_fold_blocks(&f, &cs->blocks);
    cs_fold_timers(&f, cs->timers, RAFT_TIMERS);
    return cs_fold_finish(&f, &cs->box, out);
}
