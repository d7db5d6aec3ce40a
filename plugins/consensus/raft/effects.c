/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - how this engine's effects leave, and its words for people: trace,
 * log, gauges.
 */
#include "inside.h"

void raft_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes)
{
    if (raft_is_member(cs)) { /* a learner promises nothing */
        cs_emit_persist(&cs->box, slot, bytes);
    }
}

static void send(struct vt_cs *cs, struct vt_eff_send *e, const uint8_t *attach)
{
    if (raft_is_member(cs)) {
        e->klass = attach != NULL            ? VT_SEND_PROP
                   : e->proto == RAFT_ANSWER ? VT_SEND_CERT
                                             : VT_SEND_VOTE;
        cs_emit_send(&cs->box, e, attach);
    }
}

void raft_send(struct vt_cs *cs, uint32_t to, uint32_t proto,
               struct vt_view msg)
{
    struct vt_eff_send e = {.to = to, .proto = proto, .msg = msg};

    send(cs, &e, NULL);
}

void raft_send_early(struct vt_cs *cs, uint32_t to, uint32_t proto,
                     const uint8_t *attach, struct vt_view msg)
{
    struct vt_eff_send e = {
        .h.flags = VT_EFF_EARLY, .to = to, .proto = proto, .msg = msg};

    send(cs, &e, attach);
}

void raft_penalize(struct vt_cs *cs, uint32_t peer, const char *why)
{
    if (peer < cs->n) {
        cs_emit_penalty(&cs->box, peer, why);
    }
}

void raft_sync(struct vt_cs *cs, uint64_t height)
{
    if (height <= cs->chain.committed ||
        (cs->sync_ns != 0 &&
         cs->box.now_ns - cs->sync_ns < RAFT_RETRY * cs->opt.ping_ns)) {
        return;
    }
    cs->sync_ns = cs->box.now_ns;
    cs_emit_sync(&cs->box, height);
    raft_trace(cs, "SYNC behind", height);
}

static void compose(const struct vt_cs *cs, struct cs_text *t, const char *what,
                    uint64_t index)
{
    cs_text_start(t);
    cs_text_str(t, what);
    cs_text_num(t, "term", cs->term);
    cs_text_num(t, "index", index);
}

void raft_trace(struct vt_cs *cs, const char *what, uint64_t index)
{
    struct cs_text t;

    if (!cs_is_short(&cs->box)) {
        compose(cs, &t, what, index);
        cs_emit_text(&cs->box, VT_EFF_TRACE, &t);
    }
}

void raft_log(struct vt_cs *cs, const char *what)
{
    struct cs_text t;

    if (cs->logger != NULL) {
        compose(cs, &t, what, cs->chain.tail);
        cs->logger->put(cs->host, VT_LOG_INFO, t.text, t.len);
    }
}

void raft_halt(struct vt_cs *cs, const char *why, uint64_t index)
{
    struct cs_text t;

    if (!cs->is_halted) {
        cs->is_halted = 1;
        raft_trace(cs, "HALT alarm", index);
        compose(cs, &t, why, index);
        cs_emit_text(&cs->box, VT_EFF_HALT, &t);
    }
}

void raft_gauges(struct vt_cs *cs)
{
    const int64_t now[RAFT_GAUGES] = {
        (int64_t)cs->term, (int64_t)cs->chain.committed,
        cs->role == RAFT_LEADER, (int64_t)cs->elections,
        (int64_t)cs->read_index};

    cs_emit_gauges(&cs->box, now, cs->gauge_told, cs->gauge, RAFT_GAUGES);
}
