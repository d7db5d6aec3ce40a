/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch.c - block bodies by id: from memory, from the log, from peers. One
 * question at a time per block, to one holder after the other.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "chain/inside.h"

#include <string.h>

#define FETCHES_MAX 256u
#define TOKENS_MAX 8u
#define RETRY_NS (300 * VT_MS)
#define TRIES_MAX 12u
#define HOLDERS_MAX (VT_MEMBERS_MAX / 8u + 1u)
#define SERVING_MAX 16u
#define UNDECIDED_MAX                                                          \
    2048u /* heights above the tip that are looked through                     \
           */

struct fetch {
    struct vt_list list;
    struct vt_hash id;
    uint64_t tokens[TOKENS_MAX];
    uint32_t token_count;
    uint8_t holders[HOLDERS_MAX]; /* all zero: anybody */
    uint32_t next_peer;           /* where the search goes on */
    uint32_t tries;
    uint64_t retry_at_ns;
};

/* A body read from the log on the pool, for the engine or for a peer. */
struct read {
    struct vt_job job;
    struct vt_chain *chain;
    struct vt_hash id;
    uint64_t height; /* 0: look it up */
    uint64_t epoch;  /* of batches */
    uint32_t peer;   /* VT_PEER_NONE: for the engine */
    struct vt_eff_fetch want;
    uint8_t holders[HOLDERS_MAX];
    struct vt_block *block;
    vt_status status;
};

struct vt_block *vt_block_in_memory(struct vt_chain *chain,
                                    const struct vt_hash *id)
{
    struct vt_candidate *c = vt_blocks_get(&chain->blocks, id);

    if (c != NULL) {
        return vt_block_ref(c->block);
    }
    for (size_t i = 0; i < VT_RECENT_BLOCKS; i++) {
        struct vt_block *block = chain->recent[i].block;

        if (block != NULL && vt_hash_eq(&block->id, id)) {
            return vt_block_ref(block);
        }
    }
    return vt_hash_eq(&chain->genesis->id, id) ? vt_block_ref(chain->genesis)
                                               : NULL;
}

int vt_block_is_final(struct vt_chain *chain, const struct vt_hash *id)
{
    struct vt_block *block = vt_block_in_memory(chain, id);
    uint64_t height;
    int in_memory = block != NULL && vt_blocks_get(&chain->blocks, id) == NULL;

    vt_block_unref(block);
    return in_memory ||
           vt_behind_find_block(chain->behind, id, &height) == VT_OK;
}

/* ---- from the log -------------------------------------------------------- */

/* Undecided bodies have no index: their heights are just above the tip. */
static vt_status read_undecided(struct read *r, uint64_t first)
{
    uint64_t height;
    vt_status status = vt_log_find_body(
        &r->chain->args.log, first, first + UNDECIDED_MAX - 1, &r->id, &height);

    return status == VT_OK ? vt_log_read_block(&r->chain->args.log, height,
                                               &r->id, &r->block, NULL)
                           : status;
}

static void read_run(struct vt_job *job)
{
    struct read *r = VT_CONTAINER(job, struct read, job);
    uint64_t height = r->height;

    r->status = vt_behind_find_stored(r->chain->args.ledger, &r->id, &height);
    if (r->status == VT_OK) {
        r->status = vt_log_read_block(&r->chain->args.log, height, &r->id,
                                      &r->block, NULL);
    }
    if (r->status == VT_E_NOTFOUND) {
        r->status =
            vt_log_read_batch(&r->chain->args.log, r->epoch, &r->id, &r->block);
    }
    if (r->status == VT_E_NOTFOUND) {
        r->status = read_undecided(r, r->height + 1);
    }
}

static void ask(struct vt_chain *chain, const struct vt_eff_fetch *want);

static void send_body(struct vt_chain *chain, uint32_t peer,
                      const struct vt_hash *id, const struct vt_block *block)
{
    struct vt_buf out = VT_BUF_INIT(VT_FRAME_MAX);

    (void)vt_buf_put(&out, id->b, 32);
    if (vt_buf_put_var(&out, block == NULL ? vt_view_of(NULL, 0)
                                           : block->raw) == VT_OK) {
        (void)vt_chain_send(chain, peer, VT_FRAME_BODY, VT_SEND_BULK,
                            vt_buf_view(&out));
    }
    vt_buf_fini(&out);
}

static void give_engine(struct vt_chain *chain, struct read *r)
{
    struct vt_candidate *c;

    if (r->block == NULL) {
        ask(chain, &r->want);
        return;
    }
    c = vt_commit_have(chain, r->block, VT_PEER_NONE);
    if (c != NULL) {
        c->is_wanted = 1;
        c->is_stored = 1;
    }
    vt_engine_block(&chain->engine, VT_EV_FETCHED, r->want.h.token, VT_OK, 0,
                    r->block);
}

static void read_done(struct vt_job *job)
{
    struct read *r = VT_CONTAINER(job, struct read, job);
    struct vt_chain *chain = r->chain;

    vt_chain_job_done(chain);
    if (vt_chain_works(chain)) {
        if (r->peer == VT_PEER_NONE) {
            give_engine(chain, r);
        } else {
            chain->sync.serving--;
            send_body(chain, r->peer, &r->id, r->block);
        }
    }
    vt_block_unref(r->block);
    vt_free(r);
    vt_chain_leave(chain);
}

static struct read *start_read(struct vt_chain *chain, const struct vt_hash *id,
                               uint32_t peer, const struct vt_eff_fetch *want)
{
    struct read *r = vt_alloc(sizeof *r);

    if (r == NULL) {
        return NULL;
    }
    r->chain = chain;
    r->id = *id;
    r->height = chain->tip.height;
    r->epoch = chain->epoch->cs.epoch;
    r->peer = peer;
    if (want != NULL) {
        r->want = *want;
        memcpy(r->holders, want->holders.ptr, want->holders.len);
        r->want.holders.ptr = r->holders;
    }
    r->job.fn = read_run;
    r->job.done = read_done;
    r->job.stage = VT_STAGE_STORE;
    if (vt_chain_run(chain, VT_LANE_POOL, &r->job) != VT_OK) {
        vt_free(r);
        return NULL;
    }
    return r;
}

/* ---- from peers ---------------------------------------------------------- */

static struct fetch *find(struct vt_chain *chain, const struct vt_hash *id)
{
    VT_LIST_FOR (item, &chain->fetches) {
        struct fetch *f = VT_CONTAINER(item, struct fetch, list);

        if (vt_hash_eq(&f->id, id)) {
            return f;
        }
    }
    return NULL;
}

static void fetch_free(struct vt_chain *chain, struct fetch *f)
{
    vt_list_remove(&f->list);
    chain->fetch_count--;
    vt_free(f);
}

static void fetch_end(struct vt_chain *chain, struct fetch *f,
                      const struct vt_block *block)
{
    for (uint32_t i = 0; i < f->token_count; i++) {
        vt_engine_block(&chain->engine, VT_EV_FETCHED, f->tokens[i],
                        block == NULL ? VT_E_NOTFOUND : VT_OK, 0, block);
    }
    fetch_free(chain, f);
}

static int is_holder(const struct fetch *f, uint32_t member)
{
    static const uint8_t nobody[HOLDERS_MAX];

    if (memcmp(f->holders, nobody, sizeof nobody) == 0) {
        return 1;
    }
    return member / 8 < HOLDERS_MAX &&
           (f->holders[member / 8] >> (member % 8) & 1) != 0;
}

/* Ask the next peer that is up and should have it; if no holder is up, any. */
static void ask_next(struct vt_chain *chain, struct fetch *f)
{
    for (int strict = 1; strict >= 0; strict--) {
        for (size_t k = 0; k < chain->peer_count; k++) {
            size_t at = (f->next_peer + k) % chain->peer_count;
            const struct vt_peer_state *p = &chain->peers[at];

            if (p->up && (!strict || is_holder(f, p->id))) {
                f->next_peer = (uint32_t)at + 1;
                (void)vt_chain_send(chain, p->id, VT_FRAME_GET_BODY,
                                    VT_SEND_CERT, vt_view_of(f->id.b, 32));
                return;
            }
        }
    }
}

static void ask(struct vt_chain *chain, const struct vt_eff_fetch *want)
{
    struct vt_hash id;
    struct fetch *f;

    memcpy(id.b, want->id, 32);
    f = find(chain, &id);
    if (f == NULL && chain->fetch_count < FETCHES_MAX) {
        f = vt_alloc(sizeof *f);
        if (f != NULL) {
            f->id = id;
            vt_list_append(&chain->fetches, &f->list);
            chain->fetch_count++;
        }
    }
    if (f == NULL || f->token_count == TOKENS_MAX) {
        vt_engine_block(&chain->engine, VT_EV_FETCHED, want->h.token,
                        VT_E_LIMIT, 0, NULL);
        return;
    }
    f->tokens[f->token_count++] = want->h.token;
    for (size_t i = 0; i < want->holders.len && i < HOLDERS_MAX; i++) {
        f->holders[i] |= want->holders.ptr[i];
    }
    if (f->tries == 0) {
        f->tries = 1;
        f->retry_at_ns = vt_chain_now(chain) + RETRY_NS;
        ask_next(chain, f);
    }
}

void vt_fetch_want(struct vt_chain *chain, const struct vt_eff_fetch *fetch)
{
    struct vt_hash id;
    struct vt_block *block;
    struct vt_candidate *c;

    memcpy(id.b, fetch->id, 32);
    block = vt_block_in_memory(chain, &id);
    if (block != NULL) {
        c = vt_blocks_get(&chain->blocks, &id);
        if (c != NULL) {
            c->is_wanted = 1;
        }
        vt_engine_block(&chain->engine, VT_EV_FETCHED, fetch->h.token, VT_OK, 0,
                        block);
        vt_block_unref(block);
    } else if (find(chain, &id) != NULL ||
               start_read(chain, &id, VT_PEER_NONE, fetch) == NULL) {
        ask(chain, fetch);
    }
}

void vt_fetch_arrived(struct vt_chain *chain, const struct vt_candidate *c)
{
    struct fetch *f = find(chain, &c->block->id);

    if (f != NULL) {
        fetch_end(chain, f, c->block);
    }
}

void vt_fetch_tick(struct vt_chain *chain, uint64_t now_ns)
{
    VT_LIST_FOR_SAFE (item, next, &chain->fetches) {
        struct fetch *f = VT_CONTAINER(item, struct fetch, list);

        if (f->retry_at_ns > now_ns) {
            continue;
        }
        if (f->tries++ >= TRIES_MAX) {
            fetch_end(chain, f, NULL);
            continue;
        }
        f->retry_at_ns = now_ns + RETRY_NS;
        ask_next(chain, f);
    }
}

uint64_t vt_fetch_deadline(const struct vt_chain *chain)
{
    uint64_t least = UINT64_MAX;

    VT_LIST_FOR (item, &chain->fetches) {
        const struct fetch *f = VT_CONTAINER(item, struct fetch, list);

        least = f->retry_at_ns < least ? f->retry_at_ns : least;
    }
    return least;
}

void vt_fetch_drop_all(struct vt_chain *chain)
{
    while (!vt_list_empty(&chain->fetches)) {
        fetch_free(chain,
                   VT_CONTAINER(chain->fetches.next, struct fetch, list));
    }
}

/* ---- frames -------------------------------------------------------------- */

void vt_fetch_get_body(struct vt_chain *chain, uint32_t peer,
                       struct vt_view payload)
{
    struct vt_block *block;
    struct vt_hash id;

    if (payload.len != 32) {
        vt_chain_penalize(chain, peer, "malformed request for a block");
        return;
    }
    memcpy(id.b, payload.ptr, 32);
    block = vt_block_in_memory(chain, &id);
    if (block != NULL) {
        send_body(chain, peer, &id, block);
        vt_block_unref(block);
    } else if (chain->sync.serving < SERVING_MAX &&
               start_read(chain, &id, peer, NULL) != NULL) {
        chain->sync.serving++;
    }
}

void vt_fetch_body(struct vt_chain *chain, uint32_t peer,
                   struct vt_view payload)
{
    struct vt_rd rd;
    struct vt_view id_bytes;
    struct vt_view raw;
    struct vt_hash id;
    struct fetch *f;

    vt_rd_init(&rd, payload);
    id_bytes = vt_rd_bytes(&rd, 32);
    raw = vt_rd_var(&rd, VT_BLOCK_MAX);
    if (!vt_rd_end(&rd)) {
        vt_chain_penalize(chain, peer, "malformed block body");
        return;
    }
    memcpy(id.b, id_bytes.ptr, 32);
    f = find(chain, &id);
    if (f == NULL) {
        return; /* late, or never asked for */
    }
    if (raw.len == 0) {
        f->retry_at_ns = 0; /* not there: the next one at the next tick */
        vt_chain_dirty(chain);
        return;
    }
    vt_frames_body(chain, peer, raw);
}
