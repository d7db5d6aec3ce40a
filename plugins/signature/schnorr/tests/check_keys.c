/* SPDX-License-Identifier: Apache-2.0
 *
 * check_keys.c - the table of keys: what it knows, what it forgets first, and
 * several threads that learn, look and forget at once (for TSan as well).
 */
#include "../keys.h"
#include "unit/suite.h"

#include <pthread.h>
#include <string.h>

#define THREADS 4u
#define ROUNDS 2000u

/* Key i has y = 2i + 2; all share one place of the table. */
static struct fp x_of(uint64_t i)
{
    return (struct fp){{7, i, 0, 0}};
}

static struct fp y_of(uint64_t i)
{
    return (struct fp){{2 * i + 2, 0, 0, 0}};
}

static int knows(uint64_t i)
{
    struct fp x = x_of(i);
    struct fp want = y_of(i);
    struct fp y;
    int known = keys_get(&x, &y);

    ck_assert(!known || fp_equal(&y, &want));
    return known;
}

static void put(uint64_t i)
{
    struct fp x = x_of(i);
    struct fp y = y_of(i);

    keys_put(&x, &y);
}

START_TEST(four_keys_of_a_place_are_kept_and_the_first_goes)
{
    keys_forget();
    ck_assert(!knows(0));
    for (uint64_t i = 0; i < 4; i++) {
        put(i);
    }
    put(1); /* known: takes no place */
    for (uint64_t i = 0; i < 4; i++) {
        ck_assert(knows(i));
    }
    put(4);
    ck_assert(!knows(0));
    for (uint64_t i = 1; i < 5; i++) {
        ck_assert(knows(i));
    }
    keys_forget();
    ck_assert(!knows(4));
}
END_TEST

START_TEST(only_keys_of_good_signatures_are_learned)
{
    static const uint8_t verdicts[3] = {TASK_BAD, TASK_GOOD, TASK_ASK};
    struct task tasks[3];

    keys_forget();
    memset(tasks, 0, sizeof tasks);
    for (uint64_t i = 0; i < 3; i++) {
        tasks[i].x = x_of(i);
        tasks[i].y = y_of(i);
    }
    keys_learn(tasks, verdicts, 3);
    ck_assert(!knows(0) && knows(1) && !knows(2));
    for (uint64_t i = 0; i < 3; i++) {
        tasks[i].y = y_of(77);
        tasks[i].has_y = 1;
    }
    keys_find(tasks, 3);
    for (uint64_t i = 0; i < 3; i++) {
        struct fp want = y_of(i == 1 ? 1 : 77);

        ck_assert_uint_eq(tasks[i].has_y, i == 1);
        ck_assert(fp_equal(&tasks[i].y, &want));
    }
}
END_TEST

/* Returns NULL, or arg when a key had the y of another. */
static void *use_keys(void *arg)
{
    uint64_t first = *(const uint64_t *)arg;

    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct fp x = x_of((first + i) % 7);
        struct fp want = y_of((first + i) % 7);
        struct fp y;
        struct task task;
        const uint8_t good = TASK_GOOD;

        memset(&task, 0, sizeof task);
        task.x = x;
        task.y = want;
        keys_find(&task, 1);
        keys_learn(&task, &good, 1);
        if (keys_get(&x, &y) && !fp_equal(&y, &want)) {
            return arg;
        }
        keys_put(&x, &want);
        if (i % 100 == 99) {
            keys_forget();
        }
    }
    return NULL;
}

START_TEST(threads_never_see_the_y_of_another_key)
{
    pthread_t threads[THREADS];
    uint64_t first[THREADS];

    for (uint64_t i = 0; i < THREADS; i++) {
        first[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use_keys, &first[i]),
                         0);
    }
    for (uint64_t i = 0; i < THREADS; i++) {
        void *wrong;

        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        four_keys_of_a_place_are_kept_and_the_first_goes,
        only_keys_of_good_signatures_are_learned,
        threads_never_see_the_y_of_another_key};
    Suite *suite = suite_create("schnorr keys");

    VT_SUITE_ADD(suite, "keys", tests);
    return vt_suite_run(suite);
}
