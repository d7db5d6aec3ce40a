/* SPDX-License-Identifier: Apache-2.0
 *
 * certs.c - certificates: made here, brought by others, asked for. Each is
 * checked once, kept while it can matter, and does its work when it is new.
 */
#include "state.h"

/* ---- what is known ------------------------------------------------------ */

const struct bft_block *bft_notarized_in(const struct bft *core, uint64_t view)
{
    const struct bft_cert *cert = &core->ring[view % BFT_WINDOW].notar;

    if (view == 0) {
        return &core->root;
    }
    if (cert->kind != 0 && cert->view == view) {
        return &cert->block;
    }
    /* R7: a FINALIZATION also serves as NOTARIZATION */
    if (core->fin.kind != 0 && core->fin.view == view &&
        bft_rule_final_is_notarized()) {
        return &core->fin.block;
    }
    return NULL;
}

int bft_is_nullified(const struct bft *core, uint64_t view)
{
    const struct bft_cert *cert = &core->ring[view % BFT_WINDOW].null;

    return cert->kind != 0 && cert->view == view;
}

int bft_knows(const struct bft *core, uint32_t kind, uint64_t view)
{
    if (kind == BFT_FINALIZE) {
        return view <= core->fin.view;
    }
    return kind == BFT_NULLIFY ? bft_is_nullified(core, view)
                               : bft_notarized_in(core, view) != NULL;
}

const struct bft_block *bft_notarized(const struct bft *core)
{
    for (uint64_t i = 1; i <= BFT_WINDOW && i <= core->view; i++) {
        const struct bft_block *block = bft_notarized_in(core, core->view - i);

        if (block != NULL) {
            return block;
        }
    }
    return &core->final;
}

/* ---- a good one --------------------------------------------------------- */

void bft_keep(struct bft *core, const struct bft_cert *cert)
{
    struct bft_entry *entry = &core->ring[cert->view % BFT_WINDOW];
    struct bft_cert *at = cert->kind == BFT_FINALIZE   ? &core->fin
                          : cert->kind == BFT_NOTARIZE ? &entry->notar
                                                       : &entry->null;

    if (at->view < cert->view) {
        bft_copy_cert(at, cert);
    }
}

/* The final block and its ancestors down to the last one announced, or to
 * where they are unknown; parents first, at the end of core->path. */
static uint32_t gather(struct bft *core)
{
    const struct bft_block *at = &core->fin.block;
    uint32_t count = 1;

    core->path[BFT_PATH_MAX - 1] = at;
    for (uint64_t i = 1; i < BFT_WINDOW && i < core->fin.view; i++) {
        uint64_t view = core->fin.view - i;
        const struct bft_block *below = bft_notarized_in(core, view);

        if (memcmp(at->parent, core->final.link, 32) == 0 ||
            count == BFT_PATH_MAX) {
            break;
        }
        if (below != NULL && memcmp(below->link, at->parent, 32) == 0) {
            at = below;
            core->path[BFT_PATH_MAX - 1 - count++] = at;
        }
    }
    return count;
}

void bft_announce(struct bft *core)
{
    uint32_t count = gather(core);

    for (; count > 0; count--) {
        const struct bft_block *const *path = core->path + BFT_PATH_MAX - count;
        struct cs_wr wr;

        cs_wr_init(&wr, core->buffer, sizeof core->buffer);
        bft_put_proof(&wr, path, count, &core->fin, core->set.n);
        core->ops->final(core->ctx, path[0], cs_wr_view(&wr));
    }
    core->final = core->fin.block;
    if (core->is_once && !core->is_done) {
        core->is_done = 1;
        bft_arm(core, 0);
    }
}

static void tell_notarized(struct bft *core, const struct bft_cert *cert)
{
    const struct bft_block *path = &cert->block;
    struct cs_wr wr;

    if (core->ops->notarized != NULL) {
        cs_wr_init(&wr, core->buffer, sizeof core->buffer);
        bft_put_proof(&wr, &path, 1, cert, core->set.n);
        core->ops->notarized(core->ctx, path, cs_wr_view(&wr));
    }
}

void bft_take(struct bft *core, const struct bft_cert *cert)
{
    int wants_final = 0;

    if (bft_knows(core, cert->kind, cert->view)) {
        return;
    }
    bft_keep(core, cert);
    core->is_waiting = 0;             /* the question may be another one now */
    if (cert->kind == BFT_FINALIZE) { /* R7 */
        bft_trace(core, "R7 finalization", cert->view);
        bft_save_cert(core, cert);
        bft_announce(core);
    } else if (cert->kind == BFT_NOTARIZE) {
        tell_notarized(core, cert);
    }
    if (core->is_done) {
        bft_send_cert(core, VT_PEER_ALL, cert);
        return;
    }
    if (cert->kind == BFT_NOTARIZE && cert->view >= core->view) { /* R5 */
        wants_final = bft_may_finalize(core, cert->view);
        if (wants_final) {
            bft_set_word(core, BFT_FINALIZE, cert->view, cert->block.link);
        }
    }
    if (cert->view >= core->view) {
        bft_enter(core, cert->view + 1, cert); /* R1, R5, R6 */
    } else if (cert->kind == BFT_FINALIZE) {
        bft_send_cert(core, VT_PEER_ALL, cert);
    }
    if (wants_final) { /* durable since bft_enter(), D4 */
        bft_ask_word(core, BFT_FINALIZE);
    }
}

void bft_send_cert(struct bft *core, uint32_t to, const struct bft_cert *cert)
{
    struct cs_wr wr;

    if (!bft_is_member(core)) {
        return; /* an observer only listens */
    }
    cs_wr_init(&wr, core->buffer, sizeof core->buffer);
    bft_put_cert(&wr, cert, core->set.n);
    core->ops->send(core->ctx, to, BFT_CERT, cs_wr_view(&wr));
}

/* ---- brought by others -------------------------------------------------- */

static uint32_t same_under_check(const struct bft *core,
                                 const struct bft_cert *cert)
{
    uint32_t same = 0;

    for (uint32_t m = 0; m < core->set.n; m++) {
        for (uint32_t i = 0; i < BFT_CANDIDATES; i++) {
            const struct bft_candidate *c = &core->peers[m].candidates[i];

            same += c->token != 0 && c->cert.kind == cert->kind &&
                    c->cert.view == cert->view;
        }
    }
    return same;
}

/* Signatures of a certificate that were not found good before. */
static uint32_t unchecked(struct bft *core, const struct bft_cert *cert,
                          const struct cs_wr *wr)
{
    struct bft_tally *tally = bft_tally(core, cert->view);
    uint32_t count = 0;

    for (uint32_t m = 0, at = 0; m < core->set.n; m++) {
        const struct bft_sig *sig = &cert->sig[at];
        const struct bft_vote *vote =
            tally == NULL ? NULL : bft_vote(core, tally, cert->kind, m);

        if (!cs_has(cert->signers, m)) {
            continue;
        }
        at++;
        if (vote != NULL && vote->state == BFT_CHECKED &&
            memcmp(vote->link, cert->block.link, 32) == 0 &&
            vote->sig.len == sig->len &&
            memcmp(vote->sig.bytes, sig->bytes, sig->len) == 0) {
            continue;
        }
        core->items[count].member = m;
        core->items[count].role = core->set.role_base + cert->kind;
        core->items[count].msg = cs_wr_view(wr);
        core->items[count++].sig = cs_view(sig->bytes, sig->len);
    }
    return count;
}

void bft_on_cert(struct bft *core, uint32_t from, struct vt_view msg)
{
    struct bft_peer *peer = &core->peers[from];
    struct bft_candidate *c = NULL;
    uint32_t index = 0;
    uint32_t count;
    uint8_t bytes[BFT_CORE_MAX];
    struct cs_wr wr;

    for (; index < BFT_CANDIDATES && c == NULL; index++) {
        c = peer->candidates[index].token == 0 ? &peer->candidates[index]
                                               : NULL;
    }
    if (c == NULL || peer->bad >= BFT_BAD_MAX) {
        return;
    }
    if (!bft_get_cert(&core->set, msg, &c->cert)) {
        bft_bad(core, from, "malformed certificate");
        return;
    }
    if (bft_knows(core, c->cert.kind, c->cert.view) ||
        c->cert.view <= core->fin.view ||
        c->cert.view + BFT_WINDOW <= core->view ||
        same_under_check(core, &c->cert) >= BFT_SAME_MAX) {
        return;
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_core_vote(&wr, c->cert.view, c->cert.block.link);
    count = unchecked(core, &c->cert, &wr);
    if (count == 0) {
        bft_take(core, &c->cert);
        return;
    }
    c->age = 0;
    c->token = core->next_token++ << 16 | from << 8 | 0x80 | (index - 1);
    core->ops->verify(core->ctx, c->token, core->items, count);
}

void bft_cert_checked(struct bft *core, struct bft_candidate *c,
                      uint32_t member, struct vt_view verdicts)
{
    c->token = 0;
    for (size_t i = 0; i < verdicts.len; i++) {
        if (verdicts.ptr[i] != VT_GOOD) {
            bft_bad(core, member, "a certificate with a bad signature");
            return;
        }
    }
    if (verdicts.len > 0) {
        bft_take(core, &c->cert);
    }
}

/* ---- asked for, R8 ------------------------------------------------------ */

void bft_on_req(struct bft *core, uint32_t from, struct vt_view msg)
{
    struct bft_peer *peer = &core->peers[from];
    struct bft_req req;
    uint32_t sent = 0;

    if (!bft_get_req(msg, &req)) {
        bft_bad(core, from, "malformed request");
        return;
    }
    if (peer->reqs++ >= BFT_REQS_MAX) {
        return;
    }
    if (core->fin.kind != 0 && req.low <= core->fin.view) {
        bft_send_cert(core, from, &core->fin);
    }
    if (req.high >= core->view) {
        req.high = core->view - 1;
    }
    for (uint64_t i = 0; i < BFT_WINDOW && req.high >= req.low + i; i++) {
        const struct bft_entry *at = &core->ring[(req.high - i) % BFT_WINDOW];

        if (at->null.kind != 0 && at->null.view == req.high - i) {
            bft_send_cert(core, from, &at->null);
            sent++;
        }
        if (at->notar.kind != 0 && at->notar.view == req.high - i) {
            bft_send_cert(core, from, &at->notar);
            sent++;
        }
        if (sent >= BFT_REQ_CERTS) {
            return;
        }
    }
}
