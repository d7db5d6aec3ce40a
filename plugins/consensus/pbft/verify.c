/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - signatures under verification: one job per VERIFY effect. A job
 * whose answer does not come is dropped; what it checked counts as unchecked
 * again.
 */
#include "common/check.h"
#include "inside.h"

/* ---- items of the job being composed ------------------------------------ */

void pbft_item_core(struct vt_cs *cs, uint32_t *count, uint32_t member,
                    uint32_t role, const struct cs_wr *core,
                    const struct cs_sig *sig)
{
    uint32_t i = *count;

    if (i >= PBFT_ITEMS_MAX) {
        return; /* cannot happen: the decoders bound what is composed */
    }
    memcpy(cs->cores[i], core->ptr, core->len);
    cs->items[i].member = member;
    cs->items[i].role = role;
    cs->items[i].msg = cs_view(cs->cores[i], core->len);
    cs->items[i].sig = cs_view(sig->bytes, sig->len);
    *count = i + 1;
}

void pbft_item_vote(struct vt_cs *cs, uint32_t *count, uint32_t member,
                    uint32_t role, uint64_t view, uint64_t seq,
                    const struct pbft_vote *vote)
{
    struct cs_qc qc;
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;

    qc.role = role;
    qc.view = view;
    qc.seq = seq;
    memcpy(qc.id, vote->id, 32);
    memcpy(qc.extra, vote->extra, 32);
    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_vote(&core, &qc);
    pbft_item_core(cs, count, member, role, &core, &vote->sig);
}

void pbft_item_qc(struct vt_cs *cs, uint32_t *count, const struct cs_qc *qc)
{
    uint8_t bytes[PBFT_CORE_MAX];
    struct cs_wr core;
    uint32_t next = 0;

    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_vote(&core, qc);
    for (uint32_t m = 0; m < cs->n; m++) {
        if (cs_has(qc->signers, m)) {
            pbft_item_core(cs, count, m, qc->role, &core, &qc->sig[next++]);
        }
    }
}

/* ---- jobs --------------------------------------------------------------- */

struct pbft_job *pbft_job_new(struct vt_cs *cs, uint32_t kind, uint32_t member)
{
    struct pbft_job *job;

    if (cs->job_count == PBFT_JOBS_MAX) {
        return NULL;
    }
    job = &cs->jobs[cs->job_count++];
    memset(job, 0, sizeof *job);
    job->kind = kind;
    job->member = member;
    return job;
}

static struct pbft_job take(struct vt_cs *cs, uint32_t index)
{
    struct pbft_job job = cs->jobs[index];

    cs->jobs[index] = cs->jobs[--cs->job_count];
    return job;
}

void pbft_job_start(struct vt_cs *cs, struct pbft_job *job, uint32_t count)
{
    struct vt_eff_verify e = {
        .h = {.size = VT_UPTO(struct vt_eff_verify, items),
              .type = VT_EFF_VERIFY,
              .token = cs->box.next_token},
        .items = {cs->items, count, (uint32_t)sizeof *cs->items}};

    job->token = cs->box.next_token++;
    job->since_ns = cs->box.now_ns;
    cs_outbox_put(&cs->box, &e.h);
}

/* verdicts is empty when the host did not answer: then everything the job
 * checked counts as not checked, and nobody is blamed. */
static void conclude(struct vt_cs *cs, const struct pbft_job *job,
                     struct vt_view verdicts)
{
    int is_good = cs_all_good(verdicts);

    if (verdicts.len > 0 && !is_good && job->kind != PBFT_JOB_VOTES &&
        job->kind != PBFT_JOB_CHECKPOINT && job->kind != PBFT_JOB_EVIDENCE) {
        pbft_bad_signature(cs, job->member);
    }
    switch (job->kind) {
    case PBFT_JOB_VOTES:
        pbft_on_votes_checked(cs, job, verdicts);
        break;
    case PBFT_JOB_PROPOSAL:
        pbft_on_proposal_checked(cs, job, is_good);
        break;
    case PBFT_JOB_CHECKPOINT:
        pbft_on_checkpoint_checked(cs, job, verdicts);
        break;
    case PBFT_JOB_VIEWCHANGE:
        pbft_on_viewchange_checked(cs, job->member, is_good);
        break;
    case PBFT_JOB_NEWVIEW:
        pbft_on_newview_checked(cs, job->member, is_good);
        break;
    case PBFT_JOB_CERT:
        pbft_on_cert_checked(cs, job->member, is_good);
        break;
    case PBFT_JOB_STABLE:
        pbft_on_stable_checked(cs, job->member, is_good);
        break;
    case PBFT_JOB_EVIDENCE:
        pbft_on_evidence_checked(cs, job->member, is_good);
        break;
    default:
        break;
    }
}

void pbft_on_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    struct vt_view verdicts = ev->data;

    if (ev->status != VT_OK) {
        verdicts.len = 0;
    }
    for (uint32_t i = 0; i < cs->job_count; i++) {
        if (cs->jobs[i].token == ev->token) {
            struct pbft_job job = take(cs, i);

            conclude(cs, &job, verdicts);
            return;
        }
    }
}

void pbft_jobs_retry(struct vt_cs *cs, uint64_t older_ns)
{
    struct vt_view none = {NULL, 0};

    for (uint32_t i = cs->job_count; i-- > 0;) {
        if (i < cs->job_count &&
            cs->box.now_ns - cs->jobs[i].since_ns >= older_ns) {
            struct pbft_job job = take(cs, i);

            conclude(cs, &job, none);
        }
    }
}

/* The slots these votes lie in are being cleared. */
void pbft_jobs_drop_votes(struct vt_cs *cs)
{
    for (uint32_t i = cs->job_count; i-- > 0;) {
        if (cs->jobs[i].kind == PBFT_JOB_VOTES ||
            cs->jobs[i].kind == PBFT_JOB_PROPOSAL) {
            (void)take(cs, i);
        }
    }
}

void pbft_job_drop(struct vt_cs *cs, uint32_t kind, uint32_t member)
{
    for (uint32_t i = cs->job_count; i-- > 0;) {
        if (cs->jobs[i].kind == kind && cs->jobs[i].member == member) {
            (void)take(cs, i);
        }
    }
}

/* ---- certificates seen before ------------------------------------------- */

static int same_claim(const struct cs_qc *a, const struct cs_qc *b)
{
    return a->seq != 0 && a->role == b->role && a->view == b->view &&
           a->seq == b->seq && memcmp(a->id, b->id, 32) == 0 &&
           memcmp(a->extra, b->extra, 32) == 0;
}

static int same_bytes(const struct cs_qc *a, const struct cs_qc *b)
{
    return a->signers == b->signers &&
           memcmp(a->sig, b->sig, cs_count(a->signers) * sizeof a->sig[0]) == 0;
}

/* The i-th certificate that was verified; NULL after the last. */
static const struct cs_qc *known(const struct vt_cs *cs, uint32_t i)
{
    static const struct cs_qc none;
    const struct pbft_viewchange *vc;

    switch (i) {
    case 0:
        return &cs->hp;
    case 1:
        return &cs->stable;
    case 2:
        return &cs->chain.last;
    default:
        if ((i - 3) / 2 >= cs->n) {
            return NULL;
        }
        vc = cs->peers[(i - 3) / 2].vc;
        return vc == NULL ? &none : i % 2 == 1 ? &vc->hp : &vc->stable;
    }
}

const struct cs_qc *pbft_qc_find(const struct vt_cs *cs, const struct cs_qc *qc)
{
    const struct cs_qc *at;

    for (uint32_t i = 0; (at = known(cs, i)) != NULL; i++) {
        if (same_claim(at, qc)) {
            return at;
        }
    }
    return NULL;
}

int pbft_qc_is_known(const struct vt_cs *cs, const struct cs_qc *qc)
{
    const struct cs_qc *at;

    for (uint32_t i = 0; (at = known(cs, i)) != NULL; i++) {
        if (same_claim(at, qc) && same_bytes(at, qc)) {
            return 1;
        }
    }
    return 0;
}
