/* SPDX-License-Identifier: Apache-2.0
 *
 * halfagg.h - half-aggregation: n signatures in 32 * (n + 1) bytes.
 */
#ifndef VT_SCHNORR_HALFAGG_H
#define VT_SCHNORR_HALFAGG_H

#include <vt/signature.h>

#define HALFAGG_HEAD 32u
#define HALFAGG_EACH 32u

/* Both as the functions of struct vt_signature. */
vt_status halfagg_aggregate(struct vt_tab items, uint8_t *out, uint32_t out_max,
                            uint32_t *out_len);
vt_status halfagg_verify(struct vt_tab items, struct vt_view aggregate,
                         uint32_t *verdict);

#endif
