/* SPDX-License-Identifier: Apache-2.0
 *
 * batches.c - the links of the lanes: from the first mention of a batch to its
 * place below a certificate, and until a final block used it up.
 */
#include "inside.h"

/* ---- the table ----------------------------------------------------------- */

static uint32_t bucket_of(const uint8_t id[32])
{
    return ((uint32_t)id[0] | (uint32_t)id[1] << 8) % UNI_BUCKETS;
}

struct uni_batch *uni_batch_find(const struct vt_cs *cs, const uint8_t id[32])
{
    uint32_t at = cs->buckets[bucket_of(id)];

    while (at != UNI_NONE && memcmp(cs->batches[at].id, id, 32) != 0) {
        at = cs->batches[at].next;
    }
    return at == UNI_NONE ? NULL : &cs->batches[at];
}

int uni_is_near(const struct vt_cs *cs, uint32_t lane, uint32_t seq)
{
    uint32_t done = uni_done(uni_root(cs), lane);

    return uni_final_tips(cs) != NULL && seq > done && seq - done <= UNI_RING;
}

/* Each lane has its share, so that no author takes the others' place. */
static int has_room(const struct vt_cs *cs, uint32_t lane)
{
    uint32_t most = UNI_BATCHES / cs->n;
    uint32_t used = 0;

    most = most < UNI_LANE_MAX ? most : UNI_LANE_MAX;
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        used += cs->batches[i].is_used && cs->batches[i].lane == lane;
    }
    return used < most;
}

struct uni_batch *uni_batch_add(struct vt_cs *cs, const uint8_t id[32],
                                uint32_t lane, uint32_t seq)
{
    struct uni_batch *batch = uni_batch_find(cs, id);
    uint32_t at = cs->batch_low;

    if (batch != NULL) {
        return batch->lane == lane && batch->seq == seq ? batch : NULL;
    }
    if (!uni_is_near(cs, lane, seq) || !has_room(cs, lane)) {
        return NULL;
    }
    while (at < UNI_BATCHES && cs->batches[at].is_used) {
        at++;
    }
    if (at == UNI_BATCHES) {
        return NULL;
    }
    cs->batch_low = at + 1;
    cs->batch_top = at >= cs->batch_top ? at + 1 : cs->batch_top;
    batch = &cs->batches[at];
    memset(batch, 0, sizeof *batch);
    batch->is_used = 1;
    batch->lane = lane;
    batch->seq = seq;
    memcpy(batch->id, id, 32);
    batch->next = cs->buckets[bucket_of(id)];
    cs->buckets[bucket_of(id)] = at;
    return batch;
}

static void forget_flaw(struct vt_cs *cs, struct uni_batch *batch)
{
    cs->flaws -= batch->flaw != NULL;
    free(batch->flaw);
    batch->flaw = NULL;
}

void uni_batch_drop(struct vt_cs *cs, struct uni_batch *batch)
{
    uint32_t index = (uint32_t)(batch - cs->batches);
    uint32_t *at = &cs->buckets[bucket_of(batch->id)];

    while (*at != index) {
        at = &cs->batches[*at].next;
    }
    *at = batch->next;
    forget_flaw(cs, batch);
    free(batch->votes);
    free(batch->audits);
    free(batch->cert);
    memset(batch, 0, sizeof *batch);
    cs->batch_low = index < cs->batch_low ? index : cs->batch_low;
    while (cs->batch_top > 0 && !cs->batches[cs->batch_top - 1].is_used) {
        cs->batch_top--;
    }
}

void uni_batches_free(struct vt_cs *cs)
{
    for (uint32_t i = 0; cs->batches != NULL && i < cs->batch_top; i++) {
        free(cs->batches[i].votes);
        free(cs->batches[i].audits);
        free(cs->batches[i].flaw);
        free(cs->batches[i].cert);
    }
    free(cs->batches);
}

/* ---- what is known ------------------------------------------------------- */

/* Down the lane until the certified part begins that was known before. */
void uni_batch_be_sure(struct vt_cs *cs, struct uni_batch *batch)
{
    while (batch != NULL && !batch->is_sure) {
        struct uni_lane *lane = &cs->lanes[batch->lane];
        uint32_t below = batch->seq - 1;

        batch->is_sure = 1;
        cs->is_moved = 1;
        free(batch->votes);
        batch->votes = NULL;
        lane->top = batch->seq > lane->top ? batch->seq : lane->top;
        if (!batch->is_learned || !uni_is_near(cs, batch->lane, below)) {
            return;
        }
        batch = uni_batch_add(cs, batch->parent, batch->lane, below);
    }
}

static int is_right(const struct vt_cs *cs, const struct uni_batch *batch,
                    const struct vt_ev_block *ev)
{
    uint32_t lane;
    uint32_t shard;

    return uni_get_batch_payload(ev->payload, &lane, &shard) &&
           lane == batch->lane && shard == cs->seats.shard_of[lane] &&
           ev->proposer == lane && ev->height == batch->seq;
}

void uni_batch_learn(struct vt_cs *cs, struct uni_batch *batch,
                     const struct vt_ev_block *ev)
{
    struct uni_batch *below;

    batch->is_held = 1;
    cs->is_moved = 1;
    if (batch->is_learned || batch->is_bad) {
        return;
    }
    if (!is_right(cs, batch, ev)) {
        batch->is_bad = 1;
        uni_trace_lane(cs, "W1 bad header", batch->lane, batch->seq);
        return;
    }
    batch->is_learned = 1;
    batch->size_bytes = ev->size_bytes;
    memcpy(batch->parent, ev->parent, 32);
    uni_tell_witnessed(cs, batch);
    if (batch->is_sure && uni_is_near(cs, batch->lane, batch->seq - 1)) {
        below = uni_batch_add(cs, batch->parent, batch->lane, batch->seq - 1);
        uni_batch_be_sure(cs, below);
    }
}

void uni_batch_fetch(struct vt_cs *cs, struct uni_batch *batch,
                     uint64_t holders)
{
    batch->holders |= holders;
    if (!batch->is_held && !batch->is_bad &&
        batch->fetch.state == CS_NOT_ASKED) {
        batch->fetches++;
        cs_emit_fetch(&cs->box, &batch->fetch, batch->id, batch->holders);
    }
}

void uni_batch_be_flawed(struct vt_cs *cs, struct uni_batch *batch)
{
    const struct uni_tip *tips = uni_final_tips(cs);
    struct uni_lane *lane = &cs->lanes[batch->lane];

    batch->is_flawed = 1;
    cs->is_moved = 1;
    if (lane->is_shut || tips == NULL) {
        return;
    }
    lane->is_shut = 1;
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *other = &cs->batches[i];

        if (other->is_used && other->lane == batch->lane && other->is_placed &&
            other->seq > tips[batch->lane].seq) {
            cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, other->id);
            other->is_placed = 0;
            other->is_held = 0; /* for those who served it, not here */
            other->fetch.state = CS_NOT_ASKED;
        }
    }
}

static void keep_flaw(struct vt_cs *cs, struct uni_batch *batch,
                      const struct vt_ev_block *ev)
{
    if (ev->h.size < VT_UPTO(struct vt_ev_block, flaw) || ev->flaw.len == 0 ||
        ev->flaw.len > VT_CS_FLAW_MAX) {
        return; /* it is bad in a way that cannot be shown */
    }
    uni_batch_be_flawed(cs, batch);
    if (batch->flaw != NULL || cs->flaws == UNI_FLAWS) {
        return;
    }
    batch->flaw = malloc(ev->flaw.len);
    if (batch->flaw == NULL) {
        cs->box.failed = VT_E_NOMEM;
        return;
    }
    cs->flaws++;
    memcpy(batch->flaw, ev->flaw.ptr, ev->flaw.len);
    batch->flaw_len = ev->flaw.len;
}

/* ---- answers ------------------------------------------------------------- */

int uni_batch_fetched(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];

        if (!batch->is_used || batch->fetch.state != CS_ASKED ||
            batch->fetch.token != ev->token) {
            continue;
        }
        if (ev->status == VT_OK && memcmp(ev->id, batch->id, 32) == 0) {
            batch->fetch.state = CS_DONE;
            uni_batch_learn(cs, batch, ev);
        } else {
            batch->fetch.state = CS_REFUSED; /* the tick tries again */
        }
        return 1;
    }
    return 0;
}

int uni_batch_validated(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];

        if (!batch->is_used || batch->validate.state != CS_ASKED ||
            batch->validate.token != ev->token) {
            continue;
        }
        batch->validate.state = CS_NOT_ASKED;
        cs->is_moved = 1;
        if (ev->status != VT_OK) {
            batch->is_held = 0; /* the host lost it */
            batch->fetch.state = CS_NOT_ASKED;
        } else if (ev->verdict == VT_GOOD) {
            batch->is_valid = 1;
        } else if (ev->verdict == VT_BAD) {
            batch->is_bad = 1;
            keep_flaw(cs, batch, ev);
            uni_convict(cs, batch);
            uni_trace_lane(cs, "W4 invalid batch", batch->lane, batch->seq);
        }
        return 1;
    }
    return 0;
}

/* ---- one step further ---------------------------------------------------- */

static void grow(struct vt_cs *cs, struct uni_batch *batch)
{
    if (batch->is_sure && !batch->is_held && !cs->lanes[batch->lane].is_shut) {
        uni_batch_fetch(cs, batch, 0); /* the next cut will name it */
    } else if (batch->is_sure && !batch->is_placed &&
               !cs->lanes[batch->lane].is_shut) {
        batch->is_placed = 1;
        cs_emit_block(&cs->box, VT_EFF_PLACE, 0, batch->id);
    }
    if (batch->lane == cs->self) {
        uni_author_resume(cs, batch);
    } else {
        uni_witness(cs, batch);
    }
}

void uni_batches_grow(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        if (cs->batches[i].is_used) {
            grow(cs, &cs->batches[i]);
        }
    }
}

/* A search takes long when few hold it: each next one is given twice the
 * time. */
static int is_fetch_due(const struct vt_cs *cs, const struct uni_batch *batch)
{
    uint64_t waited_ns = cs->box.now_ns - batch->fetch.since_ns;
    uint32_t more =
        batch->fetches < UNI_BACKOFF_MAX ? batch->fetches : UNI_BACKOFF_MAX;

    return batch->fetch.state == CS_REFUSED ||
           (batch->fetch.state == CS_ASKED &&
            waited_ns >= UNI_RETRY * cs->opt.tick_ns << more);
}

void uni_batches_retry(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];

        if (!batch->is_used) {
            continue;
        }
        if (is_fetch_due(cs, batch)) {
            batch->fetch.state = CS_NOT_ASKED;
            uni_batch_fetch(cs, batch, 0);
        }
        if (cs_is_stale(&cs->box, &batch->validate,
                        UNI_RETRY * 2 * cs->opt.tick_ns)) {
            batch->validate.state = CS_NOT_ASKED;
        }
        if (cs_is_stale(&cs->box, &batch->check,
                        UNI_RETRY * 2 * cs->opt.tick_ns)) {
            batch->check.state = CS_NOT_ASKED; /* its author says it again */
        }
    }
}

/* ---- the end ------------------------------------------------------------- */

/* Not before the block is executed: what of a batch did not fit waits again. */
void uni_batches_release(struct vt_cs *cs)
{
    const struct uni_cut *cut = uni_cut_find(cs, cs->applied_id);

    if (!cs->is_releasing || cut == NULL || !cut->is_true) {
        return;
    }
    cs->is_releasing = 0;
    for (uint32_t i = cs->batch_top; i-- > 0;) {
        struct uni_batch *batch = &cs->batches[i];

        if (batch->is_used && batch->seq <= uni_done(cut, batch->lane)) {
            cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, batch->id);
            uni_batch_drop(cs, batch);
        }
    }
}
