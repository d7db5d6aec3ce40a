/* SPDX-License-Identifier: Apache-2.0
 *
 * durable.c - what survives a restart: slots written before anything is said
 * that rests on them, and read back in create().
 *
 *   1  view, mode and what led there: own VIEWCHANGE or the NEWVIEW (D3)
 *   2  the highest prepared certificate (P4)
 *   3  the stable checkpoint
 *   4  an own NEWVIEW that is about to be signed
 *   16 + seq mod records: an own PREPARE, with the proposal if it is ours
 */
#include "inside.h"

#define SLOT_VIEW 1u
#define SLOT_PREPARED 2u
#define SLOT_STABLE 3u
#define SLOT_NEWVIEW 4u
#define SLOT_RECORDS 16u

#define SLOT_FORMAT 1u

/* Every slot starts with the format and the epoch it belongs to. */
static void start(const struct vt_cs *cs, struct cs_wr *wr)
{
    cs_wr_init(wr, cs->buffer, PBFT_MESSAGE_MAX);
    cs_put_u8(wr, SLOT_FORMAT);
    cs_put_u64(wr, cs->epoch);
}

void pbft_save_view(struct vt_cs *cs)
{
    struct cs_wr wr;

    if (!pbft_rule_keeps_view()) {
        return;
    }
    start(cs, &wr);
    cs_put_u64(&wr, cs->view);
    cs_put_u8(&wr, cs->is_changing);
    if (cs->is_changing) {
        struct cs_sig none = {.len = 1}; /* not signed yet */

        cs->my_vc->core.sig = none;
        pbft_put_viewchange(&wr, cs->my_vc, cs->n, cs->chain.start);
        cs->my_vc->core.sig.len = 0;
    } else {
        cs_put(&wr, cs->nv_raw, cs->nv_raw_len);
    }
    pbft_persist(cs, SLOT_VIEW, cs_wr_view(&wr));
}

void pbft_save_prepared(struct vt_cs *cs)
{
    struct cs_wr wr;

    if (!pbft_rule_keeps_prepared()) {
        return;
    }
    start(cs, &wr);
    cs_put_u64(&wr, cs->hp.view);
    cs_put_u64(&wr, cs->hp.seq);
    cs_put(&wr, cs->hp.id, 32);
    cs_put(&wr, cs->hp_link, 32);
    cs_put_qc(&wr, &cs->hp, cs->n);
    pbft_persist(cs, SLOT_PREPARED, cs_wr_view(&wr));
}

void pbft_save_stable(struct vt_cs *cs)
{
    struct cs_wr wr;

    start(cs, &wr);
    pbft_put_stable(&wr, &cs->stable, cs->n);
    pbft_persist(cs, SLOT_STABLE, cs_wr_view(&wr));
}

void pbft_save_newview(struct vt_cs *cs)
{
    struct cs_wr wr;

    start(cs, &wr);
    cs_put_u64(&wr, cs->my_nv->view);
    pbft_put_newview_body(&wr, cs->my_nv, cs->n, cs->chain.start);
    pbft_persist(cs, SLOT_NEWVIEW, cs_wr_view(&wr));
}

void pbft_save_record(struct vt_cs *cs, const struct pbft_record *record)
{
    uint64_t at = record->seq % cs->record_count;
    struct cs_wr wr;

    cs->records[at] = *record;
    if (!pbft_rule_keeps_votes()) {
        return;
    }
    start(cs, &wr);
    cs_put_u64(&wr, record->view);
    cs_put_u64(&wr, record->seq);
    cs_put_u8(&wr, record->is_mine);
    cs_put(&wr, record->id, 32);
    cs_put(&wr, record->parent, 32);
    cs_put(&wr, record->newview, 32);
    pbft_persist(cs, SLOT_RECORDS + at, cs_wr_view(&wr));
}

/* Slots may reach the disk out of order: a vote whose NEWVIEW did not was never
 * said. It holds when the view is entered by the same NEWVIEW again, and is
 * never said when it is entered by another one. */
const struct pbft_record *pbft_record(const struct vt_cs *cs, uint64_t seq)
{
    const struct pbft_record *record = &cs->records[seq % cs->record_count];

    return seq != 0 && record->seq == seq && record->view == cs->view &&
                   !cs->is_changing &&
                   memcmp(record->newview, cs->nv_digest, 32) == 0
               ? record
               : NULL;
}

/* ---- reading back ------------------------------------------------------- */

static int get_view(struct vt_cs *cs, struct cs_rd *rd)
{
    struct vt_view rest;
    struct vt_view body;

    cs->view = cs_get_u64(rd);
    cs->is_changing = cs_get_u8(rd);
    rest = cs_view(rd->ptr, rd->left);
    if (rd->is_bad || cs->is_changing > 1 || !pbft_is_member(cs) ||
        cs->view == 0) {
        return 0;
    }
    if (cs->is_changing) {
        cs->my_vc = malloc(sizeof *cs->my_vc);
        if (cs->my_vc == NULL ||
            !pbft_get_viewchange(rest, cs->self, cs->n, cs->chain.start,
                                 cs->my_vc) ||
            cs->my_vc->core.view != cs->view) {
            return 0;
        }
        memset(&cs->my_vc->core.sig, 0, sizeof cs->my_vc->core.sig);
        return 1;
    }
    cs->my_nv = malloc(sizeof *cs->my_nv);
    cs->nv_raw = malloc(rest.len + 1);
    if (cs->my_nv == NULL || cs->nv_raw == NULL) {
        return 0;
    }
    memcpy(cs->nv_raw, rest.ptr, rest.len);
    cs->nv_raw_len = rest.len;
    if (!pbft_get_newview(rest, cs->n, cs->chain.start, cs->my_nv, &body) ||
        cs->my_nv->view != cs->view) {
        return 0;
    }
    return cs->crypto->hash(cs->host, "VTC/pbft/newview/1", &body, 1,
                            cs->nv_digest) == VT_OK;
}

static int get_prepared(struct vt_cs *cs, struct cs_rd *rd)
{
    cs->hp.role = PBFT_PREPARE;
    cs->hp.view = cs_get_u64(rd);
    cs->hp.seq = cs_get_u64(rd);
    cs_get_bytes(rd, cs->hp.id, 32);
    cs_get_bytes(rd, cs->hp_link, 32);
    cs_get_qc(rd, &cs->hp, pbft_committee(cs->n));
    return cs_rd_end(rd) && cs->hp.seq >= cs->chain.start;
}

static int get_newview(struct vt_cs *cs, struct cs_rd *rd)
{
    cs->saved_nv = calloc(1, sizeof *cs->saved_nv);
    if (cs->saved_nv == NULL) {
        return 0;
    }
    cs->saved_nv->view = cs_get_u64(rd);
    return !rd->is_bad &&
           pbft_get_newview_body(cs_view(rd->ptr, rd->left), cs->n,
                                 cs->chain.start, cs->saved_nv);
}

static int get_record(struct vt_cs *cs, uint64_t slot, struct cs_rd *rd)
{
    struct pbft_record record;

    memset(&record, 0, sizeof record);
    record.view = cs_get_u64(rd);
    record.seq = cs_get_u64(rd);
    record.is_mine = cs_get_u8(rd);
    cs_get_bytes(rd, record.id, 32);
    cs_get_bytes(rd, record.parent, 32);
    cs_get_bytes(rd, record.newview, 32);
    if (!cs_rd_end(rd) || record.is_mine > 1 || record.seq < cs->chain.start ||
        record.seq % cs->record_count != slot - SLOT_RECORDS) {
        return 0;
    }
    cs->records[slot - SLOT_RECORDS] = record;
    /* D4: the highest of all records, whatever their order */
    if (cs->voted_seq == 0 ||
        pbft_rule_is_higher(record.view, record.seq, cs->voted_view,
                            cs->voted_seq)) {
        cs->voted_view = record.view;
        cs->voted_seq = record.seq;
    }
    return 1;
}

static int get_slot(struct vt_cs *cs, const struct vt_slot *slot)
{
    struct vt_view rest;
    struct cs_rd rd;

    cs_rd_init(&rd, slot->bytes);
    if (cs_get_u8(&rd) != SLOT_FORMAT || cs_get_u64(&rd) != cs->epoch ||
        rd.is_bad) {
        return 0;
    }
    rest = cs_view(rd.ptr, rd.left);
    switch (slot->slot) {
    case SLOT_VIEW:
        return get_view(cs, &rd);
    case SLOT_PREPARED:
        return get_prepared(cs, &rd);
    case SLOT_STABLE:
        return pbft_get_stable(rest, cs->n, &cs->stable);
    case SLOT_NEWVIEW:
        return get_newview(cs, &rd);
    default:
        return slot->slot >= SLOT_RECORDS &&
               slot->slot < SLOT_RECORDS + cs->record_count &&
               get_record(cs, slot->slot, &rd);
    }
}

vt_status pbft_restore(struct vt_cs *cs, struct vt_tab slots,
                       struct vt_err *err)
{
    for (uint32_t i = 0; i < slots.count; i++) {
        if (!get_slot(cs, VT_AT(struct vt_slot, slots, i))) {
            return cs_fail(err, VT_E_CORRUPT,
                           "a stored consensus record is not of this engine, "
                           "epoch or window: the node's memory of its own "
                           "votes is damaged; restore the data folder or "
                           "rejoin with a new key");
        }
    }
    /* P4: a COMMIT is implied by its prepared certificate */
    cs->commits_view = cs->hp.view;
    cs->commits_seq = cs->hp.seq;
    return VT_OK;
}

/* ---- START -------------------------------------------------------------- */

static void resume_change(struct vt_cs *cs)
{
    pbft_sign_viewchange(cs);
    if (cs->saved_nv != NULL && cs->saved_nv->view == cs->view &&
        pbft_is_primary(cs)) {
        cs->my_nv = cs->saved_nv;
        cs->saved_nv = NULL;
        pbft_sign_newview(cs);
    }
}

/* The COMMIT at the highest prepared height may have been signed: it is said
 * again. Lower ones may not have been and are left to the others. */
static void resume_commit(struct vt_cs *cs)
{
    struct pbft_slot *slot;
    struct pbft_vote *own;

    if (cs->hp.seq == 0 || cs->hp.view != cs->view) {
        return;
    }
    if (cs->prepared < cs->hp.seq) {
        cs->prepared = cs->hp.seq;
    }
    slot = pbft_slot(cs, cs->hp.seq);
    if (slot != NULL) {
        own = &slot->votes[PBFT_PHASE_COMMIT][cs->self];
        memcpy(own->id, cs->hp.id, 32);
        memcpy(own->extra, cs->hp_link, 32);
        pbft_ask_vote(cs, slot, PBFT_PHASE_COMMIT);
    }
}

/* Votes of this view from before the restart, as their heights come into
 * reach. */
void pbft_recall(struct vt_cs *cs)
{
    uint32_t left = 0;

    for (uint64_t i = 1; cs->is_recalling && i <= cs->record_count; i++) {
        if (pbft_record(cs, cs->chain.committed + i) != NULL) {
            left++;
            (void)pbft_slot(cs,
                            cs->chain.committed + i); /* NULL: out of reach */
        }
    }
    cs->is_recalling = left > 0;
}

void pbft_resume(struct vt_cs *cs)
{
    if (!pbft_is_member(cs)) {
        return;
    }
    if (cs->is_changing) {
        resume_change(cs);
    } else {
        if (cs->my_nv != NULL) {
            pbft_set_base(cs, cs->my_nv);
            free(cs->my_nv);
            cs->my_nv = NULL;
        }
        cs->is_recalling = 1;
        pbft_recall(cs);
        resume_commit(cs);
    }
    free(cs->saved_nv);
    cs->saved_nv = NULL;
    pbft_greet(cs);
}
