/* SPDX-License-Identifier: Apache-2.0
 *
 * single.h - one signature, by libsecp256k1. Thread: any.
 */
#ifndef VT_SCHNORR_SINGLE_H
#define VT_SCHNORR_SINGLE_H

#include <vt/signature.h>

/* What libsecp256k1 says, 1 or 0, and nothing else: what all other ways of
 * verifying are held against. */
int single_ask(struct vt_view pk, const uint8_t *msg, struct vt_view sig);
/* The same answer, without the root of a key that keys.h knows. */
int single_verify(struct vt_view pk, const uint8_t *msg, struct vt_view sig);

#endif
