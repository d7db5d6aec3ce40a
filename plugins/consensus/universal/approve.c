/* SPDX-License-Identifier: Apache-2.0
 *
 * approve.c - the auditors of the audit level: who is drawn for a batch that is
 * ordered checks it and says so to all; who finds it invalid shows the flaw.
 */
#include "inside.h"

/* ---- what this member is drawn for ----------------------------------------
 */

/* By the final state; the draw is looked at once for each number of auditors.
 */
static int is_drawn(const struct vt_cs *cs, const struct uni_pend *p,
                    struct uni_batch *batch)
{
    const struct uni_cut *root = uni_root(cs);
    const struct uni_audit_step step = {.hasher = &cs->audit_hasher,
                                        .seats = &cs->seats,
                                        .auditors = cs->auditors,
                                        .height = root->height};
    const struct uni_group *group = &root->audit->group[p->group];
    uint32_t level;
    uint32_t need;

    if (p->fate != UNI_OPEN_FATE || group->drawn == 0) {
        return 0;
    }
    level = uni_audit_level(group, root->height);
    if (batch->drawn_at != group->drawn || batch->drawn_level != level) {
        batch->drawn_at = group->drawn;
        batch->drawn_level = level;
        batch->is_drawn = (uint32_t)cs_has(
            uni_auditors(&step, root->audit, p, &need), cs->self);
    }
    return (int)batch->is_drawn;
}

static void sign(struct vt_cs *cs, struct uni_batch *batch)
{
    uint8_t core[UNI_CORE_LEN];
    /* two words for one number are no offence here: positions only grow */
    struct vt_eff_sign e = {.role = UNI_ROLE_APPROVE,
                            .major = uni_root(cs)->height,
                            .minor = ++cs->approvals};
    struct cs_wr wr;

    cs_wr_init(&wr, core, sizeof core);
    uni_put_core(&wr, batch->seq, batch->id);
    e.msg = cs_wr_view(&wr);
    cs_emit_sign(&cs->box, &batch->approve, &e);
}

/* A2. */
static void look(struct vt_cs *cs, struct uni_batch *batch)
{
    if (batch->is_bad || batch->approve.state != CS_NOT_ASKED) {
        return;
    }
    if (!batch->is_held) {
        uni_batch_fetch(cs, batch, 0);
    } else if (batch->is_valid || !uni_rule_audit_looks()) {
        sign(cs, batch);
    } else if (batch->validate.state == CS_NOT_ASKED) {
        cs_emit_block(&cs->box, VT_EFF_VALIDATE,
                      cs_ask(&cs->box, &batch->validate), batch->id);
    }
}

void uni_audit_grow(struct vt_cs *cs)
{
    const struct uni_audit *a = uni_root(cs)->audit;

    if (a == NULL || uni_final_tips(cs) == NULL || !uni_is_member(cs)) {
        return;
    }
    for (uint32_t i = 0; i < a->pends; i++) {
        const struct uni_pend *p = &a->pend[i];
        struct uni_batch *batch = uni_batch_add(cs, p->id, p->lane, p->seq);

        if (batch != NULL && is_drawn(cs, p, batch)) {
            look(cs, batch);
        }
    }
}

/* ---- saying it ----------------------------------------------------------- */

static void send_word(struct vt_cs *cs, const struct uni_batch *batch)
{
    uint8_t bytes[UNI_WORD_MAX];
    struct uni_word word = {.lane = batch->lane,
                            .seq = batch->seq,
                            .sig = batch->audits->sig[cs->self]};
    struct cs_wr wr;

    memcpy(word.id, batch->id, 32);
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_word(&wr, &word);
    uni_send(cs, VT_PEER_ALL, UNI_PROTO_APPROVE, VT_SEND_VOTE, cs_wr_view(&wr),
             NULL);
}

static void send_flaw(struct vt_cs *cs, const struct uni_batch *batch)
{
    struct cs_wr wr;

    cs_wr_init(&wr, cs->buffer, UNI_BUFFER);
    cs_put_u8(&wr, batch->lane);
    uni_put_core(&wr, batch->seq, batch->id);
    cs_put(&wr, batch->flaw, batch->flaw_len);
    uni_send(cs, VT_PEER_ALL, UNI_PROTO_FLAW, VT_SEND_PROP, cs_wr_view(&wr),
             NULL);
}

static struct uni_votes *words_of(struct vt_cs *cs, struct uni_batch *batch)
{
    if (batch->audits == NULL) {
        batch->audits = calloc(1, sizeof *batch->audits);
        if (batch->audits == NULL) {
            cs->box.failed = VT_E_NOMEM;
        }
    }
    return batch->audits;
}

int uni_approve_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];
        struct uni_votes *words;

        if (!batch->is_used || !cs_answered(&batch->approve, ev)) {
            continue;
        }
        words = words_of(cs, batch);
        if (words != NULL) {
            cs_take_sig(ev, &words->sig[cs->self]);
            words->good |= cs_bit(cs->self);
            cs->is_moved = 1;
            send_word(cs, batch);
            uni_trace_lane(cs, "A2 approve", batch->lane, batch->seq);
        }
        return 1;
    }
    return 0;
}

/* Until a final cut has it. */
void uni_audit_tick(struct vt_cs *cs)
{
    const struct uni_audit *a = uni_root(cs)->audit;

    for (uint32_t i = 0; a != NULL && i < a->pends; i++) {
        const struct uni_pend *p = &a->pend[i];
        struct uni_batch *batch = uni_batch_find(cs, p->id);

        if (batch == NULL || p->fate != UNI_OPEN_FATE) {
            continue;
        }
        if (batch->approve.state == CS_REFUSED ||
            cs_is_stale(&cs->box, &batch->approve,
                        2 * UNI_RETRY * cs->opt.tick_ns)) {
            batch->approve.state = CS_NOT_ASKED;
        }
        if (batch->approve.state == CS_DONE && batch->audits != NULL &&
            !cs_has(p->approved, cs->self)) {
            send_word(cs, batch);
        }
        if (batch->flaw != NULL) {
            send_flaw(cs, batch);
        }
    }
}

/* ---- being told ---------------------------------------------------------- */

static void take(struct vt_cs *cs, uint32_t member, const struct uni_word *word)
{
    struct uni_batch *batch = uni_batch_find(cs, word->id);
    struct uni_votes *words;

    if (batch == NULL || batch->lane != word->lane || batch->seq != word->seq) {
        return;
    }
    words = words_of(cs, batch);
    if (words == NULL ||
        cs_has(words->good | words->waiting | words->checking, member)) {
        return;
    }
    words->sig[member] = word->sig;
    words->waiting |= cs_bit(member);
    uni_votes_check(cs, batch, words, UNI_ROLE_APPROVE);
}

void uni_on_approve(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct uni_word word;

    if (cs->auditors == 0 || !uni_get_word(&cs->seats, ev->msg, &word)) {
        uni_penalize(cs, ev->from, "malformed APPROVE");
        return;
    }
    take(cs, ev->from, &word);
}

void uni_take_approvals(struct vt_cs *cs, uint32_t from, struct vt_view bytes)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    while (rd.left > 0) {
        uint32_t len = cs_get_u8(&rd);
        struct uni_word word;
        uint32_t member;

        if (len > rd.left || cs->auditors == 0 ||
            !uni_get_item(cs_view(rd.ptr, len), cs->n, &member, &word)) {
            uni_penalize(cs, from, "malformed CUT");
            return;
        }
        rd.ptr += len;
        rd.left -= len;
        take(cs, member, &word);
    }
}

int uni_approve_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];
        struct uni_votes *words = batch->audits;

        if (!batch->is_used || words == NULL ||
            words->check.state != CS_ASKED || words->check.token != ev->token) {
            continue;
        }
        uni_votes_take(cs, words,
                       ev->status == VT_OK ? ev->data : cs_view(NULL, 0));
        uni_votes_check(cs, batch, words, UNI_ROLE_APPROVE);
        cs->is_moved = 1;
        uni_convict_auditors(cs, batch);
        return 1;
    }
    return 0;
}

/* ---- what is invalid ------------------------------------------------------
 */

/* The check is one signature and one hash; only of what is ordered. */
void uni_on_flaw(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    const struct uni_audit *a = uni_root(cs)->audit;
    const struct uni_pend *p;
    struct uni_batch *batch;
    uint32_t verdict = VT_BAD;
    uint8_t id[32];
    uint32_t lane;
    uint32_t seq;
    struct cs_rd rd;

    cs_rd_init(&rd, ev->msg);
    lane = cs_get_u8(&rd);
    seq = cs_get_u32(&rd);
    cs_get_bytes(&rd, id, 32);
    if (rd.is_bad || a == NULL || lane >= cs->n) {
        uni_penalize(cs, ev->from, "malformed FLAW");
        return;
    }
    p = uni_audit_find(a, lane, seq);
    if (p == NULL || memcmp(p->id, id, 32) != 0 || p->fate != UNI_OPEN_FATE) {
        return;
    }
    batch = uni_batch_add(cs, id, lane, seq);
    if (batch == NULL || batch->is_flawed ||
        cs->crypto->check_flaw(cs->host, id, cs_view(rd.ptr, rd.left),
                               &verdict) != VT_OK) {
        return;
    }
    if (verdict != VT_GOOD) {
        uni_penalize(cs, ev->from, "a flaw that is none");
        return;
    }
    uni_batch_be_flawed(cs, batch);
    uni_trace_lane(cs, "A4 flaw", lane, seq);
}

void uni_convict_auditors(struct vt_cs *cs, const struct uni_batch *batch)
{
    for (uint32_t m = 0;
         batch->flaw != NULL && batch->audits != NULL && m < cs->n; m++) {
        struct uni_word word = {.lane = batch->lane, .seq = batch->seq};
        uint8_t bytes[UNI_WORD_MAX];
        struct cs_wr wr;

        if (!cs_has(batch->audits->good & ~cs->flawed, m)) {
            continue;
        }
        cs->flawed |= cs_bit(m);
        memcpy(word.id, batch->id, 32);
        word.sig = batch->audits->sig[m];
        cs_wr_init(&wr, bytes, sizeof bytes);
        uni_put_item(&wr, m, &word);
        cs_emit_evidence(&cs->box, UNI_EV_APPROVER, m, cs_wr_view(&wr),
                         cs_view(batch->flaw, batch->flaw_len));
        uni_trace_lane(cs, "E7 approved invalid", batch->lane, batch->seq);
    }
}
