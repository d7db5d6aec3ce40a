/* SPDX-License-Identifier: Apache-2.0
 *
 * address.c - public key to address, one way, and its text form.
 */
#include "wire/tx.h"

#include "base/bech32.h"
#include "base/bytes.h"
#include "base/status.h"

#include <string.h>

const struct vt_address vt_address_black_hole = {{0}};
const struct vt_hash vt_asset_token = {{0}};
const struct vt_hash vt_asset_gas = {{1}};

uint32_t vt_address_find(const struct vt_address *list, uint32_t count,
                         const struct vt_address *address)
{
    for (uint32_t i = 0; i < count; i++) {
        if (vt_address_eq(&list[i], address)) {
            return i;
        }
    }
    return UINT32_MAX;
}

void vt_address_from_key(uint8_t scheme, struct vt_view pk,
                         struct vt_address *out)
{
    struct vt_view parts[2] = {vt_view_of(&scheme, 1), pk};
    struct vt_hash hash;

    vt_hash_tagged("VTC/address/1", parts, 2, &hash);
    out->b[0] = scheme;
    memcpy(out->b + 1, hash.b, VT_ADDRESS_LEN - 1);
}

vt_status vt_address_format(const char *hrp, const struct vt_address *a,
                            char out[91])
{
    return vt_bech32m_encode(hrp, a->b, VT_ADDRESS_LEN, out);
}

vt_status vt_address_parse(const char *text, struct vt_address *out,
                           struct vt_err *err)
{
    /* upper case is as good, as long as it is not mixed */
    int sub = strncmp(text, "vs1", 3) == 0 || strncmp(text, "VS1", 3) == 0;
    const char *hrp = sub ? "vs" : "vt";

    if (vt_bech32m_decode(hrp, text, out->b, VT_ADDRESS_LEN, err) != VT_OK) {
        return vt_err_wrap(err, "address '%.50s'", text);
    }
    return VT_OK;
}
