/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.c - cuts with the audit level: what a leader says of batches that wait
 * for their auditors, and what a member agrees to. The arithmetic is audit.c's.
 */
#include "inside.h"

#define ITEM_MAX (UNI_WORD_MAX + 8u)

static int is_tail(const struct vt_cs *cs, uint64_t parent_height)
{
    return cs->seal != 0 && parent_height >= cs->seal;
}

static struct uni_audit_step step_of(const struct vt_cs *cs, uint64_t height,
                                     uint32_t maker, const uint8_t *value)
{
    struct uni_audit_step step = {.hasher = &cs->audit_hasher,
                                  .seats = &cs->seats,
                                  .auditors = cs->auditors,
                                  .height = height,
                                  .maker = maker,
                                  .value = value,
                                  .more = cs->more};
    return step;
}

static uint64_t known_words(const struct vt_cs *cs, const struct uni_pend *p)
{
    const struct uni_batch *batch = uni_batch_find(cs, p->id);

    return batch == NULL || batch->audits == NULL ? 0 : batch->audits->good;
}

static int is_flawed(const struct vt_cs *cs, const struct uni_pend *p)
{
    const struct uni_batch *batch = uni_batch_find(cs, p->id);

    return batch != NULL && batch->is_flawed;
}

/* ---- bytes --------------------------------------------------------------- */

int uni_take_audit(struct vt_cs *cs, struct uni_cut *cut, struct vt_view bytes)
{
    struct cs_rd rd;

    if (cut->audit == NULL) {
        return bytes.len == 0;
    }
    cs_rd_init(&rd, bytes);
    return uni_read_audit(&rd, cut->audit, cs->n) && cs_rd_end(&rd);
}

static void put_words(const struct vt_cs *cs, const struct uni_pend *p,
                      uint64_t members, struct cs_wr *wr)
{
    const struct uni_batch *batch = uni_batch_find(cs, p->id);

    for (uint32_t m = 0; m < cs->n && batch != NULL; m++) {
        uint8_t bytes[ITEM_MAX];
        struct uni_word word = {.lane = p->lane, .seq = p->seq};
        struct cs_wr item;

        if (batch->audits == NULL ||
            !cs_has(members & batch->audits->good, m) ||
            wr->cap - wr->len < ITEM_MAX + 1u) {
            continue;
        }
        memcpy(word.id, p->id, 32);
        word.sig = batch->audits->sig[m];
        cs_wr_init(&item, bytes, sizeof bytes);
        uni_put_item(&item, m, &word);
        cs_put_u8(wr, (uint32_t)item.len);
        cs_put(wr, bytes, item.len);
    }
}

void uni_put_audit_of(struct vt_cs *cs, const struct uni_cut *cut,
                      int with_words, struct uni_cut_msg *m)
{
    const struct uni_cut *below = uni_cut_find(cs, cut->parent);
    struct cs_wr wr;
    size_t len;

    if (cut->audit == NULL) {
        return;
    }
    cs_wr_init(&wr, cs->audit_bytes, UNI_CUT_AUDIT);
    uni_put_audit(&wr, cut->audit, cs->n);
    len = wr.len;
    for (uint32_t i = 0; with_words && i < cut->audit->pends; i++) {
        const struct uni_pend *p = &cut->audit->pend[i];
        const struct uni_pend *old =
            below == NULL || below->audit == NULL
                ? NULL
                : uni_audit_find(below->audit, p->lane, p->seq);

        put_words(cs, p, p->approved & ~(old == NULL ? 0 : old->approved), &wr);
    }
    m->audit = cs_view(cs->audit_bytes, len);
    m->words = cs_view(cs->audit_bytes + len, wr.len - len);
}

/* ---- bodies -------------------------------------------------------------- */

static int is_executed(const struct uni_audit *a, const struct uni_pend *p)
{
    return p->fate == UNI_APPROVED && p->seq <= a->done[p->lane];
}

static int are_held(struct vt_cs *cs, const struct uni_audit *a)
{
    int held = 1;

    for (uint32_t i = 0; i < a->pends; i++) {
        const struct uni_pend *p = &a->pend[i];
        struct uni_batch *batch;

        if (!is_executed(a, p)) {
            continue;
        }
        batch = uni_batch_add(cs, p->id, p->lane, p->seq);
        if (batch == NULL) {
            return 0;
        }
        if (!batch->is_held) {
            uni_batch_fetch(cs, batch, 0);
            held = 0;
        }
    }
    return held;
}

void uni_refetch_audited(struct vt_cs *cs, const struct uni_audit *a)
{
    for (uint32_t i = 0; i < a->pends; i++) {
        struct uni_batch *batch = uni_batch_find(cs, a->pend[i].id);

        if (batch != NULL && is_executed(a, &a->pend[i])) {
            batch->is_held = 0;
            batch->fetch.state = CS_NOT_ASKED;
            uni_batch_fetch(cs, batch, 0);
        }
    }
}

/* ---- C1: the own cut ------------------------------------------------------
 */

/* All that is known of what waits below. */
static void gather(const struct vt_cs *cs, const struct uni_audit *below,
                   struct uni_audit_step *step)
{
    step->news = cs->next->pend;
    step->news_count = below->pends;
    for (uint32_t i = 0; i < below->pends; i++) {
        struct uni_pend *news = &cs->next->pend[i];

        *news = below->pend[i];
        news->approved |= known_words(cs, news);
        if (is_flawed(cs, news)) {
            news->fate = UNI_VOID;
        }
    }
}

int uni_gate_propose(struct vt_cs *cs, const struct uni_cut *parent,
                     size_t *count)
{
    struct uni_mine *mine = &cs->mine;
    struct uni_audit_step step =
        step_of(cs, mine->height, cs->self, mine->value);

    *count = 0;
    if (is_tail(cs, parent->height)) {
        uni_audit_stay(parent->audit, &mine->audit);
        return 1;
    }
    if (uni_list_more(cs, parent->tips, mine->tips, &step.more_count) != 1) {
        return 0;
    }
    gather(cs, parent->audit, &step);
    if (!uni_audit_next(&step, parent->audit, &mine->audit)) {
        memcpy(mine->tips, parent->tips, cs->n * sizeof mine->tips[0]);
        step.more_count = 0;
        (void)uni_audit_next(&step, parent->audit, &mine->audit);
    }
    *count = uni_audit_joined(&mine->audit, cs->n, mine->height, cs->joined);
    return are_held(cs, &mine->audit);
}

uint32_t uni_gate_room(const struct vt_cs *cs, const struct uni_cut *parent)
{
    const struct uni_audit *a = parent->audit;
    uint32_t waits = 0;

    if (cs->auditors == 0) {
        return UNI_JOINED_MAX;
    }
    for (uint32_t i = 0; i < a->pends; i++) {
        waits += a->pend[i].seq > a->done[a->pend[i].lane];
    }
    return a->groups == UNI_GROUPS_MAX ? 0 : UNI_PEND_MAX - waits;
}

/* Auditors have spoken, or are not drawn; else after a while, for the time of
 * those who do not speak is counted in cuts. */
int uni_gate_is_due(struct vt_cs *cs, const struct uni_cut *parent)
{
    const struct uni_audit *a = parent->audit;
    uint64_t at_ns = cs->commit_ns + cs->opt.tick_ns;
    int waits = 0;

    if (a == NULL || is_tail(cs, parent->height)) {
        return 0;
    }
    for (uint32_t i = 0; i < a->pends; i++) {
        const struct uni_pend *p = &a->pend[i];

        if (p->seq <= a->done[p->lane]) {
            continue;
        }
        waits = 1;
        if (a->group[p->group].drawn == 0 ||
            (p->fate == UNI_OPEN_FATE &&
             ((known_words(cs, p) & ~p->approved) != 0 || is_flawed(cs, p)))) {
            return 1;
        }
    }
    if (waits && cs->box.now_ns < at_ns) {
        cs_timer_want(&cs->timers[UNI_TIMER_PACE], at_ns);
    }
    return waits && cs->box.now_ns >= at_ns;
}

/* ---- C2: another one's --------------------------------------------------- */

/* What a claim says beyond the state below, as far as it is known here. Returns
 * a verdict; GOOD: all of it. */
static uint32_t look_at_news(const struct vt_cs *cs,
                             const struct uni_audit *below,
                             const struct uni_audit *claim,
                             struct uni_audit_step *step, int *is_strange)
{
    step->news = cs->next->pend;
    step->news_count = claim->pends;
    *is_strange = 0;
    for (uint32_t i = 0; i < claim->pends; i++) {
        const struct uni_pend *p = &claim->pend[i];
        const struct uni_pend *old = uni_audit_find(below, p->lane, p->seq);
        struct uni_pend *news = &cs->next->pend[i];
        uint64_t more = p->approved & ~(old == NULL ? 0 : old->approved);
        int flawed = is_flawed(cs, p);

        *news = *p;
        news->fate = p->fate == UNI_VOID && flawed ? UNI_VOID : 0;
        if ((more & ~known_words(cs, p)) != 0) {
            return VT_LATER;
        }
        if (old != NULL && old->fate == UNI_OPEN_FATE && flawed &&
            p->fate == UNI_APPROVED && uni_rule_audits()) {
            return VT_BAD; /* A4 */
        }
        *is_strange |= p->fate == UNI_VOID && !flawed;
    }
    return VT_GOOD;
}

uint32_t uni_gate_judge(struct vt_cs *cs, struct uni_cut *cut,
                        const struct uni_cut *parent, size_t *count)
{
    struct uni_audit_step step =
        step_of(cs, cut->height, cut->proposer, cut->value);
    int is_strange = 0;
    uint32_t verdict;
    int found;

    *count = 0;
    if (is_tail(cs, parent->height)) {
        uni_audit_stay(parent->audit, cs->next);
        return uni_audit_eq(cs->next, cut->audit, cs->n) ? VT_GOOD : VT_BAD;
    }
    found = uni_list_more(cs, parent->tips, cut->tips, &step.more_count);
    if (found != 1) {
        return found < 0 ? VT_BAD : VT_LATER;
    }
    verdict = look_at_news(cs, parent->audit, cut->audit, &step, &is_strange);
    if (verdict != VT_GOOD) {
        return verdict;
    }
    if (!uni_audit_next(&step, parent->audit, &cs->gate) ||
        !uni_audit_eq(&cs->gate, cut->audit, cs->n)) {
        return is_strange ? VT_LATER : VT_BAD;
    }
    if (!are_held(cs, cut->audit)) {
        return VT_LATER;
    }
    *count = uni_audit_joined(cut->audit, cs->n, cut->height, cs->joined);
    return VT_GOOD;
}
