/* SPDX-License-Identifier: Apache-2.0
 *
 * peers.c - see peers.h.
 */
#include "peers.h"

#include "common/bft/messages.h"

#include <check.h>

#include <stdio.h>
#include <string.h>

void peers_open(struct director *d, const char *more)
{
    char settings[256];

    (void)snprintf(settings, sizeof settings,
                   "slot=100ms run=1 timeout=1h retransmit=20ms settle=0ms %s",
                   more);
    director_open_clocked(d, &dpos_LTX_vt_plugin_v1, PEERS_N, PEERS_REAL,
                          settings);
}

/* ---- slots --------------------------------------------------------------- */

void peers_schedule(const struct director *d, struct dpos_schedule *out)
{
    dpos_schedule_init(out, box_host(d->box), box_crypto(d->box),
                       box_epoch(d->box));
    out->slot_ms = PEERS_SLOT_MS;
    out->run = 1;
}

uint32_t peers_owner(const struct director *d, uint64_t slot)
{
    struct dpos_schedule s;

    peers_schedule(d, &s);
    return dpos_schedule_owner(&s, slot);
}

uint64_t peers_slot(const struct director *d, uint64_t from, uint32_t owner,
                    int is_other)
{
    uint32_t at = peers_owner(d, from);

    while (is_other ? at == owner || at == PEERS_REAL : at != owner) {
        at = peers_owner(d, ++from);
    }
    return from;
}

void peers_run_to(struct director *d, uint64_t slot)
{
    uint64_t now_ms = box_now(d->box) / 1000;

    ck_assert_uint_le(now_ms, slot * PEERS_SLOT_MS + 1);
    director_run_ms(d, slot * PEERS_SLOT_MS + 1 - now_ms);
}

/* ---- blocks -------------------------------------------------------------- */

uint64_t peers_slot_of(const struct director *d, uint32_t block)
{
    struct dpos_payload p;

    ck_assert(dpos_get_payload(box_block_payload(d->box, block), &p));
    return p.slot;
}

void peers_word(const struct director *d, uint32_t block, struct dpos_word *out)
{
    uint8_t core[DPOS_CORE_LEN];
    struct cs_wr wr;

    memset(out, 0, sizeof *out);
    out->slot = peers_slot_of(d, block);
    out->height = box_block_height(d->box, block);
    box_block_id(d->box, block, out->id);
    cs_wr_init(&wr, core, sizeof core);
    dpos_put_core(&wr, out);
    out->sig.len =
        (uint8_t)box_sign(d->box, peers_owner(d, out->slot), DPOS_ROLE_BLOCK,
                          cs_wr_view(&wr), out->sig.bytes);
}

uint32_t peers_block(struct director *d, uint32_t parent, uint64_t slot,
                     uint32_t tx)
{
    struct dpos_payload p = {.slot = slot, .slot_ms = PEERS_SLOT_MS, .run = 1};
    uint8_t bytes[DPOS_PAYLOAD_MAX];
    struct dpos_word word;
    struct cs_wr wr;

    if (parent != BOX_NONE) {
        peers_word(d, parent, &word);
        p.below = word.sig;
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    dpos_put_payload(&wr, &p);
    return box_make_block_at(d->box, parent, tx, cs_wr_view(&wr),
                             peers_owner(d, slot),
                             (int64_t)(slot * PEERS_SLOT_MS) + 1);
}

void peers_say(struct director *d, uint32_t from, uint32_t block)
{
    uint8_t msg[DPOS_CORE_LEN + 1 + CS_SIG_MAX];
    struct dpos_word word;
    struct cs_wr wr;

    peers_word(d, block, &word);
    cs_wr_init(&wr, msg, sizeof msg);
    dpos_put_word(&wr, &word);
    box_send(d->box, from, d->real, DPOS_PROTO_BLOCK, cs_wr_view(&wr), block);
    director_run_ms(d, 3);
}

/* ---- pointers ------------------------------------------------------------ */

static void pointer(const struct director *d, const struct bft_set *set,
                    uint32_t block, const struct bft_block *below,
                    struct bft_block *out)
{
    memset(out, 0, sizeof *out);
    out->height = box_block_height(d->box, block);
    memcpy(out->parent, below->link, 32);
    director_digest(d, DPOS_CHAIN_TAG, block, out->value);
    bft_link(set, out);
}

void peers_cert(struct director *d, uint32_t from, uint32_t kind, uint64_t view,
                uint32_t block, uint32_t below)
{
    struct bft_set set = {.host = box_host(d->box),
                          .crypto = box_crypto(d->box)};
    struct bft_sig sigs[PEERS_N];
    struct bft_cert cert = {
        .kind = kind, .view = view, .signers = 0xb, .sig = sigs};
    struct bft_block under;
    uint8_t core[BFT_CORE_MAX];
    uint8_t bytes[1024];
    struct cs_wr wr;
    uint32_t at = 0;

    ck_assert(bft_set_init(&set, box_epoch(d->box)));
    bft_root(&set, box_epoch(d->box)->start_height - 1,
             box_epoch(d->box)->parent, &under);
    if (below != BOX_NONE) {
        struct bft_block root = under;

        pointer(d, &set, below, &root, &under);
    }
    pointer(d, &set, block, &under, &cert.block);
    cert.block.view = view;
    for (uint32_t m = 0; m < PEERS_N; m++) {
        if (m == PEERS_REAL) {
            continue;
        }
        cs_wr_init(&wr, core, sizeof core);
        bft_core_vote(&wr, view, cert.block.link);
        sigs[at].len = (uint32_t)box_sign(d->box, m, DPOS_ROLE_BFT + kind,
                                          cs_wr_view(&wr), sigs[at].bytes);
        at++;
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_cert(&wr, &cert, PEERS_N);
    ck_assert(!wr.is_full);
    box_send(d->box, from, d->real, DPOS_PROTO_BFT + BFT_CERT, cs_wr_view(&wr),
             BOX_NONE);
    director_run_ms(d, 5);
}

/* ---- what it said -------------------------------------------------------- */

uint32_t peers_heard_blocks(const struct director *d, uint32_t *out,
                            uint32_t cap)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < d->heard_count; i++) {
        const struct heard *h = &d->heard[i];
        uint32_t k = 0;

        while (k < count && out[k] != h->block) {
            k++;
        }
        if (h->proto == DPOS_PROTO_BLOCK && h->block != BOX_NONE &&
            k == count && count < cap) {
            out[count++] = h->block;
        }
    }
    return count;
}
