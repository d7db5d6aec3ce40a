/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h - DRAFT interface "x.engine/1": virtual machines for contracts.
 *
 * A draft: its id starts with "x." until two engines and a conformance suite
 * use it, and it may change until then. Prepare once, execute many times;
 * metering is the engine's duty; the host owns all state.
 *
 * outcome 0 done, >0 failed by the rules (goes into the receipt, equal on all
 * nodes); a negative status is engine trouble and never reaches a block.
 */
#ifndef VT_ENGINE_H
#define VT_ENGINE_H

#include <vt/host.h>

VT_BEGIN_DECLS

#define VT_IF_ENGINE "x.engine/1"

struct vt_vm;
struct vt_code;
struct vt_xctx;

struct vt_call {
    uint32_t size;
    uint32_t kind, depth, flags;
    uint64_t revision;
    int64_t gas;
    uint8_t self[32], caller[32];
    uint8_t value_be[32]; /* big-endian smallest units */
    struct vt_view input;
};

struct vt_result {
    uint32_t size;
    int32_t outcome;
    int64_t gas_left, gas_refund;
};

/*
 * Host side of one call tree; every function is metered by the engine.
 *
 * load store balance code call event block
 *          Returns VT_OK, VT_E_DENIED (read-only call), VT_E_LIMIT.
 *          Thread: the thread that called execute.
 */
struct vt_vm_state {
    uint32_t size;
    uint32_t reserved;
    vt_status (*load)(struct vt_xctx *x, const uint8_t account[32],
                      const uint8_t key[32], uint8_t out[32],
                      uint32_t *warm) VT_POOL;
    vt_status (*store)(struct vt_xctx *x, const uint8_t account[32],
                       const uint8_t key[32], const uint8_t value[32],
                       uint32_t *how) VT_POOL;
    vt_status (*balance)(struct vt_xctx *x, const uint8_t account[32],
                         uint8_t out_be[32]) VT_POOL;
    vt_status (*code)(struct vt_xctx *x, const uint8_t account[32],
                      struct vt_view *out) VT_POOL;
    vt_status (*call)(struct vt_xctx *x, const struct vt_call *call,
                      struct vt_result *result, struct vt_sink *output) VT_POOL;
    vt_status (*event)(struct vt_xctx *x, const uint8_t account[32],
                       struct vt_tab topics, struct vt_view data) VT_POOL;
    vt_status (*block)(struct vt_xctx *x, uint32_t field,
                       uint8_t out[32]) VT_POOL;
};

/*
 * create    Returns VT_OK and *out. Thread: init.
 * destroy   Returns nothing. Thread: init.
 * validate  may this code be published under this revision? Returns VT_OK with
 *           *verdict. Thread: any.
 * prepare   compile once; shareable between threads. Returns VT_OK and *out.
 *           Thread: pool.
 * release   Returns nothing. Thread: any.
 * execute   Returns VT_OK with the outcome in *result, or engine trouble.
 *           Thread: pool.
 * gas_table canonical text whose hash is a chain parameter. Returns VT_OK.
 *           Thread: any.
 */
struct vt_engine {
    uint32_t size;
    uint32_t flags;
    const char *bytecode; /* "wasm-mvp-det-1" */
    uint64_t revision_min, revision_max;
    vt_status (*create)(const struct vt_host *host, const struct vt_cfg *cfg,
                        struct vt_vm **out, struct vt_err *err) VT_INIT;
    void (*destroy)(struct vt_vm *vm) VT_INIT;
    vt_status (*validate)(struct vt_vm *vm, uint64_t revision,
                          struct vt_view code, uint32_t *verdict,
                          struct vt_err *err) VT_ANY;
    vt_status (*prepare)(struct vt_vm *vm, uint64_t revision,
                         struct vt_view code, struct vt_code **out,
                         struct vt_err *err) VT_POOL;
    void (*release)(struct vt_vm *vm, struct vt_code *code) VT_ANY;
    vt_status (*execute)(struct vt_vm *vm, const struct vt_code *code,
                         const struct vt_vm_state *state, struct vt_xctx *x,
                         const struct vt_call *call, struct vt_result *result,
                         struct vt_sink *output) VT_POOL;
    vt_status (*gas_table)(struct vt_vm *vm, uint64_t revision,
                           struct vt_sink *out) VT_ANY;
};

VT_END_DECLS
#endif
