/* SPDX-License-Identifier: Apache-2.0
 *
 * digest.c - one hash of the whole logical state.
 */
#include "inside.h"

static void fold_work(struct cs_folder *f, const struct pow_u256 *work)
{
    uint8_t bytes[32];

    pow_u256_to_be(work, bytes);
    cs_fold_bytes(f, bytes, 32);
}

static void fold_header(struct cs_folder *f, const struct pow_header *h)
{
    cs_fold_bytes(f, h->prev, 32);
    cs_fold_bytes(f, h->id, 32);
    cs_fold_num(f, h->height);
    cs_fold_num(f, h->time_ms);
    cs_fold_num(f, h->clock_ms);
    cs_fold_num(f, h->bits);
    cs_fold_num(f, h->nonce);
}

static void fold_entry(struct cs_folder *f, uint32_t i,
                       const struct pow_entry *e)
{
    cs_fold_num(f, i);
    cs_fold_num(f, e->state);
    cs_fold_num(f, e->parent);
    cs_fold_num(f, e->has_txs | e->is_stored << 1 | e->is_refused << 2 |
                       e->refusals << 3);
    cs_fold_bytes(f, e->hash, 32);
    fold_header(f, &e->h);
    fold_work(f, &e->work);
    cs_fold_num(f, e->luck);
    cs_fold_num(f, e->holders);
    cs_fold_ask(f, &e->fetch);
    cs_fold_ask(f, &e->validate);
}

static void fold_mining(struct cs_folder *f, const struct pow_mining *m)
{
    cs_fold_ask(f, &m->build);
    cs_fold_ask(f, &m->work);
    cs_fold_bytes(f, m->build_on, 32);
    cs_fold_num(f, m->has_block);
    cs_fold_num(f, m->txs);
    cs_fold_num(f, m->height);
    cs_fold_num(f, m->built_ns);
    cs_fold_bytes(f, m->id, 32);
    cs_fold_bytes(f, m->on, 32);
    fold_header(f, &m->h);
}

static void fold_presync(struct cs_folder *f, const struct pow_presync *p)
{
    cs_fold_num(f, p->pass);
    if (p->pass == 0) {
        return;
    }
    cs_fold_num(f, p->peer);
    cs_fold_num(f, p->since_ns);
    cs_fold_bytes(f, p->start.hash, 32);
    cs_fold_bytes(f, p->at.hash, 32);
    cs_fold_num(f, p->at.height);
    fold_work(f, &p->work);
    cs_fold_num(f, p->count);
    cs_fold_num(f, p->marks);
    cs_fold_bytes(f, p->bits, (size_t)(p->count / 8));
}

static void fold_place(struct cs_folder *f, const struct vt_cs *cs)
{
    cs_fold_num(f, cs->final);
    cs_fold_num(f, cs->head);
    cs_fold_num(f, cs->applied);
    cs_fold_num(f, cs->is_lost);
    cs_fold_num(f, cs->lost_height);
    cs_fold_bytes(f, cs->lost_id, 32);
    cs_fold_num(f, cs->anchor_height);
    cs_fold_bytes(f, cs->anchor_id, 32);
    cs_fold_num(f, cs->seal);
    cs_fold_num(f, cs->is_sealed);
    cs_fold_num(f, cs->waiting);
    cs_fold_num(f, cs->moved_ns);
}

static vt_status fold_boundary(struct cs_folder *f,
                               const struct pow_boundary *b)
{
    uint8_t core[32] = {0};
    vt_status status = b->core == NULL ? VT_OK : bft_digest(b->core, core);

    cs_fold_bytes(f, core, 32);
    cs_fold_num(f, b->is_open | b->is_idle << 1 | b->is_final << 2 |
                       b->has_pick << 3);
    cs_fold_bytes(f, b->id, 32);
    cs_fold_bytes(f, b->pick, 32);
    cs_fold_bytes(f, b->poked_at, 32);
    cs_fold_bytes(f, b->proof, b->len);
    return status;
}

vt_status pow_digest(const struct vt_cs *cs, uint8_t out[32])
{
    struct cs_hasher hasher = {cs->host, cs->crypto, "VTC/pow/digest/1"};
    struct cs_folder f;
    vt_status status;

    cs_fold_start(&f, &hasher);
    cs_fold_num(&f, cs->is_started);
    cs_fold_num(&f, cs->ticks);
    cs_fold_num(&f, cs->draws);
    cs_fold_num(&f, cs->contested);
    for (uint32_t i = 0; i < cs->top; i++) {
        if (cs->list[i].state != POW_FREE) {
            fold_entry(&f, i, &cs->list[i]);
        }
    }
    fold_place(&f, cs);
    fold_mining(&f, &cs->mining);
    fold_presync(&f, &cs->presync);
    status = fold_boundary(&f, &cs->boundary);
    if (status != VT_OK) {
        return status;
    }
    for (uint32_t i = 0; i < cs->n; i++) {
        cs_fold_num(&f, cs->asked_ns[i]);
        cs_fold_num(&f, cs->served[i]);
    }
    cs_fold_timers(&f, &cs->timer, 1);
    return cs_fold_finish(&f, &cs->box, out);
}
