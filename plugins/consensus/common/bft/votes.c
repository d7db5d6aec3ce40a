/* SPDX-License-Identifier: Apache-2.0
 *
 * votes.c - proposals and votes as they come in: one of each kind per member
 * and view, its signature checked before it counts.
 */
#include "state.h"

struct bft_tally *bft_tally(struct bft *core, uint64_t view)
{
    struct bft_tally *tally = &core->tallies[view % BFT_TALLIES];

    if (view <= core->fin.view || view + BFT_BEHIND < core->view ||
        view > core->view + BFT_AHEAD) {
        return NULL;
    }
    if (tally->view != view) {
        struct bft_vote *votes = tally->votes;

        memset(tally, 0, sizeof *tally);
        memset(votes, 0, (size_t)core->set.n * 3 * sizeof *votes);
        tally->votes = votes;
        tally->view = view;
    }
    return tally;
}

struct bft_vote *bft_vote(const struct bft *core, struct bft_tally *tally,
                          uint32_t kind, uint32_t member)
{
    return &tally->votes[(kind - 1) * core->set.n + member];
}

void bft_bad(struct bft *core, uint32_t member, const char *why)
{
    core->peers[member].bad++;
    core->ops->penalize(core->ctx, member, why);
}

/* core->items are the signatures. NULL: this member has enough under check,
 * or lied too often in this tick. */
struct bft_job *bft_job_start(struct bft *core, uint32_t member, uint32_t kind,
                              uint32_t count)
{
    struct bft_peer *peer = &core->peers[member];

    for (uint32_t i = 0; i < BFT_JOBS && peer->bad < BFT_BAD_MAX; i++) {
        struct bft_job *job = &peer->jobs[i];

        if (job->token == 0) {
            job->token = core->next_token++ << 16 | member << 8 | i;
            job->kind = kind;
            job->age = 0;
            core->ops->verify(core->ctx, job->token, core->items, count);
            return job;
        }
    }
    return NULL;
}

static struct bft_job *check(struct bft *core, uint32_t member, uint32_t kind,
                             uint32_t role, struct cs_wr *wr,
                             const struct bft_sig *sig)
{
    core->items[0].member = member;
    core->items[0].role = core->set.role_base + role;
    core->items[0].msg = cs_wr_view(wr);
    core->items[0].sig = cs_view(sig->bytes, sig->len);
    return bft_job_start(core, member, kind, 1);
}

/* ---- proposals ---------------------------------------------------------- */

static void second_proposal(struct bft *core, uint32_t from,
                            const struct bft_tally *tally,
                            const struct bft_proposal *m)
{
    uint8_t a[BFT_ITEM_MAX];
    uint8_t b[BFT_ITEM_MAX];
    size_t len_a = bft_item_of_proposal(from, &tally->prop, a);
    size_t len_b = bft_item_of_proposal(from, m, b);

    if (tally->prop_state == BFT_CHECKED) {
        bft_accuse(core, BFT_E1, cs_view(a, len_a), cs_view(b, len_b));
    }
}

void bft_on_proposal(struct bft *core, uint32_t from, struct vt_view msg)
{
    struct bft_proposal m;
    struct bft_tally *tally;
    struct bft_job *job;
    uint8_t bytes[BFT_CORE_MAX];
    struct cs_wr wr;

    if (!bft_get_proposal(&core->set, msg, &m)) {
        bft_bad(core, from, "malformed proposal");
        return;
    }
    tally = bft_tally(core, m.block.view);
    if (tally == NULL || bft_leader(core, m.block.view) != from) {
        return;
    }
    if (tally->prop_state != BFT_NONE) {
        second_proposal(core, from, tally, &m);
        return;
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_core_proposal(&wr, &m);
    job = check(core, from, BFT_JOB_PROPOSAL, BFT_PROPOSAL, &wr, &m.sig);
    if (job != NULL) { /* else it will be sent again */
        job->view = m.block.view;
        tally->prop = m;
        tally->prop_state = BFT_CHECKING;
    }
}

void bft_proposal_checked(struct bft *core, const struct bft_job *job,
                          int is_good)
{
    struct bft_tally *tally = bft_tally(core, job->view);

    if (tally == NULL || tally->prop_state != BFT_CHECKING) {
        return;
    }
    tally->prop_state = is_good ? BFT_CHECKED : BFT_NONE;
    if (is_good) { /* votes may have come before the block they name */
        uint8_t link[32];

        memcpy(link, tally->prop.block.link, 32);
        bft_count(core, BFT_NOTARIZE, job->view, link);
        bft_count(core, BFT_FINALIZE, job->view, link);
    }
}

/* ---- votes -------------------------------------------------------------- */

static void second_vote(struct bft *core, uint32_t from,
                        const struct bft_vote *vote,
                        const struct bft_vote_msg *m)
{
    struct bft_vote_msg first = {
        .kind = m->kind, .view = m->view, .sig = vote->sig};

    if (vote->state == BFT_CHECKED && memcmp(vote->link, m->link, 32) != 0) {
        memcpy(first.link, vote->link, 32);
        bft_accuse_votes(core, m->kind == BFT_NOTARIZE ? BFT_E2 : BFT_E4, from,
                         &first, m);
    }
}

/* Would one more vote like this say anything new? */
static int is_useful(const struct bft *core, const struct bft_vote_msg *m)
{
    const struct bft_block *block;

    if (!bft_knows(core, m->kind, m->view)) {
        return 1;
    }
    block = m->kind == BFT_NOTARIZE ? bft_notarized_in(core, m->view) : NULL;
    return block != NULL && memcmp(block->link, m->link, 32) != 0;
}

void bft_on_vote(struct bft *core, uint32_t from, struct vt_view msg)
{
    struct bft_vote_msg m;
    struct bft_tally *tally;
    struct bft_vote *vote;
    struct bft_job *job;
    uint8_t bytes[BFT_CORE_MAX];
    struct cs_wr wr;

    if (!bft_get_vote(msg, &m)) {
        bft_bad(core, from, "malformed vote");
        return;
    }
    tally = bft_tally(core, m.view);
    if (tally == NULL || !is_useful(core, &m)) {
        return;
    }
    vote = bft_vote(core, tally, m.kind, from);
    if (vote->state != BFT_NONE) {
        second_vote(core, from, vote, &m);
        return;
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_core_vote(&wr, m.view, m.link);
    job = check(core, from, BFT_JOB_VOTE, m.kind, &wr, &m.sig);
    if (job != NULL) {
        job->view = m.view;
        job->vote = m.kind;
        memcpy(vote->link, m.link, 32);
        vote->sig = m.sig;
        vote->state = BFT_CHECKING;
    }
}

/* E3: FINALIZE and NULLIFY of one member in one view. */
static void cross_check(struct bft *core, struct bft_tally *tally,
                        uint32_t member)
{
    const struct bft_vote *null = bft_vote(core, tally, BFT_NULLIFY, member);
    const struct bft_vote *fin = bft_vote(core, tally, BFT_FINALIZE, member);
    struct bft_vote_msg a = {
        .kind = BFT_NULLIFY, .view = tally->view, .sig = null->sig};
    struct bft_vote_msg b = {
        .kind = BFT_FINALIZE, .view = tally->view, .sig = fin->sig};

    if (null->state == BFT_CHECKED && fin->state == BFT_CHECKED) {
        memcpy(b.link, fin->link, 32);
        bft_accuse_votes(core, BFT_E3, member, &a, &b);
    }
}

void bft_vote_checked(struct bft *core, uint32_t member,
                      const struct bft_job *job, int is_good)
{
    struct bft_tally *tally = bft_tally(core, job->view);
    struct bft_vote *vote;
    uint8_t link[32];

    if (tally == NULL) {
        return;
    }
    vote = bft_vote(core, tally, job->vote, member);
    if (vote->state != BFT_CHECKING) {
        return;
    }
    vote->state = is_good ? BFT_CHECKED : BFT_NONE;
    if (!is_good) {
        return;
    }
    if (job->vote != BFT_NOTARIZE) {
        cross_check(core, tally, member);
    }
    memcpy(link, vote->link, 32);
    bft_count(core, job->vote, job->view, link);
    if (job->vote == BFT_NULLIFY && job->view == core->view &&
        bft_leader(core, job->view) == member) {
        bft_nullify(core, "R4 its leader gave up"); /* R4 */
    }
}

/* ---- counting ----------------------------------------------------------- */

/* The block votes name; NULL when it is not here. */
static const struct bft_block *block_of(struct bft *core,
                                        const struct bft_tally *tally,
                                        const uint8_t link[32])
{
    const struct bft_block *block = bft_notarized_in(core, tally->view);

    if (block != NULL && memcmp(block->link, link, 32) == 0) {
        return block;
    }
    if (tally->prop_state != BFT_NONE &&
        memcmp(tally->prop.block.link, link, 32) == 0) {
        return &tally->prop.block; /* its link proves its content */
    }
    block = &core->voted.block;
    return block->view == tally->view && memcmp(block->link, link, 32) == 0
               ? block
               : NULL;
}

void bft_count(struct bft *core, uint32_t kind, uint64_t view,
               const uint8_t link[32])
{
    struct bft_tally *tally = bft_tally(core, view);
    struct bft_cert *made = &core->made;
    const struct bft_block *block = NULL;
    uint64_t weight = 0;
    uint32_t count = 0;

    if (tally == NULL || bft_knows(core, kind, view)) {
        return;
    }
    if (kind != BFT_NULLIFY) {
        block = block_of(core, tally, link);
        if (block == NULL) {
            return; /* who voted has it, and will show the certificate */
        }
    }
    made->kind = kind;
    made->view = view;
    made->signers = 0;
    for (uint32_t m = 0; m < core->set.n && weight < core->set.quorum; m++) {
        const struct bft_vote *vote = bft_vote(core, tally, kind, m);

        if (vote->state == BFT_CHECKED && memcmp(vote->link, link, 32) == 0) {
            made->signers |= cs_bit(m);
            made->sig[count++] = vote->sig;
            weight += core->set.weight[m];
        }
    }
    if (weight < core->set.quorum) {
        return;
    }
    memset(&made->block, 0, sizeof made->block);
    if (block != NULL) {
        made->block = *block;
        made->block.view = view;
    }
    bft_take(core, made); /* R5, R6, R7 */
}
