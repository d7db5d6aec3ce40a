/* SPDX-License-Identifier: Apache-2.0
 *
 * check_many.c - signatures side by side say what libsecp256k1 says one by
 * one: the published vectors, a million answers over batches of 1 to 4,096
 * from two threads at once, what libFuzzer found, and the model of lanes.
 *
 * VT_SCHNORR_CASES sets how many answers are compared; a million otherwise.
 */
#include "config.h"

#include "../challenge.h"
#include "../keys.h"
#include "../many.h"
#include "cases.h"
#include "probe.h"
#include "unit/suite.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISTINCT_MAX 8192u
#define BATCH_MAX 4096u
#define THREADS 2u

static struct schnorr_case cases[DISTINCT_MAX];
static uint8_t answers[DISTINCT_MAX];
static uint32_t distinct;

static uint64_t cases_wanted(void)
{
    const char *text = getenv("VT_SCHNORR_CASES");

#ifdef VT_SANITIZER
    return text == NULL ? 30000 : strtoull(text, NULL, 10);
#else
    return text == NULL ? 1000000 : strtoull(text, NULL, 10);
#endif
}

/* The library's answers; in a short run it is asked less often. */
static void make_cases(void)
{
    struct vt_rng rng;
    uint32_t good = 0;

    distinct = DISTINCT_MAX;
    if (cases_wanted() / 8 < distinct) {
        distinct = (uint32_t)cases_wanted() / 8 + 4 * CASE_KINDS;
    }
    vt_rng_init(&rng, 340);
    for (uint32_t i = 0; i < distinct; i++) {
        schnorr_case_make(&rng, i % CASE_KINDS, &cases[i]);
        answers[i] = schnorr_case_verdict(&cases[i]);
        good += answers[i] == VT_GOOD;
        ck_assert(answers[i] == VT_GOOD || i % CASE_KINDS > 1);
    }
    ck_assert_uint_lt(good, distinct / 4);
}

static void use(const char *name)
{
    struct vt_err err;

    ck_assert_int_eq(setenv("VT_SCHNORR_IMPL", name, 1), 0);
    ck_assert_int_eq(many_choose(&err), VT_OK);
    ck_assert_str_eq(many_chosen(), name);
}

/* Name number i of those this processor can, the portable one last; NULL
 * behind it. */
static const char *name_of(size_t i)
{
    size_t can = 0;

    for (size_t l = 0; l < PROBE_LANES - 1; l++) {
        if (probe_can(l) && can++ == i) {
            return probe_lanes[l]->name;
        }
    }
    return can == i ? "portable" : NULL;
}

/* ---- published vectors --------------------------------------------------- */

#define VECTORS_MAX 32u

static uint32_t read_vectors(struct schnorr_case *out, uint8_t *want)
{
    const char *src = getenv("VT_TEST_SRC_DIR");
    char path[4096];
    uint32_t count;

    ck_assert_ptr_nonnull(src);
    (void)snprintf(path, sizeof path,
                   "%s/plugins/signature/schnorr/tests/bip340-vectors.csv",
                   src);
    count = schnorr_case_vectors(path, out, want, VECTORS_MAX);
    ck_assert_uint_eq(count, 15);
    return count;
}

/* Each vector in each lane, by itself and beside the others. */
START_TEST(published_vectors_pass_in_every_lane)
{
    struct schnorr_case vectors[VECTORS_MAX];
    struct vt_sig_item items[VECTORS_MAX];
    uint8_t want[VECTORS_MAX], got[VECTORS_MAX];
    uint32_t count = read_vectors(vectors, want);

    for (size_t i = 0; name_of(i) != NULL; i++) {
        use(name_of(i));
        keys_forget();
        for (uint32_t turn = 0; turn < 2 * count; turn++) {
            struct vt_tab tab = {items, 1 + turn % count, sizeof items[0]};

            for (uint32_t k = 0; k < tab.count; k++) {
                items[k] = schnorr_case_item(&vectors[(turn + k) % count]);
            }
            many_verify(tab, got);
            for (uint32_t k = 0; k < tab.count; k++) {
                ck_assert_msg(got[k] == want[(turn + k) % count],
                              "%s: vector %u at %u of %u", many_chosen(),
                              (turn + k) % count, k, tab.count);
            }
        }
    }
}
END_TEST

/* ---- a million ----------------------------------------------------------- */

struct worker {
    pthread_t thread;
    struct vt_rng rng;
    uint64_t wanted, done;
    struct vt_sig_item items[BATCH_MAX];
    uint8_t verdicts[BATCH_MAX + 1];
    uint32_t index[BATCH_MAX];
    char wrong[120]; /* empty while all is well */
};

static void compare_batch(struct worker *w, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        w->index[i] = (uint32_t)vt_rng_below(&w->rng, distinct);
        w->items[i] = schnorr_case_item(&cases[w->index[i]]);
    }
    w->verdicts[n] = 77;
    many_verify((struct vt_tab){w->items, n, sizeof w->items[0]}, w->verdicts);
    for (uint32_t i = 0; i < n; i++) {
        if (w->verdicts[i] != answers[w->index[i]]) {
            (void)snprintf(w->wrong, sizeof w->wrong, "%s: case %u at %u of %u",
                           many_chosen(), w->index[i], i, n);
        }
    }
    if (w->verdicts[n] != 77) {
        (void)snprintf(w->wrong, sizeof w->wrong, "a verdict behind %u", n);
    }
    w->done += n;
}

/* Batches of 1 to 64, then of any size to 4,096, of cases in any order. */
static void *work(void *arg)
{
    struct worker *w = arg;

    for (uint32_t round = 1; w->done < w->wanted; round++) {
        uint64_t left = w->wanted - w->done;
        uint32_t n = round <= 64 ? round
                     : round == 65
                         ? BATCH_MAX
                         : 1 + (uint32_t)vt_rng_below(&w->rng, BATCH_MAX);

        if (round % 16 == 0) {
            keys_forget();
        }
        compare_batch(w, n < left ? n : (uint32_t)left);
        if (w->wrong[0] != '\0') {
            break;
        }
    }
    return NULL;
}

static void compare_many(const char *name, uint64_t wanted)
{
    static struct worker workers[THREADS];

    use(name);
    for (uint32_t i = 0; i < THREADS; i++) {
        memset(&workers[i], 0, sizeof workers[i]);
        workers[i].wanted = wanted / THREADS;
        vt_rng_init(&workers[i].rng, wanted + i);
        ck_assert_int_eq(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
        ck_assert_msg(workers[i].wrong[0] == '\0', "%s", workers[i].wrong);
        ck_assert_uint_eq(workers[i].done, wanted / THREADS);
    }
    (void)printf("%s: %llu answers compared\n", name,
                 (unsigned long long)wanted);
}

/* All of them for the best lanes, a few for the others. */
START_TEST(a_million_answers_are_those_of_the_library)
{
    make_cases();
    for (size_t i = 0; name_of(i) != NULL; i++) {
        int is_portable = strcmp(name_of(i), "portable") == 0;
        uint64_t most = is_portable ? 4000 : i > 0 ? 30000 : UINT64_MAX;

        compare_many(name_of(i), cases_wanted() < most ? cases_wanted() : most);
    }
}
END_TEST

/* ---- the model, and kept seeds ------------------------------------------- */

/* The same cases over the model, where every bound is an assertion. */
START_TEST(the_model_answers_and_keeps_its_bounds)
{
    struct vt_rng rng;
    struct challenge c;
    uint64_t wanted = cases_wanted() / 250;
    uint64_t done = 0;
    uint32_t asked = 0;

    make_cases();
    task_table_make();
    vt_rng_init(&rng, 4);
    challenge_init(&c, 0);
    while (done < wanted) {
        struct task tasks[TASKS_MAX];
        uint32_t index[TASKS_MAX];
        uint8_t got[TASKS_MAX];
        size_t want = 1 + (size_t)vt_rng_below(&rng, TASKS_MAX);
        size_t n = 0;

        while (n < want) {
            uint32_t i = (uint32_t)vt_rng_below(&rng, distinct);
            const struct schnorr_case *k = &cases[i];
            uint8_t e[32];

            challenge_hash(&c, k->sig, k->pk, k->msg, e);
            if (k->pk_len == 32 && k->sig_len == 64 &&
                task_make(&tasks[n], k->pk, k->sig, e)) {
                tasks[n].has_y = 0;
                index[n++] = i;
            } else {
                ck_assert_uint_eq(answers[i], VT_BAD);
            }
        }
        ck_assert(task_lanes_model.run(tasks, n, got));
        for (size_t i = 0; i < n; i++) {
            asked += got[i] == TASK_ASK;
            ck_assert(got[i] == TASK_ASK || got[i] == answers[index[i]]);
        }
        done += n;
    }
    ck_assert_uint_gt(asked, 0);
    ck_assert_uint_lt(asked, done / 4);
}
END_TEST

/* What libFuzzer found worth keeping. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

START_TEST(kept_seeds_are_answered_alike)
{
    const char *src = getenv("VT_TEST_SRC_DIR");
    char path[4096];
    struct dirent *entry;
    DIR *dir;
    int count = 0;

    ck_assert_ptr_nonnull(src);
    (void)snprintf(path, sizeof path,
                   "%s/plugins/signature/schnorr/tests/corpus", src);
    dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        uint8_t bytes[4096];
        char name[8192];
        FILE *f;

        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        f = fopen(name, "rb");
        ck_assert_ptr_nonnull(f);
        (void)LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, sizeof bytes, f));
        (void)fclose(f);
        count++;
    }
    (void)closedir(dir);
    ck_assert_int_gt(count, 10);
}
END_TEST
int main(void)
{
    Suite *suite = suite_create("schnorr many");
    TCase *many = tcase_create("many");

    tcase_set_timeout(many, 600);
    tcase_add_test(many, published_vectors_pass_in_every_lane);
    tcase_add_test(many, a_million_answers_are_those_of_the_library);
    tcase_add_test(many, kept_seeds_are_answered_alike);
    tcase_add_test(many, the_model_answers_and_keeps_its_bounds);
    suite_add_tcase(suite, many);
    return vt_suite_run(suite);
}
