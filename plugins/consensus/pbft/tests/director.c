/* SPDX-License-Identifier: Apache-2.0
 *
 * director.c - see director.h.
 */
#include "director.h"

#include "base/bytes.h"
#include "rules.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

extern const struct vt_plugin pbft_LTX_vt_plugin_v1;

void director_start(struct director *d, uint32_t n, uint32_t real,
                    const char *settings)
{
    director_open(d, &pbft_LTX_vt_plugin_v1, n, real, settings);
}

void director_link(const struct director *d, uint32_t block, uint8_t out[32])
{
    director_digest(d, PBFT_CHAIN_TAG, block, out);
}

static void sign(const struct director *d, uint32_t from, uint32_t role,
                 const struct cs_wr *core, struct cs_sig *out)
{
    memset(out, 0, sizeof *out);
    out->len =
        (uint8_t)box_sign(d->box, from, role, cs_wr_view(core), out->bytes);
}

static void send(struct director *d, uint32_t from, uint32_t proto,
                 const struct cs_wr *wr, uint32_t block)
{
    ck_assert_int_eq(wr->is_full, 0);
    box_send(d->box, from, d->real, proto, cs_wr_view(wr), block);
}

void director_propose(struct director *d, uint32_t from, uint64_t view,
                      uint32_t block)
{
    struct pbft_proposal m = {.view = view,
                              .seq = box_block_height(d->box, block)};
    uint32_t parent = box_parent(d->box, block);
    uint8_t bytes[512];
    struct cs_wr wr;

    box_block_id(d->box, block, m.id);
    if (parent == BOX_NONE) {
        memcpy(m.parent, box_epoch(d->box)->parent, 32);
    } else {
        box_block_id(d->box, parent, m.parent);
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_proposal(&wr, m.view, m.seq, m.id);
    sign(d, from, PBFT_PREPREPARE, &wr, &m.sig);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_proposal(&wr, &m);
    send(d, from, PBFT_PREPREPARE, &wr, block);
}

static void fill_vote(const struct director *d, uint32_t role, uint64_t view,
                      uint32_t block, uint8_t root, struct cs_qc *out)
{
    memset(out, 0, sizeof *out);
    out->role = role;
    out->view = view;
    out->seq = box_block_height(d->box, block);
    box_block_id(d->box, block, out->id);
    if (role == PBFT_COMMIT) {
        director_link(d, block, out->extra);
    } else if (role == PBFT_CHECKPOINT) {
        memset(out->extra, root, 32);
    }
}

static void send_vote(struct director *d, uint32_t from,
                      const struct cs_qc *vote)
{
    struct pbft_vote_msg m = {.view = vote->view, .seq = vote->seq};
    uint8_t bytes[512];
    struct cs_wr wr;

    memcpy(m.id, vote->id, 32);
    memcpy(m.extra, vote->extra, 32);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_vote(&wr, vote);
    sign(d, from, vote->role, &wr, &m.sig);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_vote(&wr, vote->role, &m);
    send(d, from, vote->role, &wr, BOX_NONE);
}

void director_vote(struct director *d, uint32_t from, uint32_t role,
                   uint64_t view, uint32_t block)
{
    struct cs_qc vote;

    fill_vote(d, role, view, block, 0, &vote);
    send_vote(d, from, &vote);
}

void director_votes(struct director *d, uint32_t role, uint64_t view,
                    uint32_t block, uint32_t except)
{
    for (uint32_t m = 0; m < d->n; m++) {
        if (m != d->real && m != except) {
            director_vote(d, m, role, view, block);
        }
    }
}

void director_checkpoint(struct director *d, uint32_t from, uint32_t block,
                         uint8_t root)
{
    struct cs_qc vote;

    fill_vote(d, PBFT_CHECKPOINT, 0, block, root, &vote);
    send_vote(d, from, &vote);
}

void director_qc(const struct director *d, uint32_t role, uint64_t view,
                 uint32_t block, uint8_t root, struct cs_qc *out)
{
    uint8_t bytes[256];
    struct cs_wr core;

    fill_vote(d, role, view, block, root, out);
    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_vote(&core, out);
    for (uint32_t m = 0; m < d->n - pbft_rule_faulty(d->n); m++) {
        out->signers |= cs_bit(m);
        sign(d, m, role, &core, &out->sig[m]);
    }
}

static void sign_vc(const struct director *d, struct pbft_viewchange *vc)
{
    uint8_t bytes[256];
    struct cs_wr core;

    cs_wr_init(&core, bytes, sizeof bytes);
    pbft_core_viewchange(&core, &vc->core);
    sign(d, vc->core.member, PBFT_VIEWCHANGE, &core, &vc->core.sig);
}

void director_make_vc(const struct director *d, uint32_t from, uint64_t view,
                      uint64_t hp_view, uint32_t hp_block,
                      struct pbft_viewchange *out)
{
    struct pbft_vc_core *core = &out->core;

    memset(out, 0, sizeof *out);
    core->member = from;
    core->view = view;
    core->stable_seq = box_epoch(d->box)->start_height - 1;
    if (hp_block != BOX_NONE) {
        director_qc(d, PBFT_PREPARE, hp_view, hp_block, 0, &out->hp);
        core->hp_view = hp_view;
        core->hp_seq = out->hp.seq;
        memcpy(core->hp_id, out->hp.id, 32);
        core->voted_view = hp_view;
        core->voted_seq = out->hp.seq;
    }
    sign_vc(d, out);
}

void director_leave(struct director *d, const struct pbft_viewchange *vc)
{
    uint8_t bytes[16384];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_viewchange(&wr, vc, d->n, box_epoch(d->box)->start_height);
    send(d, vc->core.member, PBFT_VIEWCHANGE, &wr, BOX_NONE);
}

void director_make_nv(const struct director *d,
                      const struct pbft_viewchange *vcs,
                      struct pbft_newview *out)
{
    static uint8_t bytes[65536];
    uint8_t digest[32];
    struct vt_view body;
    struct cs_wr wr;

    memset(out, 0, sizeof *out);
    out->view = vcs[0].core.view;
    out->count = d->n - pbft_rule_faulty(d->n);
    out->hp.role = PBFT_PREPARE;
    for (uint32_t i = 0; i < out->count; i++) {
        out->vcs[i] = vcs[i].core;
        if (vcs[i].hp.seq != 0 &&
            (out->hp.seq == 0 ||
             pbft_rule_is_higher(vcs[i].hp.view, vcs[i].hp.seq, out->hp.view,
                                 out->hp.seq))) {
            out->hp = vcs[i].hp;
        }
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_newview_body(&wr, out, d->n, box_epoch(d->box)->start_height);
    body = cs_wr_view(&wr);
    (void)box_crypto(d->box)->hash(box_host(d->box), "VTC/pbft/newview/1",
                                   &body, 1, digest);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_newview(&wr, out->view, digest);
    sign(d, (uint32_t)(out->view % d->n), PBFT_NEWVIEW, &wr, &out->sig);
}

void director_enter(struct director *d, uint32_t from,
                    const struct pbft_newview *nv)
{
    static uint8_t bytes[65536];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_newview(&wr, nv, d->n, box_epoch(d->box)->start_height);
    send(d, from, PBFT_NEWVIEW, &wr, BOX_NONE);
}

void director_cert(struct director *d, uint32_t from, uint64_t view,
                   const uint32_t *blocks, uint32_t count)
{
    static struct cs_proof proof;
    uint8_t bytes[4096];
    uint8_t id[32];
    struct cs_wr wr;

    director_qc(d, PBFT_COMMIT, view, blocks[count - 1], 0, &proof.qc);
    director_link(d, box_parent(d->box, blocks[0]), proof.link);
    proof.path_len = count;
    for (uint32_t i = 0; i < count; i++) {
        box_block_id(d->box, blocks[i], proof.path[i]);
    }
    box_block_id(d->box, blocks[0], id);
    cs_wr_init(&wr, bytes, sizeof bytes);
    cs_put_u64(&wr, box_block_height(d->box, blocks[0]));
    cs_put(&wr, id, 32);
    cs_put_proof(&wr, &proof, d->n);
    send(d, from, PBFT_CERT, &wr, BOX_NONE);
}

/* ---- what it said ------------------------------------------------------- */

uint32_t director_heard_vote(const struct director *d, uint32_t role,
                             uint64_t view, uint64_t seq, const uint8_t *id)
{
    uint64_t who = 0;

    for (uint32_t i = 0; i < d->heard_count; i++) {
        const struct heard *h = &d->heard[i];
        struct pbft_vote_msg m;

        if (h->proto == role &&
            pbft_get_vote(vt_view_of(h->bytes, h->len), role, &m) &&
            m.view == view && m.seq == seq &&
            (id == NULL || memcmp(m.id, id, 32) == 0)) {
            who |= cs_bit(h->to);
        }
    }
    return cs_count(who);
}

int director_last_vc(const struct director *d, struct pbft_viewchange *out)
{
    for (uint32_t i = d->heard_count; i-- > 0;) {
        if (d->heard[i].proto == PBFT_VIEWCHANGE) {
            return pbft_get_viewchange(
                vt_view_of(d->heard[i].bytes, d->heard[i].len), d->real, d->n,
                box_epoch(d->box)->start_height, out);
        }
    }
    return 0;
}

int director_last_proposal(const struct director *d, uint64_t seq,
                           struct pbft_proposal *out)
{
    for (uint32_t i = d->heard_count; i-- > 0;) {
        if (d->heard[i].proto == PBFT_PREPREPARE &&
            pbft_get_proposal(vt_view_of(d->heard[i].bytes, d->heard[i].len),
                              out) &&
            out->seq == seq) {
            return 1;
        }
    }
    return 0;
}
