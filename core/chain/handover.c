/* SPDX-License-Identifier: Apache-2.0
 *
 * handover.c - from one epoch to the next. The state says what was agreed
 * (ledger/switch.h), so every node that has executed the same blocks does the
 * same: tells its engine where to stop, lets go of it when that height is
 * final, and makes the next one on top. The mempool stays.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/inside.h"
#include "chain/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SAY_AGAIN 32u /* heights after which READY is sent once more */

/* ---- the list of epochs -------------------------------------------------- */

static vt_status push(struct vt_chain *chain, struct vt_epoch *epoch,
                      struct vt_err *err)
{
    if (chain->epoch_count == chain->epoch_cap) {
        size_t cap = chain->epoch_cap == 0 ? 8 : chain->epoch_cap * 2;
        struct vt_epoch **more =
            vt_realloc(chain->epochs, cap * sizeof *chain->epochs);

        if (more == NULL || cap > VT_EPOCHS_MAX * 2u) {
            vt_epoch_free(epoch);
            return vt_err_set(err, VT_E_NOMEM, "no memory for an epoch");
        }
        chain->epochs = more;
        chain->epoch_cap = cap;
    }
    if (chain->epoch != NULL) {
        chain->epoch->cs.end_height = epoch->cs.start_height - 1;
    }
    chain->epochs[chain->epoch_count++] = epoch;
    chain->epoch = epoch;
    return VT_OK;
}

/* The epoch after the last one, if the tip's state has it and the tip is its
 * parent or above. Returns VT_OK, VT_E_NOTFOUND. */
static vt_status push_next(struct vt_chain *chain, struct vt_err *err)
{
    struct vt_epoch *next = NULL;
    struct vt_epoch_entry entry;
    struct vt_hash parent;
    vt_status status =
        chain->epoch == NULL
            ? vt_epoch_first(&chain->ground, &next, err)
            : vt_epoch_entry_get(chain->tip.state, chain->epoch->cs.epoch + 1,
                                 &entry);

    if (status != VT_OK) {
        return status;
    }
    if (next == NULL) {
        parent = chain->tip.id;
        if (entry.start_height - 1 != chain->tip.height) {
            status = vt_log_read_final(&chain->args.log, entry.start_height - 1,
                                       &parent, NULL, err);
            status = status == VT_E_NOTFOUND ? VT_E_CORRUPT : status;
        }
        if (status == VT_OK) {
            status = vt_epoch_next(&chain->ground, chain->epoch, &entry,
                                   &parent, &next, err);
        }
        if (status != VT_OK) {
            return vt_err_wrap(err, "epoch %" PRIu64,
                               chain->epoch->cs.epoch + 1);
        }
    }
    return push(chain, next, err);
}

vt_status vt_handover_load(struct vt_chain *chain, struct vt_err *err)
{
    vt_status status;

    do {
        status = push_next(chain, err);
    } while (status == VT_OK);
    return status == VT_E_NOTFOUND ? VT_OK : status;
}

vt_status vt_chain_epoch(const struct vt_chain *chain, uint64_t epoch,
                         struct vt_epoch_info *out)
{
    const struct vt_epoch *e;

    if (epoch >= chain->epoch_count) {
        return VT_E_NOTFOUND;
    }
    e = chain->epochs[epoch];
    out->epoch = e->cs.epoch;
    out->start_height = e->cs.start_height;
    out->engine = e->parts->module->desc.id;
    out->version = e->parts->module->desc.version;
    out->protocol = e->parts->module->desc.protocol;
    out->member_count = e->cs.members.count;
    out->member_names = (const char *const *)e->names;
    return VT_OK;
}

/* ---- blocks around the border -------------------------------------------- */

int vt_handover_is_tail(const struct vt_chain *chain,
                        const struct vt_state *parent, uint64_t height)
{
    struct vt_epoch_entry entry;
    struct vt_switch sw;

    if (vt_epoch_entry_get(parent, chain->epoch->cs.epoch + 1, &entry) ==
        VT_OK) {
        return 1;
    }
    return vt_switch_get(parent, &sw) == VT_OK &&
           sw.phase == VT_SWITCH_SEALING && height > sw.at;
}

uint64_t vt_handover_end(const struct vt_chain *chain)
{
    struct vt_epoch_entry entry;
    struct vt_switch sw;

    if (chain->tip.state == NULL || chain->epoch == NULL) {
        return 0;
    }
    if (vt_epoch_entry_get(chain->tip.state, chain->epoch->cs.epoch + 1,
                           &entry) == VT_OK) {
        return entry.start_height - 1;
    }
    return vt_switch_get(chain->tip.state, &sw) == VT_OK &&
                   sw.phase == VT_SWITCH_SEALING
               ? sw.at
               : 0;
}

static int is_first(const struct vt_chain *chain, uint64_t height)
{
    return chain->epoch->cs.epoch > 0 &&
           height == chain->epoch->cs.start_height;
}

/* An epoch has at least switch_freeze blocks, so none is first and last. */
static int is_last(const struct vt_state *parent, uint64_t height,
                   struct vt_hash *successor)
{
    struct vt_switch sw;

    if (vt_switch_get(parent, &sw) != VT_OK || sw.phase != VT_SWITCH_SEALING ||
        sw.at != height) {
        return 0;
    }
    *successor = sw.digest;
    return 1;
}

static vt_status put_first(const struct vt_chain *chain, struct vt_buf *out)
{
    struct vt_buf seal = VT_BUF_INIT(VT_SEAL_MAX);
    struct vt_buf proof = VT_BUF_INIT(VT_SEAL_MAX);
    struct vt_handoff handoff = {.spec = vt_buf_view(&chain->epoch->spec)};
    const struct vt_epoch *before = chain->epochs[chain->epoch->cs.epoch - 1];
    const uint64_t height = chain->epoch->cs.start_height - 1;
    struct vt_hash id;
    vt_status status =
        vt_log_read_final(&chain->args.log, height, &id, &seal, NULL);

    if (status == VT_OK) {
        status =
            vt_epoch_shorten(before, height, &id, vt_buf_view(&seal), &proof);
    }
    if (status == VT_OK) {
        memcpy(handoff.random, chain->epoch->random, 32);
        handoff.proof = vt_buf_view(&proof);
        status = vt_handoff_encode(&handoff, out);
    }
    vt_buf_fini(&seal);
    vt_buf_fini(&proof);
    return status;
}

vt_status vt_handover_handoff(const struct vt_chain *chain,
                              const struct vt_state *parent, uint64_t height,
                              struct vt_buf *out)
{
    struct vt_hash successor;

    if (is_first(chain, height)) {
        return put_first(chain, out);
    }
    return is_last(parent, height, &successor)
               ? vt_buf_put(out, successor.b, sizeof successor.b)
               : VT_OK;
}

static const char *first_fault(const struct vt_chain *chain,
                               const struct vt_header *h)
{
    const struct vt_epoch *e = chain->epoch;
    struct vt_err err = VT_ERR_INIT;
    struct vt_handoff handoff;

    if (vt_handoff_decode(h->handoff, &handoff) != VT_OK) {
        return "the handoff of its epoch is malformed";
    }
    if (!vt_view_eq(handoff.spec, vt_buf_view(&e->spec)) ||
        memcmp(handoff.random, e->random, 32) != 0) {
        return "its handoff names another epoch than was agreed";
    }
    if (vt_epoch_proof(chain->epochs[e->cs.epoch - 1], 0, h->height - 1,
                       &h->parent, handoff.proof, &err) != VT_OK) {
        return "its handoff does not prove that its parent is final";
    }
    return NULL;
}

const char *vt_handover_fault(const struct vt_chain *chain,
                              const struct vt_state *parent,
                              const struct vt_header *h)
{
    struct vt_hash successor;

    if (is_first(chain, h->height)) {
        return first_fault(chain, h);
    }
    if (is_last(parent, h->height, &successor)) {
        return vt_view_eq(h->handoff,
                          vt_view_of(successor.b, sizeof successor.b))
                   ? NULL
                   : "it ends its epoch and does not name the next one";
    }
    return h->handoff.len == 0 ? NULL : "it has a handoff out of place";
}

/* ---- saying that this node is ready -------------------------------------- */

vt_status vt_handover_trial(struct vt_chain *chain, uint64_t at,
                            struct vt_view spec, struct vt_err *err)
{
    struct vt_epoch_entry entry = {.start_height = at + 1, .spec = spec};
    struct vt_epoch *next = NULL;
    vt_status status = vt_epoch_next(&chain->ground, chain->epoch, &entry,
                                     &chain->tip.id, &next, err);

    vt_epoch_free(next);
    return status;
}

static void try_next(struct vt_chain *chain, const struct vt_switch *sw)
{
    struct vt_err err = VT_ERR_INIT;

    chain->handover.tried = sw->digest;
    chain->handover.said_height = 0;
    chain->handover.is_able =
        vt_handover_trial(chain, sw->at, sw->spec, &err) == VT_OK;
    if (!chain->handover.is_able) {
        vt_log("chain", VT_LOG_WARN,
               "%s: this node cannot take part in the epoch that begins after "
               "block %" PRIu64 ": %s",
               chain->args.config->name, sw->at, err.text);
    }
}

static void be_ready(struct vt_chain *chain, const struct vt_switch *sw)
{
    struct vt_handover *h = &chain->handover;
    const struct vt_signer *signer = chain->args.signer;
    struct vt_address address;

    if (!vt_hash_eq(&h->tried, &sw->digest)) {
        try_next(chain, sw);
    }
    if (!h->is_able || signer == NULL ||
        (h->said_height != 0 &&
         chain->tip.height < h->said_height + SAY_AGAIN)) {
        return;
    }
    vt_address_from_key((uint8_t)signer->scheme->code, signer->pk, &address);
    if (vt_switch_awaits(sw, &chain->epoch->electorate, &address,
                         &sw->digest)) {
        h->said_height = chain->tip.height;
        /* good until the height where readiness is counted */
        (void)vt_chain_say(chain, VT_TX_READY, vt_view_of(sw->digest.b, 32),
                           sw->at - chain->args.config->switch_freeze);
    }
}

/* ---- ending an epoch ----------------------------------------------------- */

static int epoch_is_over(const struct vt_chain *chain)
{
    struct vt_epoch_entry entry;

    return vt_epoch_entry_get(chain->tip.state, chain->epoch->cs.epoch + 1,
                              &entry) == VT_OK &&
           entry.start_height == chain->tip.height + 1;
}

/* Readiness that came too late would wait for ever. */
static void tell_outcome(struct vt_chain *chain)
{
    struct vt_switch_last last;

    vt_mempool_expire(chain->pool, chain->tip.height + 1);
    if (vt_switch_last_get(chain->tip.state, &last) == VT_OK &&
        last.outcome == VT_SWITCH_NOT_READY) {
        vt_log("chain", VT_LOG_WARN,
               "%s: the epoch goes on after block %" PRIu64 ": only %" PRIu64
               " of %" PRIu64 " of the next members' weight was ready",
               chain->args.config->name, last.at, last.ready, last.total);
    }
}

void vt_handover_follow(struct vt_chain *chain)
{
    struct vt_handover *h = &chain->handover;
    int wanted = h->wants_blocks;
    struct vt_switch sw;

    if (!vt_chain_works(chain)) {
        return;
    }
    h->wants_blocks = 0;
    if (vt_switch_get(chain->tip.state, &sw) == VT_OK) {
        h->wants_blocks = sw.phase != VT_SWITCH_PROPOSED;
        if (sw.phase == VT_SWITCH_SCHEDULED) {
            be_ready(chain, &sw);
        } else if (sw.phase == VT_SWITCH_SEALING && h->sealed != sw.at &&
                   vt_chain_rule_seals()) {
            h->sealed = sw.at;
            vt_engine_seal(&chain->engine, sw.at, &sw.digest);
        }
    } else if (epoch_is_over(chain)) {
        h->is_on = 1;
        vt_chain_dirty(chain);
    } else if (wanted) {
        tell_outcome(chain);
    }
}

static void drop_undecided(struct vt_chain *chain)
{
    vt_build_drop_all(chain);
    vt_fetch_drop_all(chain);
    VT_LIST_FOR_SAFE (item, next, &chain->blocks.all) {
        vt_commit_drop(chain, VT_CONTAINER(item, struct vt_candidate, all));
    }
}

static vt_status make_engine(struct vt_chain *chain, struct vt_err *err)
{
    vt_status status = push_next(chain, err);

    if (status == VT_OK) {
        status = vt_engine_init(&chain->engine, chain, chain->epoch, err);
    }
    if (status == VT_OK) {
        vt_guard_free(chain->guard);
        chain->guard = NULL;
        status = vt_guard_new(&chain->args.log, chain->epoch->cs.epoch,
                              &chain->guard, err);
    }
    return status == VT_OK ? vt_engine_open(&chain->engine, err) : status;
}

static void announce(struct vt_chain *chain)
{
    char text[256];
    struct vt_chain_event event = {
        .type = VT_CHAIN_EPOCH, .chain = chain, .text = text};

    (void)snprintf(text, sizeof text,
                   "epoch %" PRIu64 " begins at height %" PRIu64
                   ": %.80s, %" PRIu32 " members",
                   chain->epoch->cs.epoch, chain->epoch->cs.start_height,
                   chain->epoch->parts->module->desc.id,
                   chain->epoch->cs.members.count);
    vt_log("chain", VT_LOG_INFO, "%s: %s", chain->args.config->name, text);
    chain->args.world->ops->publish(chain->args.world, &event);
}

static void start_engine(struct vt_chain *chain)
{
    chain->handover = (struct vt_handover){0};
    vt_engine_start(&chain->engine);
    for (size_t i = 0; i < chain->peer_count; i++) {
        const struct vt_peer_state *p = &chain->peers[i];

        if (p->up && p->id < chain->epoch->cs.members.count) {
            vt_engine_peer(&chain->engine, p->id, 1);
        }
    }
    vt_chain_dirty(chain);
}

void vt_handover_try(struct vt_chain *chain)
{
    static const uint8_t no_target[32];
    struct vt_err err = VT_ERR_INIT;

    vt_journal_flush(chain->journal);
    if (chain->jobs > 0 || vt_journal_busy(chain->journal) ||
        chain->is_stopping || chain->is_halted) {
        return;
    }
    if (!vt_list_empty(&chain->decided)) {
        chain->handover.is_on = 0;
        vt_chain_fail(chain, "the engine decided a block above the end of its "
                             "epoch");
        return;
    }
    drop_undecided(chain);
    (void)chain->args.world->ops->work(chain->args.world, 0,
                                       vt_view_of(NULL, 0), no_target);
    vt_engine_fini(&chain->engine);
    if (make_engine(chain, &err) != VT_OK) {
        chain->handover.is_on = 0;
        vt_chain_fail(chain, "the next epoch cannot begin here: %s", err.text);
        return;
    }
    start_engine(chain);
    announce(chain);
}
