/* SPDX-License-Identifier: Apache-2.0
 *
 * stake.c - entries about stake, candidates and offences: keys, bytes,
 * look-ups.
 */
#include "ledger/stake.h"

#include "base/bytes.h"
#include "ledger/stake_entry.h"

#include <string.h>

/* ---- keys ---------------------------------------------------------------- */

void vt_stake_key(const struct vt_address *address, struct vt_hash *out)
{
    vt_hash_bytes("VTC/stake/1", address->b, sizeof address->b, out);
}

void vt_nominee_key(const struct vt_address *address, struct vt_hash *out)
{
    vt_hash_bytes("VTC/nominee/1", address->b, sizeof address->b, out);
}

void vt_nominees_key(struct vt_hash *out)
{
    vt_hash_bytes("VTC/nominees/1", NULL, 0, out);
}

void vt_production_key(struct vt_hash *out)
{
    vt_hash_bytes("VTC/production/1", NULL, 0, out);
}

void vt_beacon_key(struct vt_hash *out)
{
    vt_hash_bytes("VTC/beaconentry/1", NULL, 0, out);
}

void vt_offence_key(uint64_t number, struct vt_hash *out)
{
    uint8_t bytes[8];

    vt_put_u64(bytes, number);
    vt_hash_bytes("VTC/offence/1", bytes, sizeof bytes, out);
}

void vt_offences_key(struct vt_hash *out)
{
    vt_hash_bytes("VTC/offences/1", NULL, 0, out);
}

void vt_punished_key(uint64_t epoch, uint32_t member, uint32_t kind,
                     struct vt_hash *out)
{
    uint8_t bytes[16];

    vt_put_u64(bytes, epoch);
    vt_put_u32(bytes + 8, member);
    vt_put_u32(bytes + 12, kind);
    vt_hash_bytes("VTC/punished/1", bytes, sizeof bytes, out);
}

void vt_name_key(struct vt_view name, struct vt_hash *out)
{
    vt_hash_bytes("VTC/nomineename/1", name.ptr, name.len, out);
}

/* ---- bytes --------------------------------------------------------------- */

size_t vt_stake_encode(const struct vt_stake *s, uint8_t out[VT_STAKE_MAX])
{
    uint8_t *p = out;

    *p++ = VT_ENTRY_STAKE;
    vt_amount_put(s->staked, p);
    memcpy(p + 16, s->vote.b, VT_ADDRESS_LEN);
    p += 16 + VT_ADDRESS_LEN;
    *p++ = (uint8_t)s->leaving_count;
    for (uint32_t i = 0; i < s->leaving_count; i++) {
        vt_put_u64(p, s->leaving[i].free_at);
        vt_amount_put(s->leaving[i].amount, p + 8);
        p += 24;
    }
    return (size_t)(p - out);
}

vt_status vt_stake_decode(struct vt_view bytes, struct vt_stake *out)
{
    struct vt_rd rd;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    if (vt_rd_u8(&rd) != VT_ENTRY_STAKE) {
        return VT_E_CORRUPT;
    }
    out->staked = vt_rd_amount(&rd);
    vt_rd_copy(&rd, out->vote.b, VT_ADDRESS_LEN);
    out->leaving_count = vt_rd_u8(&rd);
    if (out->leaving_count > VT_LEAVING_MAX) {
        return VT_E_CORRUPT;
    }
    for (uint32_t i = 0; i < out->leaving_count; i++) {
        out->leaving[i].free_at = vt_rd_u64(&rd);
        out->leaving[i].amount = vt_rd_amount(&rd);
    }
    return vt_rd_end(&rd) ? VT_OK : VT_E_CORRUPT;
}

size_t vt_nominee_encode(const struct vt_nominee *n,
                         uint8_t out[VT_NOMINEE_MAX])
{
    size_t name_len = strlen(n->name);
    uint8_t *p = out;

    *p++ = VT_ENTRY_NOMINEE;
    *p++ = (uint8_t)n->stands;
    vt_amount_put(n->votes, p);
    vt_amount_put(n->slashed, p + 16);
    vt_put_u64(p + 32, n->jailed_until);
    vt_put_u64(p + 40, n->offences);
    p += 48;
    *p++ = (uint8_t)name_len;
    memcpy(p, n->name, name_len);
    p += name_len;
    *p++ = (uint8_t)n->pk_len;
    memcpy(p, n->pk, n->pk_len);
    p += n->pk_len;
    return (size_t)(p - out);
}

vt_status vt_nominee_decode(struct vt_view bytes, struct vt_nominee *out)
{
    struct vt_rd rd;
    uint8_t type;
    uint8_t stands;
    uint8_t len;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    type = vt_rd_u8(&rd);
    stands = vt_rd_u8(&rd);
    out->stands = stands;
    out->votes = vt_rd_amount(&rd);
    out->slashed = vt_rd_amount(&rd);
    out->jailed_until = vt_rd_u64(&rd);
    out->offences = vt_rd_u64(&rd);
    len = vt_rd_u8(&rd);
    if (type != VT_ENTRY_NOMINEE || stands > 1 || len > VT_MEMBER_NAME_MAX) {
        return VT_E_CORRUPT;
    }
    vt_rd_copy(&rd, out->name, len);
    if (len > 0 &&
        !vt_member_name_is_good(vt_view_of((const uint8_t *)out->name, len))) {
        return VT_E_CORRUPT;
    }
    out->pk_len = vt_rd_u8(&rd);
    if (out->pk_len > VT_TX_PK_MAX || (len == 0) != (out->pk_len == 0) ||
        (stands && len == 0)) {
        return VT_E_CORRUPT;
    }
    vt_rd_copy(&rd, out->pk, out->pk_len);
    return vt_rd_end(&rd) ? VT_OK : VT_E_CORRUPT;
}

void vt_offence_encode(const struct vt_offence *o, uint8_t out[VT_OFFENCE_SIZE])
{
    out[0] = VT_ENTRY_OFFENCE;
    vt_put_u64(out + 1, o->height);
    vt_put_u64(out + 9, o->epoch);
    vt_put_u32(out + 17, o->kind);
    vt_put_u32(out + 21, o->member);
    memcpy(out + 25, o->offender.b, VT_ADDRESS_LEN);
    memcpy(out + 46, o->reporter.b, VT_ADDRESS_LEN);
    vt_amount_put(o->slashed, out + 67);
    memcpy(out + 83, o->evidence.b, 32);
}

struct vt_amount vt_stake_sum(const struct vt_stake *stake)
{
    struct vt_amount sum = stake->staked;

    for (uint32_t i = 0; i < stake->leaving_count; i++) {
        (void)!vt_amount_add(sum, stake->leaving[i].amount, &sum);
    }
    return sum;
}

/* ---- look-ups ------------------------------------------------------------ */

vt_status vt_stake_get(const struct vt_state *state,
                       const struct vt_address *address, struct vt_stake *out)
{
    struct vt_hash key;
    struct vt_view value;

    memset(out, 0, sizeof *out);
    vt_stake_key(address, &key);
    return vt_state_get(state, VT_LEDGER_ASSET, &key, &value) == VT_OK
               ? vt_stake_decode(value, out)
               : VT_OK;
}

vt_status vt_nominee_get(const struct vt_state *state,
                         const struct vt_address *address,
                         struct vt_nominee *out)
{
    struct vt_hash key;
    struct vt_view value;
    vt_status status;

    vt_nominee_key(address, &key);
    status = vt_state_get(state, VT_LEDGER_LOG, &key, &value);
    return status == VT_OK ? vt_nominee_decode(value, out) : status;
}

vt_status vt_nominees_get(const struct vt_state *state,
                          const struct vt_address **out, uint32_t *count)
{
    struct vt_hash key;
    struct vt_view v;

    *out = NULL;
    *count = 0;
    vt_nominees_key(&key);
    if (vt_state_get(state, VT_LEDGER_LOG, &key, &v) != VT_OK) {
        return VT_OK;
    }
    if (v.len < 1 || v.ptr[0] != VT_ENTRY_NOMINEES ||
        (v.len - 1) % VT_ADDRESS_LEN != 0 ||
        (v.len - 1) / VT_ADDRESS_LEN > VT_NOMINEES_MAX) {
        return VT_E_CORRUPT;
    }
    *count = (uint32_t)((v.len - 1) / VT_ADDRESS_LEN);
    *out = (const struct vt_address *)(const void *)(v.ptr + 1);
    return VT_OK;
}

vt_status vt_offence_count(const struct vt_state *state, uint64_t *out)
{
    struct vt_hash key;
    struct vt_view v;

    *out = 0;
    vt_offences_key(&key);
    if (vt_state_get(state, VT_LEDGER_LOG, &key, &v) != VT_OK) {
        return VT_OK;
    }
    if (v.len != 9 || v.ptr[0] != VT_ENTRY_OFFENCES) {
        return VT_E_CORRUPT;
    }
    *out = vt_get_u64(v.ptr + 1);
    return VT_OK;
}

vt_status vt_offence_get(const struct vt_state *state, uint64_t number,
                         struct vt_offence *out)
{
    struct vt_hash key;
    struct vt_view v;
    vt_status status;

    vt_offence_key(number, &key);
    status = vt_state_get(state, VT_LEDGER_LOG, &key, &v);
    if (status != VT_OK) {
        return status;
    }
    if (v.len != VT_OFFENCE_SIZE || v.ptr[0] != VT_ENTRY_OFFENCE) {
        return VT_E_CORRUPT;
    }
    out->height = vt_get_u64(v.ptr + 1);
    out->epoch = vt_get_u64(v.ptr + 9);
    out->kind = vt_get_u32(v.ptr + 17);
    out->member = vt_get_u32(v.ptr + 21);
    memcpy(out->offender.b, v.ptr + 25, VT_ADDRESS_LEN);
    memcpy(out->reporter.b, v.ptr + 46, VT_ADDRESS_LEN);
    out->slashed = vt_amount_get(v.ptr + 67);
    memcpy(out->evidence.b, v.ptr + 83, 32);
    return VT_OK;
}
