/* SPDX-License-Identifier: Apache-2.0
 *
 * rng.h - small deterministic generator (xoshiro256**) for the simulator and
 * tests. Never for keys.
 */
#ifndef VT_BASE_RNG_H
#define VT_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct vt_rng {
    uint64_t s[4];
};

void vt_rng_init(struct vt_rng *rng, uint64_t seed);
uint64_t vt_rng_u64(struct vt_rng *rng);
/* Uniform in 0..n-1 without bias; n > 0. */
uint64_t vt_rng_below(struct vt_rng *rng, uint64_t n);
/* 1 with probability num/den. */
int vt_rng_chance(struct vt_rng *rng, uint64_t num, uint64_t den);
void vt_rng_fill(struct vt_rng *rng, void *out, size_t len);

#endif
