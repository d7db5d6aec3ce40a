/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - what becomes of an effect. Outward ones (SEND, PENALIZE,
 * EVIDENCE, REQUEUE, SIGN, COMMIT) wait in the journal until everything
 * persisted before them is durable (R36); the others are done at once.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- durable things ------------------------------------------------------ */

static void on_persisted(void *ctx, uint64_t token)
{
    struct vt_chain *chain = ctx;

    vt_engine_done(&chain->engine, VT_EV_PERSISTED, token, VT_OK,
                   vt_view_of(NULL, 0));
    vt_chain_leave(chain);
}

static void then_persisted(struct vt_chain *chain, uint64_t token)
{
    if (token != 0 && vt_journal_then(chain->journal, on_persisted, NULL, chain,
                                      token) != VT_OK) {
        vt_chain_fail(chain, "no memory for the journal");
    }
    vt_chain_dirty(chain);
}

static void do_persist(struct vt_chain *chain, const struct vt_eff_persist *e)
{
    struct vt_log_key key;
    vt_status status;

    vt_log_key_slot(chain->engine.epoch.epoch, e->slot, &key);
    if (!vt_engine_note_slot(&chain->engine, e->slot, e->bytes.len) ||
        chain->engine.slot_bytes > VT_CS_SLOTS_MAX) {
        vt_chain_fail(chain, "the engine persists more than %u bytes",
                      VT_CS_SLOTS_MAX);
        return;
    }
    /* a deletion must be as durable as what it replaces: an empty value */
    status =
        e->bytes.len == 0
            ? vt_journal_del(chain->journal, VT_LOG_SLOT, vt_log_key_view(&key))
            : vt_journal_put(chain->journal, VT_LOG_SLOT, vt_log_key_view(&key),
                             e->bytes);
    if (status != VT_OK) {
        vt_chain_fail(chain, "the journal takes no more records");
        return;
    }
    then_persisted(chain, e->h.token);
}

static void do_store(struct vt_chain *chain, const struct vt_eff_block *e)
{
    struct vt_hash id;
    struct vt_candidate *c;
    struct vt_log_key key;
    uint32_t space;

    memcpy(id.b, e->id, 32);
    c = vt_blocks_get(&chain->blocks, &id);
    if (c != NULL && !c->is_stored) {
        c->is_wanted = 1;
        c->is_stored = 1;
        space = vt_log_key_block(c->block, &key);
        if (vt_journal_put_block(chain->journal, space, vt_log_key_view(&key),
                                 c->block) != VT_OK) {
            vt_chain_fail(chain, "the journal takes no more records");
            return;
        }
    }
    if (c == NULL && vt_block_is_final(chain, &id) == 0) {
        vt_engine_done(&chain->engine, VT_EV_PERSISTED, e->h.token,
                       VT_E_NOTFOUND, vt_view_of(NULL, 0));
        return;
    }
    then_persisted(chain, e->h.token);
}

/* ---- signing ------------------------------------------------------------- */

static void on_signed(void *ctx, uint64_t token, struct vt_view signature)
{
    struct vt_chain *chain = ctx;

    vt_engine_done(&chain->engine, VT_EV_SIGNED, token,
                   signature.len == 0 ? VT_E_INTERNAL : VT_OK, signature);
    vt_chain_leave(chain);
}

static void do_sign(struct vt_chain *chain, const struct vt_eff_sign *e)
{
    struct vt_guard_position at = {e->role, e->major, e->minor};
    struct vt_hash digest;
    vt_status status = VT_E_DENIED;

    vt_vote_hash(&chain->engine.epoch, e->role, e->msg, &digest);
    if (chain->args.signer != NULL && chain->engine.self != VT_PEER_NONE) {
        status = vt_guard_allow(chain->guard, chain->journal, &at, &digest);
    }
    if (status == VT_OK) {
        status = vt_journal_sign(chain->journal, digest.b, on_signed, chain,
                                 e->h.token);
        vt_chain_dirty(chain);
    }
    if (status != VT_OK) {
        vt_log("chain", VT_LOG_WARN,
               "%s: a signature was refused: role=%" PRIu32 " major=%" PRIu64
               " minor=%" PRIu64,
               chain->args.config->name, e->role, e->major, e->minor);
        vt_engine_done(&chain->engine, VT_EV_SIGNED, e->h.token, status,
                       vt_view_of(NULL, 0));
    }
}

/* ---- outward, once durable ----------------------------------------------- */

static void send_now(struct vt_chain *chain, const struct vt_eff_send *e)
{
    struct vt_consensus_msg msg = {.proto = e->proto, .msg = e->msg};
    struct vt_buf payload = VT_BUF_INIT(VT_FRAME_MAX);
    struct vt_block *block = NULL;
    struct vt_hash id;

    if (e->has_attach) {
        memcpy(id.b, e->attach, 32);
        block = vt_block_in_memory(chain, &id);
        if (block == NULL) {
            return; /* decided and forgotten meanwhile: nobody needs it */
        }
        msg.attach = block->raw;
    }
    if (vt_consensus_msg_encode(&msg, &payload) == VT_OK) {
        (void)vt_chain_send(chain, e->to, VT_FRAME_CONSENSUS, e->klass,
                            vt_buf_view(&payload));
    }
    vt_buf_fini(&payload);
    vt_block_unref(block);
}

static void accuse_now(struct vt_chain *chain, const struct vt_eff_accuse *e)
{
    char reason[256];

    vt_chain_penalize(chain, e->peer, vt_log_quote(e->reason, reason));
}

static void evidence_now(struct vt_chain *chain,
                         const struct vt_eff_evidence *e)
{
    char text[192];
    struct vt_chain_event event = {.type = VT_CHAIN_EVIDENCE,
                                   .chain = chain,
                                   .text = text,
                                   .member = e->member,
                                   .rule = e->kind};
    int is_new = 0;

    event.is_verified = vt_evidence_add(chain, e, &is_new);
    (void)snprintf(text, sizeof text,
                   event.is_verified ? "member %" PRIu32
                                       " provably broke rule %" PRIu32
                                     : "the engine accuses member %" PRIu32
                                       " of breaking rule %" PRIu32
                                       ", but its own check does not agree",
                   e->member, e->kind);
    if (is_new) { /* a liar must not fill the log, too */
        vt_log("chain", VT_LOG_WARN, "%s: %s", chain->args.config->name, text);
    }
    chain->args.world->ops->publish(chain->args.world, &event);
    if (event.is_verified) {
        vt_offences_follow(chain);
    }
}

static void requeue_now(struct vt_chain *chain, const struct vt_eff_block *e)
{
    struct vt_hash id;
    struct vt_candidate *c;

    memcpy(id.b, e->id, 32);
    c = vt_blocks_get(&chain->blocks, &id);
    if (c != NULL && vt_header_is_batch(&c->block->header)) {
        vt_batch_retire(chain, c);
        vt_chain_dirty(chain);
    } else if (c != NULL && !c->is_final) {
        vt_commit_requeue(chain, c);
        vt_chain_dirty(chain);
    }
}

static void run_held(void *ctx, uint64_t arg)
{
    struct vt_effect *effect = ctx;
    struct vt_chain *chain = effect->chain;
    struct vt_hash id;

    (void)arg;
    if (!chain->is_halted) {
        switch (effect->u.h.type) {
        case VT_EFF_SEND:
            send_now(chain, &effect->u.send);
            break;
        case VT_EFF_PENALIZE:
            accuse_now(chain, &effect->u.accuse);
            break;
        case VT_EFF_EVIDENCE:
            evidence_now(chain, &effect->u.evidence);
            break;
        case VT_EFF_REQUEUE:
            requeue_now(chain, &effect->u.block);
            break;
        case VT_EFF_HEAD:
            memcpy(id.b, effect->u.head.id, 32);
            vt_head_move(chain, effect->u.head.height, &id, effect->decided);
            break;
        default:
            break;
        }
    }
    vt_free(effect);
}

static void drop_held(void *ctx, uint64_t arg)
{
    (void)arg;
    vt_free(ctx);
}

static void hold(struct vt_chain *chain, struct vt_effect *effect)
{
    if ((effect->u.h.flags & VT_EFF_EARLY) != 0) {
        run_held(effect, 0);
    } else if (vt_journal_then(chain->journal, run_held, drop_held, effect,
                               0) != VT_OK) {
        vt_free(effect);
        vt_chain_fail(chain, "no memory for the journal");
    }
}

/* ---- at once ------------------------------------------------------------- */

static void do_validate(struct vt_chain *chain, const struct vt_eff_block *e)
{
    struct vt_candidate *c;
    struct vt_block *block;
    struct vt_hash id;

    memcpy(id.b, e->id, 32);
    c = vt_blocks_get(&chain->blocks, &id);
    if (c != NULL) {
        if (vt_candidate_wait(c, e->h.token) == VT_OK) {
            vt_check_want(chain, c);
        }
        return;
    }
    block = vt_block_in_memory(chain, &id);
    vt_engine_block(&chain->engine, VT_EV_VALIDATED, e->h.token,
                    block == NULL ? VT_E_NOTFOUND : VT_OK,
                    block == NULL ? VT_LATER : VT_GOOD, block);
    vt_block_unref(block);
}

static void do_place(struct vt_chain *chain, const struct vt_eff_block *e)
{
    struct vt_candidate *c;
    struct vt_hash id;

    memcpy(id.b, e->id, 32);
    c = vt_blocks_get(&chain->blocks, &id);
    if (c != NULL && vt_header_is_batch(&c->block->header) && !c->is_retired) {
        vt_commit_mark(chain, c);
        vt_chain_dirty(chain);
    }
}

static void do_stage(struct vt_chain *chain, const struct vt_eff_stage *e)
{
    struct vt_chain_event event = {
        .type = VT_CHAIN_STAGE, .chain = chain, .stage = e->stage};
    struct vt_candidate *c;
    struct vt_hash id;

    memcpy(id.b, e->id, 32);
    c = vt_blocks_get(&chain->blocks, &id);
    if (c == NULL || e->stage <= c->reached ||
        (e->stage != VT_CS_WITNESSED && e->stage != VT_CS_NOTARIZED) ||
        !vt_candidate_reach(c, e->stage, e->proof)) {
        return; /* it went meanwhile: nobody can be told */
    }
    event.block = c->block;
    event.seal = c->reached_by;
    chain->args.world->ops->publish(chain->args.world, &event);
}

static void do_commit(struct vt_chain *chain, const struct vt_eff_commit *e)
{
    struct vt_hash id;

    memcpy(id.b, e->id, 32);
    if (e->height > chain->engine.decided) {
        chain->engine.decided = e->height;
    }
    vt_commit_decide(chain, e->height, &id, e->proof);
}

static void do_text(struct vt_chain *chain, const struct vt_eff_text *e)
{
    char line[512];
    struct vt_chain_event event = {
        .type = VT_CHAIN_TRACE, .chain = chain, .text = line};

    if (e->h.type == VT_EFF_TRACE && !chain->is_tracing) {
        return;
    }
    (void)snprintf(line, sizeof line, "%.*s",
                   (int)(e->text.len < 500 ? e->text.len : 500),
                   e->text.len == 0 ? "" : (const char *)e->text.ptr);
    if (e->h.type == VT_EFF_HALT) {
        vt_chain_fail(chain, "the engine raised an alarm: %s", line);
    } else {
        chain->args.world->ops->publish(chain->args.world, &event);
    }
}

static void do_work(struct vt_chain *chain, const struct vt_eff_work *e)
{
    struct vt_world *world = chain->args.world;
    vt_status status =
        world->ops->work(world, e->h.token, e->header, e->target);

    if (status != VT_OK && e->header.len > 0) {
        vt_engine_done(&chain->engine, VT_EV_WORKED, e->h.token, status,
                       vt_view_of(NULL, 0));
    }
}

void vt_chain_worked(struct vt_chain *chain, uint64_t token, uint64_t nonce)
{
    uint8_t bytes[8];

    vt_put_u64(bytes, nonce);
    if (vt_chain_works(chain)) {
        vt_engine_done(&chain->engine, VT_EV_WORKED, token, VT_OK,
                       vt_view_of(bytes, sizeof bytes));
    }
    vt_chain_leave(chain);
}

/* The block it seals was COMMITted, its seal is the proof. */
static void do_sealed(struct vt_chain *chain)
{
    if (chain->handover.sealed == 0) {
        vt_chain_fail(chain, "the engine ended its epoch unasked");
    }
}

static void do_now(struct vt_chain *chain, const struct vt_effect *effect)
{
    switch ((enum vt_eff_type)effect->u.h.type) {
    case VT_EFF_PERSIST:
        do_persist(chain, &effect->u.persist);
        break;
    case VT_EFF_STORE:
        do_store(chain, &effect->u.block);
        break;
    case VT_EFF_TIMER:
        vt_engine_timer(&chain->engine, effect->u.timer.timer,
                        effect->u.timer.delay_ns);
        break;
    case VT_EFF_BUILD:
        vt_build_want(chain, &effect->u.build);
        break;
    case VT_EFF_BATCH:
        vt_batch_want(chain, &effect->u.batch);
        break;
    case VT_EFF_JOIN:
        vt_build_join(chain, &effect->u.join);
        break;
    case VT_EFF_PLACE:
        do_place(chain, &effect->u.block);
        break;
    case VT_EFF_VALIDATE:
        do_validate(chain, &effect->u.block);
        break;
    case VT_EFF_SIGN:
        do_sign(chain, &effect->u.sign);
        break;
    case VT_EFF_VERIFY:
        vt_engine_verify(&chain->engine, &effect->u.verify);
        break;
    case VT_EFF_PROVE:
        vt_engine_prove(&chain->engine, &effect->u.prove);
        break;
    case VT_EFF_COMMIT:
        do_commit(chain, &effect->u.commit);
        break;
    case VT_EFF_FETCH:
        vt_fetch_want(chain, &effect->u.fetch);
        break;
    case VT_EFF_SYNC:
        vt_sync_want(chain, effect->u.head.height, VT_PEER_NONE);
        break;
    case VT_EFF_METRIC:
        vt_metric_set(effect->u.metric.handle, effect->u.metric.value);
        break;
    case VT_EFF_HALT:
    case VT_EFF_TRACE:
        do_text(chain, &effect->u.text);
        break;
    case VT_EFF_SEALED:
        do_sealed(chain);
        break;
    case VT_EFF_WORK:
        do_work(chain, &effect->u.work);
        break;
    case VT_EFF_STAGE:
        do_stage(chain, &effect->u.stage);
        break;
    case VT_EFF_HEAD:
    case VT_EFF_SEND:
    case VT_EFF_PENALIZE:
    case VT_EFF_EVIDENCE:
    case VT_EFF_REQUEUE:
        break; /* held, see vt_effect_do */
    }
}

void vt_effect_do(struct vt_chain *chain, struct vt_effect *effect)
{
    switch (effect->u.h.type) {
    case VT_EFF_HEAD:
        effect->decided = chain->engine.decided;
        hold(chain, effect);
        break;
    case VT_EFF_SEND:
    case VT_EFF_PENALIZE:
    case VT_EFF_EVIDENCE:
    case VT_EFF_REQUEUE:
        hold(chain, effect);
        break;
    default:
        do_now(chain, effect);
        vt_free(effect);
        break;
    }
}
