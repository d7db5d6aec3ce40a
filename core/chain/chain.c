/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.c - a chain's life and its ways in: frames, peers, ticks, jobs that
 * come back. Every way in ends in vt_chain_leave().
 */
#include "chain/chain.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/inside.h"
#include "chain/params.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS_MAX 4u /* flushes of one tick */
#define DUMP_MAX (1u << 20)

/* ---- halting ------------------------------------------------------------- */

static void save_recorder(struct vt_chain *chain, char where[256])
{
    struct vt_buf text = VT_BUF_INIT(DUMP_MAX);
    const struct vt_plugin *desc = &chain->args.parts->module->desc;
    char name[96];

    (void)vt_buf_printf(&text,
                        "chain %s\nengine %s %s protocol %" PRIu32
                        "\nheight %" PRIu64 "\nreason %s\n",
                        chain->args.config->name, desc->id, desc->version,
                        desc->protocol, chain->tip.height, chain->halted_why);
    vt_recorder_print(&chain->recorder, &text);
    (void)snprintf(name, sizeof name, "halted-%s-%" PRIu64 ".txt",
                   chain->args.config->name, chain->tip.height);
    where[0] = '\0';
    chain->args.world->ops->save(chain->args.world, name, vt_buf_view(&text),
                                 where);
    vt_buf_fini(&text);
}

static void halt(struct vt_chain *chain)
{
    struct vt_chain_event event = {
        .type = VT_CHAIN_HALTED, .chain = chain, .text = chain->halted_why};
    char where[256];

    chain->is_halted = 1;
    save_recorder(chain, where);
    vt_log("chain", VT_LOG_ERROR, "%s is halted at height %" PRIu64 ": %s%s%s",
           chain->args.config->name, chain->tip.height, chain->halted_why,
           where[0] == '\0' ? "" : "; the last events are in ", where);
    chain->args.world->ops->publish(chain->args.world, &event);
}

void vt_chain_fail(struct vt_chain *chain, const char *fmt, ...)
{
    va_list args;

    if (chain->is_halted || chain->is_stopping) {
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(chain->halted_why, sizeof chain->halted_why, fmt, args);
    va_end(args);
    halt(chain);
}

void vt_chain_halt(struct vt_chain *chain, const char *why)
{
    vt_chain_fail(chain, "%s", why);
    vt_chain_leave(chain);
}

static void on_log_failure(void *ctx, const struct vt_err *err)
{
    vt_chain_fail(ctx, "the log cannot be written: %s", err->text);
}

static void on_state_failure(void *ctx, const struct vt_err *err)
{
    vt_chain_fail(ctx, "the state store cannot be written: %s", err->text);
}

static void on_log_done(void *ctx)
{
    vt_chain_leave(ctx);
}

static void on_state_done(void *ctx)
{
    struct vt_chain *chain = ctx;

    if (vt_chain_works(chain)) {
        vt_build_retry(chain);
    }
    vt_chain_leave(chain);
}

/* ---- making and freeing -------------------------------------------------- */

static vt_status make_parts(struct vt_chain *chain, struct vt_err *err)
{
    const struct vt_chain_config *config = chain->args.config;
    struct vt_journal_args journal = {.world = chain->args.world,
                                      .log = &chain->args.log,
                                      .signer = chain->args.signer,
                                      .on_failure = on_log_failure,
                                      .on_done = on_log_done,
                                      .ctx = chain};
    struct vt_behind_args behind = {.world = chain->args.world,
                                    .ledger = chain->args.ledger,
                                    .on_failure = on_state_failure,
                                    .on_done = on_state_done,
                                    .ctx = chain};
    struct vt_mempool_limits limits = {.bytes_max = config->mempool_max_bytes,
                                       .count_max = config->mempool_max_count,
                                       .per_sender_max =
                                           config->mempool_per_sender};

    chain->journal = vt_journal_new(&journal);
    chain->behind = vt_behind_new(&behind);
    chain->pool = vt_mempool_new(&limits, chain->args.seed);
    if (chain->journal == NULL || chain->behind == NULL ||
        chain->pool == NULL ||
        vt_blocks_init(&chain->blocks, chain->args.seed) != VT_OK) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a chain");
    }
    vt_params_hash(chain->args.canonical, &chain->params);
    return vt_genesis_make(config, chain->args.rules, &chain->params,
                           &chain->genesis, &chain->tip.state, err);
}

static void set_ground(struct vt_chain *chain)
{
    struct vt_epoch_ground *g = &chain->ground;

    g->config = chain->args.config;
    g->schemes = chain->args.schemes;
    g->parts = chain->args.parts;
    g->maker = chain->args.maker;
    g->signer = chain->args.signer;
    g->judge = &chain->offences.judge;
    g->chain_id = chain->chain_id;
    g->params = chain->params;
}

vt_status vt_chain_new(const struct vt_chain_args *args, struct vt_chain **out,
                       struct vt_err *err)
{
    struct vt_chain *chain;
    vt_status status;

    *out = NULL;
    chain = vt_alloc(sizeof *chain);
    if (chain == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a chain");
    }
    chain->args = *args;
    chain->sync.asked = VT_PEER_NONE;
    chain->wake_ns = UINT64_MAX;
    vt_list_init(&chain->decided);
    vt_offences_init(&chain->offences, chain);
    vt_list_init(&chain->builds);
    vt_list_init(&chain->fetches);
    vt_list_init(&chain->intake.waiting);
    vt_list_init(&chain->engine.events);
    vt_list_init(&chain->engine.effects);
    vt_buf_init(&chain->intake.gossip, VT_FRAME_MAX);
    status = make_parts(chain, err);
    if (status == VT_OK) {
        chain->chain_id = chain->genesis->id;
        set_ground(chain);
        chain->tip.id = chain->chain_id;
        chain->tip.time_ms = chain->genesis->header.time_ms;
    }
    if (status != VT_OK) {
        vt_chain_free(chain);
        return status;
    }
    *out = chain;
    return VT_OK;
}

void vt_chain_free(struct vt_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    chain->is_halted = 1; /* nothing below may start anything */
    vt_engine_fini(&chain->engine);
    vt_submit_drop_all(chain);
    vt_commit_drop_all(chain);
    vt_fetch_drop_all(chain);
    vt_build_drop_all(chain);
    vt_blocks_fini(&chain->blocks);
    vt_journal_free(chain->journal);
    vt_behind_free(chain->behind);
    vt_mempool_free(chain->pool);
    vt_guard_free(chain->guard);
    vt_evidence_fini(&chain->evidence);
    vt_buf_fini(&chain->intake.gossip);
    for (size_t i = 0; i < VT_RECENT_BLOCKS; i++) {
        vt_block_unref(chain->recent[i].block);
    }
    for (size_t i = 0; i < chain->epoch_count; i++) {
        vt_epoch_free(chain->epochs[i]);
    }
    vt_free(chain->epochs);
    vt_state_unref(chain->tip.state);
    vt_block_unref(chain->genesis);
    vt_free(chain);
}

vt_status vt_chain_start(struct vt_chain *chain, struct vt_err *err)
{
    if (chain->engine.cs == NULL) {
        return vt_err_set(err, VT_E_STATE, "the chain is not open");
    }
    chain->is_running = 1;
    vt_engine_start(&chain->engine);
    vt_handover_follow(chain);
    vt_offences_follow(chain);
    vt_chain_dirty(chain);
    vt_chain_leave(chain);
    return VT_OK;
}

static void tell_stopped(struct vt_chain *chain)
{
    void (*fn)(void *ctx) = chain->on_stopped;

    if (fn != NULL && chain->jobs == 0 && !vt_journal_busy(chain->journal) &&
        !vt_behind_busy(chain->behind)) {
        chain->on_stopped = NULL;
        fn(chain->on_stopped_ctx);
    }
}

void vt_chain_stop(struct vt_chain *chain, void (*on_stopped)(void *ctx),
                   void *ctx)
{
    chain->is_stopping = 1;
    chain->on_stopped = on_stopped;
    chain->on_stopped_ctx = ctx;
    vt_journal_close(chain->journal);
    vt_behind_flush(chain->behind); /* and on, until nothing waits */
    vt_submit_drop_all(chain);
    tell_stopped(chain);
}

/* ---- small services ------------------------------------------------------ */

vt_status vt_chain_run(struct vt_chain *chain, enum vt_lane lane,
                       struct vt_job *job)
{
    vt_status status =
        chain->args.world->ops->run(chain->args.world, lane, job);

    if (status == VT_OK) {
        chain->jobs++;
    }
    return status;
}

void vt_chain_job_done(struct vt_chain *chain)
{
    chain->jobs--;
}

vt_status vt_chain_send(struct vt_chain *chain, uint32_t peer, uint8_t kind,
                        uint32_t klass, struct vt_view payload)
{
    struct vt_frame frame = {.kind = kind,
                             .chain_id = chain->chain_id,
                             .epoch = chain->engine.epoch.epoch,
                             .payload = payload};

    return chain->args.world->ops->send(chain->args.world, peer, klass, &frame);
}

void vt_chain_penalize(struct vt_chain *chain, uint32_t peer,
                       const char *reason)
{
    chain->args.world->ops->penalize(chain->args.world, peer, reason);
}

struct vt_peer_state *vt_chain_peer(struct vt_chain *chain, uint32_t id)
{
    for (size_t i = 0; i < chain->peer_count; i++) {
        if (chain->peers[i].id == id) {
            return &chain->peers[i];
        }
    }
    return NULL;
}

/* ---- ways in ------------------------------------------------------------- */

static uint64_t next_wake(const struct vt_chain *chain)
{
    uint64_t at = vt_engine_deadline(&chain->engine);
    uint64_t other = vt_fetch_deadline(chain);

    if (!vt_chain_works(chain)) {
        return UINT64_MAX;
    }
    at = other < at ? other : at;
    other = vt_sync_deadline(chain);
    at = other < at ? other : at;
    if (vt_mempool_count(chain->pool) > 0 &&
        chain->intake.regossip_at_ns < at) {
        at = chain->intake.regossip_at_ns;
    }
    return chain->is_dirty ? 0 : at;
}

void vt_chain_leave(struct vt_chain *chain)
{
    uint64_t at;

    if (chain->engine.is_pumping) {
        return; /* inside of another way in, which ends in here, too */
    }
    vt_engine_pump(&chain->engine);
    if (chain->is_stopping) {
        tell_stopped(chain);
        return;
    }
    if (chain->handover.is_on) {
        vt_handover_try(chain);
        if (chain->handover.is_on) {
            return; /* something will come back */
        }
        vt_engine_pump(&chain->engine);
    }
    at = next_wake(chain);
    if (at != UINT64_MAX && at < vt_chain_now(chain)) {
        at = vt_chain_now(chain);
    }
    if (at != chain->wake_ns) {
        chain->wake_ns = at;
        chain->args.world->ops->wake_at(chain->args.world, at);
    }
}

/* Towards a switch empty blocks are wanted, too: one transaction that is not
 * there makes an engine propose. */
static void tell_txs(struct vt_chain *chain)
{
    uint64_t count = vt_mempool_ready(chain->pool);

    if (count == 0 && chain->handover.wants_blocks) {
        count = 1;
    }
    vt_engine_txs(&chain->engine, count, vt_mempool_ready_bytes(chain->pool));
}

static void flush(struct vt_chain *chain)
{
    for (unsigned i = 0; i < ROUNDS_MAX && chain->is_dirty; i++) {
        chain->is_dirty = 0;
        vt_submit_flush(chain);
        tell_txs(chain);
        vt_engine_pump(&chain->engine);
        vt_journal_flush(chain->journal);
        vt_behind_flush(chain->behind);
    }
}

void vt_chain_tick(struct vt_chain *chain)
{
    uint64_t now = vt_chain_now(chain);

    chain->wake_ns = UINT64_MAX;
    if (vt_chain_works(chain)) {
        vt_engine_tick(&chain->engine, now);
        vt_fetch_tick(chain, now);
        vt_sync_tick(chain, now);
        vt_submit_tick(chain, now);
        vt_engine_pump(&chain->engine);
        vt_commit_publish(chain);
        /* a lane that was full takes what it refused before */
        vt_journal_flush(chain->journal);
        vt_behind_flush(chain->behind);
        flush(chain);
    }
    vt_chain_leave(chain);
}

void vt_chain_on_frame(struct vt_chain *chain, uint32_t peer,
                       const struct vt_frame *frame)
{
    if (!vt_chain_works(chain)) {
        return;
    }
    switch (frame->kind) {
    case VT_FRAME_CONSENSUS:
        vt_frames_consensus(chain, peer, frame);
        break;
    case VT_FRAME_TXS:
        vt_submit_frame(chain, peer, frame->payload);
        break;
    case VT_FRAME_STATUS:
        vt_sync_status(chain, peer, frame->payload);
        break;
    case VT_FRAME_GET_BLOCKS:
        vt_sync_get_blocks(chain, peer, frame->payload);
        break;
    case VT_FRAME_BLOCKS:
        vt_sync_blocks(chain, peer, frame->payload);
        break;
    case VT_FRAME_GET_BODY:
        vt_fetch_get_body(chain, peer, frame->payload);
        break;
    case VT_FRAME_BODY:
        vt_fetch_body(chain, peer, frame->payload);
        break;
    default:
        vt_chain_penalize(chain, peer, "sent a frame no chain takes");
        break;
    }
    vt_chain_leave(chain);
}

void vt_chain_on_peer(struct vt_chain *chain, uint32_t peer, int up)
{
    struct vt_peer_state *state = vt_chain_peer(chain, peer);

    if (state == NULL && up && chain->peer_count < VT_PEERS_TRACKED) {
        state = &chain->peers[chain->peer_count++];
        memset(state, 0, sizeof *state);
        state->id = peer;
    }
    if (state == NULL) {
        return; /* more observers than are tracked: they ask, we answer */
    }
    state->up = up;
    if (vt_chain_works(chain)) {
        if (peer < chain->engine.epoch.members.count) {
            vt_engine_peer(&chain->engine, peer, up);
        }
        vt_sync_peer(chain, peer, up);
    }
    if (!up && peer >= VT_PEER_OBSERVER) {
        *state = chain->peers[--chain->peer_count];
    }
    vt_chain_leave(chain);
}

void vt_chain_admin(struct vt_chain *chain, struct vt_view bytes)
{
    if (vt_chain_works(chain)) {
        vt_engine_admin(&chain->engine, bytes);
    }
    vt_chain_leave(chain);
}

void vt_chain_set_trace(struct vt_chain *chain, int on)
{
    chain->is_tracing = on;
}
