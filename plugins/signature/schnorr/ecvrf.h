/* SPDX-License-Identifier: Apache-2.0
 *
 * ecvrf.h - the verifiable random function of signature.h with BIP340 keys.
 */
#ifndef VT_SCHNORR_ECVRF_H
#define VT_SCHNORR_ECVRF_H

#include <vt/signature.h>

#define ECVRF_PROOF_LEN 81u /* gamma 33, c 16, s 32 */

/* Both as the functions of struct vt_signature. */
vt_status ecvrf_prove(const uint8_t *sk, struct vt_view alpha, uint8_t *proof,
                      uint8_t out[32]);
vt_status ecvrf_verify(struct vt_view pk, struct vt_view alpha,
                       struct vt_view proof, uint8_t out[32],
                       uint32_t *verdict);

#endif
