/* SPDX-License-Identifier: Apache-2.0
 *
 * task.h - one signature made ready for a lane: R = s * G - e * P becomes
 * digits of four half-length multiples. README.md tells the whole way.
 */
#ifndef VT_SCHNORR_TASK_H
#define VT_SCHNORR_TASK_H

#include "fp.h"

#include <stddef.h>
#include <stdint.h>

#define P_WINDOW 5u
#define P_DIGITS 26u
#define P_ENTRIES 16u /* 1..16 times */
#define G_WINDOW 11u
#define G_DIGITS 12u
#define G_ENTRIES 1024u

#define TASKS_MAX 32u /* that lanes take at once */

struct task {
    struct fp r; /* of the signature */
    struct fp x; /* of the key */
    struct fp y; /* even; when has_y, and afterwards unless it is no key */
    uint8_t has_y;
    /* -e = p[0] + p[1] * lambda, s = g[0] + g[1] * 2^128, lowest digit first */
    int8_t p[2][P_DIGITS];
    int16_t g[2][G_DIGITS];
};

enum task_verdict {
    TASK_BAD = 0,
    TASK_GOOD = 1,
    TASK_ASK = 2 /* an addition had no answer: the library decides */
};

/* 1 when r, s and the key are in range; x, r and the digits are set then.
 * challenge is e as a hash. */
int task_make(struct task *task, const uint8_t key[32], const uint8_t sig[64],
              const uint8_t challenge[32]);

/* 1..1024 times G and times 2^128 * G: x, then y, in limbs of 52 bits. */
extern uint64_t task_table[2][G_ENTRIES][2][5];
/* What is left of the point that the sum starts with: 2^125 * B. */
extern uint64_t task_rest[2][5];
/* Fills both, once per process; takes a millisecond or two. Thread: any. */
void task_table_make(void);

/* Several signatures side by side. */
struct task_lanes {
    const char *name;
    size_t width; /* at a time */
    size_t worth; /* with fewer than that left over the library is quicker */
    /* 1 when a product comes out as it should */
    int (*works)(void);
    /* Verdicts (enum task_verdict) of 1..TASKS_MAX tasks, tables made. Returns
     * 1, or 0 without memory. Thread: any. */
    int (*run)(struct task *tasks, size_t count, uint8_t *verdicts);
};

extern const struct task_lanes task_lanes_avx2;
extern const struct task_lanes task_lanes_ifma;

#endif
