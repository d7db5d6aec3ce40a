/* SPDX-License-Identifier: Apache-2.0
 *
 * receipt.c - codes in words, the leaf of a receipt.
 */
#include "ledger/ledger.h"

#include "base/bytes.h"

#include <ctype.h>
#include <string.h>

#define CODE_COUNT_(name, value, text) +1
#define CODE_NAME_(name, value, text) [value] = #name,
#define CODE_TEXT_(name, value, text) [value] = text,

static const char *const names[0 VT_TX_CODES(CODE_COUNT_)] = {
    VT_TX_CODES(CODE_NAME_)};
static const char *const texts[0 VT_TX_CODES(CODE_COUNT_)] = {
    VT_TX_CODES(CODE_TEXT_)};

/* "VT_TX_NO_FUNDS" -> "no_funds", made once per thread and code. */
const char *vt_tx_code_name(uint32_t code)
{
    static _Thread_local char out[32];
    size_t i = 0;

    if (code >= sizeof names / sizeof names[0]) {
        return "unknown";
    }
    for (const char *p = names[code] + strlen("VT_TX_");
         *p != '\0' && i + 1 < sizeof out; p++) {
        out[i++] = (char)tolower((unsigned char)*p);
    }
    out[i] = '\0';
    return out;
}

const char *vt_tx_code_text(uint32_t code)
{
    return code < sizeof texts / sizeof texts[0] ? texts[code] : "unknown code";
}

void vt_receipt_leaf(const struct vt_receipt *r, struct vt_hash *out)
{
    uint8_t bytes[68];

    memcpy(bytes, r->tx.b, 32);
    vt_put_u32(bytes + 32, r->code);
    vt_amount_put(r->fee, bytes + 36);
    vt_amount_put(r->burned, bytes + 52);
    vt_hash_bytes("VTC/receipt/1", bytes, sizeof bytes, out);
}
