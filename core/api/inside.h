/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - the inside of struct vt_api and what its files call each other
 * by. Private to core/api. Thread: loop, unless said otherwise.
 *
 * What a chain's thread and the loop share is under the lock of struct
 * vt_api_chain; a question travels to the chain's thread and back as a struct
 * vt_hop and belongs to one side at a time.
 */
#ifndef VT_API_INSIDE_H
#define VT_API_INSIDE_H

#include "api/api.h"
#include "api/http.h"
#include "api/json.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"

#include <pthread.h>
#include <stdatomic.h>

#define VT_API_BATCH_MAX 64u       /* calls in one request */
#define VT_API_VALUES_MAX 8192u    /* JSON values in one request */
#define VT_API_ID_MAX 128u         /* bytes of a call's id */
#define VT_API_ANSWER_MAX 8388608u /* bytes of the answer to a request */
#define VT_API_HOPS_MAX 4096u      /* questions under way to chains */
#define VT_API_WAITERS_MAX 4096u   /* submitters waiting for final, per chain */
#define VT_API_BLOCK_READS_MAX 8u  /* blocks being read, per chain */
#define VT_API_REPLAYS_MAX 4u      /* and for subscribers */
#define VT_API_ASSETS_MAX 4096u    /* assets account.get looks for */
#define VT_API_CALL_MS 10000u      /* for a chain to answer */
#define VT_API_WAIT_MAX_MS 60000u  /* tx.submit, timeout_ms */
#define VT_API_REFRESH_MS 1000u    /* each chain is looked at */
#define VT_API_SILENT_MS 10000u    /* without a look it is not ready */
#define VT_API_METHODS_MAX 32u
#define VT_API_IDS_MAX 10000u /* transactions of block.get, as ids */
#define VT_API_TXS_MAX 1000u  /* and decoded */

enum vt_rpc_code {
    VT_RPC_PARSE = -32700,
    VT_RPC_REQUEST = -32600,
    VT_RPC_METHOD = -32601,
    VT_RPC_PARAMS = -32602,
    VT_RPC_INTERNAL = -32603,
    VT_RPC_REFUSED = -32000,
    VT_RPC_NOT_FOUND = -32001,
    VT_RPC_BUSY = -32002,
    VT_RPC_TIME_OVER = -32003,
    VT_RPC_HALTED = -32004
};

/* ---- chains: chains.c ---------------------------------------------------- */

/* What was last seen of a chain. */
struct vt_snap {
    struct vt_chain_status status;
    uint64_t taken_ns;      /* 0: nothing was seen yet */
    struct vt_state *state; /* after status.executed_height */
    /* The newest state that a header proves, and that header's block: the one
     * above it. NULL until a block was made while this node ran. */
    struct vt_state *below;
    struct vt_block *tip;
};

struct vt_api_chain {
    struct vt_api *api;
    char name[33];
    struct vt_runner *runner;
    struct vt_chain *chain;
    const struct vt_rules *rules;
    const struct vt_chain_config *config;
    struct vt_hash id;
    uint32_t block_reads, replays;
    int is_refreshing; /* a look is under way */
    /* supply of the gas asset at one moment of the chain's time */
    struct vt_amount gas_supply;
    int64_t gas_time_ms;
    int is_attached; /* the two above are known */
    _Atomic uint32_t subscribers;

    pthread_mutex_t lock; /* of all below */
    struct vt_snap snap;
    struct vt_map *waiters; /* transaction id -> struct vt_hop */
    uint32_t final_waiters; /* of them final, for the block above */
    int is_closed;          /* takes no more waiters */
    struct vt_map *assets_known;
    struct vt_hash *assets; /* other than the native two, some are held */
    size_t asset_count;
};

struct vt_api_chain *vt_api_chain_find(struct vt_api *api, const char *name);
/* A copy with its own references. */
void vt_api_snap(struct vt_api_chain *chain, struct vt_snap *out);
void vt_api_snap_fini(struct vt_snap *snap);
/* Looks at the chain. Thread: the chain's. */
void vt_api_look(struct vt_api_chain *chain,
                 const struct vt_chain_event *event);
/* Asks every chain to be looked at. */
void vt_api_refresh(struct vt_api *api);
/* "" when the chain can serve, else why not. */
void vt_api_chain_trouble(struct vt_api_chain *chain, char out[320]);
/* "" when the node is ready, else why not. */
void vt_api_trouble(struct vt_api *api, char out[400]);
/* Symbol and decimals of an asset; 0 when there is none of that id. */
int vt_api_asset(struct vt_api_chain *chain, const struct vt_state *state,
                 const struct vt_hash *id, struct vt_asset *out);
/* hrp of the chain's addresses. */
const char *vt_api_hrp(const struct vt_api_chain *chain);
void vt_api_chain_free(struct vt_api_chain *chain);

/* ---- questions: hop.c ---------------------------------------------------- */

struct vt_call;

struct vt_hop {
    struct vt_list list;
    struct vt_api_chain *chain;
    struct vt_call *call; /* who waits; NULL: nobody, or not any more */
    int is_call;          /* tell only while call is there */
    /* On the chain's thread. Returns 1 when the answer is there, 0 when
     * vt_hop_return comes later. */
    int (*ask)(struct vt_hop *hop);
    /* Back on the loop, not when the API is stopping. May be NULL. */
    void (*tell)(struct vt_hop *hop);
    /* The last one called. Thread: loop, or where vt_api_free is. */
    void (*free)(struct vt_hop *hop);
    /* May be NULL. Returns 1 when the hop was taken back from where it waits:
     * it will not return. */
    int (*take_back)(struct vt_hop *hop);
};

/* Returns VT_OK: the hop is on its way and comes back; VT_E_LIMIT: it is still
 * the caller's. */
vt_status vt_hop_send(struct vt_hop *hop);
/* Thread: any. */
void vt_hop_return(struct vt_hop *hop);
/* Nobody waits for it any more. */
void vt_hop_forget(struct vt_hop *hop);
/* Frees what came back. */
void vt_hops_drain(struct vt_api *api);

/* ---- calls: rpc.c -------------------------------------------------------- */

/* How far a transaction has come, and what a client waits for. */
enum vt_api_stage {
    VT_API_RECEIVED = 0,
    VT_API_WITNESSED = 1, /* enum vt_cs_stage */
    VT_API_NOTARIZED = 2,
    VT_API_FINAL = 3,
    VT_API_EXECUTED = 4, /* and a final block above shows its effects */
    VT_API_STAGES = 5
};
extern const char *const vt_api_stage_names[VT_API_STAGES];

/* Parameters as they were read; what was not given is zero or its default. */
struct vt_args {
    struct vt_api_chain *chain;
    const char *asset; /* borrowed during the call's function */
    struct vt_address address;
    struct vt_hash id;
    uint64_t height, first, count, timeout_ms;
    int has_height, has_id, has_count;
    int wants_txs, wants_proof;
    enum vt_api_stage wait;
    struct vt_buf raw;
};

/* One row of a method's parameters; see params.c. */
struct vt_param {
    const char *name;
    const char *form; /* what is allowed, for people */
    vt_status (*read)(const struct vt_json *params, const char *name,
                      struct vt_args *out, struct vt_err *err);
};

#define VT_METHOD_PARAMS_MAX 6u
struct vt_method {
    const char *name;
    void (*fn)(struct vt_call *call, struct vt_args *args);
    const struct vt_param *required[VT_METHOD_PARAMS_MAX];
    const struct vt_param *optional[VT_METHOD_PARAMS_MAX];
};

extern const struct vt_param vt_param_chain, vt_param_height, vt_param_id,
    vt_param_txs, vt_param_first, vt_param_count, vt_param_raw, vt_param_wait,
    vt_param_timeout, vt_param_address, vt_param_asset, vt_param_proof;

/* Reads params (NULL: none) by the method's rows. Returns VT_OK; else the call
 * was answered with an error. */
vt_status vt_params_read(struct vt_call *call, const struct vt_method *method,
                         const struct vt_json *params, struct vt_args *out);

/* A request under way. */
struct vt_batch {
    struct vt_list list; /* of the API */
    struct vt_api *api;
    struct vt_http_call *http;
    struct vt_list calls; /* open ones */
    int is_array;
    int is_reading; /* more calls may come */
    struct vt_buf out;
};

/* Answers the request when nothing of it is open any more. */
void vt_batch_finish(struct vt_batch *batch);

struct vt_call {
    struct vt_list list; /* of the batch */
    struct vt_batch *batch;
    struct vt_api *api;
    struct vt_json *id; /* NULL: a notification */
    struct vt_hop *hop; /* under way for it */
    struct vt_heap_item deadline;
    int has_stages; /* a tx.submit: when time is over it tells how far it is */
};
/* Is it a tx.submit that the mempool took? How far it came, what for it waits.
 */
int vt_call_is_received(const struct vt_call *call, const char **out_stage,
                        const char **out_wanted);

/* Send a hop on behalf of a call and wait at most timeout_ms. The hop is taken
 * over in any case; when it cannot be sent the call is answered. */
void vt_call_send(struct vt_call *call, struct vt_hop *hop,
                  struct vt_api_chain *chain, uint32_t timeout_ms);
/* Each ends the call. result: open an object or array named "result", fill and
 * close it in between. */
void vt_call_begin(struct vt_call *call, struct vt_json_maker *m);
void vt_call_end(struct vt_call *call, struct vt_json_maker *m);
void vt_call_fail(struct vt_call *call, enum vt_rpc_code code, const char *fmt,
                  ...) __attribute__((format(printf, 3, 4)));
/* An error with data: put members between, then vt_call_end. */
void vt_call_begin_fail(struct vt_call *call, struct vt_json_maker *m,
                        enum vt_rpc_code code, const char *message);
void vt_call_end_fail(struct vt_call *call, struct vt_json_maker *m);

void vt_rpc_metrics(struct vt_api *api);
void vt_rpc_on_call(struct vt_api *api, struct vt_http_call *http);
/* Answers everything that is open. */
void vt_rpc_stop(struct vt_api *api);
void vt_rpc_on_clock(struct vt_api *api);

/* The methods, one file per group. */
void vt_rpc_node_status(struct vt_call *call, struct vt_args *args);
void vt_rpc_peer_list(struct vt_call *call, struct vt_args *args);
void vt_rpc_chain_list(struct vt_call *call, struct vt_args *args);
void vt_rpc_chain_status(struct vt_call *call, struct vt_args *args);
void vt_rpc_chain_epochs(struct vt_call *call, struct vt_args *args);
void vt_rpc_chain_borders(struct vt_call *call, struct vt_args *args);
void vt_rpc_chain_offences(struct vt_call *call, struct vt_args *args);
void vt_rpc_stake_get(struct vt_call *call, struct vt_args *args);
void vt_rpc_stake_candidates(struct vt_call *call, struct vt_args *args);
void vt_rpc_chain_evidence(struct vt_call *call, struct vt_args *args);
void vt_rpc_block_get(struct vt_call *call, struct vt_args *args);
void vt_rpc_tx_submit(struct vt_call *call, struct vt_args *args);
void vt_rpc_tx_get(struct vt_call *call, struct vt_args *args);
void vt_rpc_tx_proof(struct vt_call *call, struct vt_args *args);
void vt_rpc_account_get(struct vt_call *call, struct vt_args *args);
void vt_rpc_balance_get(struct vt_call *call, struct vt_args *args);
void vt_rpc_asset_get(struct vt_call *call, struct vt_args *args);

/* rpc_tx.c: submitters of what this event makes final, or of a chain that is
 * halted now. Thread: the chain's. */
void vt_api_waiters_on_event(struct vt_api_chain *chain,
                             const struct vt_chain_event *event);

/* ---- subscribers: events.c ----------------------------------------------- */

struct vt_events;

vt_status vt_events_new(struct vt_api *api, struct vt_events **out);
void vt_events_on_call(struct vt_events *events, struct vt_http_call *http);
/* Thread: the chain's. */
void vt_events_on_event(struct vt_events *events, struct vt_api_chain *chain,
                        const struct vt_chain_event *event);
/* Every VT_API_REFRESH_MS. */
void vt_events_on_clock(struct vt_events *events);
/* Ends all streams. */
void vt_events_stop(struct vt_events *events);
void vt_events_free(struct vt_events *events);

/* ---- pages: pages.c ------------------------------------------------------ */

void vt_page_metrics(struct vt_api *api, struct vt_http_call *http);
void vt_page_health(struct vt_api *api, struct vt_http_call *http);
void vt_page_ready(struct vt_api *api, struct vt_http_call *http);
void vt_page_index(struct vt_http_call *http, int status);

/* ---- the API ------------------------------------------------------------- */

struct vt_api {
    struct vt_api_args args;
    uint64_t started_ns;
    int64_t started_ms;
    struct vt_http *http;
    struct vt_events *events;
    struct event *clock;    /* refresh */
    struct event *deadline; /* of calls */
    struct vt_heap deadlines;
    struct vt_list batches;
    size_t held_bytes; /* of answers in batches that are not complete */
    uint32_t hops_out;
    int is_stopping;
    uint32_t metric_calls[VT_API_METHODS_MAX], metric_errors;

    /* Chains are only ever added: a reader needs the count alone. */
    struct vt_api_chain *chains[VT_CHAINS_MAX];
    _Atomic uint32_t chain_count;

    pthread_mutex_t lock;    /* of the two below */
    struct vt_list returned; /* struct vt_hop */
    int is_told;             /* the loop will look */
};

#endif
