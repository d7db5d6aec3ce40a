/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.h - y of keys that were seen in good signatures, because its root costs
 * a tenth of a verification. Room for 16,384; when four that share a place are
 * known, the one that came first goes. A verdict never depends on what is
 * here. Thread: any.
 */
#ifndef VT_SCHNORR_KEYS_H
#define VT_SCHNORR_KEYS_H

#include "task.h"

/* The even y of a known key: returns 1 and sets y, or 0. */
int keys_get(const struct fp *x, struct fp *y);
/* Remembers a key of a good signature. */
void keys_put(const struct fp *x, const struct fp *y);
/* The same for tasks: sets y and has_y of tasks whose key is known, clears
 * has_y of others. */
void keys_find(struct task *tasks, size_t count);
/* Remembers the keys of tasks whose verdict is TASK_GOOD. */
void keys_learn(const struct task *tasks, const uint8_t *verdicts,
                size_t count);
void keys_forget(void);

#endif
