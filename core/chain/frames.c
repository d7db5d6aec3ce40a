/* SPDX-License-Identifier: Apache-2.0
 *
 * frames.c - blocks inside of frames: decoding a large one takes milliseconds
 * of hashing, so it happens on the pool; small ones are done at once.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/inside.h"

#include <string.h>

#define INLINE_BYTES 32768u
#define DECODING_MAX 64u

/* A block being decoded, and the consensus message it came with. */
struct decode {
    struct vt_job job;
    struct vt_chain *chain;
    uint32_t peer;
    int has_msg;
    uint32_t proto;
    struct vt_buf msg;
    struct vt_buf raw;
    struct vt_block *block;
    vt_status status;
    struct vt_err err;
};

static void decode_free(struct decode *d)
{
    vt_block_unref(d->block);
    vt_buf_fini(&d->msg);
    vt_buf_fini(&d->raw);
    vt_free(d);
}

static void decode_run(struct vt_job *job)
{
    struct decode *d = VT_CONTAINER(job, struct decode, job);

    d->status = vt_block_decode(vt_buf_view(&d->raw), &d->block, &d->err);
}

static void deliver(struct decode *d)
{
    struct vt_chain *chain = d->chain;

    if (d->status == VT_E_NOMEM) {
        return;
    }
    if (d->status != VT_OK) {
        vt_chain_penalize(chain, d->peer, d->err.text);
        return;
    }
    (void)vt_commit_have(chain, d->block, d->peer);
    if (d->has_msg) {
        vt_engine_recv(&chain->engine, d->peer, d->proto, vt_buf_view(&d->msg),
                       &d->block->id);
    }
}

static void decode_done(struct vt_job *job)
{
    struct decode *d = VT_CONTAINER(job, struct decode, job);
    struct vt_chain *chain = d->chain;

    vt_chain_job_done(chain);
    chain->decoding--;
    if (vt_chain_works(chain)) {
        deliver(d);
    }
    decode_free(d);
    vt_chain_leave(chain);
}

static void start(struct vt_chain *chain, uint32_t peer,
                  const struct vt_consensus_msg *msg, struct vt_view raw)
{
    struct decode *d = NULL;

    if (chain->decoding < DECODING_MAX) {
        d = vt_alloc(sizeof *d);
    }
    if (d == NULL) {
        return; /* as good as lost on the way */
    }
    d->chain = chain;
    d->peer = peer;
    d->err.size = sizeof d->err;
    vt_buf_init(&d->msg, VT_CS_MSG_MAX);
    vt_buf_init(&d->raw, VT_BLOCK_MAX);
    (void)vt_buf_put(&d->raw, raw.ptr, raw.len);
    if (msg != NULL) {
        d->has_msg = 1;
        d->proto = msg->proto;
        (void)vt_buf_put(&d->msg, msg->msg.ptr, msg->msg.len);
    }
    if (d->raw.failed != VT_OK || d->msg.failed != VT_OK) {
        decode_free(d);
        return;
    }
    d->job.fn = decode_run;
    d->job.done = decode_done;
    d->job.stage = VT_STAGE_CONSENSUS;
    chain->decoding++;
    if (raw.len <= INLINE_BYTES ||
        vt_chain_run(chain, VT_LANE_POOL, &d->job) != VT_OK) {
        chain->decoding--;
        decode_run(&d->job);
        deliver(d);
        decode_free(d);
    }
}

/* A block we hold already need not be decoded again: its header tells. */
static int is_held(struct vt_chain *chain, struct vt_view raw,
                   struct vt_hash *id)
{
    struct vt_rd rd;
    struct vt_view header;

    vt_rd_init(&rd, raw);
    header = vt_rd_var(&rd, VT_BLOCK_MAX);
    if (rd.failed) {
        return 0;
    }
    vt_header_id(header, id);
    return vt_blocks_get(&chain->blocks, id) != NULL;
}

void vt_frames_consensus(struct vt_chain *chain, uint32_t peer,
                         const struct vt_frame *frame)
{
    struct vt_consensus_msg msg;
    struct vt_err err = VT_ERR_INIT;
    struct vt_hash id;
    uint32_t from =
        peer < chain->engine.epoch.members.count ? peer : VT_PEER_NONE;

    if (frame->epoch != chain->engine.epoch.epoch) {
        return; /* of an epoch that is over or not begun: not this engine's */
    }
    if (vt_consensus_msg_decode(frame->payload, &msg, &err) != VT_OK) {
        vt_chain_penalize(chain, peer, err.text);
    } else if (msg.attach.len == 0) {
        vt_engine_recv(&chain->engine, from, msg.proto, msg.msg, NULL);
    } else if (is_held(chain, msg.attach, &id)) {
        vt_engine_recv(&chain->engine, from, msg.proto, msg.msg, &id);
    } else {
        start(chain, peer, &msg, msg.attach);
    }
}

void vt_frames_body(struct vt_chain *chain, uint32_t peer, struct vt_view raw)
{
    start(chain, peer, NULL, raw);
}
