/* SPDX-License-Identifier: Apache-2.0
 *
 * liar.c - see liar.h. Node index and member index are the same here: liars
 * have no twins.
 */
#include "liar.h"

#include "base/bytes.h"
#include "rules.h"

#include <string.h>

static int often(struct liar *liar, struct box *box)
{
    return box_random(box, 1000) < liar->malice;
}

/* ---- sending to some ---------------------------------------------------- */

static void send_some(struct liar *liar, struct box *box, uint32_t me,
                      uint32_t proto, struct vt_view bytes, uint32_t block,
                      uint64_t who)
{
    for (uint32_t m = 0; m < liar->n; m++) {
        if (m != me && cs_has(who, m)) {
            box_send(box, me, m, proto, bytes, block);
        }
    }
}

static uint64_t some(struct liar *liar, struct box *box)
{
    return box_random(box, 4) == 0
               ? cs_everyone(liar->n)
               : box_random(box, UINT64_MAX) & cs_everyone(liar->n);
}

static void sign(struct box *box, uint32_t me, uint32_t role,
                 const struct cs_wr *core, struct cs_sig *out)
{
    memset(out, 0, sizeof *out);
    out->len = (uint8_t)box_sign(box, me, role, cs_wr_view(core), out->bytes);
}

static void send_vote(struct liar *liar, struct box *box, uint32_t me,
                      uint32_t role, const struct cs_qc *vote, uint64_t who)
{
    struct pbft_vote_msg m = {.view = vote->view, .seq = vote->seq};
    uint8_t bytes[512];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_vote(&wr, vote);
    memcpy(m.id, vote->id, 32);
    memcpy(m.extra, vote->extra, 32);
    sign(box, me, role, &wr, &m.sig);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_vote(&wr, role, &m);
    send_some(liar, box, me, role, cs_wr_view(&wr), BOX_NONE, who);
}

/* ---- what it has heard -------------------------------------------------- */

static struct liar_seen *note(struct liar_node *l, uint64_t view, uint64_t seq,
                              const uint8_t id[32])
{
    struct liar_seen *s;

    for (uint32_t i = 0; i < LIAR_SEEN && i < l->seen_count; i++) {
        s = &l->seen[i];
        if (s->view == view && s->seq == seq && memcmp(s->id, id, 32) == 0) {
            return s;
        }
    }
    s = &l->seen[l->seen_count++ % LIAR_SEEN];
    memset(s, 0, sizeof *s);
    s->view = view;
    s->seq = seq;
    memcpy(s->id, id, 32);
    l->view = view > l->view && view < l->view + 1000 ? view : l->view;
    return s;
}

static void vote_for(struct liar *liar, struct box *box, uint32_t me,
                     const struct liar_seen *s, uint64_t view)
{
    struct cs_qc vote;

    memset(&vote, 0, sizeof vote);
    vote.view = view;
    vote.seq = s->seq;
    memcpy(vote.id, s->id, 32);
    vote.role = PBFT_PREPARE;
    send_vote(liar, box, me, PBFT_PREPARE, &vote, some(liar, box));
    if (s->has_link) {
        vote.role = PBFT_COMMIT;
        memcpy(vote.extra, s->link, 32);
        send_vote(liar, box, me, PBFT_COMMIT, &vote, some(liar, box));
    }
}

/* ---- proposing ---------------------------------------------------------- */

static void propose(struct liar *liar, struct box *box, uint32_t me,
                    uint32_t block, uint64_t who)
{
    struct pbft_proposal m = {.view = liar->nodes[me].view,
                              .seq = box_block_height(box, block)};
    struct cs_qc vote;
    uint32_t parent;
    uint8_t bytes[512];
    struct cs_wr wr;

    box_block_id(box, block, m.id);
    parent = box_parent(box, block);
    if (parent == BOX_NONE) {
        memcpy(m.parent, box_epoch(box)->parent, 32);
    } else {
        box_block_id(box, parent, m.parent);
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_proposal(&wr, m.view, m.seq, m.id);
    sign(box, me, PBFT_PREPREPARE, &wr, &m.sig);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_proposal(&wr, &m);
    send_some(liar, box, me, PBFT_PREPREPARE, cs_wr_view(&wr), block, who);
    memset(&vote, 0, sizeof vote);
    vote.role = PBFT_PREPARE;
    vote.view = m.view;
    vote.seq = m.seq;
    memcpy(vote.id, m.id, 32);
    send_vote(liar, box, me, PBFT_PREPARE, &vote, some(liar, box));
}

/* Highest block it has heard of, to build on. */
static uint32_t highest(struct box *box, const struct liar_node *l)
{
    uint32_t best = BOX_NONE;

    for (uint32_t i = 0; i < LIAR_SEEN && i < l->seen_count; i++) {
        uint32_t block = box_find_block(box, l->seen[i].id);

        if (block != BOX_NONE &&
            (best == BOX_NONE ||
             box_block_height(box, block) > box_block_height(box, best))) {
            best = block;
        }
    }
    return best;
}

/* Two stories, one for each half. */
static void lead(struct liar *liar, struct box *box, uint32_t me)
{
    struct liar_node *l = &liar->nodes[me];
    uint64_t half = some(liar, box);
    uint32_t base = highest(box, l);
    int is_new_height =
        base == BOX_NONE || box_block_height(box, base) != l->proposed_seq;

    for (uint32_t story = 0; story < 2; story++) {
        uint32_t on = is_new_height ? base : l->tip[story];

        l->tip[story] = box_make_block(box, on, me, l->next_tx++ % BOX_TXS_MAX,
                                       box_random(box, 12) == 0);
        propose(liar, box, me, l->tip[story],
                story == 0         ? half
                : often(liar, box) ? some(liar, box)
                                   : ~half);
    }
    l->proposed_seq = box_block_height(box, l->tip[0]);
}

/* ---- leaving and entering views ----------------------------------------- */

/* A VIEWCHANGE that claims nothing, or what somebody else could prove. */
static void forge_vc(struct liar *liar, struct box *box, uint32_t me,
                     uint64_t view, struct pbft_viewchange *vc)
{
    struct liar_node *l = &liar->nodes[me];
    uint32_t from = (uint32_t)box_random(box, liar->n);
    uint8_t bytes[256];
    struct cs_wr wr;

    memset(vc, 0, sizeof *vc);
    if (l->vcs[from].core.view > 0 && l->vcs[from].core.hp_view < view &&
        box_random(box, 2) == 0) {
        *vc = l->vcs[from];
    } else {
        vc->core.stable_seq = box_epoch(box)->start_height - 1;
    }
    vc->core.member = me;
    vc->core.view = view;
    vc->core.voted_view = 0;
    vc->core.voted_seq = 0;
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_viewchange(&wr, &vc->core);
    sign(box, me, PBFT_VIEWCHANGE, &wr, &vc->core.sig);
}

static void leave(struct liar *liar, struct box *box, uint32_t me,
                  uint64_t view)
{
    struct pbft_viewchange vc;
    uint8_t bytes[16384];
    struct cs_wr wr;

    forge_vc(liar, box, me, view, &vc);
    liar->nodes[me].vcs[me] = vc;
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_viewchange(&wr, &vc, liar->n, box_epoch(box)->start_height);
    send_some(liar, box, me, PBFT_VIEWCHANGE, cs_wr_view(&wr), BOX_NONE,
              some(liar, box));
}

static void take_highest(struct pbft_newview *nv,
                         const struct pbft_viewchange *vc)
{
    if (vc->stable.seq > nv->stable.seq) {
        nv->stable = vc->stable;
    }
    if (vc->hp.seq != 0 &&
        (nv->hp.seq == 0 || vc->hp.view > nv->hp.view ||
         (vc->hp.view == nv->hp.view && vc->hp.seq > nv->hp.seq))) {
        nv->hp = vc->hp;
    }
}

/* A NEWVIEW from a subset of its choice; 0 when too few left. */
static int forge_nv(struct liar *liar, struct box *box, uint32_t me,
                    uint64_t view, struct pbft_newview *nv)
{
    struct liar_node *l = &liar->nodes[me];
    uint32_t quorum = liar->n - (liar->n - 1) / 3;
    uint32_t start = (uint32_t)box_random(box, liar->n);
    uint64_t chosen = cs_bit(me);
    uint8_t bytes[65536];
    uint8_t digest[32];
    struct vt_view body;
    struct cs_wr wr;

    forge_vc(liar, box, me, view, &l->vcs[me]);
    for (uint32_t i = 0; i < liar->n && cs_count(chosen) < quorum; i++) {
        uint32_t m = (start + i) % liar->n;

        if (l->vcs[m].core.view == view) {
            chosen |= cs_bit(m);
        }
    }
    memset(nv, 0, sizeof *nv);
    nv->view = view;
    for (uint32_t m = 0; m < liar->n; m++) {
        if (cs_has(chosen, m)) {
            nv->vcs[nv->count++] = l->vcs[m].core;
            take_highest(nv, &l->vcs[m]);
        }
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_newview_body(&wr, nv, liar->n, box_epoch(box)->start_height);
    body = cs_wr_view(&wr);
    (void)box_crypto(box)->hash(box_host(box), "VTC/pbft/newview/1", &body, 1,
                                digest);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_newview(&wr, view, digest);
    sign(box, me, PBFT_NEWVIEW, &wr, &nv->sig);
    return nv->count == quorum;
}

static void enter(struct liar *liar, struct box *box, uint32_t me,
                  uint64_t view)
{
    struct pbft_newview nv;
    uint8_t bytes[65536];
    struct cs_wr wr;

    if (view % liar->n != me || !forge_nv(liar, box, me, view, &nv)) {
        return;
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_newview(&wr, &nv, liar->n, box_epoch(box)->start_height);
    send_some(liar, box, me, PBFT_NEWVIEW, cs_wr_view(&wr), BOX_NONE,
              some(liar, box));
    liar->nodes[me].view = view;
}

/* ---- hearing ------------------------------------------------------------ */

static void hear_vote(struct liar *liar, struct box *box, uint32_t me,
                      const struct box_message *m)
{
    struct liar_node *l = &liar->nodes[me];
    struct pbft_vote_msg v;
    struct liar_seen *s;

    if (!pbft_get_vote(m->bytes, m->proto, &v)) {
        return;
    }
    s = note(l, v.view, v.seq, v.id);
    if (m->proto == PBFT_COMMIT) {
        s->has_link = 1;
        memcpy(s->link, v.extra, 32);
    }
    if (often(liar, box)) {
        vote_for(liar, box, me, s, v.view);
    }
}

static void hear_viewchange(struct liar *liar, struct box *box, uint32_t me,
                            const struct box_message *m)
{
    struct liar_node *l = &liar->nodes[me];
    struct pbft_viewchange vc;

    if (m->from >= liar->n ||
        !pbft_get_viewchange(m->bytes, m->from, liar->n,
                             box_epoch(box)->start_height, &vc)) {
        return;
    }
    l->vcs[m->from] = vc;
    l->view = vc.core.view > l->view ? vc.core.view : l->view;
    if (often(liar, box)) {
        leave(liar, box, me, vc.core.view);
    }
    enter(liar, box, me, vc.core.view);
}

static void hear_checkpoint(struct liar *liar, struct box *box, uint32_t me,
                            const struct box_message *m)
{
    struct pbft_vote_msg v;
    struct cs_qc vote;

    if (!pbft_get_vote(m->bytes, PBFT_CHECKPOINT, &v)) {
        return;
    }
    memset(&vote, 0, sizeof vote);
    vote.role = PBFT_CHECKPOINT;
    vote.seq = v.seq;
    memcpy(vote.id, v.id, 32);
    memcpy(vote.extra, v.extra, 32);
    vote.extra[3] ^= often(liar, box) ? 1 : 0;
    send_vote(liar, box, me, PBFT_CHECKPOINT, &vote, some(liar, box));
}

/* Keeps some messages to say them again later, whole or bent. */
static void keep_raw(struct liar_node *l, const struct box_message *m)
{
    uint32_t at = l->raw_count % 8;

    if (m->bytes.len <= sizeof l->raw[0]) {
        memcpy(l->raw[at], m->bytes.ptr, m->bytes.len);
        l->raw_len[at] = (uint32_t)m->bytes.len;
        l->raw_proto[at] = m->proto;
        l->raw_count++;
    }
}

static void babble(struct liar *liar, struct box *box, uint32_t me)
{
    struct liar_node *l = &liar->nodes[me];
    uint8_t bytes[2048];
    uint32_t proto;
    uint32_t at;
    size_t len;

    if (l->raw_count == 0) {
        return;
    }
    at = (uint32_t)box_random(box, l->raw_count < 8 ? l->raw_count : 8);
    len = l->raw_len[at];
    proto = l->raw_proto[at];
    memcpy(bytes, l->raw[at], len);
    for (uint64_t i = box_random(box, 4); i > 0 && len > 0; i--) {
        box_flip(box, bytes, len);
    }
    if (box_random(box, 4) == 0) {
        len = box_random(box, len + 1);
    }
    if (box_random(box, 4) == 0) {
        proto = (uint32_t)box_random(box, 12);
    }
    send_some(liar, box, me, proto, vt_view_of(bytes, len), BOX_NONE,
              some(liar, box));
}

static void lie_about_height(struct liar *liar, struct box *box, uint32_t me)
{
    struct pbft_status m = {.view = liar->nodes[me].view,
                            .committed = box_random(box, 2) == 0
                                             ? UINT64_MAX - 5
                                             : box_random(box, 400)};
    uint8_t bytes[64];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_put_status(&wr, &m);
    send_some(liar, box, me, PBFT_STATUS, cs_wr_view(&wr), BOX_NONE,
              some(liar, box));
}

static void on_message(void *ctx, struct box *box, uint32_t node,
                       const struct box_message *m)
{
    struct liar *liar = ctx;
    struct pbft_proposal p;

    if (m->from < liar->n && cs_has(liar->liars, m->from)) {
        return;
    }
    keep_raw(&liar->nodes[node], m);
    switch (m->proto) {
    case PBFT_PREPREPARE:
        if (pbft_get_proposal(m->bytes, &p)) {
            struct liar_seen *s = note(&liar->nodes[node], p.view, p.seq, p.id);

            if (often(liar, box)) {
                vote_for(liar, box, node, s, p.view);
            }
        }
        break;
    case PBFT_PREPARE:
    case PBFT_COMMIT:
        hear_vote(liar, box, node, m);
        break;
    case PBFT_CHECKPOINT:
        hear_checkpoint(liar, box, node, m);
        break;
    case PBFT_VIEWCHANGE:
        hear_viewchange(liar, box, node, m);
        break;
    default:
        break;
    }
    if (box_random(box, 4000) < liar->malice) {
        babble(liar, box, node);
    }
}

static void on_tick(void *ctx, struct box *box, uint32_t node)
{
    struct liar *liar = ctx;
    struct liar_node *l = &liar->nodes[node];
    uint32_t count = l->seen_count < LIAR_SEEN ? l->seen_count : LIAR_SEEN;

    if (l->view % liar->n == node) {
        enter(liar, box, node, l->view);
        lead(liar, box, node);
        if (often(liar, box)) {
            lead(liar, box, node);
        }
    }
    if (count > 0 && often(liar, box)) {
        const struct liar_seen *s = &l->seen[box_random(box, count)];

        vote_for(liar, box, node, s, often(liar, box) ? l->view : s->view);
    }
    if (box_random(box, 6000) < liar->malice) {
        leave(liar, box, node, l->view + 1 + box_random(box, 2));
    }
    if (often(liar, box)) {
        babble(liar, box, node);
    }
    if (box_random(box, 8000) < liar->malice) {
        lie_about_height(liar, box, node);
    }
}

void liar_init(struct liar *liar, uint32_t n, uint64_t liars, uint32_t malice)
{
    memset(liar, 0, sizeof *liar);
    liar->n = n;
    liar->liars = liars;
    liar->malice = malice;
    liar->attack.ctx = liar;
    liar->attack.on_message = on_message;
    liar->attack.on_tick = on_tick;
    for (uint32_t i = 0; i < LIAR_MEMBERS; i++) {
        liar->nodes[i].next_tx = BOX_TXS_MAX / 2;
    }
}
