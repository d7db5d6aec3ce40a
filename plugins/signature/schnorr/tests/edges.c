/* SPDX-License-Identifier: Apache-2.0
 *
 * edges.c - numbers at the ends of limbs, and what one element at a time makes
 * of them.
 */
#include "edges.h"

uint64_t edge[EDGES][5];
struct fp edge_value[EDGES];

void edges_make(void)
{
    static const uint64_t low[3] = {0, 1, (UINT64_C(1) << 52) - 1};
    static const uint64_t top[4] = {0, 1, (UINT64_C(1) << 48) - 1,
                                    (UINT64_C(1) << 48) + 63};
    size_t n = 0;

    for (unsigned i = 0; i < 324; i++, n++) {
        edge[n][0] = low[i % 3];
        edge[n][1] = low[i / 3 % 3];
        edge[n][2] = low[i / 9 % 3];
        edge[n][3] = low[i / 27 % 3];
        edge[n][4] = top[i / 81];
    }
    for (uint64_t i = 0; i < 20; i++, n++) { /* p - 10 .. p + 9 */
        edge[n][0] = UINT64_C(0xffffefffffc2f) - 10 + i;
        edge[n][1] = edge[n][2] = edge[n][3] = low[2];
        edge[n][4] = top[2];
    }
    for (n = 0; n < EDGES; n++) {
        const uint64_t *l = edge[n];
        uint64_t w[4] = {l[0] | l[1] << 52, l[1] >> 12 | l[2] << 40,
                         l[2] >> 24 | l[3] << 28, l[3] >> 36 | l[4] << 16};

        fp_from_words(w, l[4] >> 48, &edge_value[n]);
    }
}

static void half_of(struct fp *r)
{
    struct fp half = {{UINT64_C(0xffffffff7ffffe18), UINT64_MAX, UINT64_MAX,
                       UINT64_MAX >> 1}}; /* (p + 1) / 2 */

    fp_mul(r, r, &half);
}

void edges_expected(enum probe_op op, const struct fp *a, const struct fp *b,
                    const struct fp *c, struct fp *out)
{
    static const struct fp zero;
    struct fp t;

    switch (op) {
    case PROBE_MUL:
    case PROBE_MUL_2:
        fp_mul(out, a, b);
        break;
    case PROBE_SQR:
    case PROBE_SQR_2:
        fp_mul(out, a, a);
        break;
    case PROBE_MUL_ADD:
        fp_mul(&t, a, b);
        fp_add(out, &t, c);
        break;
    case PROBE_SQR_ADD:
        fp_mul(&t, a, a);
        fp_add(out, &t, c);
        break;
    case PROBE_MUL_MUL:
        fp_add(&t, b, c);
        fp_mul(out, a, &t);
        break;
    case PROBE_MUL_SQR:
        fp_mul(&t, c, c);
        fp_mul(out, a, b);
        fp_add(out, out, &t);
        break;
    case PROBE_ADD:
        fp_add(out, a, b);
        break;
    case PROBE_SUB:
        fp_sub(out, a, b);
        break;
    case PROBE_NEG:
        fp_sub(out, &zero, a);
        break;
    case PROBE_HALF:
        fp_add(&t, a, a);
        fp_add(out, &t, a);
        half_of(out);
        break;
    case PROBE_ROOT:
    case PROBE_OPS:
        break;
    }
}
