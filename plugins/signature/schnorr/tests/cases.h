/* SPDX-License-Identifier: Apache-2.0
 *
 * cases.h - signatures good and bad in every way we know, for tests of lanes.
 */
#ifndef VT_SCHNORR_TESTS_CASES_H
#define VT_SCHNORR_TESTS_CASES_H

#include <vt/signature.h>

#include "base/rng.h"

#define CASE_KINDS 18u

struct schnorr_case {
    uint8_t pk[33];
    uint8_t msg[32];
    uint8_t sig[65];
    uint32_t pk_len, sig_len;
};

/* A case of this kind, 0..CASE_KINDS-1; kind 0 and 1 are good. */
void schnorr_case_make(struct vt_rng *rng, unsigned kind,
                       struct schnorr_case *out);
/* Makes a good case one of a kind that needs no secret; others leave it. */
void schnorr_case_spoil(struct vt_rng *rng, unsigned kind,
                        struct schnorr_case *c);
struct vt_sig_item schnorr_case_item(const struct schnorr_case *c);
/* What libsecp256k1 says of it: VT_GOOD or VT_BAD. */
uint8_t schnorr_case_verdict(const struct schnorr_case *c);
/* The published vectors of a file with messages of 32 bytes, max at most, and
 * what the file says of each. Returns how many; 0 when it cannot be read. */
uint32_t schnorr_case_vectors(const char *path, struct schnorr_case *out,
                              uint8_t *want, uint32_t max);

#endif
