/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_switch.c - SWITCH and READY, and what happens at the two heights a
 * switch turns on: `at` - freeze and `at`.
 */
#include "base/bytes.h"
#include "ledger/exec.h"
#include "ledger/stake_entry.h"
#include "ledger/switch_entry.h"
#include "ledger/switch_rules.h"

#include <string.h>

#define LEAD 16u /* heights between proposal and freeze, at least */
#define FAR UINT64_C(10000000) /* heights ahead, at most */

struct vt_switch *vt_exec_switch(struct vt_exec *x)
{
    if (!x->sw.is_read) {
        x->sw.is_read = 1;
        x->sw.exists = vt_switch_get(x->parent, &x->sw.record) == VT_OK;
    }
    return x->sw.exists ? &x->sw.record : NULL;
}

/* Index of a governor; the epoch's members are, when none is named. */
static uint32_t governor(const struct vt_rules *rules,
                         const struct vt_electorate *now,
                         const struct vt_address *sender)
{
    const struct vt_address *list = rules->governors;
    uint32_t count = rules->governor_count;

    if (count == 0) {
        list = now->members;
        count = now->count;
    }
    return vt_address_find(list, count, sender);
}

static uint32_t approvals_needed(const struct vt_exec *x)
{
    uint32_t count = x->rules->governor_count;

    if (count == 0) {
        return x->block.now.count * 2 / 3 + 1;
    }
    return x->rules->approvals == 0 ? count / 2 + 1 : x->rules->approvals;
}

static uint32_t count_bits(const uint8_t bits[VT_SWITCH_BITS])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < VT_SWITCH_BITS * 8u; i++) {
        count += vt_switch_bit(bits, i) != 0;
    }
    return count;
}

/* A new record takes the place of what was there. */
static int record(struct vt_exec *x, enum vt_switch_phase phase, uint64_t at,
                  struct vt_view payload)
{
    struct vt_switch *sw = &x->sw.record;
    uint8_t *spec = vt_arena_dup(&x->arena, payload.ptr, payload.len);

    if (spec == NULL) {
        return 0;
    }
    memset(sw, 0, sizeof *sw);
    sw->phase = phase;
    sw->at = at;
    sw->since = x->block.height;
    sw->spec = vt_view_of(spec, payload.len);
    vt_tx_switch_digest(sw->spec, &sw->digest);
    x->sw.exists = 1;
    x->sw.is_dirty = 1;
    return 1;
}

vt_status vt_exec_schedule(struct vt_exec *x, uint64_t at, struct vt_view spec)
{
    (void)vt_exec_switch(x);
    return record(x, VT_SWITCH_SCHEDULED, at, spec) ? VT_OK : VT_E_NOMEM;
}

/* What a SWITCH at this height comes to beside the one under way (NULL: none),
 * which it may agree to or, with *is_new, take the place of. */
static uint32_t weigh(const struct vt_rules *rules,
                      const struct vt_electorate *now,
                      const struct vt_switch *sw, uint64_t height,
                      const struct vt_tx *tx, uint64_t *at, int *is_new)
{
    struct vt_tx_switch p;
    struct vt_hash digest;

    if (vt_tx_switch_decode(tx->payload, &p) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    if (governor(rules, now, &tx->sender) == UINT32_MAX) {
        return VT_TX_NOT_GOVERNOR;
    }
    vt_tx_switch_digest(tx->payload, &digest);
    *at = p.at;
    *is_new = sw == NULL || !vt_hash_eq(&sw->digest, &digest);
    if (!*is_new) {
        return VT_TX_DONE;
    }
    if (sw != NULL && sw->phase != VT_SWITCH_PROPOSED) {
        return VT_TX_SWITCH_BUSY;
    }
    return p.at < height + rules->freeze + LEAD || p.at > height + FAR
               ? VT_TX_SWITCH_HEIGHT
               : VT_TX_DONE;
}

uint32_t vt_switch_admit(const struct vt_rules *rules,
                         const struct vt_electorate *now,
                         const struct vt_state *state, uint64_t height,
                         const struct vt_tx *tx)
{
    struct vt_switch sw;
    int exists = vt_switch_get(state, &sw) == VT_OK;
    uint64_t at;
    int is_new;

    return weigh(rules, now, exists ? &sw : NULL, height, tx, &at, &is_new);
}

uint32_t vt_exec_do_switch(struct vt_exec *x, const struct vt_tx *tx)
{
    const struct vt_electorate *now = &x->block.now;
    struct vt_switch *sw = &x->sw.record;
    uint64_t at = 0;
    int is_new = 0;
    uint32_t code = weigh(x->rules, now, vt_exec_switch(x), x->block.height, tx,
                          &at, &is_new);

    if (code != VT_TX_DONE) {
        return code;
    }
    if (is_new && !record(x, VT_SWITCH_PROPOSED, at, tx->payload)) {
        return UINT32_MAX;
    }
    vt_switch_set_bit(sw->approved, governor(x->rules, now, &tx->sender));
    if (sw->phase == VT_SWITCH_PROPOSED &&
        count_bits(sw->approved) >= approvals_needed(x)) {
        sw->phase = VT_SWITCH_SCHEDULED;
    }
    x->sw.is_dirty = 1;
    return VT_TX_DONE;
}

uint32_t vt_exec_do_ready(struct vt_exec *x, const struct vt_tx *tx)
{
    struct vt_switch *sw = vt_exec_switch(x);
    struct vt_hash digest;

    if (vt_tx_ready_decode(tx->payload, &digest) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    if (!vt_switch_awaits(sw, &x->block.now, &tx->sender, &digest)) {
        return VT_TX_NOT_AWAITED;
    }
    vt_switch_set_bit(sw->ready,
                      vt_switch_member(sw, &x->block.now, &tx->sender));
    x->sw.is_dirty = 1;
    return VT_TX_DONE;
}

/* ---- the end of a block -------------------------------------------------- */

/* It is over: remember how, and forget it. */
static vt_status finish(struct vt_exec *x, struct vt_switch_last *last)
{
    static const struct vt_view none = {NULL, 0};
    uint8_t bytes[VT_SWITCH_LAST_SIZE];
    struct vt_hash key;
    vt_status status;

    last->at = x->sw.record.at;
    last->digest = x->sw.record.digest;
    vt_switch_last_encode(last, bytes);
    vt_switch_last_key(&key);
    status = vt_exec_log_put(x, &key, vt_view_of(bytes, sizeof bytes), none);
    if (status == VT_OK) {
        vt_switch_key(&key);
        status = vt_exec_log_put(x, &key, none, none);
    }
    x->sw.exists = 0;
    x->sw.is_dirty = 0;
    return status;
}

static vt_status begin_epoch(struct vt_exec *x)
{
    struct vt_switch_last last = {.outcome = VT_SWITCH_DONE};
    uint8_t head[VT_EPOCH_HEAD];
    struct cached_entry *beacon;
    struct vt_hash key;
    vt_status status;

    vt_beacon_key(&key);
    beacon = vt_exec_log(x, &key);
    if (beacon == NULL) {
        return VT_E_NOMEM;
    }
    memset(head, 0, sizeof head);
    head[0] = VT_ENTRY_EPOCH;
    vt_put_u64(head + 1, x->block.height + 1);
    if (beacon->value.len == VT_BEACON_SIZE &&
        vt_get_u64(beacon->value.ptr + 1) == x->block.now.epoch) {
        memcpy(head + 9, beacon->value.ptr + 9, 32);
    }
    vt_epoch_entry_key(x->block.now.epoch + 1, &key);
    status = vt_exec_log_put(x, &key, vt_view_of(head, sizeof head),
                             x->sw.record.spec);
    return status == VT_OK ? finish(x, &last) : status;
}

/* Two thirds of the next members' weight, or the switch is off. */
static vt_status freeze(struct vt_exec *x)
{
    struct vt_switch_last last = {.outcome = VT_SWITCH_NOT_READY};

    if (x->sw.record.phase == VT_SWITCH_PROPOSED) {
        last.outcome = VT_SWITCH_NOT_APPROVED;
        return finish(x, &last);
    }
    vt_switch_count(&x->sw.record, &x->block.now, &last.ready, &last.total);
    if (!vt_switch_rule_is_ready(last.ready, last.total)) {
        return finish(x, &last);
    }
    x->sw.record.phase = VT_SWITCH_SEALING;
    x->sw.is_dirty = 1;
    return VT_OK;
}

vt_status vt_exec_switch_end(struct vt_exec *x)
{
    const struct vt_switch *sw = vt_exec_switch(x);
    vt_status status = VT_OK;

    if (sw != NULL && sw->phase == VT_SWITCH_SEALING &&
        sw->at == x->block.height) {
        status = begin_epoch(x);
    } else if (sw != NULL && sw->phase != VT_SWITCH_SEALING &&
               sw->at <= x->block.height + x->rules->freeze) {
        status = freeze(x);
    }
    if (status == VT_OK && x->sw.is_dirty) {
        uint8_t head[VT_SWITCH_HEAD];
        struct vt_hash key;

        vt_switch_encode(&x->sw.record, head);
        vt_switch_key(&key);
        status = vt_exec_log_put(x, &key, vt_view_of(head, sizeof head),
                                 x->sw.record.spec);
    }
    return status;
}
