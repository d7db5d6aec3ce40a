/* SPDX-License-Identifier: Apache-2.0
 *
 * durable.c - what survives a restart.
 *
 *   0  STATE: view, what opened it, own last words. One slot, so that a crash
 *      leaves one moment of it and never a mixture of two.
 *   1  FINAL: the highest FINALIZATION
 *   2 + 2 (view mod window) + (1 for a NULLIFICATION): what opened a view
 *
 * D7 is the host's: its log is cut at a torn end and refused when damaged in
 * the middle. A slot that cannot be read is refused here.
 */
#include "state.h"

#define RECORD_FORMAT 1u
#define FLAG_MINE 1u    /* the block voted for is an own proposal */
#define FLAG_VOTED 2u   /* there is an own NOTARIZE */
#define FLAG_ENTERED 4u /* a certificate follows */

vt_status bft_fail(struct vt_err *err, vt_status status, const char *text)
{
    if (err != NULL) {
        size_t len = strlen(text);

        len = len < sizeof err->text ? len : sizeof err->text - 1;
        err->code = status;
        memcpy(err->text, text, len);
        err->text[len] = '\0';
    }
    return status;
}

static void start(struct bft *core, struct cs_wr *wr)
{
    cs_wr_init(wr, core->buffer, sizeof core->buffer);
    cs_put_u8(wr, RECORD_FORMAT);
    cs_put_u64(wr, core->epoch);
}

static void persist(struct bft *core, uint32_t slot, const struct cs_wr *wr)
{
    if (bft_is_member(core)) { /* an observer promises nothing */
        core->ops->persist(core->ctx, slot, cs_wr_view(wr));
    }
}

void bft_save_state(struct bft *core)
{
    const struct bft_word *words = core->words;
    const struct bft_block *block = &core->voted.block;
    uint32_t flags = 0;
    int keeps = bft_rule_keeps_votes();
    struct cs_wr wr;

    if (block->view != 0 && words[BFT_PROPOSAL].view == block->view &&
        bft_rule_keeps_proposal()) {
        flags |= FLAG_MINE; /* D1 */
    }
    if (block->view != 0 && words[BFT_NOTARIZE].view == block->view && keeps) {
        flags |= FLAG_VOTED; /* D4 */
    }
    if (core->entered.kind != 0 && bft_rule_keeps_certs()) {
        flags |= FLAG_ENTERED; /* D3 */
    }
    start(core, &wr);
    cs_put_u64(&wr, core->view);
    cs_put_u8(&wr, flags);
    if ((flags & (FLAG_MINE | FLAG_VOTED)) != 0) {
        cs_put_u64(&wr, block->view);
        cs_put_u64(&wr, core->voted.parent_view);
        cs_put(&wr, block->parent, 32);
        cs_put_u64(&wr, block->height);
        cs_put(&wr, block->value, 32);
    }
    cs_put_u64(&wr, keeps ? words[BFT_NULLIFY].view : 0);
    cs_put_u64(&wr, keeps ? words[BFT_FINALIZE].view : 0);
    cs_put(&wr, words[BFT_FINALIZE].link, 32);
    if ((flags & FLAG_ENTERED) != 0) {
        bft_put_cert(&wr, &core->entered, core->set.n);
    }
    persist(core, BFT_SLOT_STATE, &wr);
}

void bft_save_cert(struct bft *core, const struct bft_cert *cert)
{
    uint32_t slot = BFT_SLOT_FINAL;
    struct cs_wr wr;

    if (cert->kind != BFT_FINALIZE) {
        if (!bft_rule_keeps_certs()) {
            return;
        }
        slot = BFT_SLOT_CERTS + 2 * (uint32_t)(cert->view % BFT_WINDOW) +
               (cert->kind == BFT_NULLIFY);
    }
    start(core, &wr);
    bft_put_cert(&wr, cert, core->set.n);
    persist(core, slot, &wr);
}

/* ---- reading back ------------------------------------------------------- */

static int get_cert(struct bft *core, uint32_t slot, struct vt_view rest)
{
    struct bft_cert *cert = &core->made;

    if (!bft_get_cert(&core->set, rest, cert)) {
        return 0;
    }
    if (slot != BFT_SLOT_STATE && slot != BFT_SLOT_FINAL) {
        uint32_t at = slot - BFT_SLOT_CERTS;

        if (cert->view % BFT_WINDOW != at / 2 ||
            cert->kind != (at % 2 == 1 ? BFT_NULLIFY : BFT_NOTARIZE)) {
            return 0;
        }
    } else if (slot == BFT_SLOT_FINAL && cert->kind != BFT_FINALIZE) {
        return 0;
    }
    bft_keep(core, cert);
    if (slot == BFT_SLOT_STATE) {
        bft_copy_cert(&core->entered, cert);
        return cert->view + 1 == core->view;
    }
    return 1;
}

static void get_voted(struct bft *core, struct cs_rd *rd, uint32_t flags)
{
    struct bft_block *block = &core->voted.block;

    block->view = cs_get_u64(rd);
    core->voted.parent_view = cs_get_u64(rd);
    cs_get_bytes(rd, block->parent, 32);
    block->height = cs_get_u64(rd);
    cs_get_bytes(rd, block->value, 32);
    bft_link(&core->set, block);
    rd->is_bad |= block->view == 0 || block->view > core->view ||
                  core->voted.parent_view >= block->view;
    if ((flags & FLAG_MINE) != 0) {
        bft_set_word(core, BFT_PROPOSAL, block->view, block->link);
    }
    if ((flags & FLAG_VOTED) != 0) {
        bft_set_word(core, BFT_NOTARIZE, block->view, block->link);
    }
}

static int get_state(struct bft *core, struct cs_rd *rd)
{
    static const uint8_t none[32];
    uint8_t link[32];
    uint64_t nullified;
    uint64_t finalized;
    uint32_t flags;

    core->view = cs_get_u64(rd);
    flags = cs_get_u8(rd);
    if ((flags & (FLAG_MINE | FLAG_VOTED)) != 0) {
        get_voted(core, rd, flags);
    }
    nullified = cs_get_u64(rd);
    finalized = cs_get_u64(rd);
    cs_get_bytes(rd, link, 32);
    bft_set_word(core, BFT_NULLIFY, nullified, none);
    bft_set_word(core, BFT_FINALIZE, finalized, link);
    if (rd->is_bad || core->view == 0 || nullified > core->view ||
        finalized >= core->view || flags > 7) {
        return 0;
    }
    return (flags & FLAG_ENTERED) != 0
               ? get_cert(core, BFT_SLOT_STATE, cs_view(rd->ptr, rd->left))
               : cs_rd_end(rd);
}

static int get_slot(struct bft *core, const struct vt_slot *slot)
{
    struct cs_rd rd;

    cs_rd_init(&rd, slot->bytes);
    if (cs_get_u8(&rd) != RECORD_FORMAT || cs_get_u64(&rd) != core->epoch ||
        rd.is_bad || slot->slot >= BFT_SLOTS) {
        return 0;
    }
    return slot->slot == BFT_SLOT_STATE
               ? get_state(core, &rd)
               : get_cert(core, (uint32_t)slot->slot, cs_view(rd.ptr, rd.left));
}

vt_status bft_restore(struct bft *core, struct vt_tab slots, struct vt_err *err)
{
    for (uint32_t i = 0; i < slots.count; i++) {
        if (!get_slot(core, VT_AT(struct vt_slot, slots, i))) {
            return bft_fail(err, VT_E_CORRUPT,
                            "a stored record of the ordering core is not of "
                            "this engine or epoch: the node's memory of its "
                            "own votes is damaged; restore the data folder or "
                            "rejoin with a new key");
        }
    }
    return VT_OK;
}
