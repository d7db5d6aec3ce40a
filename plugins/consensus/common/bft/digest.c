/* SPDX-License-Identifier: Apache-2.0
 *
 * digest.c - one hash over the whole logical state: no pointer, no padding,
 * nothing that does not influence what comes next.
 */
#include "state.h"

struct fold {
    const struct bft *core;
    uint8_t hash[32];
    uint8_t bytes[2048];
    struct cs_wr wr;
    vt_status status;
};

static void flush(struct fold *f)
{
    struct vt_view parts[2] = {{f->hash, 32}, cs_wr_view(&f->wr)};
    const struct bft_set *set = &f->core->set;
    uint8_t next[32];
    vt_status status =
        set->crypto->hash(set->host, "VTC/bft/state/1", parts, 2, next);

    if (status != VT_OK) {
        f->status = status;
    } else {
        memcpy(f->hash, next, 32);
    }
    cs_wr_init(&f->wr, f->bytes, sizeof f->bytes);
}

static void bytes(struct fold *f, const void *ptr, size_t len)
{
    if (len > f->wr.cap - f->wr.len) { /* no part is longer than the buffer */
        flush(f);
    }
    cs_put(&f->wr, ptr, len);
}

static void num(struct fold *f, uint64_t v)
{
    uint8_t le[8];
    struct cs_wr wr;

    cs_wr_init(&wr, le, sizeof le);
    cs_put_u64(&wr, v);
    bytes(f, le, sizeof le);
}

static void sig(struct fold *f, const struct bft_sig *s)
{
    num(f, s->len);
    bytes(f, s->bytes, s->len);
}

static void block(struct fold *f, const struct bft_block *b)
{
    num(f, b->view);
    bytes(f, b->link, 32);
}

static void cert(struct fold *f, const struct bft_cert *c)
{
    num(f, c->kind);
    if (c->kind == 0) {
        return;
    }
    num(f, c->view);
    num(f, c->signers);
    block(f, &c->block);
    for (uint32_t i = 0; i < cs_count(c->signers); i++) {
        sig(f, &c->sig[i]);
    }
}

static void proposal(struct fold *f, const struct bft_proposal *p)
{
    num(f, p->parent_view);
    block(f, &p->block);
    sig(f, &p->sig);
}

static void put_certs(struct fold *f)
{
    const struct bft *core = f->core;

    for (uint32_t i = 0; i < BFT_WINDOW; i++) {
        const struct bft_entry *entry = &core->ring[i];

        if (entry->notar.kind != 0 || entry->null.kind != 0) {
            num(f, i);
            cert(f, &entry->notar);
            cert(f, &entry->null);
        }
    }
    cert(f, &core->fin);
    cert(f, &core->entered);
}

static void put_tallies(struct fold *f)
{
    const struct bft *core = f->core;

    for (uint32_t i = 0; i < BFT_TALLIES; i++) {
        const struct bft_tally *t = &core->tallies[i];

        if (t->view <= core->fin.view || t->view + BFT_BEHIND < core->view) {
            continue; /* out of reach, for ever */
        }
        num(f, t->view);
        num(f, t->prop_state);
        num(f, t->is_spoiled);
        if (t->prop_state != BFT_NONE) {
            proposal(f, &t->prop);
        }
        for (uint32_t v = 0; v < 3 * core->set.n; v++) {
            const struct bft_vote *vote = &t->votes[v];

            num(f, vote->state);
            if (vote->state != BFT_NONE) {
                bytes(f, vote->link, 32);
                sig(f, &vote->sig);
            }
        }
    }
}

static void put_peer(struct fold *f, const struct bft_peer *peer)
{
    for (uint32_t i = 0; i < BFT_JOBS; i++) {
        const struct bft_job *job = &peer->jobs[i];

        num(f, job->token);
        if (job->token != 0) {
            num(f, job->view);
            num(f, job->kind);
            num(f, job->vote);
            num(f, job->age);
        }
    }
    for (uint32_t i = 0; i < BFT_CANDIDATES; i++) {
        const struct bft_candidate *c = &peer->candidates[i];

        num(f, c->token);
        if (c->token != 0) {
            num(f, c->age);
            cert(f, &c->cert);
        }
    }
    num(f, peer->conflict.kind);
    if (peer->conflict.kind != 0) {
        bytes(f, peer->conflict.a, peer->conflict.len_a);
        bytes(f, peer->conflict.b, peer->conflict.len_b);
    }
    num(f, peer->convicted);
    num(f, peer->bad);
    num(f, peer->reqs);
}

static void put_words(struct fold *f)
{
    const struct bft *core = f->core;

    for (uint32_t i = 0; i < BFT_KINDS; i++) {
        const struct bft_word *word = &core->words[i];

        num(f, word->view);
        num(f, word->token);
        num(f, word->state);
        num(f, word->age);
        bytes(f, word->link, 32);
        sig(f, &word->sig);
    }
    proposal(f, &core->voted);
}

vt_status bft_digest(const struct bft *core, uint8_t out[32])
{
    struct fold f;

    memset(&f, 0, sizeof f);
    f.core = core;
    cs_wr_init(&f.wr, f.bytes, sizeof f.bytes);
    num(&f, core->view);
    num(&f, core->next_token);
    num(&f, core->is_started);
    num(&f, core->is_done);
    num(&f, core->is_idle);
    num(&f, core->is_armed);
    num(&f, core->is_waiting);
    num(&f, core->asked_view);
    block(&f, &core->final);
    put_certs(&f);
    put_tallies(&f);
    put_words(&f);
    for (uint32_t m = 0; m < core->set.n; m++) {
        put_peer(&f, &core->peers[m]);
    }
    flush(&f);
    memcpy(out, f.hash, 32);
    return f.status;
}
