/* SPDX-License-Identifier: Apache-2.0
 *
 * bft.c - life of an instance: made from its epoch and slots, then one input
 * after the other, each followed by what has become possible.
 */
#include "state.h"

#include <stdlib.h>

#define TIME_MAX_NS UINT64_C(3600000000000)

void bft_trace(struct bft *core, const char *what, uint64_t view)
{
    core->ops->trace(core->ctx, what, view);
}

/* ---- made --------------------------------------------------------------- */

static vt_status check_config(const struct bft_config *config,
                              struct bft_set *set, struct vt_err *err)
{
    int is_good = bft_set_init(set, config->epoch);

    if (!is_good) {
        return bft_fail(err, VT_E_INVALID,
                        "members: 1 to 64 with weights can run this engine");
    }
    is_good = config->order_count > 0 && config->order_count <= BFT_ORDER_MAX &&
              config->timeout_ns > 0 && config->timeout_ns <= TIME_MAX_NS &&
              config->retransmit_ns > 0 &&
              config->retransmit_ns <= TIME_MAX_NS &&
              (config->self < set->n || config->self == VT_PEER_NONE);
    for (uint32_t i = 0; is_good && i < config->order_count; i++) {
        is_good = config->order[i] < set->n;
    }
    return is_good ? VT_OK
                   : bft_fail(err, VT_E_INVALID,
                              "ordering core: leader order, timeout or "
                              "retransmission interval cannot be used");
}

/* All the memory there will ever be. */
static int take_memory(struct bft *core)
{
    size_t n = core->set.n;
    size_t certs = 2u * BFT_WINDOW + n * BFT_CANDIDATES + 3;
    struct bft_sig *sig;

    core->ring = calloc(BFT_WINDOW, sizeof *core->ring);
    core->tallies = calloc(BFT_TALLIES, sizeof *core->tallies);
    core->peers = calloc(n, sizeof *core->peers);
    core->votes = calloc(BFT_TALLIES * 3 * n, sizeof *core->votes);
    core->sigs = calloc(certs * n, sizeof *core->sigs);
    if (core->ring == NULL || core->tallies == NULL || core->peers == NULL ||
        core->votes == NULL || core->sigs == NULL) {
        return 0;
    }
    sig = core->sigs;
    for (uint32_t i = 0; i < BFT_WINDOW; i++) {
        core->ring[i].notar.sig = sig;
        core->ring[i].null.sig = sig + n;
        sig += 2 * n;
    }
    for (uint32_t m = 0; m < n; m++) {
        for (uint32_t i = 0; i < BFT_CANDIDATES; i++, sig += n) {
            core->peers[m].candidates[i].cert.sig = sig;
        }
    }
    core->fin.sig = sig;
    core->entered.sig = sig + n;
    core->made.sig = sig + 2 * n;
    for (uint32_t i = 0; i < BFT_TALLIES; i++) {
        core->tallies[i].votes = core->votes + i * 3 * n;
    }
    return 1;
}

/* D6: never below what the host has as final. */
static int take_final(struct bft *core, const struct bft_config *config)
{
    if (config->final_proof.len == 0) {
        return 1;
    }
    if (!bft_get_proof(&core->set, config->final_height, config->final_value,
                       config->final_proof, &core->made)) {
        return 0;
    }
    bft_keep(core, &core->made);
    core->final = core->made.block;
    return 1;
}

static vt_status fill(struct bft *core, const struct bft_config *config,
                      struct vt_err *err)
{
    if (!take_memory(core)) {
        return bft_fail(err, VT_E_NOMEM, "no memory for the ordering core");
    }
    bft_root(&core->set, config->root_height, config->root_value, &core->root);
    core->final = core->root;
    core->view = 1;
    core->next_token = 1;
    memcpy(core->order, config->order, config->order_count);
    if (!take_final(core, config)) {
        return bft_fail(err, VT_E_CORRUPT,
                        "the proof of the last final block is none");
    }
    return bft_restore(core, config->slots, err);
}

vt_status bft_new(const struct bft_config *config, struct bft **out,
                  struct vt_err *err)
{
    struct bft *core = calloc(1, sizeof *core);
    vt_status status;

    *out = NULL;
    if (core == NULL) {
        return bft_fail(err, VT_E_NOMEM, "no memory for the ordering core");
    }
    core->set.host = config->host;
    core->set.crypto = config->crypto;
    core->set.role_base = config->role_base;
    core->ops = config->ops;
    core->ctx = config->ctx;
    core->epoch = config->epoch->epoch;
    core->self = config->self;
    core->is_once = config->is_once;
    core->order_count = config->order_count;
    core->timeout_ns = config->timeout_ns;
    core->retransmit_ns = config->retransmit_ns;
    status = check_config(config, &core->set, err);
    if (status == VT_OK) {
        status = fill(core, config, err);
    }
    if (status != VT_OK) {
        bft_free(core);
        return status;
    }
    *out = core;
    return VT_OK;
}

void bft_free(struct bft *core)
{
    if (core != NULL) {
        free(core->ring);
        free(core->tallies);
        free(core->peers);
        free(core->votes);
        free(core->sigs);
        free(core);
    }
}

/* ---- inputs ------------------------------------------------------------- */

/* R2, R3, R4: what the current view allows now. */
void bft_advance(struct bft *core)
{
    struct bft_tally *tally = bft_tally(core, core->view);
    uint32_t leader = bft_leader(core, core->view);

    if (!core->is_started || core->is_done || !bft_is_member(core)) {
        return;
    }
    if (tally != NULL &&
        (tally->is_spoiled ||
         bft_vote(core, tally, BFT_NULLIFY, leader)->state == BFT_CHECKED)) {
        bft_nullify(core, "R4 its leader cheats or gave up"); /* R4 */
    }
    if (leader == core->self) {
        bft_propose(core);
    } else {
        bft_notarize(core);
    }
    bft_arm(core, 0);
}

/* The certificate of the highest view, NULL: none. */
static const struct bft_cert *highest(const struct bft *core)
{
    const struct bft_cert *best = &core->fin;

    for (uint32_t i = 0; i < BFT_WINDOW; i++) {
        const struct bft_entry *entry = &core->ring[i];

        best = entry->notar.view > best->view ? &entry->notar : best;
        best = entry->null.view > best->view ? &entry->null : best;
    }
    return best->kind != 0 ? best : NULL;
}

void bft_start(struct bft *core)
{
    const struct bft_cert *best = highest(core);

    core->is_started = 1;
    core->ops->timer(core->ctx, BFT_TIMER_TICK, core->retransmit_ns);
    if (core->fin.view > core->final.view) {
        bft_announce(core); /* D6 */
    }
    if (core->is_done) {
        return;
    }
    /* D4: the highest of all records, whatever their order */
    if (best != NULL && best->view >= core->view) {
        bft_enter(core, best->view + 1, best);
    } else {
        bft_arm(core, 1);
    }
    if (bft_is_member(core)) {
        bft_resume(core); /* D1, D5 */
    }
    bft_advance(core);
}

void bft_recv(struct bft *core, uint32_t from, uint32_t proto,
              struct vt_view msg)
{
    if (from >= core->set.n || from == core->self || !core->is_started) {
        return;
    }
    if (core->is_done) { /* it is over: say so to who does not know */
        if (proto != BFT_CERT && core->peers[from].reqs++ < BFT_REQS_MAX) {
            bft_send_cert(core, from, &core->fin);
        }
        return;
    }
    switch (proto) {
    case BFT_PROPOSE:
        bft_on_proposal(core, from, msg);
        break;
    case BFT_VOTE:
        bft_on_vote(core, from, msg);
        break;
    case BFT_CERT:
        bft_on_cert(core, from, msg);
        break;
    case BFT_REQ:
        bft_on_req(core, from, msg);
        break;
    default:
        bft_bad(core, from, "unknown message");
        return;
    }
    bft_advance(core);
}

void bft_signed(struct bft *core, uint64_t token, struct vt_view sig)
{
    bft_on_signed(core, token, sig);
    bft_advance(core);
}

static void conclude(struct bft *core, uint32_t member, struct bft_job *job,
                     struct vt_view verdicts)
{
    struct bft_job done = *job;
    int is_good = verdicts.len > 0;

    job->token = 0;
    for (size_t i = 0; i < verdicts.len; i++) {
        is_good &= verdicts.ptr[i] == VT_GOOD;
    }
    if (!is_good && verdicts.len > 0) {
        bft_bad(core, member, "a bad signature");
    }
    switch (done.kind) {
    case BFT_JOB_VOTE:
        bft_vote_checked(core, member, &done, is_good);
        break;
    case BFT_JOB_PROPOSAL:
        bft_proposal_checked(core, &done, is_good);
        break;
    default:
        bft_evidence_checked(core, member, &done, is_good);
        break;
    }
}

void bft_verified(struct bft *core, uint64_t token, struct vt_view verdicts)
{
    uint32_t member = (uint32_t)(token >> 8 & 0xff);
    uint32_t index = (uint32_t)(token & 0x7f);
    struct bft_peer *peer;

    if (member >= core->set.n || token == 0) {
        return;
    }
    peer = &core->peers[member];
    if ((token & 0x80) == 0) {
        if (index < BFT_JOBS && peer->jobs[index].token == token) {
            conclude(core, member, &peer->jobs[index], verdicts);
        }
    } else if (index < BFT_CANDIDATES &&
               peer->candidates[index].token == token) {
        bft_cert_checked(core, &peer->candidates[index], member, verdicts);
    }
    bft_advance(core);
}

/* Answers that did not come are not waited for, and everybody gets a new
 * allowance. */
static void age(struct bft *core)
{
    const struct vt_view none = {NULL, 0};

    for (uint32_t m = 0; m < core->set.n; m++) {
        struct bft_peer *peer = &core->peers[m];

        peer->bad = 0;
        peer->reqs = 0;
        for (uint32_t i = 0; i < BFT_JOBS; i++) {
            struct bft_job *job = &peer->jobs[i];

            if (job->token != 0 && ++job->age >= BFT_STALE) {
                conclude(core, m, job, none);
            }
        }
        for (uint32_t i = 0; i < BFT_CANDIDATES; i++) {
            struct bft_candidate *c = &peer->candidates[i];

            if (c->token != 0 && ++c->age >= BFT_STALE) {
                c->token = 0;
            }
        }
    }
}

void bft_timer(struct bft *core, uint32_t timer)
{
    if (!core->is_started) {
        return;
    }
    if (timer == BFT_TIMER_TICK) {
        age(core);
        core->is_waiting = 0;
        if (bft_is_member(core) && !core->is_done) {
            bft_repeat(core); /* R8 */
        }
        core->ops->timer(core->ctx, BFT_TIMER_TICK, core->retransmit_ns);
    } else if (timer == BFT_TIMER_VIEW && core->is_armed) {
        bft_nullify(core, "R4 timeout"); /* R4 */
    }
    bft_advance(core);
}

void bft_poke(struct bft *core)
{
    core->is_waiting = 0;
    bft_advance(core);
}

void bft_idle(struct bft *core, int is_idle)
{
    core->is_idle = is_idle != 0 ? 1 : 0;
    bft_advance(core);
}

/* ---- looking at it ------------------------------------------------------ */

uint64_t bft_view(const struct bft *core)
{
    return core->view;
}

const struct bft_block *bft_final(const struct bft *core)
{
    return &core->final;
}

size_t bft_proof(struct bft *core, uint8_t *out, size_t cap)
{
    const struct bft_block *path = &core->fin.block;
    struct cs_wr wr;

    if (core->fin.kind == 0) {
        return 0;
    }
    cs_wr_init(&wr, out, cap);
    bft_put_proof(&wr, &path, 1, &core->fin, core->set.n);
    return wr.is_full ? 0 : wr.len;
}
