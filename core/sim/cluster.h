/* SPDX-License-Identifier: Apache-2.0
 *
 * cluster.h - inside of the simulator: the event queue, the nodes, what is
 * known to be true. Private to core/sim.
 */
#ifndef VT_SIM_CLUSTER_H
#define VT_SIM_CLUSTER_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rng.h"
#include "chain/chain.h"
#include "sim/disk.h"
#include "sim/sim.h"

#define VT_SIM_NODES_MAX 64u
#define VT_SIM_TWINS_MAX 21u /* f of 64 */
/* Members, then the second instances of twins. */
#define VT_SIM_SLOTS_MAX (VT_SIM_NODES_MAX + VT_SIM_TWINS_MAX)
#define VT_SIM_NOBODY VT_SIM_SLOTS_MAX
#define VT_SIM_CLIENTS 4u
#define VT_SIM_OPERATORS 2u
#define VT_SIM_MS UINT64_C(1000000) /* nanoseconds */
#define VT_SIM_HEARD_MAX 16u
#define VT_SIM_HOARD_MAX 512u
#define VT_SIM_EPOCHS_MAX 64u /* looked at */

enum sim_kind {
    SIM_TICK = 1,
    SIM_FRAME,
    SIM_JOB,
    SIM_SUBMIT,
    SIM_BURY,    /* a node that died is taken down */
    SIM_RESTART, /* arg is the life that ended */
    SIM_FAULT,   /* arg is its index */
    SIM_FAULT_END,
    SIM_CALM, /* the faults are over */
    SIM_LINK,
    SIM_NOISE, /* a liar makes some */
    SIM_SWITCH,
    SIM_WORK /* the end of a search for a nonce */
};

/* One thing that will happen. Those of a node's earlier life are ignored. */
struct sim_event {
    struct vt_heap_item item;
    struct vt_list jobs; /* in sim_node.jobs when kind is SIM_JOB */
    enum sim_kind kind;
    uint32_t node; /* slot */
    uint32_t from; /* slot; SIM_LINK: member */
    uint32_t life;
    uint64_t arg;
    struct vt_job *job;
    int job_ran; /* its work was done in the moment of a crash */
    uint32_t klass;
    size_t len;
    uint8_t bytes[]; /* an encoded frame */
};

struct sim_cluster;

/* A frame said before, for liars who say it again. */
struct sim_heard {
    uint8_t *bytes;
    size_t len;
};

/* What the faults under way add up to for one node. */
struct sim_lot {
    uint64_t slow;                     /* times the delay */
    uint64_t bandwidth;                /* bytes a second out, 0: no cap */
    uint64_t sync_ns;                  /* longer for each write */
    uint64_t executor;                 /* times the work on the pool */
    uint64_t hashrate;                 /* nonces a second */
    uint64_t late_ns;                  /* before anything leaves */
    int64_t skew_ms;                   /* of the wall clock */
    int64_t drift;                     /* per mille, of the other clock */
    uint32_t garbage;                  /* per mille */
    uint64_t cut_from[VT_SIM_CLASSES]; /* members it does not reach */
    int disk_full, no_fetch, is_unable, silent, is_noisy, says_stale, hoards;
    uint32_t selfish;      /* enum vt_sim_selfish + 1; 0: not */
    enum vt_sim_verb twin; /* TWIN to TWO_FACED, or CRASH: none */
};

struct sim_node {
    struct vt_world world;
    struct sim_cluster *cluster;
    uint32_t index;  /* slot */
    uint32_t member; /* whose key it has */
    char name[12];   /* "node3", a second instance is "node3'" */
    uint32_t life;   /* counts starts */
    int up;
    int is_buried; /* died and was taken down */
    struct vt_chain *chain;
    struct vt_sim_disk *log, *state;
    struct vt_signer signer;
    struct vt_parts_maker maker;
    uint8_t sk[64], pk[64];
    struct sim_lot lot;
    uint64_t tick_at;       /* by its own clock; UINT64_MAX: none wanted */
    uint64_t store_free_at; /* the STORE lane works one job at a time */
    uint64_t link_free_at;  /* with a bandwidth cap */
    uint64_t clock_base, clock_since; /* its clock read base at since */
    uint64_t paused_until;
    uint64_t fuse;    /* it dies after so many effects more; 0: not */
    uint64_t away_ns; /* how long then; 0: until the faults end */
    int in_job;
    uint64_t final_height; /* highest announced as final and durable */
    uint32_t search;       /* counts searches for a nonce; the last one runs */
    struct vt_list jobs;
    uint32_t last_label; /* of the engine, + 1 */
    struct sim_heard heard[VT_SIM_HEARD_MAX];
    uint64_t heard_count;
    struct sim_heard *hoard;  /* VT_SIM_HOARD_MAX, or NULL */
    uint64_t hoard_count;     /* of which that many were kept or let go */
    struct vt_map *signed_at; /* position -> hash signed there */
    /* when its executor is to make a mistake: what it follows, and what it will
     * follow from then on; else NULL */
    struct vt_rules *rules, *wrong_rules;
    uint64_t wrong_height; /* the last it announced, and its state then */
    struct vt_hash wrong_root;
};

/* What the first node to announce a height said. */
struct sim_truth {
    struct vt_hash id;
    struct vt_hash after;   /* state root of the height */
    struct vt_block *block; /* of the two highest */
    uint32_t maker;         /* member, once block was seen */
    uint64_t term;          /* of Raft: what its header says */
};

/* What the first node to begin an epoch said; height 0: nobody yet. */
struct sim_epoch {
    uint64_t start_height;
    const char *engine; /* of the module, lives for ever */
};

/* The miner that keeps its blocks back. */
#define VT_SIM_FOUND_MAX 64u
struct sim_selfish {
    struct sim_node *miner;           /* NULL: there is none */
    int is_on;                        /* it has a branch of its own */
    int ends;                         /* with its next block */
    uint64_t height, public_height;   /* of its branch, of the others */
    uint64_t allowed;                 /* what may be known of its branch */
    uint64_t found[VT_SIM_FOUND_MAX]; /* heights of its blocks */
    uint64_t found_count, told_count; /* told: its engine spoke of it */
    struct vt_list own, unheard;      /* frames kept back, not listened to */
};

struct sim_tx {
    uint64_t final_height; /* 0: not final anywhere yet */
    uint32_t client;
    uint32_t len;
    uint8_t *raw;
    struct vt_hash id;
};

struct sim_client {
    uint8_t sk[64], pk[64];
    struct vt_address address;
    uint64_t next_nonce;
};

/* What the faults under way add up to for the network. */
struct sim_weather {
    uint32_t loss, duplicate, reorder, corrupt; /* per mille */
    uint32_t delay_kind;
    uint64_t delay_ns;                   /* mean; 0: the usual */
    uint64_t held_until[VT_SIM_CLASSES]; /* a class that does not move */
};

struct sim_underway {
    int on, begun;
    uint32_t seen;    /* label: how often */
    uint32_t who;     /* label: member that traced it for the nth time */
    uint64_t ends_ns; /* UINT64_MAX: does not */
    uint64_t turn;    /* a flap's */
};

struct sim_cluster {
    const struct vt_sim_args *args;
    struct vt_sim_result *result;
    struct vt_heap queue;
    uint64_t now_ns;
    uint64_t deadline_ns; /* everything final by then, or not live */
    struct vt_rng net, load, disk;
    uint64_t trace;
    struct sim_node nodes[VT_SIM_SLOTS_MAX + 1u]; /* and an auditor */
    uint32_t slots;                               /* used */
    uint64_t liars, twins, blind;                 /* members */
    struct sim_weather weather;
    struct sim_underway *underway;                  /* as long as the plan */
    struct sim_client clients[VT_SIM_CLIENTS + 1u]; /* the last one floods */
    /* the chain's governors: the operator, and its rival if there is one */
    struct sim_client operators[VT_SIM_OPERATORS];
    int is_switched; /* all of args.switches has happened */
    int is_watched;  /* a fault waits for a label */
    int is_traced;   /* somebody listens to what the engines trace */
    struct vt_hash chain_id;
    const struct vt_module *module;
    const struct vt_signature *scheme;
    struct vt_schemes schemes;
    struct vt_signature blind_scheme; /* finds every signature good */
    struct vt_schemes blind_schemes;
    struct vt_signature guess_scheme; /* its random values are noise */
    struct vt_chain_config *config;
    struct vt_rules *rules;
    struct vt_parts_args parts_args;
    struct vt_parts *parts; /* of the first epoch */
    struct vt_buf canonical;
    struct vt_buf scratch;   /* a frame being encoded */
    struct sim_truth *truth; /* by height */
    size_t truth_count, truth_cap;
    struct sim_epoch epochs[VT_SIM_EPOCHS_MAX];
    struct sim_tx *txs;
    size_t tx_count, tx_cap; /* made so far */
    size_t txs_wanted, txs_final;
    struct vt_map *tx_by_id; /* id -> struct sim_tx */
    struct {
        struct vt_list list;
        uint64_t bytes;
        uint32_t frames;
    } tape; /* what honest members heard, when too many lie */
    int is_taped;
    struct sim_selfish selfish;
    struct {
        struct vt_map *kept;    /* position -> hash signed there */
        struct vt_map *leaders; /* epoch, term -> member */
    } raft;
    int is_calm, all_crashed;
    int failed; /* out of memory or the like: the run is void */
};

static inline int vt_sim_is_twin(const struct sim_node *node)
{
    return (node->cluster->twins >> node->member & 1) != 0;
}

static inline int vt_sim_is_liar(const struct sim_node *node)
{
    return (node->cluster->liars >> node->member & 1) != 0;
}

/* An honest member whose executor is, or will be, at odds with the others'. */
static inline int vt_sim_is_wrong(const struct sim_node *node)
{
    return node->rules != NULL;
}

/* setup.c */
vt_status vt_sim_setup(struct sim_cluster *c, struct vt_err *err);
void vt_sim_teardown(struct sim_cluster *c);
vt_status vt_sim_make_node(struct sim_cluster *c, uint32_t slot,
                           uint32_t member);
void vt_sim_free_node(struct sim_node *node);

/* world.c: one node's view of the outside, and its clock */
extern const struct vt_world_ops vt_sim_world_ops;
uint64_t vt_sim_clock(const struct sim_node *node);
/* Take what the clock shows as its new base: before its rate changes. */
void vt_sim_clock_rebase(struct sim_node *node);
/* Something of this node gets out. Returns 0 when the node is dead already; it
 * may die of this one, which still got out. */
int vt_sim_escapes(struct sim_node *node);
void vt_sim_wake(struct sim_node *node);

/* node.c */
vt_status vt_sim_node_start(struct sim_node *node, struct vt_err *err);
/* From now on nothing of it gets out and nothing is durable. */
/* Jobs that were under way end now, one after the other. */
void vt_sim_finish_jobs(struct sim_node *node);
void vt_sim_node_die(struct sim_node *node);
void vt_sim_node_stop(struct sim_node *node);
void vt_sim_on_event(struct sim_cluster *c, struct sim_event *ev);

/* faults.c */
vt_status vt_sim_faults_begin(struct sim_cluster *c);
void vt_sim_fault_start(struct sim_cluster *c, size_t i);
void vt_sim_fault_end(struct sim_cluster *c, size_t i);
void vt_sim_calm(struct sim_cluster *c);
/* A member's engine said this: faults may wait for it. */
void vt_sim_on_label(struct sim_node *node, const char *text);

/* weather.c */
/* Adds up all faults under way again. */
void vt_sim_weather_update(struct sim_cluster *c);

/* network.c */
struct sim_event *vt_sim_schedule(struct sim_cluster *c, enum sim_kind kind,
                                  uint32_t node, uint64_t at_ns,
                                  struct vt_view bytes);
vt_status vt_sim_send(struct sim_node *from, uint32_t peer, uint32_t klass,
                      const struct vt_frame *frame);
/* Bytes of any form to one slot, with their digest. */
void vt_sim_send_raw(struct sim_node *from, uint32_t to, uint32_t klass,
                     struct vt_view bytes, uint64_t digest);
void vt_sim_link_all(struct sim_cluster *c, uint32_t node, int up);

/* liars.c */
/* Does a liar say this to slot `to` at all? */
int vt_sim_lies(struct sim_node *from, uint32_t to);
/* And does a liar listen to slot `from`? */
int vt_sim_hears(const struct sim_node *to, uint32_t from);
void vt_sim_keep_heard(struct sim_node *from, struct vt_view bytes);
/* Any word of the first epoch, for one who hoards them. */
void vt_sim_hoard(struct sim_node *node, struct vt_view bytes);
void vt_sim_noise(struct sim_node *node);

/* clients.c */
vt_status vt_sim_clients_new(struct sim_cluster *c);
void vt_sim_offer(struct sim_cluster *c, uint64_t which);
void vt_sim_flood(struct sim_cluster *c, uint64_t members, uint64_t count);

/* mining.c */
vt_status vt_sim_work(struct sim_node *node, uint64_t token,
                      struct vt_view header, const uint8_t target[32]);
void vt_sim_worked(struct sim_node *node, const struct sim_event *ev);

/* selfish.c */
void vt_sim_selfish_init(struct sim_cluster *c);
void vt_sim_selfish_free(struct sim_cluster *c);
/* What an engine traced. */
void vt_sim_selfish_hear(struct sim_node *node, const char *text);
/* Is this frame kept back, or dropped? */
int vt_sim_selfish_keeps(struct sim_node *from, const struct vt_frame *frame,
                         struct vt_view bytes);
/* Is this frame heard later? */
int vt_sim_selfish_ignores(struct sim_node *node, const struct sim_event *ev);

/* audit.c: I9, what honest members heard convicts who forked the chain */
int vt_sim_is_over(const struct sim_cluster *c);
void vt_sim_tape(struct sim_node *node, const struct sim_event *ev);
void vt_sim_audit(struct sim_cluster *c);
void vt_sim_tape_free(struct sim_cluster *c);

/* executor.c: mistakes in what transactions do to the state */
vt_status vt_sim_executors_new(struct sim_cluster *c, struct vt_err *err);
void vt_sim_executors_spoil(struct sim_cluster *c, uint64_t members);

/* switches.c: asks for the next engine when the chain is ready for it. */
void vt_sim_switch_look(struct sim_cluster *c);
size_t vt_sim_switch_count(const struct sim_cluster *c);
uint32_t vt_sim_operator_count(const struct sim_cluster *c);

/* check.c, check_blocks.c, check_epochs.c, check_follow.c, check_votes.c,
 * check_raft.c, check_end.c */
void vt_sim_violation(struct sim_cluster *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void vt_sim_check_final(struct sim_node *node,
                        const struct vt_chain_event *event);
void vt_sim_check_restart(struct sim_node *node);
/* All epochs this node knows of, and a final block at or off a border. */
void vt_sim_check_epochs(struct sim_node *node);
void vt_sim_check_border(struct sim_node *node, const struct vt_block *block);
/* When all is over: it knows every epoch it has blocks of. */
void vt_sim_check_epochs_known(struct sim_node *node);
/* What a stranger makes of a stage, and of its final headers. */
void vt_sim_check_stage(struct sim_node *node,
                        const struct vt_chain_event *event);
void vt_sim_check_follow(struct sim_node *node);
/* Fills result->epochs. */
void vt_sim_tell_epochs(struct sim_cluster *c);
void vt_sim_check_evidence(struct sim_node *node, uint32_t member,
                           int is_verified);
/* A synced write into the space of what was signed. */
void vt_sim_check_signed(struct sim_node *node, struct vt_view key,
                         struct vt_view hash);
/* I16: the same write, and what an engine traced. */
void vt_sim_check_kept(struct sim_node *node, struct vt_view key,
                       struct vt_view hash);
void vt_sim_check_lead(struct sim_node *node, const char *text);
int vt_sim_runs_raft(const struct sim_cluster *c, uint64_t epoch);
void vt_sim_raft_free(struct sim_cluster *c);
void vt_sim_check_end(struct sim_cluster *c);
int vt_sim_done(const struct sim_cluster *c);

/* trace.c */
void vt_sim_trace_mix(struct sim_cluster *c, uint32_t what, uint32_t node,
                      uint64_t digest);
/* Not for strangers: nothing but speed and spread. */
uint64_t vt_sim_digest(struct vt_view bytes);
void vt_sim_say(struct sim_cluster *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* cover.c */
void vt_sim_cover_note(struct sim_node *node, const char *text);
/* The same, and faults may wait for it: what a chain does beside its engine. */
void vt_sim_note(struct sim_node *node, const char *text);

#endif
