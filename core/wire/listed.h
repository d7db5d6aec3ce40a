/* SPDX-License-Identifier: Apache-2.0
 *
 * listed.h - accounts of which k of n keys must sign: what stands in place of a
 * public key and of a signature. See README.md byte by byte.
 */
#ifndef VT_WIRE_LISTED_H
#define VT_WIRE_LISTED_H

#include "wire/tx.h"

#define VT_LISTED_KEYS_MAX 16u
#define VT_LISTED_PK_MAX (3u + VT_LISTED_KEYS_MAX * VT_TX_PK_MAX)
#define VT_LISTED_SIG_MAX (2u + VT_LISTED_KEYS_MAX * (2u + VT_TX_SIG_MAX))

/* Who must sign. key[i] borrow and ascend. */
struct vt_listed {
    uint8_t scheme;                         /* of all the keys */
    uint32_t need;                          /* k, 1..count */
    uint32_t count;                         /* n, 2..VT_LISTED_KEYS_MAX */
    struct vt_view key[VT_LISTED_KEYS_MAX]; /* all of one length */
};

/* Who did; sig[i] is of key[i], empty when that key did not. */
struct vt_listed_sigs {
    struct vt_view sig[VT_LISTED_KEYS_MAX];
};

/* Strict: Returns 1, or 0 for anything that is not well-formed. */
int vt_listed_decode(struct vt_view pk, struct vt_listed *out);
/* Appends what stands in place of the public key. Returns VT_OK, VT_E_INVALID
 * when vt_listed_decode() would refuse it, VT_E_NOMEM. */
vt_status vt_listed_encode(const struct vt_listed *who, struct vt_buf *out);

/* Strict: exactly as many as are needed. Returns 1 or 0. */
int vt_listed_sigs_decode(const struct vt_listed *who, struct vt_view bytes,
                          struct vt_listed_sigs *out);
/* Appends the signatures. Returns VT_OK, VT_E_INVALID unless exactly as many
 * as are needed are there, VT_E_NOMEM. */
vt_status vt_listed_sigs_encode(const struct vt_listed *who,
                                const struct vt_listed_sigs *sigs,
                                struct vt_buf *out);

/* Signatures that have to be checked for a decoded transaction: 1 or k. Its
 * minimum fee is so many times the chain's. */
uint32_t vt_tx_sig_count(const struct vt_tx *tx);

#endif
