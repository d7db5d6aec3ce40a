/* SPDX-License-Identifier: Apache-2.0
 *
 * check_runner.c - a chain's thread: order, time, jobs, full queues, the end.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "net/loop.h"
#include "net/runner.h"
#include "net/runner_int.h"
#include "plugin/validate.h"
#include "support/fake_chain.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOBS 1000u

static struct vt_pool *pool;
static struct vt_runner *runner;
static struct vt_chain chain;

/* The chain's thread waits in a call until let go. */
static sem_t held, let_go;

static void make(uint32_t inbox_max, const struct fake_hooks *hooks)
{
    struct vt_runner_args args = {.name = "test", .inbox_max = inbox_max};
    struct vt_err err = VT_ERR_INIT;

    (void)sem_init(&held, 0, 0);
    (void)sem_init(&let_go, 0, 0);
    pool = vt_pool_new(2, 4096);
    ck_assert_ptr_nonnull(pool);
    args.pool = pool;
    ck_assert_int_eq(vt_runner_new(&args, &runner, &err), VT_OK);
    fake_chain_init(&chain, vt_runner_world(runner), hooks);
}

static void start(uint32_t inbox_max, const struct fake_hooks *hooks)
{
    struct vt_err err = VT_ERR_INIT;

    make(inbox_max, hooks);
    ck_assert_int_eq(vt_runner_start(runner, &chain, &err), VT_OK);
}

static void end(void)
{
    vt_runner_stop(runner);
    vt_runner_free(runner);
    vt_pool_free(pool);
}

static void hold_call(void *arg)
{
    (void)arg;
    (void)sem_post(&held);
    (void)sem_wait(&let_go);
}

static void hold(void)
{
    ck_assert_int_eq(vt_runner_post(runner, hold_call, NULL), VT_OK);
    (void)sem_wait(&held);
}

static void put_frame(uint32_t peer, uint8_t kind, uint32_t len)
{
    struct vt_item_frame *item = vt_alloc(sizeof *item + VT_FRAME_HEAD + len);
    struct vt_frame frame = {.kind = kind, .payload = {NULL, len}};

    ck_assert_ptr_nonnull(item);
    item->item.kind = VT_ITEM_FRAME;
    item->peer = peer;
    item->len = VT_FRAME_HEAD + len;
    vt_frame_head(&frame, item->bytes);
    vt_runner_frames(runner, &item->item);
}

/* What the chain's thread did, in order, as text. */
static char trace[4096];

static void note(const char *what)
{
    size_t len = strlen(trace);

    (void)snprintf(trace + len, sizeof trace - len, "%s ", what);
}

static void note_call(void *arg)
{
    note(arg);
}

static void note_frame(struct vt_chain *c, uint32_t peer,
                       const struct vt_frame *frame)
{
    char text[32];

    (void)c;
    (void)snprintf(text, sizeof text, "%u:%u", (unsigned)peer,
                   (unsigned)frame->kind);
    note(text);
}

static void note_peer(struct vt_chain *c, uint32_t peer, int up)
{
    char text[32];

    (void)c;
    (void)snprintf(text, sizeof text, "%s%u", up ? "+" : "-",
                   (unsigned)(peer >= VT_PEER_OBSERVER
                                  ? peer - VT_PEER_OBSERVER + 1000
                                  : peer));
    note(text);
}

static void note_tick(struct vt_chain *c)
{
    (void)c;
    note("tick");
}

static const struct fake_hooks noting = {
    .frame = note_frame, .peer = note_peer, .tick = note_tick};

static void call(const char *text)
{
    char *copy = (char *)(uintptr_t)text;

    ck_assert_int_eq(vt_runner_post(runner, note_call, copy), VT_OK);
}

START_TEST(what_arrives_is_taken_in_order)
{
    start(0, &noting);
    hold();
    vt_runner_peer(runner, 2, 1);
    put_frame(2, VT_FRAME_CONSENSUS, 10);
    call("call");
    put_frame(2, VT_FRAME_TXS, 0);
    vt_runner_peer(runner, VT_PEER_OBSERVER + 7, 1);
    put_frame(VT_PEER_OBSERVER + 7, VT_FRAME_STATUS, 41);
    (void)sem_post(&let_go);
    end();
    ck_assert_str_eq(trace, "+2 2:16 call 2:17 +1007 65543:18 ");
}
END_TEST

static void wish_now(void *arg)
{
    struct vt_world *world = arg;

    world->ops->wake_at(world, world->ops->now_ns(world));
}

START_TEST(a_wish_for_now_runs_after_what_has_arrived)
{
    start(0, &noting);
    hold();
    ck_assert_int_eq(vt_runner_post(runner, wish_now, chain.world), VT_OK);
    call("a");
    call("b");
    call("c");
    (void)sem_post(&let_go);
    while (atomic_load(&chain.ticks) == 0) {
        (void)usleep(1000);
    }
    end();
    ck_assert_str_eq(trace, "a b c tick ");
}
END_TEST

static void post_forever(void *arg)
{
    atomic_int *going = arg;

    if (atomic_load(going)) {
        ck_assert_int_eq(vt_runner_post(runner, post_forever, arg), VT_OK);
    }
}

START_TEST(a_flood_does_not_keep_time_from_passing)
{
    static atomic_int going = 1;

    start(0, NULL);
    ck_assert_int_eq(vt_runner_post(runner, post_forever, &going), VT_OK);
    ck_assert_int_eq(vt_runner_post(runner, wish_now, chain.world), VT_OK);
    while (atomic_load(&chain.ticks) == 0) {
        (void)usleep(1000);
    }
    atomic_store(&going, 0);
    end();
}
END_TEST

static uint64_t wished_ns;
static _Atomic uint64_t ticked_ns;

static void take_time(struct vt_chain *c)
{
    atomic_store(&ticked_ns, c->world->ops->now_ns(c->world));
}

static void wish_twice(void *arg)
{
    struct vt_world *world = arg;
    uint64_t now_ns = world->ops->now_ns(world);

    world->ops->wake_at(world, now_ns);
    world->ops->wake_at(world, now_ns + 1000000000000u);
    wished_ns = now_ns + 30000000u;
    world->ops->wake_at(world, wished_ns); /* the last one counts */
}

static void wish_none(void *arg)
{
    struct vt_world *world = arg;

    world->ops->wake_at(world, world->ops->now_ns(world) + 20000000u);
    world->ops->wake_at(world, UINT64_MAX);
}

START_TEST(the_last_wish_counts_and_is_not_early)
{
    static const struct fake_hooks hooks = {.tick = take_time};

    start(0, &hooks);
    ck_assert_int_eq(vt_runner_post(runner, wish_twice, chain.world), VT_OK);
    while (atomic_load(&chain.ticks) == 0) {
        (void)usleep(1000);
    }
    ck_assert_uint_ge(atomic_load(&ticked_ns), wished_ns);
    ck_assert_uint_lt(atomic_load(&ticked_ns), wished_ns + 2000000000u);
    ck_assert_int_eq(vt_runner_post(runner, wish_none, chain.world), VT_OK);
    (void)usleep(60000);
    end();
    ck_assert_uint_eq(atomic_load(&chain.ticks), 1);
}
END_TEST

/* ---- jobs ---------------------------------------------------------------- */

struct numbered {
    struct vt_job job;
    uint32_t number;
};

static struct numbered jobs[2 * JOBS];
static pthread_t chain_thread;
static _Atomic uint32_t fn_next, running, wrong, done_count;

static void store_fn(struct vt_job *job)
{
    if (atomic_fetch_add(&running, 1) != 0 ||
        ((struct numbered *)(void *)job)->number !=
            atomic_fetch_add(&fn_next, 1)) {
        atomic_fetch_add(&wrong, 1);
    }
    vt_domain_check("test", "job", "pool");
    atomic_fetch_sub(&running, 1);
}

static void pool_fn(struct vt_job *job)
{
    (void)job;
    vt_domain_check("test", "job", "pool");
}

static void job_done(struct vt_job *job)
{
    (void)job;
    vt_domain_check("test", "done", "chain");
    if (!pthread_equal(pthread_self(), chain_thread)) {
        atomic_fetch_add(&wrong, 1);
    }
    atomic_fetch_add(&done_count, 1);
}

static void give_jobs(void *arg)
{
    struct vt_world *world = arg;

    chain_thread = pthread_self();
    for (uint32_t i = 0; i < JOBS; i++) {
        jobs[i].number = i;
        jobs[i].job = (struct vt_job){store_fn, job_done, VT_STAGE_STORE};
        ck_assert_int_eq(world->ops->run(world, VT_LANE_STORE, &jobs[i].job),
                         VT_OK);
        jobs[JOBS + i].job =
            (struct vt_job){pool_fn, job_done, VT_STAGE_VERIFY};
        ck_assert_int_eq(
            world->ops->run(world, VT_LANE_POOL, &jobs[JOBS + i].job), VT_OK);
    }
}

START_TEST(store_jobs_keep_their_order_and_all_jobs_come_back)
{
    uint64_t before = vt_validate_violations();

    start(0, NULL);
    ck_assert_int_eq(vt_runner_post(runner, give_jobs, chain.world), VT_OK);
    end(); /* stopping waits for them */
    ck_assert_uint_eq(atomic_load(&done_count), 2 * JOBS);
    ck_assert_uint_eq(atomic_load(&wrong), 0);
    ck_assert_uint_eq(vt_validate_violations(), before);
}
END_TEST

static void blocking_fn(struct vt_job *job)
{
    (void)job;
    (void)sem_wait(&let_go);
    (void)sem_post(&let_go);
}

static uint32_t accepted;

static void fill_store_lane(void *arg)
{
    static struct vt_job many[2 * VT_STORE_JOBS_MAX];
    struct vt_world *world = arg;
    vt_status status = VT_OK;

    chain_thread = pthread_self();
    while (status == VT_OK && accepted < 2 * VT_STORE_JOBS_MAX) {
        many[accepted] = (struct vt_job){blocking_fn, job_done, VT_STAGE_STORE};
        status = world->ops->run(world, VT_LANE_STORE, &many[accepted]);
        accepted += status == VT_OK;
    }
    ck_assert_int_eq(status, VT_E_LIMIT);
    (void)sem_post(&held);
}

START_TEST(a_full_store_lane_refuses_and_is_not_full_below_1024)
{
    start(0, NULL);
    ck_assert_int_eq(vt_runner_post(runner, fill_store_lane, chain.world),
                     VT_OK);
    (void)sem_wait(&held);
    (void)sem_post(&let_go);
    end();
    ck_assert_uint_ge(accepted, 1024);
    ck_assert_uint_eq(atomic_load(&done_count), accepted);
}
END_TEST

START_TEST(jobs_come_back_though_the_inbox_is_full)
{
    start(16, NULL);
    ck_assert_int_eq(vt_runner_post(runner, give_jobs, chain.world), VT_OK);
    hold();
    for (uint32_t i = 0; i < 100; i++) {
        put_frame(i, VT_FRAME_CONSENSUS, 0);
    }
    (void)sem_post(&let_go);
    end();
    ck_assert_uint_eq(atomic_load(&done_count), 2 * JOBS);
    ck_assert_uint_eq(atomic_load(&chain.frames), 16);
}
END_TEST

/* ---- a full inbox -------------------------------------------------------- */

START_TEST(gossip_is_refused_before_votes_are)
{
    start(64, NULL);
    hold();
    for (uint32_t i = 0; i < 100; i++) {
        put_frame(i, VT_FRAME_TXS, 0);
    }
    for (uint32_t i = 0; i < 100; i++) {
        put_frame(i, VT_FRAME_CONSENSUS, 0);
    }
    (void)sem_post(&let_go);
    end();
    ck_assert_uint_eq(atomic_load(&chain.frames), 64); /* 48 and 16 */
}
END_TEST

START_TEST(one_peer_cannot_fill_the_inbox)
{
    start(64, &noting);
    hold();
    for (uint32_t i = 0; i < 1000; i++) {
        put_frame(3, VT_FRAME_CONSENSUS, 0);
    }
    put_frame(4, VT_FRAME_CONSENSUS, 0);
    put_frame(5, VT_FRAME_CONSENSUS, 0);
    (void)sem_post(&let_go);
    end();
    ck_assert_uint_eq(atomic_load(&chain.frames), 17 + 2);
    ck_assert_ptr_nonnull(strstr(trace, "4:16 5:16 "));
}
END_TEST

START_TEST(bytes_are_bounded_too)
{
    start(0, NULL);
    hold();
    for (uint32_t i = 0; i < 100; i++) {
        put_frame(i, VT_FRAME_CONSENSUS, 1u << 20);
    }
    (void)sem_post(&let_go);
    end();
    ck_assert_uint_eq(atomic_load(&chain.frames), 63); /* heads count */
}
END_TEST

START_TEST(a_peer_that_flaps_is_told_of_without_growing_the_queue)
{
    start(4, &noting);
    hold();
    vt_runner_peer(runner, 1, 1);
    vt_runner_peer(runner, 1, 0);
    vt_runner_peer(runner, 2, 1);
    (void)sem_post(&let_go);
    hold();
    for (uint32_t i = 0; i < 1000; i++) {
        vt_runner_peer(runner, 2, 0);
        vt_runner_peer(runner, 2, 1);
    }
    vt_runner_peer(runner, 3, 1);
    (void)sem_post(&let_go);
    hold();
    vt_runner_peer(runner, 3, 0);
    (void)sem_post(&let_go);
    end();
    ck_assert_str_eq(trace, "+2 -2 +2 +3 -3 ");
}
END_TEST

START_TEST(calls_are_refused_when_nearly_full_and_when_stopped)
{
    uint32_t taken = 0;

    start(16, NULL);
    hold();
    while (vt_runner_post(runner, note_call, trace) == VT_OK) {
        taken++;
    }
    ck_assert_uint_eq(taken, 14);
    ck_assert_int_eq(vt_runner_post(runner, note_call, trace), VT_E_LIMIT);
    (void)sem_post(&let_go);
    vt_runner_stop(runner);
    ck_assert_int_eq(vt_runner_post(runner, note_call, trace), VT_E_STATE);
    put_frame(1, VT_FRAME_CONSENSUS, 0); /* freed, not taken */
    vt_runner_free(runner);
    vt_pool_free(pool);
    ck_assert_uint_eq(atomic_load(&chain.frames), 0);
}
END_TEST

/* ---- begin and end ------------------------------------------------------- */

static vt_status cannot_start(struct vt_chain *c, struct vt_err *err)
{
    chain_thread = pthread_self();
    ck_assert_int_eq(c->world->ops->run(c->world, VT_LANE_STORE, &jobs[0].job),
                     VT_OK);
    return vt_err_set(err, VT_E_CORRUPT, "height 7 is broken");
}

START_TEST(a_chain_that_cannot_start_says_why)
{
    static const struct fake_hooks hooks = {.start = cannot_start};
    struct vt_err err = VT_ERR_INIT;

    jobs[0].job = (struct vt_job){pool_fn, job_done, VT_STAGE_STORE};
    make(0, &hooks);
    ck_assert_int_eq(vt_runner_start(runner, &chain, &err), VT_E_CORRUPT);
    ck_assert_str_eq(err.text, "height 7 is broken");
    end();
    ck_assert_uint_eq(atomic_load(&chain.stops), 0);
    ck_assert_uint_eq(atomic_load(&done_count), 1); /* its job came back */
}
END_TEST

static _Atomic int loading = 1;
static _Atomic uint32_t called, posted;

static void busy_call(void *arg)
{
    struct vt_world *world = arg;
    struct numbered *job = vt_alloc(sizeof *job);

    atomic_fetch_add(&called, 1);
    vt_free(job);
    world->ops->wake_at(world, world->ops->now_ns(world));
}

static void *load(void *arg)
{
    while (atomic_load(&loading)) {
        vt_status status = vt_runner_post(runner, busy_call, arg);

        atomic_fetch_add(&posted, status == VT_OK);
        put_frame(1, VT_FRAME_CONSENSUS, 200);
    }
    return NULL;
}

static void end_later(struct vt_job *job)
{
    (void)job;
    fake_chain_stopped(&chain);
}

/* As a chain does: stopped when its last job has come back. */
static int stop_later(struct vt_chain *c)
{
    static struct vt_job last = {pool_fn, end_later, VT_STAGE_STORE};

    ck_assert_int_eq(c->world->ops->run(c->world, VT_LANE_STORE, &last), VT_OK);
    return 1;
}

START_TEST(stopping_under_load_is_quick_and_loses_no_call)
{
    static const struct fake_hooks hooks = {.stop = stop_later};
    pthread_t threads[2];
    uint64_t from;

    start(0, &hooks);
    ck_assert_int_eq(vt_runner_post(runner, give_jobs, chain.world), VT_OK);
    for (uint32_t i = 0; i < 2; i++) {
        (void)pthread_create(&threads[i], NULL, load, chain.world);
    }
    (void)usleep(50000);
    from = vt_clock_mono_ns();
    vt_runner_stop(runner);
    ck_assert_uint_lt(vt_clock_mono_ns() - from, 1000000000u);
    atomic_store(&loading, 0);
    for (uint32_t i = 0; i < 2; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    vt_runner_free(runner);
    vt_pool_free(pool);
    ck_assert_uint_eq(atomic_load(&called), atomic_load(&posted));
    ck_assert_uint_eq(atomic_load(&done_count), 2 * JOBS);
}
END_TEST

/* ---- the rest of the world ----------------------------------------------- */

static char dir[] = "/tmp/vt-runner-XXXXXX";
static char where[3][256];

static void save_things(void *arg)
{
    struct vt_world *world = arg;
    struct vt_view bytes = vt_view_str("first");

    world->ops->save(world, "flight.bin", bytes, where[0]);
    world->ops->save(world, "flight.bin", bytes, where[1]);
    world->ops->save(world, "../flight.bin", bytes, where[2]);
}

START_TEST(what_is_saved_is_private_and_overwrites_nothing)
{
    struct vt_runner_args args = {.name = "test", .save_dir = dir};
    struct vt_err err = VT_ERR_INIT;
    struct stat st;
    char text[8] = "";
    int fd;

    ck_assert_ptr_nonnull(mkdtemp(dir));
    pool = vt_pool_new(1, 16);
    args.pool = pool;
    ck_assert_int_eq(vt_runner_new(&args, &runner, &err), VT_OK);
    fake_chain_init(&chain, vt_runner_world(runner), NULL);
    ck_assert_int_eq(vt_runner_start(runner, &chain, &err), VT_OK);
    ck_assert_int_eq(vt_runner_post(runner, save_things, chain.world), VT_OK);
    end();
    ck_assert_ptr_nonnull(strstr(where[0], "/flight.bin"));
    ck_assert_ptr_nonnull(strstr(where[1], "/flight.bin.1"));
    ck_assert_str_eq(where[2], "");
    ck_assert_int_eq(stat(where[0], &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777u, 0600);
    fd = open(where[0], O_RDONLY);
    ck_assert_int_eq(read(fd, text, sizeof text), 5);
    ck_assert_str_eq(text, "first");
    (void)close(fd);
    (void)unlink(where[0]);
    (void)unlink(where[1]);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

static int events;

static void on_event(void *ctx, const struct vt_chain_event *event)
{
    ck_assert_ptr_eq(ctx, &events);
    events += (int)event->type;
}

static void use_world(void *arg)
{
    struct vt_world *world = arg;
    struct vt_chain_event event = {.type = VT_CHAIN_HALTED, .chain = &chain};
    struct vt_frame frame = {.kind = VT_FRAME_STATUS,
                             .payload = {(const uint8_t *)trace, 41}};

    world->ops->publish(world, &event);
    world->ops->penalize(world, 1, "nobody is there");
    ck_assert_int_eq(world->ops->send(world, VT_PEER_ALL, VT_SEND_VOTE, &frame),
                     VT_OK);
    frame.payload.len = 42;
    ck_assert_int_eq(world->ops->send(world, VT_PEER_ALL, VT_SEND_VOTE, &frame),
                     VT_E_LIMIT);
    ck_assert_int_gt(world->ops->wall_ms(world), 1700000000000);
}

START_TEST(without_links_a_chain_still_has_a_world)
{
    struct vt_runner_args args = {
        .name = "test", .on_event = on_event, .ctx = &events};
    struct vt_buf text = VT_BUF_INIT(1u << 20);
    struct vt_err err = VT_ERR_INIT;

    pool = vt_pool_new(1, 16);
    args.pool = pool;
    ck_assert_int_eq(vt_runner_new(&args, &runner, &err), VT_OK);
    fake_chain_init(&chain, vt_runner_world(runner), NULL);
    ck_assert_int_eq(vt_runner_start(runner, &chain, &err), VT_OK);
    ck_assert_int_eq(vt_runner_post(runner, use_world, chain.world), VT_OK);
    end();
    ck_assert_int_eq(events, VT_CHAIN_HALTED);
    ck_assert_int_eq(vt_host_metrics_print(&text), VT_OK);
    ck_assert_ptr_nonnull(strstr(vt_buf_text(&text),
                                 "vtchain_cpu_seconds_total{chain=\"test\","
                                 "stage=\"consensus\"} "));
    ck_assert_ptr_null(strstr(vt_buf_text(&text),
                              "vtchain_cpu_seconds_total{chain=\"test\","
                              "stage=\"consensus\"} 0.000000000\n"));
    vt_buf_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *const order[] = {
        what_arrives_is_taken_in_order,
        a_wish_for_now_runs_after_what_has_arrived,
        a_flood_does_not_keep_time_from_passing,
        the_last_wish_counts_and_is_not_early,
    };
    const TTest *const work[] = {
        store_jobs_keep_their_order_and_all_jobs_come_back,
        a_full_store_lane_refuses_and_is_not_full_below_1024,
        jobs_come_back_though_the_inbox_is_full,
    };
    const TTest *const full[] = {
        gossip_is_refused_before_votes_are,
        one_peer_cannot_fill_the_inbox,
        bytes_are_bounded_too,
        a_peer_that_flaps_is_told_of_without_growing_the_queue,
        calls_are_refused_when_nearly_full_and_when_stopped,
    };
    const TTest *const life[] = {
        a_chain_that_cannot_start_says_why,
        stopping_under_load_is_quick_and_loses_no_call,
        what_is_saved_is_private_and_overwrites_nothing,
        without_links_a_chain_still_has_a_world,
    };
    Suite *suite = suite_create("core/net/runner");

    VT_SUITE_ADD(suite, "order and time", order);
    VT_SUITE_ADD(suite, "jobs", work);
    VT_SUITE_ADD(suite, "full inbox", full);
    VT_SUITE_ADD(suite, "life", life);
    return vt_suite_run(suite);
}
