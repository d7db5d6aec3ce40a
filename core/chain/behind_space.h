/* SPDX-License-Identifier: Apache-2.0
 *
 * behind_space.h - spaces and values of the state stores, shared by writing
 * (behind.c) and reading back (behind_load.c). Private to core/chain.
 */
#ifndef VT_CHAIN_BEHIND_SPACE_H
#define VT_CHAIN_BEHIND_SPACE_H

#include "chain/behind.h"

enum {
    STATE_META = 0,
    STATE_ENTRY = 1, /* + ledger kind */
    STATE_TX = 5,    /* id -> height, index, code, fee, burned */
    STATE_BLOCK = 6, /* id -> height */
    STATE_SPACES = 7
};

#define MARK_KEY "mark"
#define MARK_LEN 248u
#define TX_VALUE_LEN 48u

void vt_mark_encode(const struct vt_mark *mark, uint8_t out[MARK_LEN]);
/* Returns VT_OK, VT_E_CORRUPT. */
vt_status vt_mark_decode(struct vt_view bytes, struct vt_mark *out);

/* First place of a store among the four: aliases are written and read once. */
static inline int is_first_store(const struct vt_store *ledger, int i)
{
    for (int k = 0; k < i; k++) {
        if (ledger[k].db == ledger[i].db) {
            return 0;
        }
    }
    return 1;
}

#endif
