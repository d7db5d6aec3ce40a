/* SPDX-License-Identifier: Apache-2.0
 *
 * cuts.c - blocks of the chain, each a step of all lanes. The leader tells what
 * a block is joined from; everybody joins it. Who missed that asks for it, or
 * fetches the whole block.
 */
#include "inside.h"

/* ---- the table ----------------------------------------------------------- */

struct uni_cut *uni_cut_find(const struct vt_cs *cs, const uint8_t id[32])
{
    for (uint32_t i = 0; i < cs->cut_top; i++) {
        if (cs->cuts[i].is_used && memcmp(cs->cuts[i].id, id, 32) == 0) {
            return &cs->cuts[i];
        }
    }
    return NULL;
}

static void drop(struct vt_cs *cs, struct uni_cut *cut)
{
    cut->is_used = 0;
    while (cs->cut_top > 0 && !cs->cuts[cs->cut_top - 1].is_used) {
        cs->cut_top--;
    }
}

static int is_kept(const struct vt_cs *cs, const struct uni_cut *cut)
{
    return cut == uni_root(cs) || memcmp(cut->id, cs->applied_id, 32) == 0;
}

/* A full table: what is not final can be fetched again. */
static uint32_t make_room(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < UNI_CUTS; i++) {
        if (!is_kept(cs, &cs->cuts[i]) &&
            cs->cuts[i].height > uni_root(cs)->height) {
            return i;
        }
    }
    return UNI_NONE;
}

struct uni_cut *uni_cut_add(struct vt_cs *cs, const uint8_t id[32])
{
    struct uni_cut *cut = uni_cut_find(cs, id);
    uint32_t at = 0;

    if (cut != NULL) {
        return cut;
    }
    while (at < UNI_CUTS && cs->cuts[at].is_used) {
        at++;
    }
    if (at == UNI_CUTS) {
        at = make_room(cs);
    }
    if (at == UNI_NONE) {
        return NULL;
    }
    cs->cut_top = at >= cs->cut_top ? at + 1 : cs->cut_top;
    cut = &cs->cuts[at];
    memset(cut, 0, sizeof *cut);
    cut->is_used = 1;
    cut->teller = UNI_NONE;
    cut->tips = cs->cut_tips + (size_t)at * cs->n;
    if (cs->auditors > 0) {
        cut->audit = cs->cut_audits + at;
        memset(cut->audit, 0, sizeof *cut->audit);
    }
    memset(cut->tips, 0, cs->n * sizeof *cut->tips);
    memcpy(cut->id, id, 32);
    return cut;
}

void uni_cuts_prune(struct vt_cs *cs)
{
    uint64_t root = uni_root(cs)->height;

    for (uint32_t i = cs->cut_top; i-- > 0;) {
        struct uni_cut *cut = &cs->cuts[i];
        const uint8_t *final;

        if (!cut->is_used || is_kept(cs, cut) || cut->height > root ||
            cut->height == 0) {
            continue;
        }
        final = uni_final_id(cs, cut->height);
        if (cut->height < cs->applied || final == NULL ||
            memcmp(final, cut->id, 32) != 0) {
            drop(cs, cut);
        }
    }
}

/* ---- asking -------------------------------------------------------------- */

static void ask(struct vt_cs *cs, struct uni_cut *cut, uint32_t to)
{
    uint8_t bytes[64];
    struct uni_ask m = {.what = UNI_WANT_CUT};
    struct cs_wr wr;

    memcpy(m.id, cut->id, 32);
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_ask(&wr, &m);
    cut->asked_ns = cs->box.now_ns;
    uni_send(cs, to, UNI_PROTO_ASK, VT_SEND_CERT, cs_wr_view(&wr), NULL);
}

static void fetch(struct vt_cs *cs, struct uni_cut *cut)
{
    if (!cut->is_held && cut->fetch.state == CS_NOT_ASKED) {
        cut->fetches++;
        cs_emit_fetch(&cs->box, &cut->fetch, cut->id, cut->holders);
    }
}

struct uni_cut *uni_cut_want(struct vt_cs *cs, const uint8_t id[32],
                             uint64_t holders)
{
    struct uni_cut *cut = uni_cut_add(cs, id);

    if (cut == NULL) {
        return NULL;
    }
    cut->holders |= holders;
    cut->is_wanted = 1;
    if (!cut->is_told && cut->asked_ns == 0) {
        ask(cs, cut, cs_count(holders) == 1 ? cs_first(holders) : VT_PEER_ALL);
    }
    return cut;
}

/* Recursion goes down the chain that is not final: the core keeps it short. */
int uni_cut_need(struct vt_cs *cs, const uint8_t id[32])
{
    struct uni_cut *cut = uni_cut_add(cs, id);

    if (cut == NULL) {
        return 0;
    }
    cut->is_wanted = 1;
    if (cut == uni_root(cs)) {
        return uni_final_tips(cs) != NULL;
    }
    if (cut->is_good || cut->is_bad) {
        return (int)cut->is_good;
    }
    if (!cut->is_held) {
        if (cut->join.state != CS_ASKED) {
            fetch(cs, cut);
        }
        return 0;
    }
    if (cut->height > uni_root(cs)->height + 1 &&
        !uni_cut_need(cs, cut->parent)) {
        return 0;
    }
    if (cut->validate.state == CS_NOT_ASKED) {
        cs_emit_block(&cs->box, VT_EFF_VALIDATE,
                      cs_ask(&cs->box, &cut->validate), cut->id);
    }
    return 0;
}

/* ---- telling ------------------------------------------------------------- */

/* Certificates younger than a message may not be everywhere yet. */
static void put_certs(struct vt_cs *cs, const struct uni_cut *cut,
                      struct cs_wr *wr)
{
    const struct uni_cut *below = uni_cut_find(cs, cut->parent);

    for (uint32_t lane = 0; lane < cs->n; lane++) {
        const struct uni_tip *tip = &cut->tips[lane];
        const struct uni_cert *cert;

        if (tip->seq == 0 || (below != NULL && below->is_told &&
                              below->tips[lane].seq == tip->seq)) {
            continue;
        }
        cert = uni_cert_for(cs, lane, tip->seq, tip->id);
        if (cert != NULL && wr->cap - wr->len >= UNI_CERT_MAX) {
            uni_put_cert(wr, &cs->seats, cert);
        }
    }
}

void uni_say_cut(struct vt_cs *cs, uint32_t to, const struct uni_cut *cut,
                 int with_certs)
{
    struct uni_cut_msg m = {.height = cut->height,
                            .time_ms = cut->time_ms,
                            .proposer = cut->proposer};
    struct cs_wr wr;

    memcpy(m.id, cut->id, 32);
    memcpy(m.parent, cut->parent, 32);
    memcpy(m.tips, cut->tips, cs->n * sizeof m.tips[0]);
    m.draw = cut->draw;
    uni_put_audit_of(cs, cut, with_certs, &m);
    cs_wr_init(&wr, cs->buffer, UNI_CUT_MAX);
    uni_put_cut(&wr, &m, cs->n);
    if (with_certs) {
        put_certs(cs, cut, &wr);
    }
    uni_send(cs, to, UNI_PROTO_CUT, VT_SEND_PROP, cs_wr_view(&wr),
             uni_is_first(cs, cut->height) && cut->is_held ? cut->id : NULL);
}

void uni_on_ask(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct uni_ask m;
    const struct uni_cut *cut;
    const struct uni_cert *cert;

    if (!uni_get_ask(ev->msg, cs->n, &m)) {
        uni_penalize(cs, ev->from, "malformed ASK");
        return;
    }
    if (m.what == UNI_WANT_CERT) {
        cert = uni_cert_for(cs, m.lane, m.seq, m.id);
        if (cert != NULL) {
            uni_send_cert(cs, ev->from, cert);
        }
        return;
    }
    cut = uni_cut_find(cs, m.id);
    if (cut != NULL && cut->is_true && cut->height >= cs->start) {
        uni_say_cut(cs, ev->from, cut, 1);
    }
}

/* ---- being told ---------------------------------------------------------- */

static int may_tell(const struct vt_cs *cs, uint32_t from,
                    const struct uni_cut_msg *m)
{
    uint32_t told = 0;

    for (uint32_t i = 0; i < cs->cut_top; i++) {
        const struct uni_cut *cut = &cs->cuts[i];

        told += cut->is_used && cut->teller == from && !cut->is_wanted &&
                !cut->is_held;
    }
    return from == m->proposer && told < UNI_TOLD_MAX &&
           m->height > uni_root(cs)->height &&
           m->height <= uni_root(cs)->height + BFT_WINDOW;
}

void uni_on_cut(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct uni_cut_msg m;
    struct uni_cut *cut;

    if (!uni_get_cut(ev->msg, cs->n, &m)) {
        uni_penalize(cs, ev->from, "malformed CUT");
        return;
    }
    cut = uni_cut_find(cs, m.id);
    if (cut == NULL && may_tell(cs, ev->from, &m)) {
        cut = uni_cut_add(cs, m.id);
    }
    if (cut == NULL) {
        return;
    }
    cut->holders |= cs_bit(ev->from);
    if (!cut->is_told) {
        cut->is_told = 1;
        cut->teller = ev->from;
        memcpy(cut->parent, m.parent, 32);
        cut->height = m.height;
        cut->time_ms = m.time_ms;
        cut->proposer = m.proposer;
        memcpy(cut->tips, m.tips, cs->n * sizeof cut->tips[0]);
        cut->draw = m.draw;
        cut->luck = UNI_LUCK_UNKNOWN;
        cs->is_moved = 1;
        if (!uni_take_audit(cs, cut, m.audit)) {
            cut->is_told = 0;
            uni_penalize(cs, ev->from, "malformed CUT");
            return;
        }
    }
    if (ev->has_attach && memcmp(ev->attach, m.id, 32) == 0) {
        fetch(cs, cut);
    }
    uni_take_approvals(cs, ev->from, m.words);
    uni_take_certs(cs, ev->from, m.certs);
}

/* The host shows the block: now the id proves all of it. */
static void learn(struct vt_cs *cs, struct uni_cut *cut,
                  const struct vt_ev_block *ev)
{
    struct uni_tip tips[CS_MEMBERS_MAX];
    struct vt_view rest;

    cs->is_moved = 1;
    cut->is_held = 1;
    if (cut->is_true) {
        return;
    }
    cut->is_told = 1;
    cut->is_true = 1;
    memcpy(cut->parent, ev->parent, 32);
    cut->height = ev->height;
    cut->time_ms = ev->time_ms;
    cut->proposer = ev->proposer;
    cut->is_empty = ev->txs == 0;
    cut->luck = UNI_LUCK_UNKNOWN;
    if (!uni_get_cut_payload(ev->payload, cs->n, tips, &cut->draw, &rest) ||
        !uni_take_audit(cs, cut, rest)) {
        cut->is_bad = 1;
        uni_trace(cs, "C2 bad header", cut->height);
        return;
    }
    memcpy(cut->tips, tips, cs->n * sizeof tips[0]);
    if (cut == uni_root(cs)) {
        cs->pace.is_settled = cut->is_empty;
    }
}

int uni_cut_fetched(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->cut_top; i++) {
        struct uni_cut *cut = &cs->cuts[i];

        if (!cut->is_used || cut->fetch.state != CS_ASKED ||
            cut->fetch.token != ev->token) {
            continue;
        }
        if (ev->status == VT_OK && memcmp(ev->id, cut->id, 32) == 0) {
            cut->fetch.state = CS_DONE;
            learn(cs, cut, ev);
        } else {
            cut->fetch.state = CS_REFUSED;
        }
        return 1;
    }
    return 0;
}

int uni_cut_validated(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->cut_top; i++) {
        struct uni_cut *cut = &cs->cuts[i];

        if (!cut->is_used || cut->validate.state != CS_ASKED ||
            cut->validate.token != ev->token) {
            continue;
        }
        cut->validate.state = CS_NOT_ASKED;
        cs->is_moved = 1;
        if (ev->status != VT_OK) {
            cut->is_held = 0; /* the host lost it */
            cut->fetch.state = CS_NOT_ASKED;
        } else if (ev->verdict == VT_LATER) {
            cut->validate.state = CS_REFUSED;
        } else if (ev->verdict == VT_GOOD) {
            cut->is_good = 1;
        } else {
            cut->is_bad = 1;
            uni_trace(cs, "C5 invalid block", cut->height);
        }
        return 1;
    }
    return 0;
}

/* ---- joining ------------------------------------------------------------- */

void uni_cut_join(struct vt_cs *cs, struct uni_cut *cut, size_t count)
{
    struct vt_eff_join e = {.height = cut->height,
                            .time_ms = cut->time_ms,
                            .proposer = cut->proposer};
    struct cs_wr wr;

    if (cut->join.state != CS_NOT_ASKED) {
        return;
    }
    memcpy(e.parent, cut->parent, 32);
    cs_wr_init(&wr, cs->buffer, UNI_BUFFER);
    uni_put_cut_payload(&wr, cut->tips, cs->n, &cut->draw);
    if (cut->audit != NULL) {
        uni_put_audit(&wr, cut->audit, cs->n);
    }
    e.payload = cs_wr_view(&wr);
    e.batches = cs_view(cs->joined, 32 * count);
    e.h = CS_HEAD(struct vt_eff_join, batches, VT_EFF_JOIN,
                  cs_ask(&cs->box, &cut->join));
    cs_outbox_put(&cs->box, &e.h);
}

/* Not the block that was told of: if the id proves what it is made from, the
 * proposal is wrong; else its teller may be. */
void uni_cut_be_other(struct vt_cs *cs, struct uni_cut *cut)
{
    if (cut->is_true) {
        cut->is_bad = 1;
        uni_trace(cs, "C5 another block", cut->height);
    } else {
        cut->is_told = 0;
        cut->join.state = CS_NOT_ASKED;
        fetch(cs, cut);
    }
}

static void joined(struct vt_cs *cs, struct uni_cut *cut,
                   const struct vt_ev_block *ev)
{
    const struct uni_cut *below = uni_cut_find(cs, cut->parent);

    cs->is_moved = 1;
    cut->join.state = CS_DONE;
    if (ev->status == VT_OK && memcmp(ev->id, cut->id, 32) == 0) {
        cut->is_true = 1;
        cut->is_held = 1;
        cut->is_joined = 1;
        cut->is_good = 1;
        cut->is_empty = ev->txs == 0;
        uni_trace(cs, "C5 joined", cut->height);
    } else if (ev->status == VT_OK) {
        if (uni_cut_find(cs, ev->id) == NULL) {
            cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, ev->id);
        }
        uni_cut_be_other(cs, cut);
    } else if (ev->status == VT_E_INVALID) {
        uni_cut_be_other(cs, cut);
    } else {
        cut->join.state = CS_REFUSED;
        if (ev->status == VT_E_NOTFOUND && cut->audit != NULL) {
            uni_refetch_audited(cs, cut->audit);
        } else if (ev->status == VT_E_NOTFOUND && below != NULL &&
                   below->is_told) {
            uni_refetch(cs, below->tips, cut->tips);
        }
    }
}

int uni_cut_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->cut_top; i++) {
        struct uni_cut *cut = &cs->cuts[i];

        if (cut->is_used && cut->join.state == CS_ASKED &&
            cut->join.token == ev->token) {
            joined(cs, cut, ev);
            return 1;
        }
    }
    return 0;
}

/* ---- again --------------------------------------------------------------- */

static int is_fetch_due(const struct vt_cs *cs, const struct uni_cut *cut)
{
    uint64_t waited_ns = cs->box.now_ns - cut->fetch.since_ns;
    uint32_t more =
        cut->fetches < UNI_BACKOFF_MAX ? cut->fetches : UNI_BACKOFF_MAX;

    return cut->fetch.state == CS_REFUSED ||
           (cut->fetch.state == CS_ASKED &&
            waited_ns >= UNI_RETRY * cs->opt.tick_ns << more);
}

static void retry(struct vt_cs *cs, struct uni_cut *cut)
{
    uint64_t stale_ns = 2 * UNI_RETRY * cs->opt.tick_ns;

    if (is_fetch_due(cs, cut)) {
        cut->fetch.state = CS_NOT_ASKED;
        fetch(cs, cut);
    }
    if (cut->is_wanted && !cut->is_told && cut->asked_ns != 0 &&
        cs->box.now_ns - cut->asked_ns >= cs->opt.tick_ns) {
        fetch(cs, cut); /* nobody told: the whole block tells, too */
    }
    if (cut->join.state == CS_REFUSED ||
        cs_is_stale(&cs->box, &cut->join, stale_ns)) {
        cut->join.state = CS_NOT_ASKED;
    }
    if (cut->validate.state == CS_REFUSED ||
        cs_is_stale(&cs->box, &cut->validate, stale_ns)) {
        cut->validate.state = CS_NOT_ASKED;
    }
}

void uni_cuts_retry(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->cut_top; i++) {
        if (cs->cuts[i].is_used) {
            retry(cs, &cs->cuts[i]);
        }
    }
}
