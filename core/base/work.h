/* SPDX-License-Identifier: Apache-2.0
 *
 * work.h - the search that proof of work asks for: a nonce so that SHA-256d of
 * header and nonce (u64, little-endian), read as a big-endian number, is at
 * most a target.
 */
#ifndef VT_BASE_WORK_H
#define VT_BASE_WORK_H

#include <vt/types.h>

#define VT_WORK_HEADER_MAX 4096u

/* Is this nonce one? Thread: any. */
int vt_work_check(struct vt_view header, const uint8_t target[32],
                  uint64_t nonce);
/* Tries count nonces from first on. Returns 1 with *out_nonce, 0 when none of
 * them is one. Thread: any. */
int vt_work_search(struct vt_view header, const uint8_t target[32],
                   uint64_t first, uint64_t count, uint64_t *out_nonce);

#endif
