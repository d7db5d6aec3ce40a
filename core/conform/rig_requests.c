/* SPDX-License-Identifier: Apache-2.0
 *
 * rig_requests.c - the requests a host answers at once: timers, signatures,
 * searches, blocks.
 */
#include "conform/rig.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/work.h"
#include "sim/cheap_sig.h"

#include <string.h>

#define AS(T, eff) ((const T *)(const void *)(eff))
#define HASH_NS VT_RIG_MS /* of virtual time */
#define NONCES_MAX (UINT64_C(1) << 22)
#define NOTHING ((struct vt_view){NULL, 0})

void vt_rig_answer(struct vt_rig_node *node, uint32_t type, uint64_t token,
                   vt_status status, struct vt_view data)
{
    union vt_any_event ev = {
        .done = {.h = {.size = VT_UPTO(struct vt_ev_done, data), .type = type},
                 .token = token,
                 .status = status}};

    vt_rig_later(node, VT_RIG_EVENT, vt_rig_between(node->rig, 10000, 90000),
                 &ev, data, 0);
}

static void hash_for(const struct vt_rig *rig, const char *tag, uint32_t role,
                     struct vt_view msg, uint8_t out[32])
{
    uint8_t number[4];
    struct vt_view parts[4] = {
        {rig->epoch.chain_id, 32}, {rig->epoch.digest, 32}, {number, 4}, msg};
    struct vt_hash hash;

    vt_put_u32(number, role);
    vt_hash_tagged(tag, parts, 4, &hash);
    memcpy(out, hash.b, 32);
}

void vt_rig_vote_hash(const struct vt_rig *rig, uint32_t role,
                      struct vt_view msg, uint8_t out[32])
{
    hash_for(rig, VT_VOTE_TAG, role, msg, out);
}

static void arm(struct vt_rig_node *node, const struct vt_eff_timer *e)
{
    union vt_any_event ev = {
        .timer = {.h = {.size = VT_UPTO(struct vt_ev_timer, timer),
                        .type = VT_EV_TIMER},
                  .timer = e->timer}};
    size_t at = VT_RIG_TIMERS_MAX;

    for (size_t i = 0; i < VT_RIG_TIMERS_MAX; i++) {
        if (node->timers[i].turn != 0 && node->timers[i].id == e->timer) {
            node->timers[i].turn = 0;
        }
        if (node->timers[i].turn == 0) {
            at = i;
        }
    }
    if (e->delay_ns == 0) {
        return;
    }
    if (at == VT_RIG_TIMERS_MAX) {
        vt_rig_fail(node, "more than %u timers at once", VT_RIG_TIMERS_MAX);
    }
    node->timers[at].id = e->timer;
    node->timers[at].turn = ++node->timer_turn;
    vt_rig_later(node, VT_RIG_EVENT, e->delay_ns, &ev, NOTHING,
                 node->timer_turn);
}

static void verify(struct vt_rig_node *node, const struct vt_eff_verify *e)
{
    uint8_t verdicts[1024];

    if (e->items.count == 0 || e->items.count > sizeof verdicts) {
        vt_rig_fail(node, "VERIFY of %u signatures", e->items.count);
    }
    for (uint32_t i = 0; i < e->items.count; i++) {
        const struct vt_verify_item *item =
            VT_AT(struct vt_verify_item, e->items, i);
        uint32_t verdict = VT_BAD;
        uint8_t hash[32];

        if (item->member < node->rig->args.members) {
            vt_rig_vote_hash(node->rig, item->role, item->msg, hash);
            (void)vt_sim_cheap_sig.verify(
                vt_view_of(node->rig->pk[item->member], 32), hash, item->sig,
                &verdict);
        }
        verdicts[i] = (uint8_t)verdict;
    }
    vt_rig_answer(node, VT_EV_VERIFIED, e->h.token, VT_OK,
                  vt_view_of(verdicts, e->items.count));
}

static void build(struct vt_rig_node *node, const struct vt_eff_build *e)
{
    struct vt_rig_ask ask = {.token = e->h.token,
                             .height = e->height,
                             .max_bytes = e->max_bytes,
                             .is_build = 1,
                             .allow_empty = e->allow_empty,
                             .payload_len = e->payload.len};

    if (e->payload.len > sizeof ask.payload) {
        vt_rig_fail(node, "puts %zu bytes into a header", e->payload.len);
    }
    memcpy(ask.parent, e->parent, 32);
    if (e->payload.len > 0) {
        memcpy(ask.payload, e->payload.ptr, e->payload.len);
    }
    vt_rig_ask(node, &ask);
}

/* Searches take virtual time, and real time as long as a block takes no more
 * than some ten thousand hashes. */
static void work(struct vt_rig_node *node, const struct vt_eff_work *e)
{
    union vt_any_event ev = {
        .done = {.h = {.size = VT_UPTO(struct vt_ev_done, data),
                       .type = VT_EV_WORKED},
                 .token = e->h.token}};
    uint64_t first = vt_rng_below(&node->rig->rng, UINT64_C(1) << 60);
    uint64_t nonce = 0;
    uint8_t bytes[8];

    node->work_turn++;
    if (e->header.len > VT_WORK_HEADER_MAX) {
        vt_rig_fail(node, "WORK on a header of %zu bytes", e->header.len);
    }
    if (e->header.len == 0) {
        return;
    }
    if (e->target[0] == 0 && e->target[1] < 4) {
        vt_trial_fail(node->rig->args.trial,
                      "a block takes more than 16,000 hashes: put options that "
                      "make it cheap into %s.conform.ini beside the file",
                      node->rig->args.trial->stem);
    }
    if (vt_work_search(e->header, e->target, first, NONCES_MAX, &nonce)) {
        vt_put_u64(bytes, nonce);
        vt_rig_later(node, VT_RIG_EVENT, (nonce - first + 1) * HASH_NS, &ev,
                     vt_view_of(bytes, 8), node->work_turn);
    }
}

static void prove(struct vt_rig_node *node, const struct vt_eff_prove *e)
{
    uint8_t alpha[32];
    uint8_t proof[64];
    uint8_t value[32];

    hash_for(node->rig, VT_VRF_TAG, e->role, e->msg, alpha);
    (void)vt_sim_cheap_sig.vrf_prove(node->rig->sk[node->index],
                                     vt_view_of(alpha, 32), proof, value);
    vt_rig_answer(node, VT_EV_PROVED, e->h.token, VT_OK,
                  vt_view_of(proof, vt_sim_cheap_sig.vrf_len));
}

void vt_rig_request(struct vt_rig_node *node, const struct vt_eff *eff)
{
    struct vt_rig_ask ask = {.token = eff->token};

    switch (eff->type) {
    case VT_EFF_TIMER:
        arm(node, AS(struct vt_eff_timer, eff));
        break;
    case VT_EFF_BUILD:
        build(node, AS(struct vt_eff_build, eff));
        break;
    case VT_EFF_BATCH:
        vt_rig_batch(node, AS(struct vt_eff_batch, eff));
        break;
    case VT_EFF_JOIN:
        vt_rig_join(node, AS(struct vt_eff_join, eff));
        break;
    case VT_EFF_PLACE:
        vt_rig_place(node, AS(struct vt_eff_block, eff)->id);
        break;
    case VT_EFF_VALIDATE:
        ask.block = vt_rig_find(node->rig, AS(struct vt_eff_block, eff)->id);
        vt_rig_ask(node, &ask);
        break;
    case VT_EFF_FETCH:
        vt_rig_fetch(node, eff->token, AS(struct vt_eff_fetch, eff)->id);
        break;
    case VT_EFF_VERIFY:
        verify(node, AS(struct vt_eff_verify, eff));
        break;
    case VT_EFF_SYNC:
        vt_rig_later(node, VT_RIG_CATCH_UP, 2 * VT_RIG_MS, NULL, NOTHING, 0);
        break;
    case VT_EFF_PROVE:
        prove(node, AS(struct vt_eff_prove, eff));
        break;
    case VT_EFF_WORK:
        work(node, AS(struct vt_eff_work, eff));
        break;
    case VT_EFF_HALT:
        vt_rig_fail(node, "halts: %.*s",
                    (int)AS(struct vt_eff_text, eff)->text.len,
                    (const char *)AS(struct vt_eff_text, eff)->text.ptr);
    default:
        break;
    }
}
