/* SPDX-License-Identifier: Apache-2.0
 *
 * make_cases.c - signatures and what libsecp256k1 says of them, for a machine
 * that has no libsecp256k1. Writes the published vectors and COUNT cases more.
 *
 *   make_cases COUNT BIP340-VECTORS.CSV > FILE
 */
#include "../cases.h"
#include "format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTORS_MAX 32u

static int write_case(const struct schnorr_case *c)
{
    struct emulated_case out;

    if (c->pk_len != 32 || c->sig_len != 64) {
        return 1; /* never gets as far as lanes */
    }
    memcpy(out.pk, c->pk, 32);
    memcpy(out.msg, c->msg, 32);
    memcpy(out.sig, c->sig, 64);
    out.verdict = schnorr_case_verdict(c) == VT_GOOD;
    return fwrite(&out, sizeof out, 1, stdout) == 1;
}

int main(int argc, char **argv)
{
    unsigned long count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    struct schnorr_case vectors[VECTORS_MAX];
    uint8_t want[VECTORS_MAX];
    struct vt_rng rng;
    uint32_t n;

    if (count == 0) {
        (void)fprintf(stderr, "usage: make_cases COUNT VECTORS.CSV > FILE\n");
        return 1;
    }
    n = schnorr_case_vectors(argv[2], vectors, want, VECTORS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        if (schnorr_case_verdict(&vectors[i]) != want[i] ||
            !write_case(&vectors[i])) {
            return 1;
        }
    }
    vt_rng_init(&rng, 52);
    for (unsigned long i = 0; i < count; i++) {
        struct schnorr_case c;

        schnorr_case_make(&rng, (unsigned)(i % CASE_KINDS), &c);
        if (!write_case(&c)) {
            return 1;
        }
    }
    return n > 0 && fflush(stdout) == 0 ? 0 : 1;
}
