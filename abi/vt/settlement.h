/* SPDX-License-Identifier: Apache-2.0
 *
 * settlement.h - DRAFT interface "x.settlement/1": adapters to other ledgers.
 *
 * A draft: its id starts with "x." until two adapters use it. Idempotent by
 * construction: every request carries a 32-byte key, submitting twice has one
 * effect, poll() is resumable. check_proof is pure and runs inside block
 * validation on every node; submit and poll run on operators only.
 */
#ifndef VT_SETTLEMENT_H
#define VT_SETTLEMENT_H

#include <vt/host.h>

VT_BEGIN_DECLS

#define VT_IF_SETTLEMENT "x.settlement/1"

struct vt_st;

struct vt_st_request {
    uint32_t size;
    uint32_t kind;
    uint8_t idem[32];
    uint64_t epoch, first_height, last_height;
    uint8_t state_root[32];
    uint8_t amount_be[32]; /* smallest unit of the asset */
    int64_t deadline_ms;   /* Unix time */
    struct vt_view proof, asset;
};

struct vt_st_note {
    uint32_t size;
    uint32_t kind;
    uint8_t idem[32];
    uint32_t depth, is_final;
    vt_status status;
    uint32_t reserved;
    struct vt_view ref, proof;
};

/*
 * create   Returns VT_OK and *out. Thread: init.
 * destroy  Returns nothing. Thread: init.
 * submit   same idem twice is one effect. Returns VT_OK, VT_E_IO (try again
 *          after retry_after_ns), VT_E_DENIED. Thread: pool.
 * poll     notes after position `since`; *next is the position to resume
 *          from. put is called in order; a failure of put ends the poll.
 *          Returns VT_OK, VT_E_IO, what put returned. Thread: pool.
 * check_proof  Returns VT_OK with *verdict. Pure. Thread: any.
 * cost     what the other ledger will charge, big-endian smallest units.
 *          Returns VT_OK, VT_E_IO. Thread: pool.
 */
struct vt_settlement {
    uint32_t size;
    uint32_t flags;
    uint32_t decimals, finality_depth;
    uint64_t retry_after_ns;
    vt_status (*create)(const struct vt_host *host, const struct vt_cfg *cfg,
                        struct vt_st **out, struct vt_err *err) VT_INIT;
    void (*destroy)(struct vt_st *st) VT_INIT;
    vt_status (*submit)(struct vt_st *st, const struct vt_st_request *request,
                        struct vt_err *err) VT_POOL;
    vt_status (*poll)(struct vt_st *st, uint64_t since, uint64_t *next,
                      vt_status (*put)(void *ctx,
                                       const struct vt_st_note *note),
                      void *ctx) VT_POOL;
    vt_status (*check_proof)(const struct vt_host *host, struct vt_view params,
                             const struct vt_st_note *note, uint32_t *verdict,
                             struct vt_err *err) VT_ANY;
    vt_status (*cost)(struct vt_st *st, const struct vt_st_request *request,
                      uint8_t fee_be[32], struct vt_err *err) VT_POOL;
};

VT_END_DECLS
#endif
