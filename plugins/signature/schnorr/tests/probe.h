/* SPDX-License-Identifier: Apache-2.0
 *
 * probe.h - the field's functions of one implementation as a function of
 * numbers, for tests. probe_body.h
 * has the code.
 */
#ifndef VT_SCHNORR_TESTS_PROBE_H
#define VT_SCHNORR_TESTS_PROBE_H

#include "../fp.h"
#include "../task.h"

enum probe_op {
    PROBE_MUL,     /* a * b */
    PROBE_SQR,     /* a^2 */
    PROBE_MUL_ADD, /* a * b + c */
    PROBE_SQR_ADD, /* a^2 + c */
    PROBE_MUL_MUL, /* a * b + c * a */
    PROBE_MUL_SQR, /* a * b + c^2 */
    PROBE_MUL_2,   /* a * b, with another beside it */
    PROBE_SQR_2,   /* a^2, with another beside it */
    PROBE_ADD,     /* a + b */
    PROBE_SUB,     /* a - b */
    PROBE_NEG,     /* -a */
    PROBE_HALF,    /* (3 * a) / 2 */
    PROBE_ROOT,    /* a^((p + 1) / 4) */
    PROBE_OPS
};

/* Eight lanes (an implementation of four does them in two goes): limbs of
 * ready elements with m = 1. */
struct probe_in {
    uint64_t a[5][8], b[5][8], c[5][8];
};

struct probe {
    const char *name;
    void (*run)(enum probe_op op, const struct probe_in *in, struct fp out[8]);
};

extern const struct probe probe_avx2;
extern const struct probe probe_ifma;
extern const struct probe probe_model;

/* Lanes as lanes_model.h says them, with all that is checked there. */
extern const struct task_lanes task_lanes_model;

#if defined(__x86_64__)
#define PROBE_LANES 3u
#else
#define PROBE_LANES 1u
#endif

/* Best first, the model last. */
extern const struct task_lanes *const probe_lanes[PROBE_LANES];
/* 1 when this processor can run probe_lanes[i]. */
int probe_can(size_t i);
/* What many_choose chooses here when nothing is forced. */
const char *probe_best(void);

#endif
