/* SPDX-License-Identifier: Apache-2.0
 *
 * signatures.c - verify_many of signature/schnorr beside libsecp256k1, in the
 * same run: all ways of checking take turns in every round, so that a busy
 * machine is busy for all. Shown is the median over the rounds, of the
 * processor time of this thread.
 *
 *   signatures [ROUNDS]
 */
#include "../../plugins/signature/schnorr/keys.h"
#include "../../plugins/signature/schnorr/many.h"
#include "../../plugins/signature/schnorr/single.h"
#include "base/rng.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define COUNT 2048u
#define ONE_BY_ONE 512u /* that the library does in a round */
#define ROUNDS_MAX 99u
#define SIZES 4u
#define WAYS 3u

static const uint32_t sizes[SIZES] = {8, 64, 256, 2048};
static const char *const ways[WAYS] = {"portable", "avx2", "ifma"};

static uint8_t pks[COUNT][32], msgs[COUNT][32], sigs[COUNT][64];
static secp256k1_xonly_pubkey parsed[COUNT];
static struct vt_sig_item items[COUNT];
static uint8_t verdicts[COUNT];

/* Nanoseconds a signature, per round; [0] with keys nobody knows yet. */
static double library_ns[2][ROUNDS_MAX];
static double way_ns[WAYS][SIZES][2][ROUNDS_MAX];

static void must(int good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "bench: %s failed\n", what);
        exit(1);
    }
}

static double now_ns(void)
{
    struct timespec t;

    must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0, "the clock");
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make_signatures(void)
{
    secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    struct vt_rng rng;

    must(ctx != NULL, "a context");
    vt_rng_init(&rng, 1);
    for (uint32_t i = 0; i < COUNT; i++) {
        secp256k1_keypair pair;
        uint8_t sk[32];

        vt_rng_fill(&rng, sk, sizeof sk);
        vt_rng_fill(&rng, msgs[i], 32);
        must(
            secp256k1_keypair_create(ctx, &pair, sk) &&
                secp256k1_keypair_xonly_pub(ctx, &parsed[i], NULL, &pair) &&
                secp256k1_xonly_pubkey_serialize(ctx, pks[i], &parsed[i]) &&
                secp256k1_schnorrsig_sign32(ctx, sigs[i], msgs[i], &pair, NULL),
            "a signature");
        items[i] = (struct vt_sig_item){{pks[i], 32}, msgs[i], {sigs[i], 64}};
    }
    secp256k1_context_destroy(ctx);
}

static double time_library(int knows_keys)
{
    double start = now_ns();
    int good = 1;

    for (uint32_t i = 0; i < ONE_BY_ONE; i++) {
        good &=
            knows_keys
                ? secp256k1_schnorrsig_verify(secp256k1_context_static, sigs[i],
                                              msgs[i], 32, &parsed[i])
                : single_ask(items[i].pk, msgs[i], items[i].sig);
    }
    must(good, "the library");
    return (now_ns() - start) / ONE_BY_ONE;
}

/* Forgetting keys is not counted; it stands between batches. */
static double time_many(uint32_t size, int knows_keys)
{
    uint32_t total = size < 512 ? 512 : size;
    double spent = 0;

    if (knows_keys) { /* a table of 4,096 loses some of 2,048: learn last */
        many_verify((struct vt_tab){items, total, sizeof items[0]}, verdicts);
    }
    for (uint32_t at = 0; at < total; at += size) {
        struct vt_tab tab = {items + at, size, sizeof items[0]};
        double start;

        if (!knows_keys) {
            keys_forget();
        }
        start = now_ns();
        many_verify(tab, verdicts);
        spent += now_ns() - start;
        for (uint32_t i = 0; i < size; i++) {
            must(verdicts[i] == VT_GOOD, many_chosen());
        }
    }
    return spent / total;
}

static int use(const char *name)
{
    struct vt_err err;

    must(setenv("VT_SCHNORR_IMPL", name, 1) == 0, "setenv");
    return many_choose(&err) == VT_OK;
}

static void time_round(uint32_t round)
{
    for (int knows = 0; knows < 2; knows++) {
        library_ns[knows][round] = time_library(knows);
        for (uint32_t w = 0; w < WAYS; w++) {
            for (uint32_t s = 0; s < SIZES && use(ways[w]); s++) {
                way_ns[w][s][knows][round] = time_many(sizes[s], knows);
            }
        }
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, uint32_t count)
{
    qsort(values, count, sizeof values[0], by_size);
    return values[count / 2];
}

static void show(const char *name, uint32_t size, double ns[2],
                 const double library[2])
{
    (void)printf("%-9s", name);
    if (size > 0) {
        (void)printf("%6u", size);
    } else {
        (void)printf("%6s", "1");
    }
    for (int knows = 0; knows < 2; knows++) {
        (void)printf("%10.2f us%9.0f/s%7.2fx", ns[knows] / 1e3, 1e9 / ns[knows],
                     library[knows] / ns[knows]);
    }
    (void)printf("\n");
}

int main(int argc, char **argv)
{
    uint32_t rounds = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 9;
    double library[2];

    must(rounds > 0 && rounds <= ROUNDS_MAX, "the number of rounds");
    make_signatures();
    for (uint32_t round = 0; round < rounds; round++) {
        time_round(round);
    }
    (void)printf("%-9s%6s%30s%30s\n", "way", "batch", "keys as bytes",
                 "known keys");
    for (int knows = 0; knows < 2; knows++) {
        library[knows] = median(library_ns[knows], rounds);
    }
    show("library", 0, library, library);
    for (uint32_t w = 0; w < WAYS; w++) {
        for (uint32_t s = 0; s < SIZES; s++) {
            double ns[2] = {median(way_ns[w][s][0], rounds),
                            median(way_ns[w][s][1], rounds)};

            if (ns[0] > 0) {
                show(ways[w], sizes[s], ns, library);
            }
        }
        if (!use(ways[w])) {
            (void)printf("%-9s not on this processor\n", ways[w]);
        }
    }
    return 0;
}
