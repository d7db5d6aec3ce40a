/* SPDX-License-Identifier: Apache-2.0
 *
 * consensus.h - interface "vt.consensus/1": events in, effects out, no I/O.
 *
 * An engine is a deterministic automaton: the same create() input and the same
 * sequence of events give the same bytes in the same effects, on every CPU,
 * compiler and run. Time comes from the event, randomness from start.seed;
 * there are no threads, no I/O, no static mutable data, no floats.
 *
 * Lifecycle, all calls serialized per instance:
 *
 *   create -> step(START) -> step(any event)* -> destroy
 *                                  ^ digest() at any time in between
 *
 * Who calls, when, how often: the chain driver, one step per event; budget
 * 1 ms. The pure check_* functions need no instance and are called by sync,
 * light clients and the next epoch from any thread.
 *
 * The border between engine and host:
 *  - The host owns block bodies, transactions, state, network, keys, clock.
 *    The engine sees block ids, a few header fields and its own payload.
 *  - Bytes in an event are valid during step() only; bytes in an effect are
 *    copied inside emit().
 *  - The host may lose, delay, duplicate and reorder RECV and drop SEND. It
 *    never loses what PERSISTED or a later event confirmed.
 *  - A request (BUILD BATCH JOIN VALIDATE FETCH VERIFY SIGN PERSIST STORE WORK
 *    PROVE) gets at most one answer with its token, in any order, possibly
 *    never: a timer covers it.
 *  - RECV of garbage returns VT_OK (PENALIZE if it pays). A negative status
 *    from step() halts this chain on this node and no other.
 *  - An unknown event is ignored with VT_OK, or refused with
 *    VT_E_UNSUPPORTED when bit VT_EV_CRITICAL is set in its type.
 *
 * Order of effects, safe by default: SEND, SIGN, COMMIT, HEAD, EVIDENCE,
 * PENALIZE, REQUEUE and SEALED take effect only after every PERSIST and STORE
 * emitted before them, in this step or an earlier one, is durable. PERSISTs of
 * one slot become durable in the order emitted. TIMER, BUILD, BATCH, JOIN,
 * PLACE, VALIDATE, FETCH, VERIFY, WORK, PROVE, SYNC, STAGE, METRIC, TRACE start
 * at once. VT_EFF_EARLY lifts the rule for one effect.
 */
#ifndef VT_CONSENSUS_H
#define VT_CONSENSUS_H

#include <vt/host.h>

VT_BEGIN_DECLS

#define VT_IF_CONSENSUS "vt.consensus/1"

#define VT_PEER_ALL 0xffffffffu  /* SEND: all other members */
#define VT_PEER_NONE 0xfffffffeu /* not a member: an observer */

/* ---- the epoch: what an instance is bound to --------------------------- */

struct vt_member {
    uint32_t index; /* position in the epoch, 0.. */
    uint32_t reserved;
    uint64_t weight;
    struct vt_view pk; /* of the epoch's signature scheme */
};

/* Immutable for the life of an instance: new members, parameters, release or
 * engine all mean a new epoch and a new instance. */
struct vt_cs_epoch {
    uint32_t size;
    uint32_t reserved;
    uint64_t epoch;        /* counts instances of this chain, from 0 */
    uint64_t start_height; /* first height this epoch decides */
    uint8_t chain_id[32];
    uint8_t parent[32]; /* id of block start_height - 1 */
    uint8_t digest[32]; /* of the whole descriptor; part of every signature */
    uint8_t beacon[32]; /* randomness all members share */
    const char *scheme; /* signature scheme of the members, "schnorr" */
    struct vt_tab members; /* of struct vt_member, in index order */
    /* The epoch's options, for the pure checks: those flagged as consensus are
     * the same everywhere. Valid as long as the epoch, for any thread. NULL
     * with a host that knows none. */
    const struct vt_cfg *cfg;
    /* For check_proof(): the last height the epoch decides, whose proof is the
     * handoff to the next one. 0: not agreed yet; create() sees that. */
    uint64_t end_height;
};

/* A block header as engines see it. */
struct vt_cs_header {
    uint32_t size;
    uint32_t proposer; /* member index */
    uint64_t epoch;
    uint64_t height;
    int64_t time_ms;
    uint8_t id[32];
    uint8_t parent[32];
    struct vt_view payload; /* the engine's own bytes in the header */
};

/* ---- events: host -> engine ---------------------------------------------- */

/* Every event starts with this. Host owned, valid during step(). */
struct vt_ev {
    uint32_t size;
    uint32_t type;   /* enum vt_ev_type, perhaps | VT_EV_CRITICAL */
    uint64_t now_ns; /* never goes back; means nothing after a restart */
    int64_t wall_ms; /* Unix time, may jump; may enter a block */
};

#define VT_EV_CRITICAL 0x80000000u

enum vt_ev_type {
    VT_EV_START = 1,     /* vt_ev: first call after create */
    VT_EV_TIMER = 2,     /* vt_ev_timer */
    VT_EV_RECV = 3,      /* vt_ev_recv */
    VT_EV_PERSISTED = 4, /* vt_ev_done: PERSIST or STORE is durable */
    VT_EV_SIGNED = 5,    /* vt_ev_done: data = signature */
    VT_EV_VERIFIED = 6,  /* vt_ev_done: data = one vt_verdict byte per item */
    VT_EV_BUILT = 7,     /* vt_ev_block */
    VT_EV_VALIDATED = 8, /* vt_ev_block: verdict GOOD, BAD or LATER */
    VT_EV_FETCHED = 9,   /* vt_ev_block: status says whether it was found */
    VT_EV_APPLIED = 10,  /* vt_ev_applied: final and executed, ours or synced */
    VT_EV_PEER = 11,     /* vt_ev_peer: a link went up or down, a hint */
    VT_EV_TXS = 12,      /* vt_ev_txs: transactions are waiting */
    VT_EV_MORE = 13,     /* vt_ev: the previous step ran out of room */
    VT_EV_SEAL = 14,     /* vt_ev_seal */
    VT_EV_ADMIN = 15,    /* vt_ev_bytes: from the operator, no new rules */
    VT_EV_WORKED = 16,   /* vt_ev_done: data = the solution */
    VT_EV_ANCHOR = 17,   /* vt_ev_anchor: main chain fixed a block of ours */
    VT_EV_PROVED = 18    /* vt_ev_done: data = proof of the random value */
};

struct vt_ev_timer {
    struct vt_ev h;
    uint64_t timer; /* one-shot */
};

/* from is who holds the link, not who signed the content. With has_attach the
 * host holds the block `attach` the sender sent along. */
struct vt_ev_recv {
    struct vt_ev h;
    uint32_t from; /* member index or VT_PEER_NONE */
    uint32_t proto;
    uint32_t has_attach;
    uint32_t reserved;
    uint8_t attach[32];
    struct vt_view msg;
};

struct vt_ev_done {
    struct vt_ev h;
    uint64_t token;
    vt_status status;
    uint32_t reserved;
    struct vt_view data;
};

struct vt_ev_block {
    struct vt_ev h;
    uint64_t token;
    vt_status status;
    uint32_t verdict; /* VALIDATED only */
    uint64_t height;
    int64_t time_ms;
    uint8_t id[32];
    uint8_t parent[32];
    uint32_t proposer;
    uint32_t txs;           /* transactions in the body */
    uint64_t size_bytes;    /* of header and body */
    struct vt_view payload; /* the engine's bytes in the header */
    /* VALIDATED BAD of a batch: shows anybody a transaction that should not be
     * in it (vt.crypto/1 check_flaw); empty when it is bad otherwise. At most
     * VT_CS_FLAW_MAX bytes. Missing with an older host. */
    struct vt_view flaw;
};

struct vt_ev_applied {
    struct vt_ev h;
    uint64_t height;
    uint8_t id[32];
    uint8_t state_root[32];
};

struct vt_ev_peer {
    struct vt_ev h;
    uint32_t peer;
    uint32_t up;
};

struct vt_ev_txs {
    struct vt_ev h;
    uint64_t count;
    uint64_t size_bytes;
};

/* Decide nothing above height, then emit SEALED. */
struct vt_ev_seal {
    struct vt_ev h;
    uint64_t height;
    uint8_t successor[32]; /* digest of the next epoch without its parent */
};

struct vt_ev_bytes {
    struct vt_ev h;
    struct vt_view data;
};

struct vt_ev_anchor {
    struct vt_ev h;
    uint64_t height;
    uint8_t id[32];
};

/* ---- effects: engine -> host --------------------------------------------- */

/* Every effect starts with this. Engine owned, copied inside emit(). */
struct vt_eff {
    uint32_t size;
    uint32_t type;  /* enum vt_eff_type */
    uint64_t token; /* comes back in the answer */
    uint32_t flags; /* VT_EFF_ */
    uint32_t reserved;
};

#define VT_EFF_EARLY 1u

enum vt_eff_type {
    VT_EFF_PERSIST = 1,   /* vt_eff_persist -> PERSISTED */
    VT_EFF_SEND = 2,      /* vt_eff_send */
    VT_EFF_TIMER = 3,     /* vt_eff_timer -> TIMER */
    VT_EFF_BUILD = 4,     /* vt_eff_build -> BUILT */
    VT_EFF_VALIDATE = 5,  /* vt_eff_block -> VALIDATED */
    VT_EFF_SIGN = 6,      /* vt_eff_sign -> SIGNED */
    VT_EFF_VERIFY = 7,    /* vt_eff_verify -> VERIFIED */
    VT_EFF_STORE = 8,     /* vt_eff_block -> PERSISTED: body made durable */
    VT_EFF_COMMIT = 9,    /* vt_eff_commit: final, heights without gap */
    VT_EFF_FETCH = 10,    /* vt_eff_fetch -> FETCHED */
    VT_EFF_PENALIZE = 11, /* vt_eff_accuse: a link misbehaves */
    VT_EFF_EVIDENCE = 12, /* vt_eff_evidence: a member provably cheated */
    VT_EFF_SEALED = 13,   /* vt_eff_commit: instance over, proof = handoff */
    VT_EFF_HALT = 14,     /* vt_eff_text: safety alarm, stop this chain */
    VT_EFF_HEAD = 15,     /* vt_eff_head: tentative head moved */
    VT_EFF_REQUEUE = 16,  /* vt_eff_block: given up, at least for now */
    VT_EFF_SYNC = 17,     /* vt_eff_head: we are behind this height */
    VT_EFF_WORK = 18,     /* vt_eff_work -> WORKED */
    VT_EFF_METRIC = 19,   /* vt_eff_metric */
    VT_EFF_TRACE = 20,    /* vt_eff_text: "rule detail", for people and tests */
    VT_EFF_PROVE = 21,    /* vt_eff_prove -> PROVED */
    VT_EFF_BATCH = 22,    /* vt_eff_batch -> BUILT */
    VT_EFF_JOIN = 23,     /* vt_eff_join -> BUILT */
    VT_EFF_PLACE = 24,    /* vt_eff_block: a batch will be joined */
    VT_EFF_STAGE = 25     /* vt_eff_stage: on the way to final */
};

/* The ids a plugin lists in needs[] for each effect it emits: the host refuses
 * a plugin at load when it does not know one of them. */
#define VT_NEED_PERSIST "vt.eff/persist"
#define VT_NEED_SEND "vt.eff/send"
#define VT_NEED_TIMER "vt.eff/timer"
#define VT_NEED_BUILD "vt.eff/build"
#define VT_NEED_VALIDATE "vt.eff/validate"
#define VT_NEED_SIGN "vt.eff/sign"
#define VT_NEED_VERIFY "vt.eff/verify"
#define VT_NEED_STORE "vt.eff/store"
#define VT_NEED_COMMIT "vt.eff/commit"
#define VT_NEED_FETCH "vt.eff/fetch"
#define VT_NEED_PENALIZE "vt.eff/penalize"
#define VT_NEED_EVIDENCE "vt.eff/evidence"
#define VT_NEED_SEALED "vt.eff/sealed"
#define VT_NEED_HALT "vt.eff/halt"
#define VT_NEED_HEAD "vt.eff/head"
#define VT_NEED_REQUEUE "vt.eff/requeue"
#define VT_NEED_SYNC "vt.eff/sync"
#define VT_NEED_WORK "vt.eff/work"
#define VT_NEED_METRIC "vt.eff/metric"
#define VT_NEED_TRACE "vt.eff/trace"
#define VT_NEED_PROVE "vt.eff/prove"
#define VT_NEED_BATCH "vt.eff/batch"
#define VT_NEED_JOIN "vt.eff/join"
#define VT_NEED_PLACE "vt.eff/place"
#define VT_NEED_STAGE "vt.eff/stage"

/* Slots are the engine's whole memory across restarts. len 0 deletes. */
struct vt_eff_persist {
    struct vt_eff h;
    uint64_t slot;
    struct vt_view bytes;
};

enum vt_send_class {
    VT_SEND_VOTE = 0,
    VT_SEND_CERT = 1,
    VT_SEND_PROP = 2,
    VT_SEND_BULK = 3
};

/* With has_attach the host sends the block `attach`, which it must hold, in
 * the same frame. */
struct vt_eff_send {
    struct vt_eff h;
    uint32_t to;    /* member index, VT_PEER_ALL */
    uint32_t proto; /* the engine's own message number */
    uint32_t klass; /* enum vt_send_class: which queue goes first */
    uint32_t has_attach;
    uint8_t attach[32];
    struct vt_view msg;
};

/* delay_ns 0 cancels; arming an armed timer replaces it. */
struct vt_eff_timer {
    struct vt_eff h;
    uint64_t timer;
    uint64_t delay_ns;
};

/* Asks for a block on parent, which may be undecided. BUILT fails with
 * VT_E_STATE when the parent is unknown or bad. */
struct vt_eff_build {
    struct vt_eff h;
    uint64_t height;
    uint8_t parent[32];
    uint64_t max_bytes; /* 0: the chain's limit */
    uint64_t view;      /* view, term or slot, for the log only */
    uint32_t shard;     /* 0 without shards */
    uint32_t allow_empty;
    struct vt_view payload; /* goes into the header */
};

/*
 * A batch: transactions that wait here, put together outside of the chain, for
 * blocks that are joined from the batches of many members. It is known by its
 * id like a block: SEND attaches it, FETCH finds it, STORE makes it durable.
 * Height, parent and payload are written into its header as given and mean what
 * the engine says. VALIDATE of a batch judges form and signatures; what fits
 * the state is seen when it is joined. The transactions of an own batch wait no
 * longer; those of another one do until PLACE, for not every batch gets into a
 * block. No transaction of a batch has more than 57,344 bytes, so that one with
 * a bad signature can be shown. After REQUEUE a batch is given up: what is left of its transactions
 * waits again, the host serves it to others for a while and keeps no durable
 * copy.
 *
 * A hash of its sender puts each transaction into one of `shards` shards and
 * there into one of `lanes` lanes, so that a sender's transactions stay in
 * order and two members do not take the same ones. One that has waited here
 * for lane_wait_ns belongs to the next lane, too, and so on, after those of its
 * shard to the lanes of the next one; 0: never.
 *
 * BUILT fails with VT_E_NOTFOUND when nothing waits for this lane.
 */
struct vt_eff_batch {
    struct vt_eff h;
    uint64_t height;
    uint8_t parent[32];
    uint64_t max_bytes; /* 0: the chain's limit */
    uint64_t lane_wait_ns;
    uint32_t shard, shards; /* shards >= 1 */
    uint32_t lane, lanes;   /* lanes >= 1 */
    struct vt_view payload;
};

/*
 * The block that these batches make on parent: of their transactions, in this
 * order, those that fit the parent's state, up to the chain's limits. Everybody
 * who joins the same gets the same block, so it need not be sent. The engine
 * answers for the signatures inside: it had each batch VALIDATEd here or has
 * the word of enough members who did.
 *
 * BUILT fails with VT_E_NOTFOUND when a batch is not held, VT_E_STATE when the
 * parent is unknown or bad or the time is ahead of the host's, VT_E_INVALID
 * when there can be no such block.
 */
struct vt_eff_join {
    struct vt_eff h;
    uint64_t height;
    uint8_t parent[32];
    int64_t time_ms; /* of the header; after the parent's */
    uint32_t proposer;
    uint32_t reserved;
    struct vt_view payload; /* goes into the header */
    struct vt_view batches; /* ids, 32 bytes each */
};

/* VALIDATE, STORE, REQUEUE, PLACE. After REQUEUE the transactions wait again,
 * and a body that was not STOREd is forgotten; a stored one stays, as promised.
 */
struct vt_eff_block {
    struct vt_eff h;
    uint8_t id[32];
};

/*
 * The host signs H("VTC/vote/1", chain id, epoch digest, role, msg) with the
 * node's key, after its double-sign guard: per (chain, epoch, role) the pair
 * (major, minor) must grow; the same message at the same position may be
 * signed again. Engines ordered by view put the view in major.
 */
struct vt_eff_sign {
    struct vt_eff h;
    uint32_t role; /* the engine's own number, 1.. */
    uint32_t reserved;
    uint64_t major;
    uint64_t minor;
    struct vt_view msg;
};

/*
 * The host applies its scheme's verifiable random function (signature.h) with
 * the node's key to alpha = H("VTC/vrf/1", chain id, epoch digest, role, msg).
 * PROVED brings the proof, from which vt.crypto/1 vrf_verify gives anybody the
 * value; VT_E_UNSUPPORTED when the scheme has none, VT_E_DENIED without a key.
 * There is one value per key and alpha, so asking twice gives nothing away.
 */
struct vt_eff_prove {
    struct vt_eff h;
    uint32_t role; /* the engine's own number, 1.. */
    uint32_t reserved;
    struct vt_view msg;
};

struct vt_verify_item {
    uint32_t member;
    uint32_t role;
    struct vt_view msg;
    struct vt_view sig;
};

struct vt_eff_verify {
    struct vt_eff h;
    struct vt_tab items; /* of struct vt_verify_item */
};

/* proof passes check_proof(). Heights are emitted once each, growing by one;
 * a height also learned by sync may be emitted again and is ignored. */
struct vt_eff_commit {
    struct vt_eff h;
    uint64_t height;
    uint8_t id[32];
    struct vt_view proof;
};

/* holders: bit i of byte i/8 set = member i should have it; empty = all. */
struct vt_eff_fetch {
    struct vt_eff h;
    uint8_t id[32];
    struct vt_view holders;
};

/*
 * How far a block or batch has come before it is final, for clients who need
 * not wait for that. proof passes check_stage(). Said once for each stage, at
 * any time while the host holds the block; stages may be skipped.
 */
enum vt_cs_stage {
    VT_CS_WITNESSED = 1, /* enough members checked and keep it: it will not get
                            lost, but may never be ordered */
    VT_CS_NOTARIZED = 2  /* one step from final: undone only with its view */
};
struct vt_eff_stage {
    struct vt_eff h;
    uint32_t stage; /* enum vt_cs_stage */
    uint32_t reserved;
    uint8_t id[32];
    struct vt_view proof;
};

struct vt_eff_accuse {
    struct vt_eff h;
    uint32_t peer;
    uint32_t reserved;
    struct vt_view reason; /* UTF-8 */
};

/* check_evidence(kind, a, b) names the same member. */
struct vt_eff_evidence {
    struct vt_eff h;
    uint32_t kind;
    uint32_t member;
    struct vt_view a;
    struct vt_view b;
};

struct vt_eff_head {
    struct vt_eff h;
    uint64_t height;
    uint8_t id[32];
};

/* Search a nonce so that SHA-256d(header, nonce as u64 little-endian), read as
 * a big-endian number, is at most target; WORKED brings its 8 bytes. A new
 * search replaces the one under way, an empty header ends it. */
struct vt_eff_work {
    struct vt_eff h;
    uint8_t target[32];
    struct vt_view header;
};

struct vt_eff_metric {
    struct vt_eff h;
    uint32_t handle; /* from vt.metrics/1 */
    uint32_t reserved;
    int64_t value;
};

struct vt_eff_text {
    struct vt_eff h;
    struct vt_view text; /* UTF-8, one line */
};

/*
 * Where effects go during one step.
 *
 * emit   copies the effect and all it points to. Returns VT_OK; VT_E_LIMIT
 *        when room is used up (return from step; MORE follows); VT_E_INVALID
 *        for a malformed effect. Thread: chain.
 */
struct vt_out {
    uint32_t size;
    uint32_t room; /* effects still accepted, at least 16 when step starts */
    void *ctx;
    vt_status (*emit)(struct vt_out *self, const struct vt_eff *eff) VT_CHAIN;
};

/* ---- an instance --------------------------------------------------------- */

struct vt_cs; /* the plugin's own */

struct vt_slot {
    uint64_t slot;
    struct vt_view bytes;
};

struct vt_cs_start {
    uint32_t size;
    uint32_t self; /* own member index, VT_PEER_NONE = observer: never votes */
    const struct vt_cs_epoch *epoch;
    uint8_t seed[32];      /* for the engine's own DRBG; differs per node */
    struct vt_tab slots;   /* of struct vt_slot: all that was PERSISTed */
    uint64_t final_height; /* the host's last durable final block */
    uint8_t final_id[32];  /* epoch->parent when nothing is final yet */
    struct vt_view final_proof; /* empty when nothing is final yet */
    struct vt_view handoff;     /* of the previous epoch, or empty */
};

/* Bytes of a flaw: it fits into one item of evidence. */
#define VT_CS_FLAW_MAX 65000u

/* Limits the host enforces on what an engine emits, in bytes. */
#define VT_CS_MSG_MAX 1048576u    /* one message */
#define VT_CS_SLOT_MAX 1048576u   /* one slot */
#define VT_CS_SLOTS_MAX 67108864u /* all slots together */

enum vt_finality {
    VT_FIN_INSTANT = 1, /* COMMIT is the first announcement */
    VT_FIN_GADGET = 2,  /* HEAD first, a certificate follows */
    VT_FIN_DEPTH = 3    /* HEAD first, final when k deep */
};

/*
 * create   build an instance from its epoch and everything it persisted.
 *          epoch and slots are borrowed until return. Returns VT_OK and *out;
 *          VT_E_INVALID (members or options unusable), VT_E_CORRUPT (a slot is
 *          not ours), VT_E_NOMEM; *out is then NULL. Thread: init.
 * destroy  free it; NULL is fine. Returns nothing. Thread: chain.
 * step     the whole protocol: one event in, effects through out. Returns
 *          VT_OK, or a failure that halts this chain on this node.
 *          Thread: chain.
 * digest   hash of the whole logical state, no pointers, no padding: equal
 *          digests mean equal futures. Returns VT_OK. Thread: chain.
 * check_proof     does proof make (height, id) final in this epoch? Returns
 *                 VT_OK with *verdict GOOD or BAD, or a failure that says it
 *                 could not be decided. Pure. Thread: any.
 * check_header    is the engine's payload right on parent (NULL for the first
 *                 height)? Returns as check_proof. May be NULL: always good.
 *                 Thread: any.
 * check_evidence  does (kind, a, b) convict a member? *member names it when
 *                 GOOD. Returns as check_proof. May be NULL: no evidence
 *                 exists. Thread: any.
 * compare         which of two tentative headers is the better head; *order is
 *                 <0, 0, >0. May be NULL for instant finality. Returns VT_OK.
 *                 Thread: any.
 * random          what a header that passed check_header draws for the next
 *                 epoch's beacon: a value that its maker could withhold but
 *                 not choose, as the output of a VRF is. *has 0: nothing. The
 *                 header has no id yet (zero). May be NULL or missing: no
 *                 header draws anything. Returns VT_OK, or a failure that says
 *                 it could not be computed. Pure. Thread: any.
 * check_stage     did the block or batch with this header, id set, reach stage
 *                 by this proof? Returns as check_proof. May be NULL or
 *                 missing: the engine tells no stages. Thread: any.
 * shorten_proof   the same in fewer bytes, for headers and strangers: what it
 *                 appends to out passes check_short. May be NULL or missing.
 *                 Returns VT_OK, VT_E_UNSUPPORTED when there is no shorter
 *                 form (then proof itself serves), VT_E_CORRUPT when proof is
 *                 none, what out says. Pure. Thread: any.
 * check_short     as check_proof, for what shorten_proof made. Engines start
 *                 from, and tell each other, what check_proof takes; this form
 *                 is an end. NULL or missing when shorten_proof is. Returns as
 *                 check_proof. Pure. Thread: any.
 */
struct vt_consensus {
    uint32_t size;
    uint32_t finality; /* enum vt_finality */
    uint32_t members_min, members_max;
    vt_status (*create)(const struct vt_host *host, const struct vt_cfg *cfg,
                        const struct vt_cs_start *start, struct vt_cs **out,
                        struct vt_err *err) VT_INIT;
    void (*destroy)(struct vt_cs *self) VT_CHAIN;
    vt_status (*step)(struct vt_cs *self, const struct vt_ev *ev,
                      struct vt_out *out) VT_CHAIN;
    vt_status (*digest)(const struct vt_cs *self, uint8_t out[32]) VT_CHAIN;
    vt_status (*check_proof)(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             uint32_t *verdict, struct vt_err *err) VT_ANY;
    vt_status (*check_header)(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch,
                              const struct vt_cs_header *parent,
                              const struct vt_cs_header *header,
                              uint32_t *verdict, struct vt_err *err) VT_ANY;
    vt_status (*check_evidence)(const struct vt_host *host,
                                const struct vt_cs_epoch *epoch, uint32_t kind,
                                struct vt_view a, struct vt_view b,
                                uint32_t *member, uint32_t *verdict,
                                struct vt_err *err) VT_ANY;
    vt_status (*compare)(const struct vt_host *host,
                         const struct vt_cs_epoch *epoch,
                         const struct vt_cs_header *a,
                         const struct vt_cs_header *b, int32_t *order) VT_ANY;
    vt_status (*random)(const struct vt_host *host,
                        const struct vt_cs_epoch *epoch,
                        const struct vt_cs_header *header, uint8_t out[32],
                        uint32_t *has) VT_ANY;
    vt_status (*check_stage)(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint32_t stage,
                             const struct vt_cs_header *header,
                             struct vt_view proof, uint32_t *verdict,
                             struct vt_err *err) VT_ANY;
    vt_status (*shorten_proof)(const struct vt_host *host,
                               const struct vt_cs_epoch *epoch, uint64_t height,
                               const uint8_t id[32], struct vt_view proof,
                               struct vt_sink *out, struct vt_err *err) VT_ANY;
    vt_status (*check_short)(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             uint32_t *verdict, struct vt_err *err) VT_ANY;
};

/* Tag of the hash that SIGN signs and VERIFY checks; parts in this order:
 * chain_id[32], epoch digest[32], role as u32 little-endian, msg. */
#define VT_VOTE_TAG "VTC/vote/1"
/* Tag of the hash PROVE takes as alpha; the same parts. */
#define VT_VRF_TAG "VTC/vrf/1"

VT_END_DECLS
#endif
