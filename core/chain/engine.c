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

#define SLOTS_MAX 65536u

vt_status vt_engine_init(struct vt_engine *engine, struct vt_chain *chain,
                         struct vt_epoch *epoch, struct vt_err *err)
{
    memset(engine, 0, sizeof *engine);
    engine->chain = chain;
    engine->of = epoch;
    engine->table = epoch->parts->consensus;
    engine->epoch = epoch->cs;
    engine->members = epoch->members;
    engine->self = epoch->self;
    vt_list_init(&engine->events);
    vt_list_init(&engine->effects);
    vt_heap_init(&engine->deadlines, VT_ENGINE_TIMERS_MAX);
    engine->timers = vt_map_new(8, VT_ENGINE_TIMERS_MAX, chain->args.seed);
    engine->slot_sizes = vt_map_new(8, SLOTS_MAX, chain->args.seed);
    engine->out.size = VT_UPTO(struct vt_out, emit);
    engine->out.ctx = engine;
    engine->out.emit = vt_engine_emit;
    return engine->timers == NULL || engine->slot_sizes == NULL
               ? vt_err_set(err, VT_E_NOMEM, "no memory for the engine")
               : VT_OK;
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

/* proof: seal of the newest final block, which may be the epoch's parent. */
static vt_status create(struct vt_engine *engine, const struct slots *slots,
                        struct vt_view proof, struct vt_err *err)
{
    static const struct vt_view none = {NULL, 0};
    struct vt_chain *chain = engine->chain;
    const struct vt_parts *parts = engine->of->parts;
    int is_new = chain->tip.height < engine->epoch.start_height;
    struct vt_cs_start start = {
        .size = VT_UPTO(struct vt_cs_start, handoff),
        .self = engine->self,
        .epoch = &engine->epoch,
        .final_height = chain->tip.height,
        .final_proof = is_new ? none : proof,
        .handoff = is_new ? proof : none,
    };

    start.slots.ptr = slots->list;
    start.slots.count = (uint32_t)slots->count;
    start.slots.stride = (uint32_t)sizeof slots->list[0];
    memcpy(start.seed, chain->args.seed, sizeof start.seed);
    memcpy(start.final_id, chain->tip.id.b, 32);
    return engine->table->create(parts->host, &parts->cfg, &start, &engine->cs,
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
    /* a chain whose next epoch cannot begin here is freed with none */
    engine->timers = NULL;
    engine->slot_sizes = NULL;
}
