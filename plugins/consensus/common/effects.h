/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.h - one function per effect an engine emits.
 */
#ifndef VT_CONSENSUS_COMMON_EFFECTS_H
#define VT_CONSENSUS_COMMON_EFFECTS_H

#include "common/cert.h"
#include "common/outbox.h"
#include "common/text.h"

static inline struct vt_eff cs_eff_head(uint32_t type, uint32_t size,
                                        uint64_t token)
{
    struct vt_eff h = {.size = size, .type = type, .token = token};
    return h;
}

#define CS_HEAD(T, last, type, token) cs_eff_head(type, VT_UPTO(T, last), token)

/* For needs[]: of any engine, of one whose blocks are checked and final, of one
 * that also has them built. */
#define CS_NEEDS_ANY                                                           \
    {VT_NEED_PERSIST, VT_UPTO(struct vt_eff_persist, bytes), 0},               \
        {VT_NEED_SEND, VT_UPTO(struct vt_eff_send, msg), 0},                   \
    {                                                                          \
        VT_NEED_TIMER, VT_UPTO(struct vt_eff_timer, delay_ns), 0               \
    }
#define CS_NEEDS_BLOCKS                                                        \
    {VT_NEED_VALIDATE, VT_UPTO(struct vt_eff_block, id), 0},                   \
        {VT_NEED_SIGN, VT_UPTO(struct vt_eff_sign, msg), 0},                   \
        {VT_NEED_VERIFY, VT_UPTO(struct vt_eff_verify, items), 0},             \
        {VT_NEED_STORE, VT_UPTO(struct vt_eff_block, id), 0},                  \
        {VT_NEED_COMMIT, VT_UPTO(struct vt_eff_commit, proof), 0},             \
        {VT_NEED_FETCH, VT_UPTO(struct vt_eff_fetch, holders), 0},             \
        {VT_NEED_PENALIZE, VT_UPTO(struct vt_eff_accuse, reason), 0},          \
        {VT_NEED_EVIDENCE, VT_UPTO(struct vt_eff_evidence, b), 0},             \
        {VT_NEED_SEALED, VT_UPTO(struct vt_eff_commit, proof), 0},             \
        {VT_NEED_HALT, VT_UPTO(struct vt_eff_text, text), 0},                  \
        {VT_NEED_REQUEUE, VT_UPTO(struct vt_eff_block, id), 0},                \
        {VT_NEED_SYNC, VT_UPTO(struct vt_eff_head, id), 0},                    \
        {VT_NEED_METRIC, VT_UPTO(struct vt_eff_metric, value), 1},             \
    {                                                                          \
        VT_NEED_TRACE, VT_UPTO(struct vt_eff_text, text), 1                    \
    }
#define CS_NEEDS_INSTANT                                                       \
    CS_NEEDS_ANY, {VT_NEED_BUILD, VT_UPTO(struct vt_eff_build, payload), 0},   \
        CS_NEEDS_BLOCKS

/* ---- questions ----------------------------------------------------------- */

/* Something asked of the host. */
enum cs_asked { CS_NOT_ASKED = 0, CS_ASKED, CS_DONE, CS_REFUSED };

struct cs_ask {
    uint64_t token, since_ns;
    uint32_t state; /* enum cs_asked */
};

/* Notes a question and gives its token. */
static inline uint64_t cs_ask(struct cs_outbox *box, struct cs_ask *ask)
{
    ask->token = box->next_token++;
    ask->since_ns = box->now_ns;
    ask->state = CS_ASKED;
    return ask->token;
}

/* 1 when this answers the question with a signature. A refusal is final; after
 * any other failure the tick asks again. */
static inline int cs_answered(struct cs_ask *ask, const struct vt_ev_done *ev)
{
    if (ask->state != CS_ASKED || ask->token != ev->token) {
        return 0;
    }
    if (ev->status == VT_OK && ev->data.len > 0 && ev->data.len <= CS_SIG_MAX) {
        ask->state = CS_DONE;
        return 1;
    }
    if (ev->status == VT_E_DENIED || ev->status == VT_OK) {
        ask->state = CS_REFUSED;
    }
    return 0;
}

/* Has it waited for its answer that long? */
static inline int cs_is_stale(const struct cs_outbox *box,
                              const struct cs_ask *ask, uint64_t older_ns)
{
    return ask->state == CS_ASKED && box->now_ns - ask->since_ns >= older_ns;
}

/* ---- effects ------------------------------------------------------------- */

static inline void cs_emit_persist(struct cs_outbox *box, uint64_t slot,
                                   struct vt_view bytes)
{
    struct vt_eff_persist e = {
        .h = CS_HEAD(struct vt_eff_persist, bytes, VT_EFF_PERSIST, 0),
        .slot = slot,
        .bytes = bytes};

    cs_outbox_put(box, &e.h);
}

/* attach: an id, or NULL. */
static inline void cs_emit_send(struct cs_outbox *box, struct vt_eff_send *e,
                                const uint8_t *attach)
{
    uint32_t flags = e->h.flags;

    e->h = CS_HEAD(struct vt_eff_send, msg, VT_EFF_SEND, 0);
    e->h.flags = flags;
    if (attach != NULL) {
        e->has_attach = 1;
        memcpy(e->attach, attach, 32);
    }
    cs_outbox_put(box, &e->h);
}

static inline void cs_emit_sign(struct cs_outbox *box, struct cs_ask *ask,
                                struct vt_eff_sign *e)
{
    uint32_t flags = e->h.flags;

    e->h = CS_HEAD(struct vt_eff_sign, msg, VT_EFF_SIGN, cs_ask(box, ask));
    e->h.flags = flags;
    cs_outbox_put(box, &e->h);
}

static inline void cs_emit_build(struct cs_outbox *box, struct cs_ask *ask,
                                 struct vt_eff_build *e,
                                 const uint8_t parent[32])
{
    e->h =
        CS_HEAD(struct vt_eff_build, payload, VT_EFF_BUILD, cs_ask(box, ask));
    memcpy(e->parent, parent, 32);
    cs_outbox_put(box, &e->h);
}

/* VALIDATE, STORE and REQUEUE; token 0: no answer is waited for. */
static inline void cs_emit_stage(struct cs_outbox *box, uint32_t stage,
                                 const uint8_t id[32], struct vt_view proof)
{
    struct vt_eff_stage e = {
        .h = CS_HEAD(struct vt_eff_stage, proof, VT_EFF_STAGE, 0),
        .stage = stage,
        .proof = proof};

    memcpy(e.id, id, 32);
    cs_outbox_put(box, &e.h);
}

static inline void cs_emit_block(struct cs_outbox *box, uint32_t type,
                                 uint64_t token, const uint8_t id[32])
{
    struct vt_eff_block e = {.h =
                                 CS_HEAD(struct vt_eff_block, id, type, token)};

    if (type == VT_EFF_REQUEUE) {
        /* in order with later requests for the same block; it says nothing to
         * anybody outside */
        e.h.flags = VT_EFF_EARLY;
    }
    memcpy(e.id, id, 32);
    cs_outbox_put(box, &e.h);
}

static inline void cs_emit_fetch(struct cs_outbox *box, struct cs_ask *ask,
                                 const uint8_t id[32], uint64_t holders)
{
    struct vt_eff_fetch e = {.h = CS_HEAD(struct vt_eff_fetch, holders,
                                          VT_EFF_FETCH, cs_ask(box, ask))};
    uint8_t set[8];
    struct cs_wr wr;

    memcpy(e.id, id, 32);
    if (holders != 0) {
        cs_wr_init(&wr, set, sizeof set);
        cs_put_u64(&wr, holders);
        e.holders = cs_wr_view(&wr);
    }
    cs_outbox_put(box, &e.h);
}

/* COMMIT and SEALED. */
static inline void cs_emit_commit(struct cs_outbox *box, uint32_t type,
                                  uint64_t height, const uint8_t id[32],
                                  struct vt_view proof)
{
    struct vt_eff_commit e = {.h =
                                  CS_HEAD(struct vt_eff_commit, proof, type, 0),
                              .height = height,
                              .proof = proof};

    memcpy(e.id, id, 32);
    cs_outbox_put(box, &e.h);
}

static inline void cs_emit_sync(struct cs_outbox *box, uint64_t height)
{
    struct vt_eff_head e = {
        .h = CS_HEAD(struct vt_eff_head, id, VT_EFF_SYNC, 0), .height = height};

    cs_outbox_put(box, &e.h);
}

static inline void cs_emit_evidence(struct cs_outbox *box, uint32_t kind,
                                    uint32_t member, struct vt_view a,
                                    struct vt_view b)
{
    struct vt_eff_evidence e = {
        .h = CS_HEAD(struct vt_eff_evidence, b, VT_EFF_EVIDENCE, 0),
        .kind = kind,
        .member = member,
        .a = a,
        .b = b};

    cs_outbox_put(box, &e.h);
}

static inline void cs_emit_penalty(struct cs_outbox *box, uint32_t peer,
                                   const char *why)
{
    struct vt_eff_accuse e = {
        .h = CS_HEAD(struct vt_eff_accuse, reason, VT_EFF_PENALIZE, 0),
        .peer = peer,
        .reason = cs_view(why, strlen(why))};

    cs_outbox_put(box, &e.h);
}

/* TRACE and HALT. */
static inline void cs_emit_text(struct cs_outbox *box, uint32_t type,
                                const struct cs_text *t)
{
    struct vt_eff_text e = {.h = CS_HEAD(struct vt_eff_text, text, type, 0),
                            .text = cs_view(t->text, t->len)};

    cs_outbox_put(box, &e.h);
}

/* TRACE and METRIC would be dropped now. */
static inline int cs_is_short(const struct cs_outbox *box)
{
    return box->is_full || box->head != NULL;
}

/* Gauges that changed since they were told last. */
static inline void cs_emit_gauges(struct cs_outbox *box, const int64_t *now,
                                  int64_t *told, const uint32_t *handles,
                                  uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct vt_eff_metric e = {
            .h = CS_HEAD(struct vt_eff_metric, value, VT_EFF_METRIC, 0),
            .handle = handles[i],
            .value = now[i]};

        if (now[i] != told[i] && handles[i] != 0 && !cs_is_short(box)) {
            told[i] = now[i];
            cs_outbox_put(box, &e.h);
        }
    }
}

/* ---- timers -------------------------------------------------------------- */

/* A timer that fires early is armed anew, so that progress costs no effect. */
struct cs_timer {
    uint64_t wanted_ns; /* 0: not wanted */
    uint64_t armed_ns;  /* 0: not armed; never after wanted_ns when wanted */
};

/* No later than at_ns. */
static inline void cs_timer_want(struct cs_timer *timer, uint64_t at_ns)
{
    if (timer->wanted_ns == 0 || at_ns < timer->wanted_ns) {
        timer->wanted_ns = at_ns;
    }
}

static inline void cs_timer_arm(struct cs_outbox *box, struct cs_timer *timer,
                                uint64_t id)
{
    struct vt_eff_timer e = {
        .h = CS_HEAD(struct vt_eff_timer, delay_ns, VT_EFF_TIMER, 0),
        .timer = id};

    if (timer->wanted_ns == 0 ||
        (timer->armed_ns != 0 && timer->armed_ns <= timer->wanted_ns)) {
        return;
    }
    timer->armed_ns = timer->wanted_ns;
    e.delay_ns =
        timer->wanted_ns > box->now_ns ? timer->wanted_ns - box->now_ns : 1;
    cs_outbox_put(box, &e.h);
}

/* It fired: 1 when its moment has come. */
static inline int cs_timer_fired(const struct cs_outbox *box,
                                 struct cs_timer *timer)
{
    timer->armed_ns = 0;
    if (timer->wanted_ns == 0 || box->now_ns < timer->wanted_ns) {
        return 0; /* not wanted any more, or later: armed anew if so */
    }
    timer->wanted_ns = 0;
    return 1;
}

#endif
