/* SPDX-License-Identifier: Apache-2.0
 *
 * fold.h - one hash over the whole logical state of an engine: no pointer, no
 * padding.
 *
 * Parts are folded into a running hash, so that the size of the state does not
 * ask for a buffer.
 */
#ifndef VT_CONSENSUS_COMMON_FOLD_H
#define VT_CONSENSUS_COMMON_FOLD_H

#include "common/blocks.h"
#include "common/chain.h"
#include "common/pace.h"

struct cs_folder {
    struct cs_hasher hasher;
    uint8_t hash[32];
    uint8_t bytes[1024];
    struct cs_wr wr;
    vt_status status;
};

static inline void cs_fold_start(struct cs_folder *f,
                                 const struct cs_hasher *hasher)
{
    f->hasher = *hasher;
    memset(f->hash, 0, sizeof f->hash);
    f->status = VT_OK;
    cs_wr_init(&f->wr, f->bytes, sizeof f->bytes);
}

static inline void cs_fold_flush(struct cs_folder *f)
{
    struct vt_view parts[2] = {{f->hash, 32}, cs_wr_view(&f->wr)};
    uint8_t next[32];
    vt_status status =
        f->hasher.crypto->hash(f->hasher.host, f->hasher.tag, parts, 2, next);

    if (status != VT_OK) {
        f->status = status;
    } else {
        memcpy(f->hash, next, 32);
    }
    cs_wr_init(&f->wr, f->bytes, sizeof f->bytes);
}

static inline void cs_fold_bytes(struct cs_folder *f, const void *ptr,
                                 size_t len)
{
    const uint8_t *at = ptr;

    while (len > 0) {
        size_t room = f->wr.cap - f->wr.len;
        size_t n = len < room ? len : room;

        cs_put(&f->wr, at, n);
        at += n;
        len -= n;
        if (f->wr.len == f->wr.cap) {
            cs_fold_flush(f);
        }
    }
}

static inline void cs_fold_num(struct cs_folder *f, uint64_t v)
{
    uint8_t le[8];
    struct cs_wr wr;

    cs_wr_init(&wr, le, sizeof le);
    cs_put_u64(&wr, v);
    cs_fold_bytes(f, le, sizeof le);
}

static inline void cs_fold_sig(struct cs_folder *f, const struct cs_sig *s)
{
    cs_fold_num(f, s->len);
    cs_fold_bytes(f, s->bytes, s->len);
}

static inline void cs_fold_ask(struct cs_folder *f, const struct cs_ask *a)
{
    cs_fold_num(f, a->state);
    cs_fold_num(f, a->token);
    cs_fold_num(f, a->since_ns);
}

static inline void cs_fold_qc(struct cs_folder *f, const struct cs_qc *q)
{
    uint32_t count = cs_count(q->signers);

    cs_fold_num(f, q->seq);
    if (q->seq == 0) {
        return;
    }
    cs_fold_num(f, q->role);
    cs_fold_num(f, q->view);
    cs_fold_bytes(f, q->id, 32);
    cs_fold_bytes(f, q->extra, 32);
    cs_fold_num(f, q->signers);
    for (uint32_t i = 0; i < count; i++) {
        cs_fold_sig(f, &q->sig[i]);
    }
}

/* NULL is a value of its own. */
static inline void cs_fold_proof(struct cs_folder *f, const struct cs_proof *p)
{
    cs_fold_num(f, p != NULL);
    if (p != NULL) {
        cs_fold_qc(f, &p->qc);
        cs_fold_bytes(f, p->link, 32);
        cs_fold_num(f, p->path_len);
        cs_fold_bytes(f, p->path, (size_t)p->path_len * 32u);
    }
}

static inline void cs_fold_block(struct cs_folder *f, const struct cs_block *b)
{
    cs_fold_bytes(f, b->id, 32);
    cs_fold_num(f, b->is_known | b->is_held << 1 | b->is_stored << 2 |
                       b->is_live << 3 | b->is_empty << 4 | b->valid << 5);
    cs_fold_num(f, b->height);
    cs_fold_bytes(f, b->parent, 32);
    cs_fold_num(f, b->size_bytes);
    cs_fold_num(f, b->payload_len);
    cs_fold_bytes(f, b->payload, sizeof b->payload);
    cs_fold_num(f, b->holders);
    cs_fold_ask(f, &b->fetch);
    cs_fold_ask(f, &b->validate);
    cs_fold_num(f, b->fetches);
}

static inline void cs_fold_blocks(struct cs_folder *f,
                                  const struct cs_blocks *b)
{
    cs_fold_num(f, b->count);
    for (uint32_t i = 0; i < b->count; i++) {
        cs_fold_block(f, &b->list[i]);
    }
}

static inline void cs_fold_chain(struct cs_folder *f, const struct cs_chain *c)
{
    cs_fold_num(f, c->floor);
    cs_fold_bytes(f, c->floor_below, 32);
    cs_fold_num(f, c->committed);
    cs_fold_num(f, c->applied);
    cs_fold_bytes(f, c->committed_id, 32);
    cs_fold_bytes(f, c->committed_link, 32);
    cs_fold_num(f, c->has_link);
    cs_fold_num(f, c->tail);
    for (uint32_t i = 0; i < CS_CHAIN_RING; i++) {
        const struct cs_link *at = &c->ring[i];

        if (at->seq != 0) {
            cs_fold_num(f, at->seq);
            cs_fold_bytes(f, at->id, 32);
            cs_fold_bytes(f, at->link, 32);
        }
    }
    cs_fold_num(f, c->seal);
    cs_fold_num(f, c->is_sealed);
    cs_fold_qc(f, &c->last);
}

static inline void cs_fold_pace(struct cs_folder *f, const struct cs_pace *p)
{
    cs_fold_num(f, p->waiting);
    cs_fold_num(f, p->waiting_bytes);
    cs_fold_num(f, p->proposed_ns);
    cs_fold_num(f, p->commit_ns);
    cs_fold_num(f, p->is_settled);
}

static inline void cs_fold_timers(struct cs_folder *f,
                                  const struct cs_timer *timers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        cs_fold_num(f, timers[i].wanted_ns);
        cs_fold_num(f, timers[i].armed_ns);
    }
}

static inline void cs_fold_kept(struct cs_folder *f, struct cs_kept *kept)
{
    struct vt_view *views[3];
    size_t count = cs_effect_views(&kept->eff, views);

    cs_fold_num(f, kept->eff.h.type);
    cs_fold_num(f, kept->eff.h.token);
    cs_fold_num(f, kept->eff.h.flags);
    if (kept->eff.h.type == VT_EFF_SEND) {
        cs_fold_num(f, kept->eff.send.to);
        cs_fold_num(f, kept->eff.send.proto);
        cs_fold_bytes(f, kept->eff.send.attach,
                      kept->eff.send.has_attach ? 32 : 0);
    } else if (kept->eff.h.type == VT_EFF_TIMER) {
        cs_fold_num(f, kept->eff.timer.timer);
        cs_fold_num(f, kept->eff.timer.delay_ns);
    } else if (kept->eff.h.type == VT_EFF_PERSIST) {
        cs_fold_num(f, kept->eff.persist.slot);
    }
    for (size_t i = 0; i < count; i++) {
        cs_fold_num(f, views[i]->len);
        cs_fold_bytes(f, views[i]->ptr, views[i]->len);
    }
}

/* Effects that wait for room: they come out before anything else. */
static inline vt_status cs_fold_finish(struct cs_folder *f,
                                       const struct cs_outbox *box,
                                       uint8_t out[32])
{
    cs_fold_num(f, box->next_token);
    for (struct cs_kept *kept = box->head; kept != NULL; kept = kept->next) {
        cs_fold_kept(f, kept);
    }
    cs_fold_flush(f);
    memcpy(out, f->hash, 32);
    return f->status;
}

#endif
