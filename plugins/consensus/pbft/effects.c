/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - one function per effect the engine emits, and its words for
 * people: trace, log, gauges.
 */
#include "inside.h"

#include "common/text.h"

static struct vt_eff head(uint32_t type, uint32_t size, uint64_t token)
{
    struct vt_eff h = {.size = size, .type = type, .token = token};
    return h;
}

#define HEAD(T, last, type, token) head(type, VT_UPTO(T, last), token)

void pbft_persist(struct vt_cs *cs, uint64_t slot, struct vt_view bytes)
{
    struct vt_eff_persist e = {
        .h = HEAD(struct vt_eff_persist, bytes, VT_EFF_PERSIST, 0),
        .slot = slot,
        .bytes = bytes};

    if (pbft_is_member(cs)) { /* an observer promises nothing */
        cs_outbox_put(&cs->box, &e.h);
    }
}

/* What is sent was signed after its own records became durable, or it is
 * somebody else's word: no later record has to be waited for. */
static void send(struct vt_cs *cs, uint32_t to, uint32_t proto,
                 const uint8_t *attach, struct vt_view msg)
{
    struct vt_eff_send e = {.h = HEAD(struct vt_eff_send, msg, VT_EFF_SEND, 0),
                            .to = to,
                            .proto = proto,
                            .klass = attach != NULL             ? VT_SEND_PROP
                                     : proto >= PBFT_VIEWCHANGE ? VT_SEND_CERT
                                                                : VT_SEND_VOTE,
                            .msg = msg};

    if (!pbft_is_member(cs) && to != VT_PEER_ALL) {
        return;
    }
    e.h.flags = VT_EFF_EARLY;
    if (attach != NULL) {
        e.has_attach = 1;
        memcpy(e.attach, attach, 32);
    }
    cs_outbox_put(&cs->box, &e.h);
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

void pbft_ask_sign(struct vt_cs *cs, struct pbft_ask *ask, uint32_t role,
                   uint64_t major, uint64_t minor, struct vt_view core)
{
    struct vt_eff_sign e = {
        .h = HEAD(struct vt_eff_sign, msg, VT_EFF_SIGN, cs->next_token),
        .role = role,
        .major = major,
        .minor = minor,
        .msg = core};

    ask->token = cs->next_token++;
    ask->since_ns = cs->now_ns;
    ask->state = PBFT_ASKED;
    cs_outbox_put(&cs->box, &e.h);
}

uint64_t pbft_ask_build(struct vt_cs *cs, uint64_t height,
                        const uint8_t parent[32], int allow_empty)
{
    struct vt_eff_build e = {
        .h = HEAD(struct vt_eff_build, payload, VT_EFF_BUILD, cs->next_token),
        .height = height,
        .max_bytes = cs->opt.batch_bytes,
        .view = cs->view,
        .allow_empty = allow_empty != 0};

    memcpy(e.parent, parent, 32);
    cs_outbox_put(&cs->box, &e.h);
    return cs->next_token++;
}

uint64_t pbft_ask_block(struct vt_cs *cs, uint32_t type, const uint8_t id[32])
{
    struct vt_eff_block e = {
        .h = HEAD(struct vt_eff_block, id, type,
                  type == VT_EFF_VALIDATE ? cs->next_token : 0)};

    if (type == VT_EFF_REQUEUE) {
        /* in order with later requests for the same block; it says nothing to
         * anybody outside */
        e.h.flags = VT_EFF_EARLY;
    }
    memcpy(e.id, id, 32);
    cs_outbox_put(&cs->box, &e.h);
    return type == VT_EFF_VALIDATE ? cs->next_token++ : 0;
}

uint64_t pbft_ask_fetch(struct vt_cs *cs, const uint8_t id[32],
                        uint64_t holders)
{
    struct vt_eff_fetch e = {
        .h = HEAD(struct vt_eff_fetch, holders, VT_EFF_FETCH, cs->next_token)};
    uint8_t set[8];
    struct cs_wr wr;

    holders &= ~(pbft_is_member(cs) ? cs_bit(cs->self) : 0);
    memcpy(e.id, id, 32);
    if (holders != 0) {
        cs_wr_init(&wr, set, sizeof set);
        cs_put_set(&wr, holders, cs->n);
        e.holders = cs_wr_view(&wr);
    }
    cs_outbox_put(&cs->box, &e.h);
    return cs->next_token++;
}

void pbft_emit_commit(struct vt_cs *cs, uint32_t type, uint64_t height,
                      const uint8_t id[32], struct vt_view proof)
{
    struct vt_eff_commit e = {.h = HEAD(struct vt_eff_commit, proof, type, 0),
                              .height = height,
                              .proof = proof};

    memcpy(e.id, id, 32);
    cs_outbox_put(&cs->box, &e.h);
}

/* At most one per retransmission interval: the host has its own retries. */
void pbft_emit_sync(struct vt_cs *cs, uint64_t height)
{
    struct vt_eff_head e = {.h = HEAD(struct vt_eff_head, id, VT_EFF_SYNC, 0),
                            .height = height};

    if (height <= cs->committed ||
        (cs->sync_ns != 0 &&
         cs->now_ns - cs->sync_ns < cs->opt.retransmit_ns)) {
        return;
    }
    cs->sync_ns = cs->now_ns;
    cs_outbox_put(&cs->box, &e.h);
    pbft_trace(cs, "SYNC behind", height);
}

void pbft_emit_evidence(struct vt_cs *cs, uint32_t kind, uint32_t member,
                        struct vt_view a, struct vt_view b)
{
    struct vt_eff_evidence e = {
        .h = HEAD(struct vt_eff_evidence, b, VT_EFF_EVIDENCE, 0),
        .kind = kind,
        .member = member,
        .a = a,
        .b = b};

    cs_outbox_put(&cs->box, &e.h);
}

void pbft_penalize(struct vt_cs *cs, uint32_t peer, const char *why)
{
    struct vt_eff_accuse e = {
        .h = HEAD(struct vt_eff_accuse, reason, VT_EFF_PENALIZE, 0),
        .peer = peer,
        .reason = cs_view(why, strlen(why))};

    if (peer < cs->n) {
        cs_outbox_put(&cs->box, &e.h);
    }
}

static void put_text(struct vt_cs *cs, uint32_t type, const struct cs_text *t)
{
    struct vt_eff_text e = {.h = HEAD(struct vt_eff_text, text, type, 0),
                            .text = cs_view(t->text, t->len)};

    cs_outbox_put(&cs->box, &e.h);
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

    if (cs->box.is_full || cs->box.head != NULL) {
        return; /* it would be dropped */
    }
    compose(cs, &t, what, seq);
    put_text(cs, VT_EFF_TRACE, &t);
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
    put_text(cs, VT_EFF_HALT, &t);
}

void pbft_gauges(struct vt_cs *cs)
{
    const int64_t now[4] = {(int64_t)cs->view, (int64_t)cs->committed,
                            (int64_t)(cs->tail - cs->committed),
                            (int64_t)cs->views_changed};

    for (uint32_t i = 0; i < 4; i++) {
        struct vt_eff_metric e = {
            .h = HEAD(struct vt_eff_metric, value, VT_EFF_METRIC, 0),
            .handle = cs->gauge[i],
            .value = now[i]};

        if (now[i] != cs->gauge_told[i] && cs->gauge[i] != 0 &&
            !cs->box.is_full && cs->box.head == NULL) {
            cs->gauge_told[i] = now[i];
            cs_outbox_put(&cs->box, &e.h);
        }
    }
}
