/* SPDX-License-Identifier: Apache-2.0
 *
 * liar.c - see liar.h.
 */
#include "liar.h"

static uint64_t pick(struct liar *l, uint64_t count)
{
    return vt_rng_below(&l->rng, count);
}

static void know_block(struct liar *l, const struct bft_block *block, int is_n)
{
    for (uint32_t i = 0; i < LIAR_BLOCKS; i++) {
        if (l->block[i].block.view == block->view &&
            memcmp(l->block[i].block.link, block->link, 32) == 0) {
            l->block[i].is_notarized |= is_n;
            return;
        }
    }
    l->block[l->blocks % LIAR_BLOCKS].block = *block;
    l->block[l->blocks++ % LIAR_BLOCKS].is_notarized = is_n;
}

static const struct bft_block *find_block(const struct liar *l, uint64_t view,
                                          const uint8_t link[32])
{
    for (uint32_t i = 0; i < LIAR_BLOCKS; i++) {
        const struct bft_block *b = &l->block[i].block;

        if (b->view == view && memcmp(b->link, link, 32) == 0) {
            return b;
        }
    }
    return NULL;
}

/* ---- certificates made in secret ---------------------------------------- */

static void show(struct liar *l, struct net *net, uint32_t member,
                 const struct bft_cert *cert)
{
    uint8_t bytes[8192];
    struct cs_wr wr;
    uint32_t to = (uint32_t)pick(l, net_nodes(net));

    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_cert(&wr, cert, net_fake(net)->set.n);
    net_send(net, member, to, BFT_CERT, cs_wr_view(&wr));
}

static void try_cert(struct liar *l, struct net *net, uint32_t member,
                     uint32_t at)
{
    const struct fake *fake = net_fake(net);
    uint64_t signers = l->vote[at].signers | l->members;
    struct bft_sig sigs[CS_MEMBERS_MAX];
    struct bft_cert cert = {.sig = sigs};
    const struct bft_block *block =
        find_block(l, l->vote[at].view, l->vote[at].link);

    if (bft_set_weight(&fake->set, signers) < fake->set.quorum ||
        (l->vote[at].kind != BFT_NULLIFY && block == NULL)) {
        return;
    }
    fake_cert(fake, l->vote[at].kind, l->vote[at].view,
              l->vote[at].kind != BFT_NULLIFY ? block : NULL, signers, &cert);
    if (l->vote[at].kind == BFT_NOTARIZE) {
        know_block(l, block, 1);
    }
    show(l, net, member, &cert);
}

static void know_vote(struct liar *l, struct net *net, uint32_t member,
                      uint32_t from, const struct bft_vote_msg *m)
{
    uint32_t at = 0;

    while (at < LIAR_VOTES &&
           (l->vote[at].kind != m->kind || l->vote[at].view != m->view ||
            memcmp(l->vote[at].link, m->link, 32) != 0)) {
        at++;
    }
    if (at == LIAR_VOTES) {
        at = l->votes++ % LIAR_VOTES;
        memset(&l->vote[at], 0, sizeof l->vote[at]);
        l->vote[at].kind = m->kind;
        l->vote[at].view = m->view;
        memcpy(l->vote[at].link, m->link, 32);
    }
    l->vote[at].signers |= cs_bit(from);
    if (pick(l, 1000) < l->rate) {
        try_cert(l, net, member, at);
    }
}

/* ---- words -------------------------------------------------------------- */

static void vote_to(struct liar *l, struct net *net, uint32_t member,
                    uint32_t node)
{
    struct bft_vote_msg m = {.kind = BFT_NOTARIZE + (uint32_t)pick(l, 3)};
    uint8_t bytes[256];
    struct cs_wr wr;

    m.view = l->top + pick(l, 2) - (l->top > 2 ? pick(l, 2) : 0);
    if (m.kind != BFT_NULLIFY) {
        const struct bft_block *b = &l->block[pick(l, LIAR_BLOCKS)].block;

        if (b->view == 0) {
            return;
        }
        m.view = b->view + 3 < l->top ? l->top : b->view;
        memcpy(m.link, b->link, 32);
    }
    if (m.view == 0) {
        return;
    }
    fake_vote(net_fake(net), member, &m);
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_vote(&wr, &m);
    net_send(net, member, node, BFT_VOTE, cs_wr_view(&wr));
}

static void make_proposal(struct liar *l, struct net *net, uint32_t member,
                          uint64_t view, struct bft_proposal *m)
{
    struct bft_block root;
    static const uint8_t zero[32];
    const struct bft_block *parent = &root;

    bft_root(&net_fake(net)->set, 0, zero, &root);
    for (uint32_t tries = 0; tries < 2 * LIAR_BLOCKS; tries++) {
        uint32_t at = (uint32_t)pick(l, LIAR_BLOCKS);

        if (l->block[at].is_notarized && l->block[at].block.view < view &&
            (parent == &root || l->block[at].block.view > parent->view ||
             pick(l, 3) == 0)) {
            parent = &l->block[at].block;
        }
    }
    memset(m, 0, sizeof *m);
    m->block.view = view;
    m->parent_view = parent->view;
    memcpy(m->block.parent, parent->link, 32);
    m->block.height = parent->height + 1;
    net_value(net, parent, m->block.value);
    fake_proposal(net_fake(net), member, m);
    know_block(l, &m->block, 0);
}

static void propose(struct liar *l, struct net *net, uint32_t member,
                    uint64_t view)
{
    struct bft_proposal m[2];
    uint32_t halves = (uint32_t)pick(l, 1u << net_nodes(net));

    if (pick(l, 4) == 0) {
        halves = 0;
    }
    make_proposal(l, net, member, view, &m[0]);
    make_proposal(l, net, member, view, &m[1]);
    for (uint32_t i = 0; i < net_nodes(net); i++) {
        uint8_t bytes[512];
        struct cs_wr wr;

        cs_wr_init(&wr, bytes, sizeof bytes);
        bft_put_proposal(&wr, &m[halves >> i & 1]);
        if (pick(l, 8) != 0) {
            net_send(net, member, i, BFT_PROPOSE, cs_wr_view(&wr));
        }
        if (pick(l, 2) == 0) { /* and a vote for it */
            struct bft_vote_msg v = {.kind = BFT_NOTARIZE, .view = view};

            memcpy(v.link, m[halves >> i & 1].block.link, 32);
            fake_vote(net_fake(net), member, &v);
            cs_wr_init(&wr, bytes, sizeof bytes);
            bft_put_vote(&wr, &v);
            net_send(net, member, i, BFT_VOTE, cs_wr_view(&wr));
        }
    }
}

static void noise(struct liar *l, struct net *net, uint32_t member,
                  uint32_t node, struct vt_view msg)
{
    uint8_t bytes[600];
    size_t len = msg.len < sizeof bytes ? msg.len : sizeof bytes;

    memcpy(bytes, msg.ptr, len);
    if (len > 0) {
        bytes[pick(l, len)] ^= (uint8_t)(1u << pick(l, 8));
        len -= pick(l, 3) == 0 ? pick(l, len) : 0;
    }
    net_send(net, member, node, (uint32_t)pick(l, 5), cs_view(bytes, len));
}

static void listen(struct liar *l, struct net *net, uint32_t member,
                   uint32_t from, uint32_t proto, struct vt_view msg)
{
    const struct bft_set *set = &net_fake(net)->set;
    struct bft_sig sigs[CS_MEMBERS_MAX];
    struct bft_cert cert = {.sig = sigs};
    struct bft_proposal p;
    struct bft_vote_msg v;
    uint64_t view = 0;

    if (proto == BFT_PROPOSE && bft_get_proposal(set, msg, &p)) {
        know_block(l, &p.block, 0);
        view = p.block.view;
    } else if (proto == BFT_VOTE && bft_get_vote(msg, &v)) {
        know_vote(l, net, member, from, &v);
        view = v.view;
    } else if (proto == BFT_CERT && bft_get_cert(set, msg, &cert)) {
        if (cert.kind != BFT_NULLIFY) {
            know_block(l, &cert.block, 1);
        }
        view = cert.view + 1;
    }
    l->top = view > l->top && view < l->top + 64 ? view : l->top;
}

static void hear(struct net_attack *attack, struct net *net, uint32_t member,
                 uint32_t from, uint32_t proto, struct vt_view msg)
{
    struct liar *l = (struct liar *)(void *)attack;

    if ((l->members >> from & 1) != 0) {
        return; /* no talk among themselves */
    }
    listen(l, net, member, from, proto, msg);
    for (uint64_t view = l->top; view <= l->top + 1; view++) {
        if (view > l->proposed && net_leader(net, view) == member &&
            pick(l, 1000) < l->rate) {
            l->proposed = view;
            propose(l, net, member, view);
        }
    }
    for (uint32_t i = 0; i < net_nodes(net); i++) {
        if (pick(l, 2000) < l->rate) {
            vote_to(l, net, member, i);
        }
    }
    if (pick(l, 50) == 0) {
        noise(l, net, member, (uint32_t)pick(l, net_nodes(net)), msg);
    }
}

void liar_init(struct liar *liar, uint64_t seed, uint32_t members,
               uint32_t rate)
{
    memset(liar, 0, sizeof *liar);
    liar->attack.hear = hear;
    vt_rng_init(&liar->rng, seed);
    liar->members = members;
    liar->rate = rate;
}
