/* SPDX-License-Identifier: Apache-2.0
 *
 * peers.c - see peers.h.
 */
#include "peers.h"

#include <check.h>

#include <string.h>

static uint64_t height_of(const struct director *d, uint32_t block)
{
    return block == BOX_NONE ? box_epoch(d->box)->start_height - 1
                             : box_block_height(d->box, block);
}

static void id_of(const struct director *d, uint32_t block, uint8_t out[32])
{
    if (block == BOX_NONE) {
        memcpy(out, box_epoch(d->box)->parent, 32);
    } else {
        box_block_id(d->box, block, out);
    }
}

static uint64_t term_of(const struct director *d, uint32_t block)
{
    struct cs_rd rd;

    if (block == BOX_NONE) {
        return 0;
    }
    cs_rd_init(&rd, box_block_payload(d->box, block));
    return cs_get_u64(&rd);
}

uint32_t peers_block(struct director *d, uint32_t parent, uint32_t tx,
                     uint64_t term)
{
    uint8_t payload[8];
    struct cs_wr wr;

    cs_wr_init(&wr, payload, sizeof payload);
    cs_put_u64(&wr, term);
    return box_make_block_with(d->box, parent, tx, cs_wr_view(&wr));
}

void peers_append(struct director *d, uint32_t from, uint64_t term,
                  uint32_t below, uint32_t block)
{
    static struct raft_append m;
    uint8_t bytes[1024];
    struct cs_wr wr;

    memset(&m, 0, sizeof m);
    m.term = term;
    m.round = 1;
    m.run.index = height_of(d, below);
    m.run.term = term_of(d, below);
    id_of(d, below, m.run.id);
    director_digest(d, RAFT_CHAIN_TAG, below, m.run.link);
    if (block != BOX_NONE) {
        m.run.count = 1;
        m.run.names[0].term = term_of(d, block);
        id_of(d, block, m.run.names[0].id);
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    raft_put_append(&wr, &m);
    box_send(d->box, from, d->real, RAFT_APPEND, cs_wr_view(&wr), block);
}

void peers_ask(struct director *d, uint32_t from,
               const struct raft_ask_msg *ask)
{
    uint8_t bytes[64];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    raft_put_ask(&wr, ask);
    box_send(d->box, from, d->real, RAFT_ASK, cs_wr_view(&wr), BOX_NONE);
}

void peers_grant(struct director *d, uint32_t from)
{
    static struct raft_answer m;
    struct raft_ask_msg ask;
    uint8_t bytes[64];
    struct cs_wr wr;

    ck_assert_int_eq(peers_last_ask(d, &ask), 1);
    memset(&m, 0, sizeof m);
    m.is_vote = ask.is_vote;
    m.is_granted = 1;
    m.asked = ask.term;
    m.term = ask.is_vote ? ask.term : ask.term - 1;
    cs_wr_init(&wr, bytes, sizeof bytes);
    raft_put_answer(&wr, &m);
    box_send(d->box, from, d->real, RAFT_ANSWER, cs_wr_view(&wr), BOX_NONE);
}

static void send_ack(struct director *d, uint32_t from,
                     const struct raft_ack *m)
{
    uint8_t bytes[512];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    raft_put_ack(&wr, m);
    box_send(d->box, from, d->real, RAFT_ACK, cs_wr_view(&wr), BOX_NONE);
}

void peers_ack(struct director *d, uint32_t from, uint64_t term, uint32_t block,
               int chain)
{
    struct raft_ack m = {.term = term,
                         .is_match = 1,
                         .has_sig = 1,
                         .index = height_of(d, block)};
    struct cs_qc vote = {.view = term, .seq = m.index};
    uint8_t bytes[RAFT_CORE_LEN];
    struct cs_wr core;

    id_of(d, block, m.id);
    director_digest(d, RAFT_CHAIN_TAG, block, m.link);
    m.link[0] ^= (uint8_t)chain;
    memcpy(vote.id, m.id, 32);
    memcpy(vote.extra, m.link, 32);
    cs_wr_init(&core, bytes, sizeof bytes);
    cs_put_core(&core, &vote);
    m.sig.len = (uint8_t)box_sign(d->box, from, RAFT_ROLE_ACK,
                                  cs_wr_view(&core), m.sig.bytes);
    send_ack(d, from, &m);
}

void peers_match(struct director *d, uint32_t from, uint64_t term,
                 uint64_t index)
{
    struct raft_ack m = {.term = term, .is_match = 1, .index = index};

    send_ack(d, from, &m);
}

/* ---- what it said -------------------------------------------------------- */

static const struct heard *last(const struct director *d, uint32_t proto)
{
    for (uint32_t i = d->heard_count; i-- > 0;) {
        if (d->heard[i].proto == proto) {
            return &d->heard[i];
        }
    }
    return NULL;
}

int peers_last_answer(const struct director *d, struct raft_answer *out)
{
    const struct heard *h = last(d, RAFT_ANSWER);

    return h != NULL && raft_get_answer(cs_view(h->bytes, h->len), out);
}

int peers_last_ack(const struct director *d, struct raft_ack *out)
{
    const struct heard *h = last(d, RAFT_ACK);

    return h != NULL && raft_get_ack(cs_view(h->bytes, h->len), out);
}

int peers_last_ask(const struct director *d, struct raft_ask_msg *out)
{
    const struct heard *h = last(d, RAFT_ASK);

    return h != NULL && raft_get_ask(cs_view(h->bytes, h->len), out);
}

uint32_t peers_last_block(const struct director *d)
{
    for (uint32_t i = d->heard_count; i-- > 0;) {
        if (d->heard[i].block != BOX_NONE) {
            return d->heard[i].block;
        }
    }
    return BOX_NONE;
}

int peers_has_signed(const struct director *d, uint32_t block)
{
    uint8_t id[32];

    box_block_id(d->box, block, id);
    for (uint32_t i = 0; i < d->heard_count; i++) {
        const struct heard *h = &d->heard[i];
        struct raft_ack m;

        if (h->proto == RAFT_ACK &&
            raft_get_ack(cs_view(h->bytes, h->len), &m) && m.has_sig &&
            memcmp(m.id, id, 32) == 0) {
            return 1;
        }
    }
    return 0;
}
