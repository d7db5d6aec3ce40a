/* SPDX-License-Identifier: Apache-2.0
 *
 * solo_engine.c - a consensus of one member for tests: whatever was built is
 * decided.
 */
#include "support/solo_engine.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

#define PROOF "solo"

struct vt_cs {
    uint64_t height; /* decided */
    uint8_t id[32];
    uint64_t waiting;
    int is_building, is_held, wants_empty;
};

static vt_status create(const struct vt_host *host, const struct vt_cfg *cfg,
                        const struct vt_cs_start *start, struct vt_cs **out,
                        struct vt_err *err)
{
    struct vt_cs *cs = vt_alloc(sizeof *cs);

    (void)host;
    (void)cfg;
    (void)err;
    cs->height = start->final_height;
    memcpy(cs->id, start->final_id, 32);
    *out = cs;
    return VT_OK;
}

static void destroy(struct vt_cs *cs)
{
    vt_free(cs);
}

static void build(struct vt_cs *cs, struct vt_out *out)
{
    struct vt_eff_build e = {
        .h = {.size = VT_UPTO(struct vt_eff_build, payload),
              .type = VT_EFF_BUILD,
              .token = 1},
        .height = cs->height + 1,
        .allow_empty = (uint32_t)cs->wants_empty};

    if (cs->is_building || cs->is_held ||
        (cs->waiting == 0 && !cs->wants_empty)) {
        return;
    }
    memcpy(e.parent, cs->id, 32);
    cs->is_building = out->emit(out, &e.h) == VT_OK;
}

static void commit(struct vt_cs *cs, const struct vt_ev_block *ev,
                   struct vt_out *out)
{
    struct vt_eff_commit e = {
        .h = {.size = VT_UPTO(struct vt_eff_commit, proof),
              .type = VT_EFF_COMMIT},
        .height = ev->height,
        .proof = vt_view_str(PROOF)};

    cs->height = ev->height;
    memcpy(cs->id, ev->id, 32);
    memcpy(e.id, ev->id, 32);
    (void)out->emit(out, &e.h);
}

/* Its check takes two items that differ. */
static void accuse(const char *a, const char *b, struct vt_out *out)
{
    struct vt_eff_evidence e = {
        .h = {.size = VT_UPTO(struct vt_eff_evidence, b),
              .type = VT_EFF_EVIDENCE},
        .kind = 7,
        .a = vt_view_str(a),
        .b = vt_view_str(b)};

    (void)out->emit(out, &e.h);
}

static void on_admin(struct vt_cs *cs, struct vt_view word, struct vt_out *out)
{
    struct vt_eff_text alarm = {
        .h = {.size = VT_UPTO(struct vt_eff_text, text), .type = VT_EFF_HALT},
        .text = vt_view_str("the operator wants it")};

    if (vt_view_eq(word, vt_view_str("halt"))) {
        (void)out->emit(out, &alarm.h);
    } else if (vt_view_eq(word, vt_view_str("accuse"))) {
        accuse("yes", "no", out);
    } else if (vt_view_eq(word, vt_view_str("slander"))) {
        accuse("yes", "yes", out);
    } else if (vt_view_eq(word, vt_view_str("block"))) {
        cs->wants_empty = 1;
    } else {
        cs->is_held = vt_view_eq(word, vt_view_str("hold"));
    }
    build(cs, out);
}

static vt_status step(struct vt_cs *cs, const struct vt_ev *ev,
                      struct vt_out *out)
{
    const struct vt_ev_block *block =
        (const struct vt_ev_block *)(const void *)ev;

    switch (ev->type) {
    case VT_EV_TXS:
        cs->waiting = ((const struct vt_ev_txs *)(const void *)ev)->count;
        build(cs, out);
        break;
    case VT_EV_BUILT:
        cs->is_building = 0;
        if (block->status == VT_OK) {
            cs->wants_empty = 0;
            commit(cs, block, out);
        }
        break;
    case VT_EV_APPLIED:
        build(cs, out);
        break;
    case VT_EV_ADMIN:
        on_admin(cs, ((const struct vt_ev_bytes *)(const void *)ev)->data, out);
        break;
    default:
        break;
    }
    return VT_OK;
}

static vt_status digest(const struct vt_cs *cs, uint8_t out[32])
{
    memcpy(out, cs->id, 32);
    return VT_OK;
}

static vt_status check_proof(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             uint32_t *verdict, struct vt_err *err)
{
    (void)host;
    (void)epoch;
    (void)height;
    (void)id;
    (void)err;
    *verdict = vt_view_eq(proof, vt_view_str(PROOF)) ? VT_GOOD : VT_BAD;
    return VT_OK;
}

static vt_status check_evidence(const struct vt_host *host,
                                const struct vt_cs_epoch *epoch, uint32_t kind,
                                struct vt_view a, struct vt_view b,
                                uint32_t *member, uint32_t *verdict,
                                struct vt_err *err)
{
    (void)host;
    (void)epoch;
    (void)err;
    *member = 0;
    *verdict = kind == 7 && !vt_view_eq(a, b) ? VT_GOOD : VT_BAD;
    return VT_OK;
}

const struct vt_consensus solo_engine = {
    .size = VT_UPTO(struct vt_consensus, compare),
    .finality = VT_FIN_INSTANT,
    .members_min = 1,
    .members_max = 1,
    .create = create,
    .destroy = destroy,
    .step = step,
    .digest = digest,
    .check_proof = check_proof,
    .check_evidence = check_evidence};
