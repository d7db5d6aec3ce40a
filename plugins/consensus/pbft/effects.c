/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - one function per effect the engine emits, and its words for
 * people: trace, log, gauges.
 */
#include "inside.h"

void pbft_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes)
{
    if (pbft_is_member(cs)) { /* an observer promises nothing */
        cs_emit_persist(&cs->box, slot, bytes);
    }
}

/* What is sent was signed after its own records became durable, or it is
 * somebody else's word: no later record has to be waited for. */
static void send(struct vt_cs *cs, uint32_t to, uint32_t proto,
                 const uint8_t *attach, struct vt_view msg)
{
    struct vt_eff_send e = {.h.flags = VT_EFF_EARLY,
                            .to = to,
                            .proto = proto,
                            .klass = attach != NULL             ? VT_SEND_PROP
                                     : proto >= PBFT_VIEWCHANGE ? VT_SEND_CERT
                                                                : VT_SEND_VOTE,
                            .msg = msg};

    if (pbft_is_member(cs) || to == VT_PEER_ALL) {
        cs_emit_send(&cs->box, &e, attach);
    }
}

void pbft_send(struct vt_cs *cs, uint32_t to, uint32_t proto,
               struct vt_view msg)
{
    send(cs, to, proto, NULL, msg);
}

void pbft_send_block(struct vt_cs *cs, uint32_t to, const uint8_t id[32],
                     struct vt_view msg)
{
    send(cs, to, PBFT_PREPREPARE, id, msg);
}

void pbft_ask_sign(struct vt_cs *cs, struct cs_ask *ask, uint32_t role,
                   uint64_t major, uint64_t minor, struct vt_view core)
{
    struct vt_eff_sign e = {
        .role = role, .major = major, .minor = minor, .msg = core};

    cs_emit_sign(&cs->box, ask, &e);
}

void pbft_ask_build(struct vt_cs *cs, uint64_t height, const uint8_t parent[32],
                    int allow_empty)
{
    struct vt_eff_build e = {.height = height,
                             .max_bytes = cs->pace.batch_bytes,
                             .view = cs->view,
                             .allow_empty = allow_empty != 0};

    cs_emit_build(&cs->box, &cs->ask_build, &e, parent);
}

/* At most one per retransmission interval: the host has its own retries. */
void pbft_emit_sync(struct vt_cs *cs, uint64_t height)
{
    if (height <= cs->chain.committed ||
        (cs->sync_ns != 0 &&
         cs->box.now_ns - cs->sync_ns < cs->opt.retransmit_ns)) {
        return;
    }
    cs->sync_ns = cs->box.now_ns;
    cs_emit_sync(&cs->box, height);
    pbft_trace(cs, "SYNC behind", height);
}

void pbft_penalize(struct vt_cs *cs, uint32_t peer, const char *why)
{
    if (peer < cs->n) {
        cs_emit_penalty(&cs->box, peer, why);
    }
}

static void compose(const struct vt_cs *cs, struct cs_text *t, const char *what,
                    uint64_t seq)
{
    cs_text_start(t);
    cs_text_str(t, what);
    cs_text_num(t, "view", cs->view);
    cs_text_num(t, "seq", seq);
}

void pbft_trace(struct vt_cs *cs, const char *what, uint64_t seq)
{
    struct cs_text t;

    if (cs_is_short(&cs->box)) {
        return; /* it would be dropped */
    }
    compose(cs, &t, what, seq);
    cs_emit_text(&cs->box, VT_EFF_TRACE, &t);
}

void pbft_log(struct vt_cs *cs, const char *what, uint64_t seq)
{
    struct cs_text t;

    if (cs->log != NULL) {
        compose(cs, &t, what, seq);
        cs->log->put(cs->host, VT_LOG_INFO, t.text, t.len);
    }
}

void pbft_halt(struct vt_cs *cs, const char *why, uint64_t seq)
{
    struct cs_text t;

    if (cs->is_halted) {
        return;
    }
    cs->is_halted = 1;
    pbft_trace(cs, "HALT alarm", seq);
    compose(cs, &t, why, seq);
    cs_emit_text(&cs->box, VT_EFF_HALT, &t);
}

void pbft_gauges(struct vt_cs *cs)
{
    const int64_t now[4] = {(int64_t)cs->view, (int64_t)cs->chain.committed,
                            (int64_t)(cs->chain.tail - cs->chain.committed),
                            (int64_t)cs->views_changed};

    cs_emit_gauges(&cs->box, now, cs->gauge_told, cs->gauge, 4);
}
