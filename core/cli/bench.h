/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - load on a development network and what it costs: transactions are
 * signed beforehand, offered to all nodes, and followed until every node has
 * said that they are final.
 *
 *   fund -> sign -> run (submitters, watchers) -> measure
 */
#ifndef VT_CLI_BENCH_H
#define VT_CLI_BENCH_H

#include "cli/devnet.h"
#include "cli/progress.h"

#include <pthread.h>
#include <stdatomic.h>

#define VT_BENCH_SENDERS 256u
/* Per second, signed when no rate is given. */
#define VT_BENCH_RATE_MAX 20000u

/* One transaction on its way. */
struct vt_bench_tx {
    struct vt_hash id;
    const uint8_t *raw;
    uint32_t len;
    uint32_t seen; /* nodes that said final */
    _Atomic uint64_t sent_ns;
    uint64_t final_ns; /* the last node said so */
};

struct vt_bench_account {
    uint8_t sk[64], pk[64];
    struct vt_address address;
};

struct vt_bench {
    struct vt_devnet *net;
    const char *chain;
    uint32_t seconds, rate, window;
    const char *stem;                  /* of the transfers' scheme */
    const struct vt_signature *scheme; /* of the transfers */
    struct vt_hash chain_id;
    struct vt_bench_account senders[VT_BENCH_SENDERS];
    struct vt_bench_tx *txs; /* tx i is of sender i % VT_BENCH_SENDERS */
    size_t count;
    uint8_t *bytes;
    struct vt_map *by_id;
    _Atomic uint64_t sent, done, refused;
    _Atomic uint64_t lost;     /* refused for good, counted as done */
    uint64_t start_ns, end_ns; /* offering */
    uint64_t last_final_ns;
    _Atomic int stop;      /* submitters */
    _Atomic int finish;    /* watchers */
    pthread_mutex_t lock;  /* seen, final_ns, last_final_ns */
    struct vt_err failure; /* of a thread; code VT_OK = none */
};

/* What the nodes spent between two looks. */
struct vt_bench_cost {
    uint64_t cpu_ns[VT_DEVNET_NODES_MAX]; /* user and system, whole process */
    uint64_t stage_ns[6];                 /* all nodes, by enum vt_stage */
    uint64_t rss_kib[VT_DEVNET_NODES_MAX];
    uint64_t wire_bytes; /* all nodes, sent on links, before encryption */
};

/* bench_load.c */
vt_status vt_bench_fund(struct vt_bench *bench, const char *key_path,
                        struct vt_registry *registry, struct vt_err *err);
vt_status vt_bench_sign(struct vt_bench *bench, struct vt_progress *progress,
                        struct vt_err *err);
void vt_bench_free(struct vt_bench *bench);
/* bench_run.c: offers for `seconds`, or until SIGINT or SIGTERM, then waits for
 * the rest to become final. */
vt_status vt_bench_run(struct vt_bench *bench, struct vt_progress *progress,
                       struct vt_err *err);
/* bench_cost.c */
vt_status vt_bench_cost_read(const struct vt_bench *bench,
                             struct vt_bench_cost *out, struct vt_err *err);
/* Processor nanoseconds of one bare verification of these signatures, by the
 * plugin alone, on this thread. */
uint64_t vt_bench_bare_ns(const struct vt_bench *bench);

#endif
