/* SPDX-License-Identifier: Apache-2.0
 *
 * ordering.h - what the ordering core (bft.h) wants done, as effects of the
 * engine it works for, and its durable slots among the engine's.
 */
#ifndef VT_CONSENSUS_COMMON_ORDERING_H
#define VT_CONSENSUS_COMMON_ORDERING_H

#include "common/bft.h"
#include "common/check.h"
#include "common/effects.h"

#include <stdlib.h>

/* token: the core's with the bit by which the engine knows its answers. */
static inline void cs_bft_sign(struct cs_outbox *box, uint64_t token,
                               uint32_t role, uint64_t major,
                               struct vt_view msg)
{
    struct vt_eff_sign e = {
        .h = CS_HEAD(struct vt_eff_sign, msg, VT_EFF_SIGN, token),
        .role = role,
        .major = major,
        .msg = msg};

    cs_outbox_put(box, &e.h);
}

static inline void cs_bft_verify(struct cs_outbox *box, uint64_t token,
                                 const struct vt_verify_item *items,
                                 uint32_t count)
{
    struct vt_eff_verify e = {
        .h = CS_HEAD(struct vt_eff_verify, items, VT_EFF_VERIFY, token),
        .items = {items, count, (uint32_t)sizeof *items}};

    cs_outbox_put(box, &e.h);
}

/* timer: in the engine's numbers. */
static inline void cs_bft_timer(struct cs_outbox *box, uint64_t timer,
                                uint64_t delay_ns)
{
    struct vt_eff_timer e = {
        .h = CS_HEAD(struct vt_eff_timer, delay_ns, VT_EFF_TIMER, 0),
        .timer = timer,
        .delay_ns = delay_ns};

    cs_outbox_put(box, &e.h);
}

/* How urgent a message of the core is. */
static inline uint32_t cs_bft_class(uint32_t proto)
{
    static const uint32_t classes[BFT_PROTOS] = {VT_SEND_PROP, VT_SEND_VOTE,
                                                 VT_SEND_CERT, VT_SEND_CERT};

    return classes[proto];
}

static inline void cs_bft_trace(struct cs_outbox *box, const char *what,
                                uint64_t view)
{
    struct cs_text t;

    if (!cs_is_short(box)) {
        cs_text_start(&t);
        cs_text_str(&t, what);
        cs_text_num(&t, "view", view);
        cs_emit_text(box, VT_EFF_TRACE, &t);
    }
}

/* bft_new() with the slots from base on, in the core's own numbers. Returns as
 * bft_new(). */
static inline vt_status cs_bft_open(struct bft_config *config,
                                    struct vt_tab slots, uint64_t base,
                                    struct bft **out, struct vt_err *err)
{
    struct vt_slot *list = calloc(slots.count + 1u, sizeof *list);
    uint32_t count = 0;
    vt_status status;

    if (list == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the ordering core");
    }
    for (uint32_t i = 0; i < slots.count; i++) {
        const struct vt_slot *slot = VT_AT(struct vt_slot, slots, i);

        if (slot->slot >= base) {
            list[count].slot = slot->slot - base;
            list[count++].bytes = slot->bytes;
        }
    }
    config->slots = (struct vt_tab){list, count, (uint32_t)sizeof *list};
    status = bft_new(config, out, err);
    free(list);
    return status;
}

#endif
