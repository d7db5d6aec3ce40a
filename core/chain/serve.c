/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - final blocks with their seals for a peer that catches up, read from
 * the log on the pool. Bounded: so many bytes an answer, so many answers at a
 * time.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "chain/inside.h"

#include <string.h>

#define SERVING_MAX 16u
#define COUNT_MAX 64u
#define ANSWER_BYTES (4u << 20) /* after this no further block */

struct serve {
    struct vt_job job;
    struct vt_chain *chain;
    uint32_t peer;
    uint64_t first, last; /* last is durable */
    struct vt_buf out;
};

static vt_status put_block(struct serve *s, uint64_t height)
{
    struct vt_buf seal = VT_BUF_INIT(VT_SEAL_MAX);
    struct vt_block *block = NULL;
    struct vt_hash id;
    vt_status status =
        vt_log_read_final(&s->chain->args.log, height, &id, &seal, NULL);

    if (status == VT_OK) {
        status =
            vt_log_read_block(&s->chain->args.log, height, &id, &block, NULL);
    }
    if (status == VT_OK) {
        (void)vt_buf_put_var(&s->out, block->raw);
        status = vt_buf_put_var(&s->out, vt_buf_view(&seal));
        vt_block_unref(block);
    }
    vt_buf_fini(&seal);
    return status;
}

static void serve_run(struct vt_job *job)
{
    struct serve *s = VT_CONTAINER(job, struct serve, job);
    uint32_t count = 0;

    (void)vt_buf_put_u64(&s->out, s->first);
    (void)vt_buf_put_u32(&s->out, 0);
    for (uint64_t h = s->first; h <= s->last && s->out.len < ANSWER_BYTES;
         h++) {
        size_t before = s->out.len;

        if (put_block(s, h) != VT_OK) {
            s->out.len = before; /* not here, or damaged: up to this one */
            s->out.failed = VT_OK;
            break;
        }
        count++;
    }
    if (s->out.len >= 12) {
        vt_put_u32(s->out.data + 8, count);
    }
}

static void serve_done(struct vt_job *job)
{
    struct serve *s = VT_CONTAINER(job, struct serve, job);
    struct vt_chain *chain = s->chain;

    vt_chain_job_done(chain);
    chain->sync.serving--;
    if (vt_chain_works(chain) && s->out.failed == VT_OK) {
        (void)vt_chain_send(chain, s->peer, VT_FRAME_BLOCKS, VT_SEND_BULK,
                            vt_buf_view(&s->out));
    }
    vt_buf_fini(&s->out);
    vt_free(s);
    vt_chain_leave(chain);
}

void vt_sync_get_blocks(struct vt_chain *chain, uint32_t peer,
                        struct vt_view payload)
{
    struct serve *s = NULL;
    uint32_t count;

    if (payload.len != 12) {
        vt_chain_penalize(chain, peer, "malformed request for blocks");
        return;
    }
    if (chain->sync.serving < SERVING_MAX) {
        s = vt_alloc(sizeof *s);
    }
    if (s == NULL) {
        return; /* the peer asks somebody else */
    }
    count = vt_get_u32(payload.ptr + 8);
    count = count < COUNT_MAX ? count : COUNT_MAX;
    s->chain = chain;
    s->peer = peer;
    s->first = vt_get_u64(payload.ptr);
    s->last = chain->tip.height;
    if (s->first <= s->last && s->last - s->first >= count) {
        s->last = s->first + count - 1;
    }
    vt_buf_init(&s->out, VT_FRAME_MAX - VT_FRAME_HEAD);
    s->job.fn = serve_run;
    s->job.done = serve_done;
    s->job.stage = VT_STAGE_STORE;
    if (vt_chain_run(chain, VT_LANE_POOL, &s->job) != VT_OK) {
        vt_free(s);
        return;
    }
    chain->sync.serving++;
}
