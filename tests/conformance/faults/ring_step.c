/* SPDX-License-Identifier: Apache-2.0
 *
 * ring_step.c - the events of the engine with faults.
 */
#include "ring.h"

#ifdef FAULT_CLOCK
#include <time.h>
#endif
#ifdef FAULT_CALL
#include <unistd.h>
#endif
#include <stdlib.h>

#define HEAD_LEN 44u /* that, and four bytes for later */
#define TIMER 1u
#define PROTO_PROPOSE 1u
#define PROTO_VOTE 2u
#define PROTO_HEIGHT 3u /* where somebody stands: those behind catch up */

#ifdef FAULT_GLOBAL
static uint64_t shared_token;
#endif

/* ---- effects ------------------------------------------------------------- */

static void emit(struct vt_cs *c, struct vt_eff *eff, uint32_t size,
                 uint32_t type)
{
    eff->size = size;
    eff->type = type;
    if (c->out->emit(c->out, eff) != VT_OK) {
        c->is_full = 1;
    }
}

#define EMIT(c, e, T, last, type) emit(c, &(e).h, VT_UPTO(T, last), type)

static uint64_t next_token(struct vt_cs *c)
{
#ifdef FAULT_GLOBAL
    c->token = ++shared_token;
    return c->token;
#else
    return ++c->token;
#endif
}

static void arm(struct vt_cs *c)
{
    struct vt_eff_timer e = {.timer = TIMER, .delay_ns = c->pause_ns};

#ifdef FAULT_CLOCK
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    e.delay_ns += (uint64_t)now.tv_nsec & 0xfff;
#endif
#ifdef FAULT_CALL
    e.delay_ns += (uint64_t)getppid() & 1;
#endif
    EMIT(c, e, struct vt_eff_timer, delay_ns, VT_EFF_TIMER);
}

static void send(struct vt_cs *c, uint32_t proto, const uint8_t *attach,
                 const uint8_t *bytes, size_t len)
{
    struct vt_eff_send e = {.to = VT_PEER_ALL,
                            .proto = proto,
                            .klass = VT_SEND_VOTE,
                            .has_attach = attach != NULL};

    if (attach != NULL) {
        memcpy(e.attach, attach, 32);
    }
    e.msg.ptr = bytes;
    e.msg.len = len;
    EMIT(c, e, struct vt_eff_send, msg, VT_EFF_SEND);
}

static void send_vote(struct vt_cs *c)
{
#ifdef FAULT_UNINITIALISED
    uint8_t bytes[HEAD_LEN + SIG_MAX];
#else
    uint8_t bytes[HEAD_LEN + SIG_MAX] = {0};
#endif
    const struct vote *v = &c->votes[c->self];

    if (v->len > 0) {
        vote_bytes(c->height, v->id, bytes);
        memcpy(bytes + HEAD_LEN, v->sig, v->len);
        send(c, PROTO_VOTE, NULL, bytes, HEAD_LEN + v->len);
    }
}

static void send_height(struct vt_cs *c)
{
    uint8_t bytes[8];

    put_u64(bytes, c->height);
    send(c, PROTO_HEIGHT, NULL, bytes, sizeof bytes);
}

static void send_proposal(struct vt_cs *c)
{
    uint8_t bytes[VOTE_LEN];

    if (c->has_id && c->is_valid && c->height % c->n == c->self) {
        vote_bytes(c->height, c->id, bytes);
        send(c, PROTO_PROPOSE, c->id, bytes, sizeof bytes);
    }
}

/* ---- a height ------------------------------------------------------------ */

static void ask_build(struct vt_cs *c)
{
    struct vt_eff_build e = {.height = c->height, .view = 0};

    if (c->self >= c->n || c->height % c->n != c->self || c->has_id ||
        c->building != 0) {
        return;
    }
    e.h.token = c->building = next_token(c);
    memcpy(e.parent, c->parent, 32);
    EMIT(c, e, struct vt_eff_build, payload, VT_EFF_BUILD);
}

void ring_begin(struct vt_cs *c, uint64_t height, const uint8_t parent[32])
{
    c->height = height;
    memcpy(c->parent, parent, 32);
    c->has_id = c->is_valid = c->is_durable = 0;
    c->persisting = c->signing = c->building = c->validating = 0;
    c->verifying = 0;
    memset(c->votes, 0, sizeof c->votes);
}

/* Write down what is voted for, then sign it. */
static void vote(struct vt_cs *c)
{
    uint8_t bytes[VOTE_LEN];
    struct vt_eff_block store = {.h.token = 0};
    struct vt_eff_persist keep = {.slot = SLOT};
    struct vt_eff_sign sign = {.role = ROLE, .major = c->height};

    if (c->self >= c->n || !c->is_valid || c->signing != 0 ||
        c->votes[c->self].len > 0) {
        return;
    }
    vote_bytes(c->height, c->id, bytes);
    if (!c->is_durable) {
        memcpy(store.id, c->id, 32);
        EMIT(c, store, struct vt_eff_block, id, VT_EFF_STORE);
        keep.h.token = c->persisting = next_token(c);
        keep.bytes.ptr = bytes;
        keep.bytes.len = sizeof bytes;
        EMIT(c, keep, struct vt_eff_persist, bytes, VT_EFF_PERSIST);
        c->is_durable = 1;
    }
    sign.h.token = c->signing = next_token(c);
#ifdef FAULT_EARLY
    sign.h.flags = VT_EFF_EARLY;
#endif
    sign.msg.ptr = bytes;
    sign.msg.len = sizeof bytes;
    EMIT(c, sign, struct vt_eff_sign, msg, VT_EFF_SIGN);
}

static void ask_validate(struct vt_cs *c)
{
    struct vt_eff_block e = {.h.token = 0};

    if (c->has_id && !c->is_valid && c->validating == 0) {
        e.h.token = c->validating = next_token(c);
        memcpy(e.id, c->id, 32);
        EMIT(c, e, struct vt_eff_block, id, VT_EFF_VALIDATE);
    }
}

static uint32_t count_votes(const struct vt_cs *c, const uint8_t id[32])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < c->n; i++) {
        count += c->votes[i].len > 0 && memcmp(c->votes[i].id, id, 32) == 0;
    }
    return count;
}

static void decide(struct vt_cs *c)
{
    uint8_t proof[MEMBERS_MAX * ENTRY_LEN] = {0};
    struct vt_eff_commit e = {.height = c->height};
    uint8_t id[32];
    uint32_t used = 0;

    if (!c->is_valid || count_votes(c, c->id) <= c->n / 2) {
        return;
    }
    for (uint32_t i = 0; i < c->n && used <= c->n / 2; i++) {
        if (c->votes[i].len > 0 && memcmp(c->votes[i].id, c->id, 32) == 0) {
            proof[used * ENTRY_LEN] = (uint8_t)i;
            proof[used * ENTRY_LEN + 1] = (uint8_t)c->votes[i].len;
            memcpy(proof + used * ENTRY_LEN + 4, c->votes[i].sig,
                   c->votes[i].len);
            used++;
        }
    }
    memcpy(id, c->id, 32);
    memcpy(e.id, id, 32);
    e.proof.ptr = proof;
    e.proof.len = used * ENTRY_LEN;
    EMIT(c, e, struct vt_eff_commit, proof, VT_EFF_COMMIT);
    ring_begin(c, c->height + 1, id);
    ask_build(c);
}

/* ---- events -------------------------------------------------------------- */

static void on_propose(struct vt_cs *c, const struct vt_ev_recv *e)
{
    if (e->msg.len != VOTE_LEN || !e->has_attach || c->has_id ||
        get_u64(e->msg.ptr) != c->height || c->height % c->n != e->from ||
        memcmp(e->msg.ptr + 8, e->attach, 32) != 0) {
        return;
    }
    c->has_id = 1;
    memcpy(c->id, e->attach, 32);
    ask_validate(c);
}

static void ask_sync(struct vt_cs *c, uint64_t height)
{
    struct vt_eff_head e = {.height = height};

    EMIT(c, e, struct vt_eff_head, id, VT_EFF_SYNC);
}

static void on_vote(struct vt_cs *c, const struct vt_ev_recv *e)
{
    struct vt_verify_item item = {.member = e->from, .role = ROLE};
    struct vt_eff_verify v = {.items = {&item, 1, sizeof item}};
    uint64_t height;

    if (e->msg.len <= HEAD_LEN || e->msg.len > HEAD_LEN + SIG_MAX ||
        e->from >= c->n) {
        return;
    }
    height = get_u64(e->msg.ptr);
    if (height > c->height && height < c->height + 1000) {
        ask_sync(c, height - 1);
    }
    if (height != c->height || c->verifying != 0 || c->votes[e->from].len > 0) {
        return;
    }
    c->doubtful_from = e->from;
    c->doubtful.len = e->msg.len - HEAD_LEN;
    memcpy(c->doubtful.id, e->msg.ptr + 8, 32);
    memcpy(c->doubtful.sig, e->msg.ptr + HEAD_LEN, c->doubtful.len);
    item.msg.ptr = e->msg.ptr;
    item.msg.len = VOTE_LEN;
    item.sig.ptr = c->doubtful.sig;
    item.sig.len = c->doubtful.len;
    v.h.token = c->verifying = next_token(c);
    EMIT(c, v, struct vt_eff_verify, items, VT_EFF_VERIFY);
}

static void on_height(struct vt_cs *c, const struct vt_ev_recv *e)
{
    uint64_t height = e->msg.len == 8 ? get_u64(e->msg.ptr) : 0;

    if (height > c->height && height < c->height + 1000) {
        ask_sync(c, height - 1);
    }
}

static void on_recv(struct vt_cs *c, const struct vt_ev_recv *e)
{
#ifdef FAULT_HOARD
    if (e->msg.len > 0) {
        c->hoard = realloc(c->hoard, (c->hoard_count + 1) * sizeof *c->hoard);
        c->hoard[c->hoard_count] = malloc(e->msg.len);
        memcpy(c->hoard[c->hoard_count++], e->msg.ptr, e->msg.len);
    }
#endif
#ifdef FAULT_OVERRUN
    if (e->msg.len > 3000 && e->msg.ptr[0] > 0xf0) {
        abort();
    }
#endif
    if (e->proto == PROTO_PROPOSE) {
        on_propose(c, e);
    } else if (e->proto == PROTO_VOTE) {
        on_vote(c, e);
    } else if (e->proto == PROTO_HEIGHT) {
        on_height(c, e);
    }
}

static void on_signed(struct vt_cs *c, const struct vt_ev_done *e)
{
    struct vote *v = &c->votes[c->self < c->n ? c->self : 0];

    if (e->token == 0 || e->token != c->signing) {
        return;
    }
    c->signing = 0;
    if (e->status == VT_OK && e->data.len > 0 && e->data.len <= SIG_MAX) {
        memcpy(v->sig, e->data.ptr, e->data.len);
        v->len = e->data.len;
        memcpy(v->id, c->id, 32);
        send_vote(c);
        decide(c);
    }
}

static void on_verified(struct vt_cs *c, const struct vt_ev_done *e)
{
    if (e->token == 0 || e->token != c->verifying) {
        return;
    }
    c->verifying = 0;
    if (e->status == VT_OK && e->data.len == 1 && e->data.ptr[0] == VT_GOOD &&
        c->doubtful_from < c->n) {
        c->votes[c->doubtful_from] = c->doubtful;
        decide(c);
    }
}

static void on_built(struct vt_cs *c, const struct vt_ev_block *e)
{
    if (e->token == 0 || e->token != c->building) {
        return;
    }
    c->building = 0;
    if (e->status == VT_OK && e->height == c->height && !c->has_id) {
        c->has_id = c->is_valid = 1;
        memcpy(c->id, e->id, 32);
        send_proposal(c);
        vote(c);
    }
}

static void on_validated(struct vt_cs *c, const struct vt_ev_block *e)
{
    if (e->token == 0 || e->token != c->validating) {
        return;
    }
    c->validating = 0;
    if (e->status == VT_OK && e->verdict == VT_GOOD && e->height == c->height) {
        c->is_valid = 1;
        send_proposal(c);
        vote(c);
        decide(c);
    } else if (!c->is_durable) {
        c->has_id = 0;
    }
}

static void on_fetched(struct vt_cs *c, const struct vt_ev_block *e)
{
    if (e->token != 0 && e->status == VT_OK) {
        ask_validate(c);
    }
}

static void fetch(struct vt_cs *c)
{
    struct vt_eff_fetch e = {.h.token = next_token(c)};

    memcpy(e.id, c->id, 32);
    EMIT(c, e, struct vt_eff_fetch, holders, VT_EFF_FETCH);
}

static void on_applied(struct vt_cs *c, const struct vt_ev_applied *e)
{
    if (e->height > c->applied) {
        c->applied = e->height;
    }
    if (e->height >= c->height) {
        ring_begin(c, e->height + 1, e->id);
    }
    ask_build(c);
}

static void on_timer(struct vt_cs *c)
{
    arm(c);
    send_height(c);
    ask_build(c);
    if (c->has_id && !c->is_valid) {
        if (c->validating == 0) {
            fetch(c);
        }
    } else {
        send_proposal(c);
        vote(c);
        send_vote(c);
    }
}

#define AS(T, ev) ((const T *)(const void *)(ev))

vt_status ring_step(struct vt_cs *c, const struct vt_ev *ev, struct vt_out *out)
{
    c->out = out;
    switch (ev->type) {
    case VT_EV_START:
        arm(c);
        ask_build(c);
        if (c->has_id) {
            fetch(c);
        }
        return VT_OK;
    case VT_EV_TIMER:
        on_timer(c);
        return VT_OK;
    case VT_EV_RECV:
        on_recv(c, AS(struct vt_ev_recv, ev));
#ifdef FAULT_PROUD
        return AS(struct vt_ev_recv, ev)->proto > 3 ? VT_E_INVALID : VT_OK;
#else
        return VT_OK;
#endif
    case VT_EV_SIGNED:
        on_signed(c, AS(struct vt_ev_done, ev));
        return VT_OK;
    case VT_EV_VERIFIED:
        on_verified(c, AS(struct vt_ev_done, ev));
        return VT_OK;
    case VT_EV_BUILT:
        on_built(c, AS(struct vt_ev_block, ev));
        return VT_OK;
    case VT_EV_VALIDATED:
        on_validated(c, AS(struct vt_ev_block, ev));
        return VT_OK;
    case VT_EV_FETCHED:
        on_fetched(c, AS(struct vt_ev_block, ev));
        return VT_OK;
    case VT_EV_APPLIED:
        on_applied(c, AS(struct vt_ev_applied, ev));
        return VT_OK;
    case VT_EV_TXS:
        ask_build(c);
        return VT_OK;
    default:
#ifdef FAULT_CRITICAL
        return VT_OK;
#else
        return (ev->type & VT_EV_CRITICAL) != 0 ? VT_E_UNSUPPORTED : VT_OK;
#endif
    }
}
