/* SPDX-License-Identifier: Apache-2.0
 *
 * probe_body.h - probe_run, for the file of each implementation.
 */
#ifndef VT_SCHNORR_TESTS_PROBE_BODY_H
#define VT_SCHNORR_TESTS_PROBE_BODY_H

#include "../ladder.h"
#include "probe.h"

static void probe_load(struct fe *r, const uint64_t in[5][8], unsigned first)
{
    for (int i = 0; i < LIMBS; i++) {
        r->n[i] = lanes_load(in[i] + first);
    }
}

static void probe_product(enum probe_op op, struct fe *r, const struct fe *a,
                          const struct fe *b, const struct fe *c)
{
    struct fe other;

    switch (op) {
    case PROBE_MUL:
        fe_mul(r, a, b);
        break;
    case PROBE_SQR:
        fe_sqr(r, a);
        break;
    case PROBE_MUL_ADD:
        fe_mul_add(r, a, b, c);
        break;
    case PROBE_SQR_ADD:
        fe_sqr_add(r, a, c);
        break;
    case PROBE_MUL_MUL:
        fe_mul_mul(r, a, b, c, a);
        break;
    case PROBE_MUL_SQR:
        fe_mul_sqr(r, a, b, c);
        break;
    case PROBE_MUL_2:
        fe_mul_2(&other, b, c, r, a, b);
        break;
    case PROBE_SQR_2:
        fe_sqr_2(r, a, &other, b);
        break;
    case PROBE_ROOT:
        fe_root(r, a);
        break;
    default:
        break;
    }
}

static void probe_sum(enum probe_op op, struct fe *r, const struct fe *a,
                      const struct fe *b)
{
    switch (op) {
    case PROBE_ADD:
        fe_add(r, a, b);
        break;
    case PROBE_SUB:
        fe_sub(r, a, b, 1);
        break;
    case PROBE_NEG:
        fe_neg(r, a, 1);
        break;
    case PROBE_HALF:
        fe_add(r, a, a);
        fe_add(r, r, a);
        fe_half(r);
        break;
    default:
        break;
    }
    fe_ready(r);
}

static void probe_run(enum probe_op op, const struct probe_in *in,
                      struct fp out[8])
{
    unsigned before = lanes_begin();

    for (unsigned first = 0; first < 8; first += WIDTH) {
        struct fe a;
        struct fe b;
        struct fe c;
        struct fe r;

        probe_load(&a, in->a, first);
        probe_load(&b, in->b, first);
        probe_load(&c, in->c, first);
        r = a;
        probe_product(op, &r, &a, &b, &c);
        if (op >= PROBE_ADD && op <= PROBE_HALF) {
            probe_sum(op, &r, &a, &b);
        }
        fe_get(&r, out + first);
    }
    lanes_end(before);
}
#endif
