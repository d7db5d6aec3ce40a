/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.c - an engine's epoch, and its life from what was persisted to the
 * end.
 */
#include "chain/engine.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <string.h>

#define EPOCH_TAG "VTC/epoch/1"
#define BEACON_TAG "VTC/beacon/1"
#define SLOTS_MAX 65536u

/* ---- the epoch ----------------------------------------------------------- */

static void hash_epoch(struct vt_engine *engine)
{
    const struct vt_chain *chain = engine->chain;
    uint8_t numbers[20];
    struct vt_hash digest;
    struct vt_view parts[4];

    vt_put_u64(numbers, engine->epoch.epoch);
    vt_put_u64(numbers + 8, engine->epoch.start_height);
    vt_put_u32(numbers + 16, chain->args.consensus_module->desc.protocol);
    parts[0] = vt_view_of(engine->epoch.chain_id, 32);
    parts[1] = vt_view_of(chain->params.b, 32);
    parts[2] = vt_view_of(numbers, sizeof numbers);
    parts[3] = vt_view_of(engine->epoch.parent, 32);
    vt_hash_tagged(EPOCH_TAG, parts, 4, &digest);
    memcpy(engine->epoch.digest, digest.b, 32);
    vt_hash_bytes(BEACON_TAG, digest.b, 32, &digest);
    memcpy(engine->epoch.beacon, digest.b, 32);
}

static vt_status make_members(struct vt_engine *engine, struct vt_err *err)
{
    const struct vt_chain_args *args = &engine->chain->args;
    size_t count = args->config->validator_count;

    if (count < engine->table->members_min ||
        (engine->table->members_max > 0 &&
         count > engine->table->members_max)) {
        return vt_err_set(
            err, VT_E_INVALID,
            "[validators] has %zu members, %s takes %" PRIu32 " to %" PRIu32,
            count, args->config->consensus, engine->table->members_min,
            engine->table->members_max);
    }
    engine->members = vt_alloc_array(count + 1, sizeof *engine->members);
    if (engine->members == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the members");
    }
    engine->self = VT_PEER_NONE;
    for (size_t i = 0; i < count; i++) {
        const struct vt_validator_entry *v = &args->config->validators[i];

        engine->members[i].index = (uint32_t)i;
        engine->members[i].weight = v->weight;
        engine->members[i].pk = vt_view_of(v->pk, v->pk_len);
        if (args->signer != NULL &&
            vt_view_eq(args->signer->pk, engine->members[i].pk)) {
            engine->self = (uint32_t)i;
        }
    }
    engine->epoch.members.ptr = engine->members;
    engine->epoch.members.count = (uint32_t)count;
    engine->epoch.members.stride = (uint32_t)sizeof engine->members[0];
    return VT_OK;
}

vt_status vt_engine_init(struct vt_engine *engine, struct vt_chain *chain,
                         struct vt_err *err)
{
    vt_status status;

    engine->chain = chain;
    engine->table = chain->args.consensus;
    vt_list_init(&engine->events);
    vt_list_init(&engine->effects);
    vt_heap_init(&engine->deadlines, VT_ENGINE_TIMERS_MAX);
    engine->timers = vt_map_new(8, VT_ENGINE_TIMERS_MAX, chain->args.seed);
    engine->slot_sizes = vt_map_new(8, SLOTS_MAX, chain->args.seed);
    if (engine->timers == NULL || engine->slot_sizes == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the engine");
    }
    engine->out.size = VT_UPTO(struct vt_out, emit);
    engine->out.ctx = engine;
    engine->out.emit = vt_engine_emit;
    engine->epoch.size = VT_UPTO(struct vt_cs_epoch, members);
    engine->epoch.epoch = 0;
    engine->epoch.start_height = 1;
    engine->epoch.scheme = chain->args.schemes->scheme[0]->scheme;
    memcpy(engine->epoch.chain_id, chain->chain_id.b, 32);
    memcpy(engine->epoch.parent, chain->chain_id.b, 32);
    status = make_members(engine, err);
    if (status == VT_OK) {
        hash_epoch(engine);
    }
    return status;
}

/* ---- waking up with what was persisted ----------------------------------- */

struct slots {
    struct vt_engine *engine;
    struct vt_slot *list;
    size_t count, cap;
    vt_status status;
};

int vt_engine_note_slot(struct vt_engine *engine, uint64_t slot, size_t bytes)
{
    uint8_t key[8];
    uintptr_t size = bytes + 1u;
    void *old;

    vt_put_u64(key, slot);
    if (vt_map_put(engine->slot_sizes, key, (void *)size, &old) != VT_OK) {
        return 0;
    }
    engine->slot_bytes += bytes;
    engine->slot_bytes -= old == NULL ? 0 : (uintptr_t)old - 1u;
    return 1;
}

static int take_slot(void *ctx, struct vt_view key, struct vt_view value)
{
    struct slots *s = ctx;
    struct vt_slot *slot;

    if (key.len != 16 || vt_get_u64be(key.ptr) != s->engine->epoch.epoch) {
        return 1;
    }
    if (s->count == s->cap) {
        size_t cap = s->cap == 0 ? 64 : s->cap * 2;
        struct vt_slot *more = vt_realloc(s->list, cap * sizeof *more);

        if (more == NULL) {
            s->status = VT_E_NOMEM;
            return 1;
        }
        s->list = more;
        s->cap = cap;
    }
    slot = &s->list[s->count];
    slot->slot = vt_get_u64be(key.ptr + 8);
    slot->bytes = vt_view_of(vt_memdup(value.ptr, value.len), value.len);
    if (slot->bytes.ptr == NULL ||
        !vt_engine_note_slot(s->engine, slot->slot, value.len)) {
        vt_free((void *)(uintptr_t)slot->bytes.ptr);
        s->status = VT_E_NOMEM;
        return 1;
    }
    s->count++;
    return 0;
}

static void slots_free(struct slots *s)
{
    for (size_t i = 0; i < s->count; i++) {
        vt_free((void *)(uintptr_t)s->list[i].bytes.ptr);
    }
    vt_free(s->list);
}

static vt_status create(struct vt_engine *engine, const struct slots *slots,
                        struct vt_view proof, struct vt_err *err)
{
    struct vt_chain *chain = engine->chain;
    struct vt_cs_start start = {
        .size = VT_UPTO(struct vt_cs_start, handoff),
        .self = engine->self,
        .epoch = &engine->epoch,
        .final_height = chain->tip.height,
        .final_proof = proof,
    };

    start.slots.ptr = slots->list;
    start.slots.count = (uint32_t)slots->count;
    start.slots.stride = (uint32_t)sizeof slots->list[0];
    memcpy(start.seed, chain->args.seed, sizeof start.seed);
    memcpy(start.final_id, chain->tip.id.b, 32);
    return engine->table->create(chain->args.consensus_host,
                                 chain->args.consensus_cfg, &start, &engine->cs,
                                 err);
}

vt_status vt_engine_open(struct vt_engine *engine, struct vt_err *err)
{
    struct vt_chain *chain = engine->chain;
    struct vt_buf proof = VT_BUF_INIT(VT_SEAL_MAX);
    struct slots slots = {.engine = engine, .status = VT_OK};
    struct vt_log_key from;
    struct vt_hash id;
    vt_status status;

    vt_log_key_slot(engine->epoch.epoch, 0, &from);
    status = vt_log_walk(&chain->args.log, VT_LOG_SLOT, vt_log_key_view(&from),
                         take_slot, &slots, err);
    if (status == VT_OK && slots.status != VT_OK) {
        status = vt_err_set(err, slots.status, "no memory for the engine");
    }
    if (status == VT_OK && chain->tip.height > 0) {
        status = vt_log_read_final(&chain->args.log, chain->tip.height, &id,
                                   &proof, err);
    }
    if (status == VT_OK) {
        status = create(engine, &slots, vt_buf_view(&proof), err);
    }
    slots_free(&slots);
    vt_buf_fini(&proof);
    return status;
}

void vt_engine_fini(struct vt_engine *engine)
{
    if (engine->cs != NULL) {
        engine->table->destroy(engine->cs);
        engine->cs = NULL;
    }
    vt_engine_forget(engine);
    vt_heap_fini(&engine->deadlines);
    vt_map_free(engine->timers);
    vt_map_free(engine->slot_sizes);
    vt_free(engine->members);
}
