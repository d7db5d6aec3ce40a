/* SPDX-License-Identifier: Apache-2.0
 *
 * witness.c - W1 to W5: a member's word under the batches of others. It says
 * that the batch is on its disk, that every signature inside was checked, and
 * the same of all batches below it in the lane.
 */
#include "inside.h"

/* ---- what was said ------------------------------------------------------- */

const struct uni_said *uni_said(const struct vt_cs *cs, uint32_t lane,
                                uint32_t seq)
{
    const struct uni_said *said = &cs->lanes[lane].said[seq % UNI_RING];

    return seq > 0 && said->seq == seq ? said : NULL;
}

void uni_say(struct vt_cs *cs, struct uni_batch *batch)
{
    struct uni_said *said = &cs->lanes[batch->lane].said[batch->seq % UNI_RING];

    said->seq = batch->seq;
    memcpy(said->id, batch->id, 32);
    batch->is_said = 1;
    cs->is_moved = 1;
    if (uni_rule_keeps_batch()) { /* W5 */
        cs_emit_block(&cs->box, VT_EFF_STORE, 0, batch->id);
        uni_save_said(cs, batch->lane, said);
    }
    uni_sign(cs, batch);
}

/* ---- the rules ----------------------------------------------------------- */

/* W3. */
static int has_parent(const struct vt_cs *cs, const struct uni_batch *batch)
{
    const struct uni_tip *tips = uni_final_tips(cs);
    const struct uni_tip *tip = &tips[batch->lane];
    const struct uni_batch *below = uni_batch_find(cs, batch->parent);

    if (batch->seq == tip->seq + 1) {
        return memcmp(batch->parent, tip->seq == 0 ? cs->epoch_parent : tip->id,
                      32) == 0;
    }
    if (below == NULL || below->lane != batch->lane ||
        below->seq + 1 != batch->seq) {
        return 0;
    }
    return (int)(!uni_rule_needs_parent() ? below->is_held
                                          : below->is_said | below->is_sure);
}

/* A lane whose own shard does not answer may be helped by others, but not use
 * up their time. */
static int may_help(struct vt_cs *cs, const struct uni_batch *batch)
{
    struct uni_lane *lane = &cs->lanes[batch->lane];
    uint64_t each_ns = UNI_OUTSIDE_EACH * cs->opt.witness_ns;

    if (cs_has(uni_witnesses(&cs->seats, batch->lane, 0), cs->self) ||
        uni_said(cs, batch->lane, batch->seq) != NULL) {
        return 1;
    }
    while (lane->budget < UNI_OUTSIDE_MAX &&
           cs->box.now_ns - lane->budget_ns >= each_ns) {
        lane->budget++;
        lane->budget_ns += each_ns;
    }
    if (lane->budget == UNI_OUTSIDE_MAX) {
        lane->budget_ns = cs->box.now_ns;
    }
    return lane->budget > 0;
}

static int is_ready(const struct vt_cs *cs, const struct uni_batch *batch)
{
    const struct uni_said *said = uni_said(cs, batch->lane, batch->seq);

    return uni_is_member(cs) && batch->is_asked && batch->is_signed &&
           batch->is_learned && batch->is_held && !batch->is_bad &&
           !batch->is_said && !cs->lanes[batch->lane].is_closed &&
           uni_is_near(cs, batch->lane, batch->seq) &&
           (said == NULL || memcmp(said->id, batch->id, 32) == 0) && /* W2 */
           has_parent(cs, batch);
}

void uni_witness(struct vt_cs *cs, struct uni_batch *batch)
{
    if (!is_ready(cs, batch) || !may_help(cs, batch)) {
        return;
    }
    if (!batch->is_valid && uni_rule_validates()) { /* W4 */
        if (batch->validate.state == CS_NOT_ASKED) {
            cs_emit_block(&cs->box, VT_EFF_VALIDATE,
                          cs_ask(&cs->box, &batch->validate), batch->id);
        }
        return;
    }
    if (!cs_has(uni_witnesses(&cs->seats, batch->lane, 0), cs->self)) {
        cs->lanes[batch->lane].budget--;
    }
    uni_say(cs, batch);
}

/* ---- saying it ----------------------------------------------------------- */

static void send_word(struct vt_cs *cs, const struct uni_batch *batch)
{
    uint8_t bytes[UNI_WORD_MAX];
    struct uni_word word = {
        .lane = batch->lane, .seq = batch->seq, .sig = batch->word};
    struct cs_wr wr;

    memcpy(word.id, batch->id, 32);
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_word(&wr, &word);
    uni_send(cs, batch->lane, UNI_PROTO_WITNESS, VT_SEND_VOTE, cs_wr_view(&wr),
             NULL);
}

void uni_on_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];

        if (!batch->is_used || !cs_answered(&batch->sign, ev)) {
            continue;
        }
        cs_take_sig(ev, &batch->word);
        if (batch->lane == cs->self) {
            uni_author_signed(cs, batch);
        } else {
            cs->counted++;
            send_word(cs, batch);
            uni_trace_lane(cs, "W5 witness", batch->lane, batch->seq);
        }
        return;
    }
}

/* ---- being asked --------------------------------------------------------- */

void uni_on_batch(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct uni_word word;
    struct uni_batch *batch;

    if (!uni_get_word(&cs->seats, ev->msg, &word) || word.lane != ev->from) {
        uni_penalize(cs, ev->from, "malformed BATCH");
        return;
    }
    batch = uni_batch_add(cs, word.id, word.lane, word.seq);
    if (batch == NULL) {
        return; /* final already, far ahead, or one too many */
    }
    batch->level = word.level > batch->level ? word.level : batch->level;
    if (cs_has(uni_witnesses(&cs->seats, batch->lane, batch->level),
               cs->self)) {
        batch->is_asked = 1;
    }
    batch->holders |= cs_bit(ev->from);
    if (ev->has_attach && memcmp(ev->attach, word.id, 32) == 0) {
        uni_batch_fetch(cs, batch, 0);
    }
    if (batch->word.len > 0) {
        send_word(cs, batch); /* it was lost, or its author was */
    } else if (!batch->is_signed && batch->check.state == CS_NOT_ASKED) {
        batch->sig = word.sig;
        uni_verify_word(cs, &batch->check, word.lane, &word);
    }
    cs->is_moved = 1;
}

static void word_of_author(const struct uni_batch *batch, struct uni_word *out)
{
    memset(out, 0, sizeof *out);
    out->lane = batch->lane;
    out->seq = batch->seq;
    memcpy(out->id, batch->id, 32);
    out->sig = batch->sig;
}

/* Two batches with one number: evidence, and the lane is closed here. */
static void look_for_double(struct vt_cs *cs, const struct uni_batch *batch)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        const struct uni_batch *other = &cs->batches[i];
        struct uni_word a;
        struct uni_word b;

        if (other->is_used && other != batch && other->is_signed &&
            other->sig.len > 0 && other->lane == batch->lane &&
            other->seq == batch->seq) {
            word_of_author(other, &a);
            word_of_author(batch, &b);
            uni_accuse(cs, batch->lane, &a, &b);
        }
    }
}

static void conclude(struct vt_cs *cs, struct uni_batch *batch, int is_good)
{
    batch->check.state = CS_NOT_ASKED;
    cs->is_moved = 1;
    if (is_good) {
        batch->is_signed = 1;
        look_for_double(cs, batch);
        uni_batch_fetch(cs, batch, cs_bit(batch->lane));
        return;
    }
    memset(&batch->sig, 0, sizeof batch->sig);
    uni_penalize(cs, batch->lane, "a batch with a bad signature");
    if (!batch->is_sure && !batch->is_asked) {
        uni_batch_drop(cs, batch);
    }
}

int uni_witness_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];

        if (batch->is_used && batch->check.state == CS_ASKED &&
            batch->check.token == ev->token) {
            if (ev->status != VT_OK || ev->data.len == 0) {
                batch->check.state = CS_NOT_ASKED; /* it is said again */
            } else {
                conclude(cs, batch, ev->data.ptr[0] == VT_GOOD);
            }
            return 1;
        }
    }
    return 0;
}
