/* SPDX-License-Identifier: Apache-2.0
 *
 * listed.c - k of n keys: the list, and the signatures in its order.
 */
#include "wire/listed.h"

#include <vt/signature.h>

#include "base/bytes.h"

#include <string.h>

#define HEAD_LEN 3u /* scheme, k, n */

/* One encoding: keys of one length, ascending, none twice. */
static int is_good(const struct vt_listed *who)
{
    if (who->scheme == 0 || who->scheme == VT_SCHEME_LISTED || who->count < 2 ||
        who->count > VT_LISTED_KEYS_MAX || who->need == 0 ||
        who->need > who->count || who->key[0].len == 0 ||
        who->key[0].len > VT_TX_PK_MAX) {
        return 0;
    }
    for (uint32_t i = 1; i < who->count; i++) {
        if (who->key[i].len != who->key[0].len ||
            memcmp(who->key[i - 1].ptr, who->key[i].ptr, who->key[0].len) >=
                0) {
            return 0;
        }
    }
    return 1;
}

int vt_listed_decode(struct vt_view pk, struct vt_listed *out)
{
    size_t len;

    memset(out, 0, sizeof *out);
    if (pk.len < HEAD_LEN || pk.len > VT_LISTED_PK_MAX) {
        return 0;
    }
    out->scheme = pk.ptr[0];
    out->need = pk.ptr[1];
    out->count = pk.ptr[2];
    if (out->count == 0 || out->count > VT_LISTED_KEYS_MAX ||
        (pk.len - HEAD_LEN) % out->count != 0) {
        return 0;
    }
    len = (pk.len - HEAD_LEN) / out->count;
    for (uint32_t i = 0; i < out->count; i++) {
        out->key[i] = vt_view_of(pk.ptr + HEAD_LEN + i * len, len);
    }
    return is_good(out);
}

vt_status vt_listed_encode(const struct vt_listed *who, struct vt_buf *out)
{
    vt_status status;

    if (!is_good(who)) {
        return VT_E_INVALID;
    }
    (void)vt_buf_put_u8(out, who->scheme);
    (void)vt_buf_put_u8(out, (uint8_t)who->need);
    status = vt_buf_put_u8(out, (uint8_t)who->count);
    for (uint32_t i = 0; i < who->count && status == VT_OK; i++) {
        status = vt_buf_put(out, who->key[i].ptr, who->key[i].len);
    }
    return status;
}

static uint32_t bits(uint32_t set)
{
    uint32_t count = 0;

    for (; set != 0; set &= set - 1) {
        count++;
    }
    return count;
}

int vt_listed_sigs_decode(const struct vt_listed *who, struct vt_view bytes,
                          struct vt_listed_sigs *out)
{
    struct vt_rd rd;
    uint32_t set;

    memset(out, 0, sizeof *out);
    vt_rd_init(&rd, bytes);
    set = vt_rd_u16(&rd);
    if (set >> who->count != 0 || bits(set) != who->need) {
        return 0;
    }
    for (uint32_t i = 0; i < who->count; i++) {
        size_t len = 0;

        if ((set >> i & 1u) == 0) {
            continue;
        }
        len = vt_rd_u16(&rd);
        if (len == 0 || len > VT_TX_SIG_MAX || len > rd.left) {
            return 0;
        }
        out->sig[i] = vt_rd_bytes(&rd, len);
    }
    return vt_rd_end(&rd);
}

vt_status vt_listed_sigs_encode(const struct vt_listed *who,
                                const struct vt_listed_sigs *sigs,
                                struct vt_buf *out)
{
    uint32_t set = 0;
    vt_status status;

    for (uint32_t i = 0; i < VT_LISTED_KEYS_MAX; i++) {
        if (sigs->sig[i].len > VT_TX_SIG_MAX) {
            return VT_E_INVALID;
        }
        set |= (uint32_t)(sigs->sig[i].len > 0) << i;
    }
    if (set >> who->count != 0 || bits(set) != who->need) {
        return VT_E_INVALID;
    }
    status = vt_buf_put_u16(out, (uint16_t)set);
    for (uint32_t i = 0; i < who->count && status == VT_OK; i++) {
        const struct vt_view *sig = &sigs->sig[i];

        if (sig->len > 0) {
            (void)vt_buf_put_u16(out, (uint16_t)sig->len);
            status = vt_buf_put(out, sig->ptr, sig->len);
        }
    }
    return status;
}

uint32_t vt_tx_sig_count(const struct vt_tx *tx)
{
    struct vt_listed who;

    return tx->scheme == VT_SCHEME_LISTED && vt_listed_decode(tx->pk, &who)
               ? who.need
               : 1;
}
