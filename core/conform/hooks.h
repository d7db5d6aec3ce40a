/* SPDX-License-Identifier: Apache-2.0
 *
 * hooks.h - the memory a plugin asks for: counted, and refused when a test
 * says so. Private to core/conform.
 *
 * The calls a plugin makes to malloc and its kin go through pointers in its
 * own image; those are turned to functions here. Nothing else in the process
 * is touched, and no preloaded library is needed. Memory that a plugin's
 * libraries ask for is not seen.
 */
#ifndef VT_CONFORM_HOOKS_H
#define VT_CONFORM_HOOKS_H

#include "conform/trial.h"

/* From now on the loaded plugin's calls are counted. Once per process. */
void vt_hooks_install(struct vt_trial *t);
/* The n-th allocation from now on fails, 1 the next; 0: none. */
void vt_hooks_fail_at(uint64_t n);
/* Did it fail since it was set? */
int vt_hooks_has_failed(void);
/* Allocations so far; blocks and bytes not given back yet. */
uint64_t vt_hooks_calls(void);
int64_t vt_hooks_blocks(void);
int64_t vt_hooks_bytes(void);

#endif
