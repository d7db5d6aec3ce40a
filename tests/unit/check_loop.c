/* SPDX-License-Identifier: Apache-2.0
 *
 * check_loop.c - calls posted to the loop's thread, signals, the end.
 */
#include "unit/suite.h"

#include "base/status.h"
#include "net/loop.h"
#include "plugin/host.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#define POSTERS 4u
#define POSTS 20000u

static struct vt_loop *loop;
static pthread_t loop_thread;

static void *run_loop(void *arg)
{
    (void)arg;
    vt_loop_run(loop);
    return NULL;
}

static void make_loop(void)
{
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_eq(vt_loop_new(&loop, &err), VT_OK);
}

static void start_loop(void)
{
    make_loop();
    ck_assert_int_eq(pthread_create(&loop_thread, NULL, run_loop, NULL), 0);
}

static void end_loop(void)
{
    vt_loop_stop(loop);
    ck_assert_int_eq(pthread_join(loop_thread, NULL), 0);
    vt_loop_free(loop);
}

struct posted {
    uint32_t poster, number;
};

static uint32_t next_number[POSTERS];
static _Atomic uint32_t out_of_order, ran;

static void check_number(void *arg)
{
    struct posted *p = arg;

    if (next_number[p->poster]++ != p->number) {
        atomic_fetch_add(&out_of_order, 1);
    }
    atomic_fetch_add(&ran, 1);
}

static void *post_many(void *arg)
{
    struct posted *mine = arg;

    for (uint32_t i = 0; i < POSTS; i++) {
        while (vt_loop_post(loop, check_number, &mine[i]) == VT_E_LIMIT) {
            (void)sched_yield();
        }
    }
    return NULL;
}

START_TEST(posts_of_many_threads_run_once_each_in_order)
{
    static struct posted posts[POSTERS][POSTS];
    pthread_t threads[POSTERS];

    start_loop();
    for (uint32_t i = 0; i < POSTERS; i++) {
        for (uint32_t k = 0; k < POSTS; k++) {
            posts[i][k] = (struct posted){i, k};
        }
        ck_assert_int_eq(pthread_create(&threads[i], NULL, post_many, posts[i]),
                         0);
    }
    for (uint32_t i = 0; i < POSTERS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    end_loop();
    ck_assert_uint_eq(atomic_load(&ran), POSTERS * POSTS);
    ck_assert_uint_eq(atomic_load(&out_of_order), 0);
}
END_TEST

static void count_run(void *arg)
{
    (void)arg;
    atomic_fetch_add(&ran, 1);
}

START_TEST(a_full_queue_refuses_and_what_it_holds_still_runs)
{
    make_loop();
    for (uint32_t i = 0; i < VT_LOOP_POSTS_MAX; i++) {
        ck_assert_int_eq(vt_loop_post(loop, count_run, NULL), VT_OK);
    }
    ck_assert_int_eq(vt_loop_post(loop, count_run, NULL), VT_E_LIMIT);
    ck_assert_int_eq(pthread_create(&loop_thread, NULL, run_loop, NULL), 0);
    vt_loop_stop(loop);
    (void)pthread_join(loop_thread, NULL);
    ck_assert_uint_eq(atomic_load(&ran), VT_LOOP_POSTS_MAX);
    ck_assert_int_eq(vt_loop_post(loop, count_run, NULL), VT_E_STATE);
    vt_loop_free(loop);
}
END_TEST

static void post_again(void *arg)
{
    if (atomic_fetch_add(&ran, 1) < 10000) {
        ck_assert_int_eq(vt_loop_post(loop, post_again, arg), VT_OK);
    } else {
        vt_loop_stop(loop);
    }
}

START_TEST(a_call_that_posts_again_does_not_stop_the_loop_from_stopping)
{
    make_loop();
    ck_assert_int_eq(vt_loop_post(loop, post_again, NULL), VT_OK);
    vt_loop_run(loop);
    ck_assert_uint_eq(atomic_load(&ran), 10001);
    vt_loop_free(loop);
}
END_TEST

static pthread_t signal_thread;

static void on_signal(void *arg)
{
    signal_thread = pthread_self();
    ck_assert_ptr_eq(arg, &ran);
    vt_loop_stop(loop);
}

START_TEST(a_signal_runs_its_function_on_the_loop_thread)
{
    make_loop();
    ck_assert_int_eq(vt_loop_on_signal(loop, SIGUSR1, on_signal, &ran), VT_OK);
    ck_assert_int_eq(pthread_create(&loop_thread, NULL, run_loop, NULL), 0);
    ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
    (void)pthread_join(loop_thread, NULL);
    ck_assert_int_ne(pthread_equal(signal_thread, loop_thread), 0);
    vt_loop_free(loop);
}
END_TEST

START_TEST(more_signals_than_the_loop_has_room_for_are_refused)
{
    make_loop();
    for (int i = 0; i < (int)VT_LOOP_SIGNALS_MAX; i++) {
        ck_assert_int_eq(vt_loop_on_signal(loop, SIGRTMIN + i, count_run, NULL),
                         VT_OK);
    }
    ck_assert_int_eq(vt_loop_on_signal(loop, SIGUSR2, count_run, NULL),
                     VT_E_LIMIT);
    vt_loop_free(loop);
}
END_TEST

START_TEST(clocks_go_forward_and_processor_time_is_booked)
{
    struct vt_buf text = VT_BUF_INIT(1u << 20);
    uint64_t before = vt_clock_mono_ns();
    uint64_t cpu = vt_clock_cpu_ns();
    volatile uint64_t work = 0;

    start_loop();
    for (uint32_t i = 0; i < 1000000; i++) {
        work += i;
    }
    end_loop();
    ck_assert_uint_gt(work, 0);
    ck_assert_uint_gt(vt_clock_mono_ns(), before);
    ck_assert_uint_gt(vt_clock_cpu_ns(), cpu);
    ck_assert_int_gt(vt_clock_wall_ms(), 1700000000000);
    ck_assert_int_eq(vt_host_metrics_print(&text), VT_OK);
    ck_assert_ptr_nonnull(
        strstr(vt_buf_text(&text),
               "vtchain_cpu_seconds_total{chain=\"\",stage=\"net\"} "));
    ck_assert_ptr_null(strstr(
        vt_buf_text(&text),
        "vtchain_cpu_seconds_total{chain=\"\",stage=\"net\"} 0.000000000\n"));
    vt_buf_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        posts_of_many_threads_run_once_each_in_order,
        a_full_queue_refuses_and_what_it_holds_still_runs,
        a_call_that_posts_again_does_not_stop_the_loop_from_stopping,
        a_signal_runs_its_function_on_the_loop_thread,
        more_signals_than_the_loop_has_room_for_are_refused,
        clocks_go_forward_and_processor_time_is_booked,
    };
    Suite *suite = suite_create("core/net/loop");

    VT_SUITE_ADD(suite, "loop", tests);
    return vt_suite_run(suite);
}
