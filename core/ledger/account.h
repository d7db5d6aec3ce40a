/* SPDX-License-Identifier: Apache-2.0
 *
 * account.h - bytes of the asset ledger's entries. Private to core/ledger.
 * The first byte says what an entry is; layouts are in README.md.
 */
#ifndef VT_LEDGER_ACCOUNT_H
#define VT_LEDGER_ACCOUNT_H

#include "ledger/ledger.h"

#define VT_ENTRY_ACCOUNT 1u
#define VT_ENTRY_BALANCE 2u
#define VT_ENTRY_ASSET 3u

#define VT_ACCOUNT_SIZE 41u
#define VT_BALANCE_SIZE 49u
#define VT_ASSET_ENTRY_MAX 128u

void vt_account_encode(const struct vt_account *a,
                       uint8_t out[VT_ACCOUNT_SIZE]);
void vt_balance_encode(const struct vt_hash *asset, struct vt_amount amount,
                       uint8_t out[VT_BALANCE_SIZE]);
/* Returns the length. */
size_t vt_asset_entry_encode(const struct vt_asset *a,
                             uint8_t out[VT_ASSET_ENTRY_MAX]);
vt_status vt_asset_entry_decode(struct vt_view bytes, struct vt_asset *out);

#endif
