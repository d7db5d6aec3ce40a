/* SPDX-License-Identifier: Apache-2.0
 *
 * alloc.h - the one way core code gets memory, so that tests can make the
 * n-th allocation fail.
 */
#ifndef VT_BASE_ALLOC_H
#define VT_BASE_ALLOC_H

#include <vt/abi.h>

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory, or NULL. size 0 gives a unique pointer. Thread: any. */
VT_MUST_USE void *vt_alloc(size_t size);
/* count * size with overflow check, zeroed, or NULL. Thread: any. */
VT_MUST_USE void *vt_alloc_array(size_t count, size_t size);
/* As realloc; new bytes are not zeroed; NULL leaves the old block. */
VT_MUST_USE void *vt_realloc(void *old, size_t size);
VT_MUST_USE char *vt_strdup(const char *text);
VT_MUST_USE void *vt_memdup(const void *bytes, size_t len);
/* NULL is fine. Thread: any. */
void vt_free(void *ptr);
/* Wipe, then free: for secrets. */
void vt_free_secret(void *ptr, size_t len);

/* Tests only: the n-th allocation from now on fails (1 = the next), 0 = off. */
void vt_alloc_fail_at(uint64_t n);

#endif
