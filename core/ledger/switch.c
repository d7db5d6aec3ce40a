/* SPDX-License-Identifier: Apache-2.0
 *
 * switch.c - entries of the log ledger about epochs: keys, bytes, look-ups.
 */
#include "ledger/switch.h"

#include "base/bytes.h"
#include "ledger/switch_entry.h"

#include <string.h>

void vt_switch_key(struct vt_hash *out)
{
    vt_hash_bytes("VTC/switchentry/1", NULL, 0, out);
}

void vt_switch_last_key(struct vt_hash *out)
{
    vt_hash_bytes("VTC/switchlast/1", NULL, 0, out);
}

void vt_epoch_entry_key(uint64_t epoch, struct vt_hash *out)
{
    uint8_t bytes[8];

    vt_put_u64(bytes, epoch);
    vt_hash_bytes("VTC/epochentry/1", bytes, sizeof bytes, out);
}

void vt_switch_encode(const struct vt_switch *sw, uint8_t out[VT_SWITCH_HEAD])
{
    out[0] = VT_ENTRY_SWITCH;
    out[1] = (uint8_t)sw->phase;
    vt_put_u64(out + 2, sw->at);
    vt_put_u64(out + 10, sw->since);
    memcpy(out + 18, sw->digest.b, 32);
    memcpy(out + 50, sw->approved, VT_SWITCH_BITS);
    memcpy(out + 50 + VT_SWITCH_BITS, sw->ready, VT_SWITCH_BITS);
}

vt_status vt_switch_decode(struct vt_view bytes, struct vt_switch *out)
{
    const uint8_t *p = bytes.ptr;

    if (bytes.len <= VT_SWITCH_HEAD || p[0] != VT_ENTRY_SWITCH ||
        p[1] < VT_SWITCH_PROPOSED || p[1] > VT_SWITCH_SEALING) {
        return VT_E_CORRUPT;
    }
    out->phase = (enum vt_switch_phase)p[1];
    out->at = vt_get_u64(p + 2);
    out->since = vt_get_u64(p + 10);
    memcpy(out->digest.b, p + 18, 32);
    memcpy(out->approved, p + 50, VT_SWITCH_BITS);
    memcpy(out->ready, p + 50 + VT_SWITCH_BITS, VT_SWITCH_BITS);
    out->spec = vt_view_of(p + VT_SWITCH_HEAD, bytes.len - VT_SWITCH_HEAD);
    return VT_OK;
}

vt_status vt_switch_get(const struct vt_state *state, struct vt_switch *out)
{
    struct vt_hash key;
    struct vt_view value;
    vt_status status;

    vt_switch_key(&key);
    status = vt_state_get(state, VT_LEDGER_LOG, &key, &value);
    return status == VT_OK ? vt_switch_decode(value, out) : status;
}

uint32_t vt_switch_member(const struct vt_switch *sw,
                          const struct vt_electorate *now,
                          const struct vt_address *address)
{
    struct vt_tx_switch spec;
    struct vt_switch_member m;
    struct vt_address other;

    if (vt_tx_switch_decode(sw->spec, &spec) != VT_OK) {
        return UINT32_MAX;
    }
    if (spec.member_count == 0) {
        return vt_address_find(now->members, now->count, address);
    }
    for (uint32_t i = 0; i < spec.member_count; i++) {
        vt_tx_switch_member(&spec, i, &m);
        vt_address_from_key(now->scheme, m.pk, &other);
        if (vt_address_eq(&other, address)) {
            return i;
        }
    }
    return UINT32_MAX;
}

int vt_switch_awaits(const struct vt_switch *sw,
                     const struct vt_electorate *now,
                     const struct vt_address *sender,
                     const struct vt_hash *digest)
{
    uint32_t i;

    if (sw == NULL || sw->phase != VT_SWITCH_SCHEDULED ||
        !vt_hash_eq(&sw->digest, digest)) {
        return 0;
    }
    i = vt_switch_member(sw, now, sender);
    return i != UINT32_MAX && !vt_switch_bit(sw->ready, i);
}

void vt_switch_count(const struct vt_switch *sw,
                     const struct vt_electorate *now, uint64_t *out_ready,
                     uint64_t *out_total)
{
    struct vt_tx_switch spec;
    uint32_t count;

    *out_ready = *out_total = 0;
    if (vt_tx_switch_decode(sw->spec, &spec) != VT_OK) {
        return;
    }
    count = spec.member_count == 0 ? now->count : spec.member_count;
    for (uint32_t i = 0; i < count; i++) {
        struct vt_switch_member m = {.weight = 0};

        if (spec.member_count == 0) {
            m.weight = now->weights[i];
        } else {
            vt_tx_switch_member(&spec, i, &m);
        }
        *out_total += m.weight;
        *out_ready += vt_switch_bit(sw->ready, i) ? m.weight : 0;
    }
}

void vt_switch_last_encode(const struct vt_switch_last *last,
                           uint8_t out[VT_SWITCH_LAST_SIZE])
{
    out[0] = VT_ENTRY_SWITCH_LAST;
    out[1] = (uint8_t)last->outcome;
    vt_put_u64(out + 2, last->at);
    vt_put_u64(out + 10, last->ready);
    vt_put_u64(out + 18, last->total);
    memcpy(out + 26, last->digest.b, 32);
}

vt_status vt_switch_last_get(const struct vt_state *state,
                             struct vt_switch_last *out)
{
    struct vt_hash key;
    struct vt_view v;
    vt_status status;

    vt_switch_last_key(&key);
    status = vt_state_get(state, VT_LEDGER_LOG, &key, &v);
    if (status != VT_OK) {
        return status;
    }
    if (v.len != VT_SWITCH_LAST_SIZE || v.ptr[0] != VT_ENTRY_SWITCH_LAST) {
        return VT_E_CORRUPT;
    }
    out->outcome = (enum vt_switch_outcome)v.ptr[1];
    out->at = vt_get_u64(v.ptr + 2);
    out->ready = vt_get_u64(v.ptr + 10);
    out->total = vt_get_u64(v.ptr + 18);
    memcpy(out->digest.b, v.ptr + 26, 32);
    return VT_OK;
}

vt_status vt_epoch_entry_get(const struct vt_state *state, uint64_t epoch,
                             struct vt_epoch_entry *out)
{
    struct vt_hash key;
    struct vt_view v;
    vt_status status;

    vt_epoch_entry_key(epoch, &key);
    status = vt_state_get(state, VT_LEDGER_LOG, &key, &v);
    if (status != VT_OK) {
        return status;
    }
    if (v.len <= VT_EPOCH_HEAD || v.ptr[0] != VT_ENTRY_EPOCH) {
        return VT_E_CORRUPT;
    }
    out->start_height = vt_get_u64(v.ptr + 1);
    memcpy(out->random, v.ptr + 9, 32);
    out->spec = vt_view_of(v.ptr + VT_EPOCH_HEAD, v.len - VT_EPOCH_HEAD);
    return VT_OK;
}
