/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.c - E1 to E4: members that signed what no honest member signs.
 */
#include "state.h"

/* Each kind once per member, one at a time: a liar cannot keep us busy. */
void bft_accuse(struct bft *core, uint32_t kind, struct vt_view a,
                struct vt_view b)
{
    struct bft_item items[2];
    struct bft_conflict *c;
    struct bft_job *job;
    uint32_t member;

    if (!bft_rule_accuses() || !bft_get_item(a, &items[0]) ||
        !bft_get_item(b, &items[1]) ||
        !bft_is_conflict(kind, &items[0], &items[1])) {
        return; /* the same word again */
    }
    member = items[0].member; /* of an item made here: in range */
    c = &core->peers[member].conflict;
    if ((core->peers[member].convicted >> kind & 1) != 0 || c->kind != 0) {
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        core->items[i].member = member;
        core->items[i].role = core->set.role_base + items[i].kind;
        core->items[i].msg = items[i].core;
        core->items[i].sig = cs_view(items[i].sig.bytes, items[i].sig.len);
    }
    job = bft_job_start(core, member, BFT_JOB_EVIDENCE, 2);
    if (job != NULL) {
        job->view = items[0].view;
        c->kind = kind;
        c->len_a = (uint32_t)a.len;
        c->len_b = (uint32_t)b.len;
        memcpy(c->a, a.ptr, a.len);
        memcpy(c->b, b.ptr, b.len);
    }
}

void bft_accuse_votes(struct bft *core, uint32_t kind, uint32_t member,
                      const struct bft_vote_msg *a,
                      const struct bft_vote_msg *b)
{
    uint8_t item_a[BFT_ITEM_MAX];
    uint8_t item_b[BFT_ITEM_MAX];
    size_t len_a = bft_item_of_vote(member, a, item_a);
    size_t len_b = bft_item_of_vote(member, b, item_b);

    bft_accuse(core, kind, cs_view(item_a, len_a), cs_view(item_b, len_b));
}

void bft_evidence_checked(struct bft *core, uint32_t member,
                          const struct bft_job *job, int is_good)
{
    struct bft_peer *peer = &core->peers[member];
    struct bft_conflict *c = &peer->conflict;
    struct bft_tally *tally = bft_tally(core, job->view);

    if (is_good) {
        peer->convicted |= 1u << c->kind;
        core->ops->evidence(core->ctx, c->kind, member, cs_view(c->a, c->len_a),
                            cs_view(c->b, c->len_b));
        core->ops->penalize(core->ctx, member,
                            "signed two things that exclude each other");
        bft_trace(core, "E evidence", job->view);
    }
    if (is_good && c->kind == BFT_E1 && tally != NULL) {
        tally->is_spoiled = 1; /* R4 */
    }
    c->kind = 0;
}
