/* SPDX-License-Identifier: Apache-2.0
 *
 * author.c - the own lane: batches of what waits here, made durable, sent to
 * those whose word they need, certified. The author's own word is its signature
 * under the batch.
 */
#include "inside.h"

#define SIGN_TICKS 8u /* ticks a signature may take */
#define LOST_TRIES 3u /* searches before an own batch counts as never made */

/* ---- making -------------------------------------------------------------- */

/* Own batches that wait for words. */
uint32_t uni_author_open(const struct vt_cs *cs)
{
    uint32_t open = 0;

    for (uint32_t i = 0; i < cs->batch_top; i++) {
        const struct uni_batch *batch = &cs->batches[i];

        open += batch->is_used && batch->lane == cs->self && !batch->is_sure;
    }
    return open;
}

/* The lane goes on where it is final, or above. */
static const uint8_t *parent_of_next(struct vt_cs *cs,
                                     const struct uni_tip *tips)
{
    if (cs->own_seq <= tips[cs->self].seq) {
        cs->own_seq = tips[cs->self].seq;
        return cs->own_seq == 0 ? cs->epoch_parent : tips[cs->self].id;
    }
    return cs->own_id;
}

static int may_build(const struct vt_cs *cs, const struct uni_tip *tips)
{
    return uni_is_member(cs) && tips != NULL &&
           cs->ask_batch.state == CS_NOT_ASKED &&
           (cs->seal == 0 || uni_root(cs)->height < cs->seal) &&
           (cs->own_seq <= tips[cs->self].seq ||
            cs->own_seq - uni_done(uni_root(cs), cs->self) < UNI_AHEAD);
}

void uni_author_build(struct vt_cs *cs)
{
    const struct uni_tip *tips = uni_final_tips(cs);
    uint8_t bytes[UNI_BATCH_PAYLOAD];
    struct vt_eff_batch e = {.max_bytes = cs->pace.batch_bytes,
                             .lane_wait_ns = cs->opt.lane_wait_ns,
                             .shards = cs->seats.shards};
    uint32_t open;
    struct cs_wr wr;

    if (!may_build(cs, tips) || cs->pace.waiting_bytes == 0) {
        return;
    }
    open = uni_author_open(cs);
    if (open >= UNI_OPEN) {
        return;
    }
    if (!cs_pace_is_due(&cs->pace, cs->box.now_ns, open > 0)) {
        cs_timer_want(&cs->timers[UNI_TIMER_PACE],
                      cs->pace.proposed_ns + cs->pace.batch_delay_ns);
        return;
    }
    memcpy(e.parent, parent_of_next(cs, tips), 32);
    e.height = cs->own_seq + 1;
    e.shard = cs->seats.shard_of[cs->self];
    e.lane = cs->seats.lane_of[cs->self];
    e.lanes = cs->seats.size[e.shard];
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_batch_payload(&wr, cs->self, e.shard);
    e.payload = cs_wr_view(&wr);
    e.h = CS_HEAD(struct vt_eff_batch, payload, VT_EFF_BATCH,
                  cs_ask(&cs->box, &cs->ask_batch));
    cs->batch_seq = cs->own_seq + 1;
    cs->pace.proposed_ns = cs->box.now_ns;
    cs_outbox_put(&cs->box, &e.h);
}

int uni_author_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct uni_batch *batch = NULL;

    if (cs->ask_batch.state != CS_ASKED || cs->ask_batch.token != ev->token) {
        return 0;
    }
    if (ev->status != VT_OK) {
        cs_pace_refused(&cs->box, &cs->ask_batch);
        return 1;
    }
    cs->ask_batch.state = CS_NOT_ASKED;
    if (cs->batch_seq == cs->own_seq + 1) {
        batch = uni_batch_add(cs, ev->id, cs->self, cs->batch_seq);
    }
    if (batch == NULL) { /* the lane went on without it: another life of us */
        cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, ev->id);
        return 1;
    }
    batch->fetch.state = CS_DONE;
    uni_batch_learn(cs, batch, ev);
    batch->is_valid = 1;
    cs->own_seq = batch->seq;
    memcpy(cs->own_id, batch->id, 32);
    uni_say(cs, batch); /* D1 */
    uni_trace_lane(cs, "W0 batch", batch->lane, batch->seq);
    return 1;
}

/* ---- from before a restart ----------------------------------------------- */

/* The record became durable, the batch did not: then it was never signed, and
 * neither was what stands on it. */
static void forget_from(struct vt_cs *cs, uint32_t seq)
{
    const struct uni_said *below = uni_said(cs, cs->self, seq - 1);

    for (uint32_t i = cs->batch_top; i-- > 0;) {
        struct uni_batch *batch = &cs->batches[i];

        if (batch->is_used && batch->lane == cs->self && batch->seq >= seq) {
            cs->lanes[cs->self].said[batch->seq % UNI_RING].seq = 0;
            cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, batch->id);
            uni_batch_drop(cs, batch);
        }
    }
    cs->own_seq = seq - 1;
    if (below != NULL) {
        memcpy(cs->own_id, below->id, 32);
    }
    uni_trace_lane(cs, "D1 never made", cs->self, seq);
}

void uni_author_resume(struct vt_cs *cs, struct uni_batch *batch)
{
    if (!batch->is_said && batch->is_held && batch->is_learned &&
        !batch->is_bad && batch->is_asked) {
        batch->is_valid = 1;
        uni_say(cs, batch);
    } else if (!batch->is_said && !batch->is_sure && batch->is_asked &&
               batch->fetch.state == CS_REFUSED &&
               batch->fetches >= LOST_TRIES) {
        forget_from(cs, batch->seq);
    }
}

/* ---- sending ------------------------------------------------------------- */

static void send_one(struct vt_cs *cs, const struct uni_batch *batch,
                     uint32_t to, uint32_t klass, int attach)
{
    uint8_t bytes[UNI_WORD_MAX];
    struct uni_word word = {.lane = batch->lane,
                            .seq = batch->seq,
                            .level = batch->votes->level,
                            .sig = batch->word};
    struct cs_wr wr;

    memcpy(word.id, batch->id, 32);
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_word(&wr, &word);
    uni_send(cs, to, UNI_PROTO_BATCH, klass, cs_wr_view(&wr),
             attach ? batch->id : NULL);
}

/* Its witnesses first; everybody needs the bytes once it is in a cut. */
static void send_all(struct vt_cs *cs, const struct uni_batch *batch)
{
    uint64_t who = uni_witnesses(&cs->seats, cs->self, batch->votes->level);

    if (who == cs_everyone(cs->n)) {
        send_one(cs, batch, VT_PEER_ALL, VT_SEND_PROP, 1);
        return;
    }
    for (uint32_t m = 0; m < cs->n; m++) {
        send_one(cs, batch, m, cs_has(who, m) ? VT_SEND_PROP : VT_SEND_BULK, 1);
    }
}

/* The signature is there: the batch goes out. */
static void count(struct vt_cs *cs, struct uni_batch *batch);

void uni_author_signed(struct vt_cs *cs, struct uni_batch *batch)
{
    batch->is_signed = 1;
    batch->sig = batch->word;
    if (batch->is_sure || batch->votes != NULL) {
        return;
    }
    batch->votes = calloc(1, sizeof *batch->votes);
    if (batch->votes == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    batch->votes->good = cs_bit(cs->self);
    batch->votes->sig[cs->self] = batch->word;
    batch->votes->born_ns = cs->box.now_ns;
    batch->votes->sent_ns = cs->box.now_ns;
    send_all(cs, batch);
    count(cs, batch);
}

void uni_author_tick(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];
        struct uni_votes *votes = batch->votes;
        uint64_t who;
        int is_wider = 0;

        if (!batch->is_used || batch->lane != cs->self) {
            continue;
        }
        if (batch->is_said && batch->word.len == 0 &&
            cs_is_stale(&cs->box, &batch->sign, SIGN_TICKS * cs->opt.tick_ns)) {
            uni_sign(cs, batch);
        }
        if (votes == NULL) {
            continue;
        }
        if (votes->level < cs->seats.levels &&
            cs->box.now_ns - votes->sent_ns >= cs->opt.witness_ns) {
            votes->level++;
            votes->sent_ns = cs->box.now_ns;
            is_wider = 1;
            uni_trace_lane(cs, "W7 escalate", batch->lane, batch->seq);
        }
        who = uni_witnesses(&cs->seats, cs->self, votes->level) & ~votes->good;
        for (uint32_t m = 0; m < cs->n; m++) {
            if (cs_has(who, m)) {
                send_one(cs, batch, m, VT_SEND_PROP, is_wider);
            }
        }
    }
}

/* ---- words --------------------------------------------------------------- */

static void certify(struct vt_cs *cs, struct uni_batch *batch, uint32_t level,
                    uint64_t signers, uint32_t need)
{
    struct uni_cert *cert = calloc(1, sizeof *cert);
    uint32_t taken = 0;

    if (cert == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    cert->lane = batch->lane;
    cert->seq = batch->seq;
    cert->level = level;
    memcpy(cert->id, batch->id, 32);
    for (uint32_t m = 0; m < cs->n && taken < need; m++) {
        if (cs_has(signers, m)) {
            cert->signers |= cs_bit(m);
            cert->sig[taken++] = batch->votes->sig[m];
        }
    }
    uni_trace_lane(cs, level == 0 ? "W6 certified" : "W7 certified above",
                   batch->lane, batch->seq);
    uni_send_cert(cs, VT_PEER_ALL, cert);
    uni_average(&cs->witness_us, batch->votes->born_ns, cs->box.now_ns);
    uni_cert_take(cs, cert);
}

static void count(struct vt_cs *cs, struct uni_batch *batch)
{
    for (uint32_t level = 0; level <= batch->votes->level; level++) {
        uint64_t who = uni_witnesses(&cs->seats, cs->self, level);
        uint64_t have = batch->votes->good & who;

        if (cs_count(have) >= uni_quorum(who)) {
            certify(cs, batch, level, have, uni_quorum(who));
            free(batch->votes);
            batch->votes = NULL;
            return;
        }
    }
}

/* All that wait are checked at once, one such check at a time. */
void uni_votes_check(struct vt_cs *cs, const struct uni_batch *batch,
                     struct uni_votes *votes, uint32_t role)
{
    struct vt_verify_item items[CS_MEMBERS_MAX];
    uint8_t core[UNI_CORE_LEN];
    struct vt_eff_verify e = {.items = {items, 0, (uint32_t)sizeof items[0]}};
    struct cs_wr wr;

    if (votes->waiting == 0 || votes->check.state == CS_ASKED) {
        return;
    }
    cs_wr_init(&wr, core, sizeof core);
    uni_put_core(&wr, batch->seq, batch->id);
    for (uint32_t m = 0; m < cs->n; m++) {
        if (cs_has(votes->waiting, m)) {
            struct vt_verify_item *item = &items[e.items.count++];

            item->member = m;
            item->role = role;
            item->msg = cs_wr_view(&wr);
            item->sig = cs_view(votes->sig[m].bytes, votes->sig[m].len);
        }
    }
    votes->checking = votes->waiting;
    votes->waiting = 0;
    e.h = CS_HEAD(struct vt_eff_verify, items, VT_EFF_VERIFY,
                  cs_ask(&cs->box, &votes->check));
    cs_outbox_put(&cs->box, &e.h);
}

void uni_on_witness(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct uni_word word;
    struct uni_batch *batch;
    struct uni_votes *votes;

    if (!uni_get_word(&cs->seats, ev->msg, &word) || word.lane != cs->self) {
        uni_penalize(cs, ev->from, "malformed WITNESS");
        return;
    }
    batch = uni_batch_find(cs, word.id);
    votes = batch == NULL ? NULL : batch->votes;
    if (votes == NULL || batch->seq != word.seq ||
        cs_has(votes->good | votes->waiting | votes->checking, ev->from)) {
        return;
    }
    votes->sig[ev->from] = word.sig;
    votes->waiting |= cs_bit(ev->from);
    uni_votes_check(cs, batch, votes, UNI_ROLE_WITNESS + cs->self);
}

void uni_votes_take(struct vt_cs *cs, struct uni_votes *votes,
                    struct vt_view verdicts)
{
    uint64_t checked = votes->checking;
    size_t at = 0;

    votes->check.state = CS_NOT_ASKED;
    votes->checking = 0;
    for (uint32_t m = 0; m < cs->n; m++) {
        if (!cs_has(checked, m) || at >= verdicts.len) {
            continue; /* undecided words are said again */
        }
        if (verdicts.ptr[at++] == VT_GOOD) {
            votes->good |= cs_bit(m);
        } else {
            uni_penalize(cs, m, "a bad signature under a batch");
        }
    }
}

static void conclude(struct vt_cs *cs, struct uni_batch *batch,
                     struct vt_view verdicts)
{
    uni_votes_take(cs, batch->votes, verdicts);
    uni_votes_check(cs, batch, batch->votes, UNI_ROLE_WITNESS + cs->self);
    count(cs, batch);
}

int uni_author_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];

        if (batch->is_used && batch->votes != NULL &&
            batch->votes->check.state == CS_ASKED &&
            batch->votes->check.token == ev->token) {
            conclude(cs, batch,
                     ev->status == VT_OK ? ev->data : cs_view(NULL, 0));
            return 1;
        }
    }
    return 0;
}
