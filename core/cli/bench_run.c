/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_run.c - one thread per node offers transactions, another one follows
 * the node's final blocks. A sender's transactions always go to the same node
 * in nonce order.
 */
#include "cli/bench.h"

#include "base/bytes.h"
#include "base/map.h"
#include "base/status.h"
#include "net/loop.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BATCH VT_CLIENT_BATCH_MAX
#define NS_PER_S UINT64_C(1000000000)
#define DRAIN_S 20u
#define BUSY_NS 3000000L

struct side {
    pthread_t thread;
    struct vt_bench *bench;
    uint32_t node;
    struct vt_client *asker; /* a watcher's second connection */
    int started;
};

static void nap(long ns)
{
    struct timespec t = {.tv_nsec = ns};

    (void)nanosleep(&t, NULL);
}

static void fail(struct vt_bench *bench, const struct vt_err *err)
{
    (void)pthread_mutex_lock(&bench->lock);
    if (bench->failure.code == VT_OK) {
        bench->failure = *err;
    }
    (void)pthread_mutex_unlock(&bench->lock);
    bench->stop = 1;
}

/* ---- offering ------------------------------------------------------------ */

static struct vt_json *params_of(const struct vt_bench *bench,
                                 const struct vt_bench_tx *tx)
{
    struct vt_json_maker m;
    struct vt_json *params = NULL;

    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", bench->chain);
    vt_json_put_hex(&m, "raw", vt_view_of(tx->raw, tx->len));
    vt_json_put_text(&m, "wait", "received");
    return vt_json_end(&m, &params) == VT_OK ? params : NULL;
}

/* Answers come in any order; what was refused because the node is full is
 * offered again. Returns how many of pending are left. */
static size_t sort_out(struct vt_bench *bench, struct vt_bench_tx **pending,
                       size_t count, const struct vt_json *answers)
{
    struct vt_bench_tx *again[BATCH];
    int is_again[BATCH] = {0};
    size_t left = 0;

    for (size_t i = 0; i < vt_json_count(answers); i++) {
        const struct vt_json *a = vt_json_item(answers, i);
        uint64_t id = vt_json_u64_or(a, "id", BATCH);
        const char *code = vt_json_text_or(a, "error.data.code", NULL);

        if (id >= count || vt_json_at(a, "error") == NULL) {
            continue;
        }
        atomic_fetch_add(&bench->refused, 1);
        if (code == NULL || strncmp(code, "pool_", 5) == 0) {
            is_again[id] = 1;
        } else {
            atomic_fetch_add(&bench->lost, 1);
            atomic_fetch_add(&bench->done, 1);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_again[i]) {
            again[left++] = pending[i];
        }
    }
    memcpy(pending, again, left * sizeof again[0]);
    return left;
}

/* Offers them and returns how many must be offered again, moved to the
 * front. */
static size_t offer(struct vt_bench *bench, struct vt_client *client,
                    struct vt_bench_tx **pending, size_t count)
{
    struct vt_json *params[BATCH];
    struct vt_json *answers = NULL;
    struct vt_err err = VT_ERR_INIT;
    uint64_t now = vt_clock_mono_ns();
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t unset = 0;

        (void)atomic_compare_exchange_strong(&pending[i]->sent_ns, &unset, now);
        params[i] = params_of(bench, pending[i]);
    }
    if (vt_client_batch(client, "tx.submit", params, count, &answers, &err) ==
        VT_OK) {
        left = sort_out(bench, pending, count, answers);
    } else {
        fail(bench, &err);
    }
    for (size_t i = 0; i < count; i++) {
        vt_json_free(params[i]);
    }
    vt_json_free(answers);
    return left;
}

/* May this side offer more now? */
static int has_room(const struct vt_bench *bench)
{
    uint64_t sent = atomic_load(&bench->sent);
    uint64_t elapsed = vt_clock_mono_ns() - bench->start_ns;

    if (sent - atomic_load(&bench->done) + BATCH > bench->window) {
        return 0;
    }
    return bench->rate == 0 || sent < bench->rate * elapsed / NS_PER_S + 1;
}

/* Next index of this side: senders are dealt out to the nodes. */
static size_t next_index(const struct side *side, size_t i)
{
    do {
        i++;
    } while (i % VT_BENCH_SENDERS % side->bench->net->node_count != side->node);
    return i;
}

static void *submit_side(void *arg)
{
    struct side *side = arg;
    struct vt_bench *bench = side->bench;
    struct vt_client_args args = {.endpoint = bench->net->nodes[side->node].api,
                                  .total_timeout_ms = 30000};
    struct vt_bench_tx *pending[BATCH];
    struct vt_err err = VT_ERR_INIT;
    struct vt_client *client;
    size_t next = side->node;
    size_t left = 0;

    if (vt_client_new(&args, &client, &err) != VT_OK) {
        fail(bench, &err);
        return NULL;
    }
    while (!bench->stop) {
        size_t count = left;

        while (count < BATCH && next < bench->count && has_room(bench)) {
            pending[count++] = &bench->txs[next];
            next = next_index(side, next);
            atomic_fetch_add(&bench->sent, 1);
        }
        if (count == 0) {
            nap(BUSY_NS / 10);
            continue;
        }
        left = offer(bench, client, pending, count);
        if (left > 0) {
            nap(BUSY_NS);
        }
    }
    atomic_fetch_add(&bench->done, left); /* never offered again */
    atomic_fetch_add(&bench->lost, left);
    vt_client_free(client);
    return NULL;
}

/* ---- following ----------------------------------------------------------- */

static void note_final(struct vt_bench *bench, const struct vt_json *txs,
                       uint64_t now)
{
    (void)pthread_mutex_lock(&bench->lock);
    for (size_t i = 0; i < vt_json_count(txs); i++) {
        struct vt_bench_tx *tx = NULL;
        struct vt_hash hash;

        if (vt_json_get_hash(vt_json_item(txs, i), "", &hash, NULL) == VT_OK) {
            tx = vt_map_get(bench->by_id, hash.b);
        }
        if (tx != NULL && ++tx->seen == bench->net->node_count) {
            tx->final_ns = now;
            bench->last_final_ns = now;
            atomic_fetch_add(&bench->done, 1);
        }
    }
    (void)pthread_mutex_unlock(&bench->lock);
}

/* An event lists only so many ids; the block has them all. */
static void note_rest(struct side *side, uint64_t height, uint64_t first,
                      uint64_t now)
{
    struct vt_json_maker m;
    struct vt_json *params = NULL;
    struct vt_json *block = NULL;
    struct vt_err err = VT_ERR_INIT;

    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", side->bench->chain);
    vt_json_put_u64(&m, "height", height);
    vt_json_put_bool(&m, "txs", 0);
    vt_json_put_u64(&m, "first", first);
    if (vt_json_end(&m, &params) != VT_OK ||
        vt_client_call(side->asker, "block.get", params, 0, &block, &err) !=
            VT_OK) {
        fail(side->bench, &err);
    } else {
        note_final(side->bench, vt_json_at(block, "txs"), now);
    }
    vt_json_free(params);
    vt_json_free(block);
}

static int on_final(void *ctx, const char *name, const char *id,
                    const struct vt_json *data)
{
    struct side *side = ctx;
    const struct vt_json *txs = vt_json_at(data, "txs");
    uint64_t now = vt_clock_mono_ns();

    (void)id;
    if (strcmp(name, "final") != 0) {
        return strcmp(name, "halted") == 0;
    }
    note_final(side->bench, txs, now);
    if (vt_json_u64_or(data, "tx_count", 0) > vt_json_count(txs)) {
        note_rest(side, vt_json_u64_or(data, "height", 0), vt_json_count(txs),
                  now);
    }
    return side->bench->finish != 0;
}

static void *watch_side(void *arg)
{
    struct side *side = arg;
    struct vt_bench *bench = side->bench;
    struct vt_client_args args = {.endpoint =
                                      bench->net->nodes[side->node].api};
    struct vt_err err = VT_ERR_INIT;
    struct vt_client *client = NULL;

    if (vt_client_new(&args, &client, &err) != VT_OK ||
        vt_client_new(&args, &side->asker, &err) != VT_OK) {
        fail(bench, &err);
    } else if (vt_client_events(client, bench->chain, "final,halted", on_final,
                                side, &bench->finish, &err) != VT_OK &&
               !bench->finish) {
        fail(bench, &err);
    }
    vt_client_free(client);
    vt_client_free(side->asker);
    return NULL;
}

/* ---- both ---------------------------------------------------------------- */

static void start_sides(struct vt_bench *bench, struct side *sides,
                        void *(*fn)(void *))
{
    for (uint32_t i = 0; i < bench->net->node_count; i++) {
        sides[i].bench = bench;
        sides[i].node = i;
        sides[i].started =
            pthread_create(&sides[i].thread, NULL, fn, &sides[i]) == 0;
    }
}

static void join_sides(const struct vt_bench *bench, struct side *sides)
{
    for (uint32_t i = 0; i < bench->net->node_count; i++) {
        if (sides[i].started) {
            (void)pthread_join(sides[i].thread, NULL);
        }
    }
}

/* Ctrl-C ends the load early; what was offered is still waited for. */
static volatile sig_atomic_t interrupted;

static void on_signal(int signum)
{
    (void)signum;
    interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal,
                               .sa_flags = (int)SA_RESETHAND};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

vt_status vt_bench_run(struct vt_bench *bench, struct vt_progress *progress,
                       struct vt_err *err)
{
    struct side watchers[VT_DEVNET_NODES_MAX] = {{0}};
    struct side submitters[VT_DEVNET_NODES_MAX] = {{0}};
    uint64_t end;

    catch_signals();
    (void)pthread_mutex_init(&bench->lock, NULL);
    bench->failure.size = sizeof bench->failure;
    start_sides(bench, watchers, watch_side);
    nap(200000000); /* the subscriptions stand before the first transaction */
    bench->start_ns = vt_clock_mono_ns();
    start_sides(bench, submitters, submit_side);
    end = bench->start_ns + bench->seconds * NS_PER_S;
    while (vt_clock_mono_ns() < end && !bench->stop && !interrupted) {
        vt_progress_update(progress, atomic_load(&bench->done));
        nap(50000000);
    }
    bench->stop = 1;
    join_sides(bench, submitters);
    bench->end_ns = vt_clock_mono_ns();
    end = bench->end_ns + DRAIN_S * NS_PER_S;
    while (atomic_load(&bench->done) < atomic_load(&bench->sent) &&
           vt_clock_mono_ns() < end && bench->failure.code == VT_OK) {
        vt_progress_update(progress, atomic_load(&bench->done));
        nap(20000000);
    }
    bench->finish = 1;
    join_sides(bench, watchers);
    if (bench->failure.code != VT_OK) {
        *err = bench->failure;
        return err->code;
    }
    return VT_OK;
}
