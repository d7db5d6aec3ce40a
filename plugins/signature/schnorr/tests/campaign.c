/* SPDX-License-Identifier: Apache-2.0
 *
 * campaign.c - random cases without end, each asked of the library and of
 * lanes.
 *
 *   campaign [CASES [SEED]]
 *
 * A good signature is made for every eight cases, which are it and what became
 * of it in some way of cases.h. On a machine that cannot round towards zero
 * (valgrind is one) the lanes run all the same, but nothing is compared.
 */
#include "../many.h"
#include "cases.h"
#include "probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 2048u

static struct schnorr_case cases[BATCH];
static struct vt_sig_item items[BATCH];
static uint8_t want[BATCH];
static uint8_t got[BATCH];

static void make_batch(struct vt_rng *rng)
{
    for (uint32_t i = 0; i < BATCH; i++) {
        unsigned kind = (unsigned)vt_rng_below(rng, CASE_KINDS);

        if (i % 8 == 0) {
            schnorr_case_make(rng, kind < CASE_KINDS - 2 ? 0 : kind, &cases[i]);
        } else {
            cases[i] = cases[i - i % 8];
            schnorr_case_spoil(rng, kind, &cases[i]);
        }
        items[i] = schnorr_case_item(&cases[i]);
        want[i] = schnorr_case_verdict(&cases[i]);
    }
}

static int differs(uint64_t seed, uint64_t done)
{
    for (uint32_t i = 0; i < BATCH; i++) {
        if (want[i] != got[i]) {
            (void)fprintf(stderr,
                          "seed %" PRIu64 ", case %" PRIu64
                          ": lanes say %u, the library %u\n",
                          seed, done + i, got[i], want[i]);
            return 1;
        }
    }
    return 0;
}

/* What lanes do under a tool that looks at memory only. */
static int run_blindly(struct vt_rng *rng)
{
#if defined(__x86_64__)
    static struct task tasks[TASKS_MAX];
    const uint8_t e[32] = {5};
    uint8_t verdicts[TASKS_MAX];

    task_table_make();
    for (size_t n = 1; n <= TASKS_MAX; n += 10) {
        for (size_t i = 0; i < n; i++) {
            struct schnorr_case c;

            schnorr_case_make(rng, 0, &c);
            if (!task_make(&tasks[i], c.pk, c.sig, e)) {
                return 1;
            }
            tasks[i].has_y = 0;
        }
        if (!task_lanes_avx2.run(tasks, n, verdicts)) {
            return 1;
        }
    }
#else
    (void)rng;
#endif
    (void)printf("lanes ran, nothing was compared\n");
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    time_t start = time(NULL);
    struct vt_rng rng;
    struct vt_err err;
    uint64_t good = 0;
    uint64_t done = 0;

    vt_rng_init(&rng, seed);
    if (many_choose(&err) != VT_OK) {
        (void)fprintf(stderr, "campaign: %s\n", err.text);
        return 1;
    }
    if (strcmp(many_chosen(), "portable") == 0) {
        return run_blindly(&rng);
    }
    while (done < wanted) {
        make_batch(&rng);
        many_verify((struct vt_tab){items, BATCH, sizeof items[0]}, got);
        if (differs(seed, done)) {
            return 1;
        }
        for (uint32_t i = 0; i < BATCH; i++) {
            good += got[i] == VT_GOOD;
        }
        done += BATCH;
        if (done / BATCH % 1024 == 0) {
            (void)fprintf(stderr, "%" PRIu64 " cases\n", done);
        }
    }
    (void)printf("%s, seed %" PRIu64 ": %" PRIu64 " cases, %" PRIu64
                 " of them good, none differs; %ld s\n",
                 many_chosen(), seed, done, good, (long)(time(NULL) - start));
    return 0;
}
