/* SPDX-License-Identifier: Apache-2.0
 *
 * ring.c - a small engine that keeps the contract, and faults to break it with,
 * one at a time: -DFAULT_CLOCK and so on. The suite must name each.
 *
 * Members lead heights in turn. The leader has a block built, everybody writes
 * down which block it votes for before it signs, a majority of signed votes is
 * the proof. A leader that is gone stops the ring: it is for tests only.
 */
#include "ring.h"

#include <stdlib.h>
#ifdef FAULT_STDOUT
#include <stdio.h>
#endif

/* ---- life ---------------------------------------------------------------- */

static vt_status refuse(struct vt_err *err, vt_status status, const char *why)
{
    size_t len = strlen(why);

    if (err != NULL) {
        err->code = status;
        memcpy(err->text, why, len + 1);
    }
    return status;
}

static vt_status load_slot(struct vt_cs *c, const struct vt_slot *s,
                           struct vt_err *err)
{
    if (s->slot != SLOT || s->bytes.len != VOTE_LEN) {
#ifdef FAULT_SLOTS
        if (s->bytes.len > 8 && s->bytes.len < VOTE_LEN) {
            abort();
        }
#endif
        return refuse(err, VT_E_CORRUPT,
                      "a slot is not ours: remove the chain's log");
    }
    if (get_u64(s->bytes.ptr) == c->height) {
        c->has_id = c->is_durable = 1;
        memcpy(c->id, s->bytes.ptr + 8, 32);
    }
    return VT_OK;
}

static void destroy(struct vt_cs *c)
{
#ifdef FAULT_HOARD
    for (size_t i = 0; c != NULL && i < c->hoard_count; i++) {
        free(c->hoard[i]);
    }
    if (c != NULL) {
        free(c->hoard);
    }
#endif
    free(c);
}

static vt_status create(const struct vt_host *host, const struct vt_cfg *cfg,
                        const struct vt_cs_start *start, struct vt_cs **out,
                        struct vt_err *err)
{
    struct vt_cs *c;
    vt_status status = VT_OK;
    uint32_t n = start->epoch->members.count;

    *out = NULL;
    if (n == 0 || n > MEMBERS_MAX) {
        return refuse(err, VT_E_INVALID, "members: 1 to 16 are possible");
    }
    if (host->service(host, VT_SVC_CRYPTO,
                      VT_UPTO(struct vt_svc_crypto, verify)) == NULL) {
        return refuse(err, VT_E_UNSUPPORTED, "vt.crypto/1 is needed");
    }
#ifdef FAULT_NOLOG
    ((const struct vt_svc_log *)host->service(host, VT_SVC_LOG,
                                              VT_UPTO(struct vt_svc_log, put)))
        ->put(host, VT_LOG_INFO, "created", 7);
#endif
#ifdef FAULT_STDOUT
    (void)fprintf(stdout, "ring: created\n");
#endif
    c = calloc(1, sizeof *c);
#ifndef FAULT_UNCHECKED
    if (c == NULL) {
        return refuse(err, VT_E_NOMEM, "out of memory");
    }
#endif
    c->self = start->self;
    c->n = n;
    c->pause_ns = cfg->u64(cfg, 0);
    c->applied = start->final_height;
    ring_begin(c, start->final_height + 1, start->final_id);
    for (uint32_t i = 0; i < start->slots.count && status == VT_OK; i++) {
        status = load_slot(c, VT_AT(struct vt_slot, start->slots, i), err);
    }
    if (status != VT_OK) {
        destroy(c);
        return status;
    }
#ifdef FAULT_LEAK
    c->lost = malloc(10);
#endif
    *out = c;
    return VT_OK;
}

static vt_status digest(const struct vt_cs *c, uint8_t out[32])
{
    memcpy(out, c->id, 32);
    put_u64(out, c->height);
    put_u64(out + 8, (uint64_t)c->has_id | (uint64_t)c->is_valid << 1 |
                         (uint64_t)c->is_durable << 2 | c->token << 8);
    return VT_OK;
}

/* ---- descriptor ---------------------------------------------------------- */

static const struct vt_consensus table = {
    .size = VT_UPTO(struct vt_consensus, compare),
    .finality = VT_FIN_INSTANT,
    .members_min = 1,
    .members_max = MEMBERS_MAX,
    .create = create,
    .destroy = destroy,
    .step = ring_step,
    .digest = digest,
    .check_proof = ring_check_proof,
};
static const struct vt_iface ifaces[] = {{VT_IF_CONSENSUS, &table}};
static const struct vt_need needs[] = {
    {VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify), 0},
    {VT_SVC_LOG, VT_UPTO(struct vt_svc_log, put), 1},
    {VT_NEED_PERSIST, VT_UPTO(struct vt_eff_persist, bytes), 0},
    {VT_NEED_SEND, VT_UPTO(struct vt_eff_send, msg), 0},
    {VT_NEED_TIMER, VT_UPTO(struct vt_eff_timer, delay_ns), 0},
    {VT_NEED_BUILD, VT_UPTO(struct vt_eff_build, payload), 0},
    {VT_NEED_VALIDATE, VT_UPTO(struct vt_eff_block, id), 0},
    {VT_NEED_SIGN, VT_UPTO(struct vt_eff_sign, msg), 0},
    {VT_NEED_VERIFY, VT_UPTO(struct vt_eff_verify, items), 0},
    {VT_NEED_STORE, VT_UPTO(struct vt_eff_block, id), 0},
    {VT_NEED_COMMIT, VT_UPTO(struct vt_eff_commit, proof), 0},
    {VT_NEED_FETCH, VT_UPTO(struct vt_eff_fetch, holders), 0},
#ifndef FAULT_UNLISTED
    {VT_NEED_SYNC, VT_UPTO(struct vt_eff_head, id), 0},
#endif
};
static const struct vt_key keys[] = {
    {"pause", VT_T_DURATION_NS, 0, "20ms", "1ms..10s",
     "Wait before votes are sent again.", "1"},
};

#ifdef FAULT_CONSTRUCTOR
static volatile int ready;
__attribute__((constructor)) static void prepare(void)
{
    ready = 1;
}
#endif
#ifdef FAULT_EXPORT
VT_EXPORT int ring_helper;
#endif
#ifdef FAULT_VERSION
#define VERSION ""
#else
#define VERSION "1"
#endif

VT_PLUGIN_DEFINE(ring) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.test.ring",
    .name = "ring",
    .version = VERSION,
    .vendor = "test",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB(keys),
};
