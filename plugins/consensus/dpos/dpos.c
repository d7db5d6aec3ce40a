/* SPDX-License-Identifier: Apache-2.0
 *
 * dpos.c - the plugin: descriptor, options, create, and which event goes where.
 */
#include "inside.h"

#include "common/check.h"

#define MS UINT64_C(1000000)

/* ---- options; order is enum dpos_key ------------------------------------- */

static const struct vt_key keys[] = {
    {"slot", VT_T_DURATION_NS, VT_KF_CONSENSUS, "500ms", "50ms..1m",
     "Length of a slot, in which one producer may make one block; whole "
     "milliseconds.",
     "0.1"},
    {"run", VT_T_UINT, VT_KF_CONSENSUS, "4", "1..16",
     "Slots in a row that a producer has in each round.", "0.1"},
    {"max_unfinal", VT_T_UINT, 0, "1200", "16..1500",
     "Blocks above the last final one from which on no transactions are taken "
     "in.",
     "0.1"},
    {"idle_blocks", VT_T_BOOL, 0, "no", NULL,
     "Make a block in each slot, also when there is nothing to put into it.",
     "0.1"},
    {"timeout", VT_T_DURATION_NS, 0, "500ms", "10ms..1h",
     "Least wait for a pointer before its view is given up: three message "
     "delays and the check of a block.",
     "0.1"},
    {"retransmit", VT_T_DURATION_NS, 0, "150ms", "5ms..1m",
     "Interval for repeating what may have been lost.", "0.1"},
    {"block_bytes", VT_T_BYTES, 0, "4MiB", "1KiB..64MiB", "Largest block made.",
     "0.1"},
    {"settle", VT_T_DURATION_NS, 0, "500ms", "0ms..1h",
     "Idle time after which one empty block puts the state that the last "
     "transactions led to into a header, 0 for never.",
     "0.1"},
};
VT_STATIC_ASSERT(sizeof keys / sizeof keys[0] == DPOS_KEY_COUNT,
                 "a row for each enum dpos_key");

static void read_options(struct vt_cs *cs, const struct vt_cfg *cfg)
{
    cs->opt.slot_ms = cfg->u64(cfg, DPOS_KEY_SLOT) / MS;
    cs->opt.run = (uint32_t)cfg->u64(cfg, DPOS_KEY_RUN);
    cs->opt.max_unfinal = cfg->u64(cfg, DPOS_KEY_MAX_UNFINAL);
    cs->opt.idle_blocks = cfg->u64(cfg, DPOS_KEY_IDLE_BLOCKS) != 0;
    cs->opt.timeout_ns = cfg->u64(cfg, DPOS_KEY_TIMEOUT);
    cs->opt.tick_ns = cfg->u64(cfg, DPOS_KEY_RETRANSMIT);
    cs->opt.block_bytes = cfg->u64(cfg, DPOS_KEY_BLOCK_BYTES);
    cs->opt.settle_ns = cfg->u64(cfg, DPOS_KEY_SETTLE);
}

/* ---- create and destroy -------------------------------------------------- */

static void engine_destroy(struct vt_cs *cs)
{
    if (cs == NULL) {
        return;
    }
    cs_outbox_fini(&cs->box);
    bft_free(cs->bft);
    free(cs->nodes);
    free(cs->buckets);
    free(cs->ring);
    free(cs->fin.proof);
    free(cs->buffer);
    free(cs);
}

static int allocate(struct vt_cs *cs)
{
    cs->nodes = calloc(DPOS_NODES, sizeof *cs->nodes);
    cs->buckets = malloc(DPOS_BUCKETS * sizeof *cs->buckets);
    cs->ring = calloc(DPOS_RING, sizeof *cs->ring);
    cs->fin.proof = malloc(BFT_MESSAGE_MAX);
    cs->buffer = malloc(DPOS_BUFFER);
    if (cs->nodes == NULL || cs->buckets == NULL || cs->ring == NULL ||
        cs->fin.proof == NULL || cs->buffer == NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < DPOS_BUCKETS; i++) {
        cs->buckets[i] = DPOS_NONE;
    }
    return 1;
}

static void declare_gauges(struct vt_cs *cs)
{
    const struct vt_host *host = cs->host;
    const struct vt_svc_metrics *m = host->service(
        host, VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge));

    if (m == NULL) {
        return;
    }
    cs->gauge[0] = m->gauge(host, "head_height", "", "Height of the head.");
    cs->gauge[1] = m->gauge(host, "final_height", "", "Last final height.");
    cs->gauge[2] =
        m->gauge(host, "soft_height", "",
                 "Height on which more than two thirds of the producers "
                 "built.");
    cs->gauge[3] = m->gauge(host, "view", "", "View of the pointers' core.");
    cs->gauge[4] =
        m->gauge(host, "reorgs", "", "Times the head left its branch.");
}

static vt_status check_start(const struct vt_cs_start *start,
                             struct vt_err *err)
{
    const struct vt_cs_epoch *epoch = start->epoch;
    uint32_t n = epoch->members.count;

    if (n == 0 || n > CS_MEMBERS_MAX) {
        return cs_fail(err, VT_E_INVALID,
                       "members: between 1 and 64 are needed");
    }
    if (start->self >= n && start->self != VT_PEER_NONE) {
        return cs_fail(err, VT_E_INVALID, "self is not among the members");
    }
    if (epoch->start_height == 0 ||
        start->final_height < epoch->start_height - 1) {
        return cs_fail(err, VT_E_INVALID,
                       "the final height lies below the epoch's parent");
    }
    return VT_OK;
}

/* D6: what the host knows to be final. Its proof names a pointer that may lie
 * higher. */
static vt_status take_floor(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err)
{
    struct dpos_node *root = dpos_root(cs);
    struct vt_view none = {NULL, 0};
    struct dpos_proof proof;
    uint8_t link[32];
    vt_status status;

    cs->applied = start->final_height;
    if (start->final_height < cs->start) {
        memcpy(root->link, start->epoch->parent, 32);
        dpos_remember_final(cs, root->height, root->id, root->link);
        return dpos_gadget_new(cs, start, none, root->height, root->link, err);
    }
    if (!dpos_get_proof(start->final_proof, &proof)) {
        return cs_fail(err, VT_E_CORRUPT,
                       "the proof of the last final block is not one of this "
                       "engine");
    }
    cs_link_next(&cs->hasher, proof.link, root->id, root->link);
    dpos_remember_final(cs, root->height, root->id, root->link);
    dpos_fold(&cs->hasher, &proof, root->id, link);
    status = dpos_gadget_new(cs, start, proof.bft,
                             root->height + proof.count - 1u, link, err);
    if (status == VT_OK) {
        dpos_take_final(cs, root->height + proof.count - 1u, link, proof.bft);
    }
    return status;
}

static vt_status fill(struct vt_cs *cs, const struct vt_host *host,
                      const struct vt_cs_start *start, struct vt_err *err)
{
    vt_status status;

    cs->host = host;
    cs->crypto = cs_crypto(host);
    cs->self = start->self;
    cs->n = start->epoch->members.count;
    cs->epoch = start->epoch->epoch;
    cs->start = start->epoch->start_height;
    cs_outbox_init(&cs->box);
    if (cs->crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (!allocate(cs)) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the engine's tree");
    }
    cs->hasher.host = host;
    cs->hasher.crypto = cs->crypto;
    cs->hasher.tag = DPOS_CHAIN_TAG;
    dpos_schedule_init(&cs->schedule, host, cs->crypto, start->epoch);
    cs->schedule.run = cs->opt.run;
    cs->schedule.slot_ms = cs->opt.slot_ms;
    declare_gauges(cs);
    status = dpos_restore(cs, start, err);
    return status == VT_OK ? take_floor(cs, start, err) : status;
}

static vt_status engine_create(const struct vt_host *host,
                               const struct vt_cfg *cfg,
                               const struct vt_cs_start *start,
                               struct vt_cs **out, struct vt_err *err)
{
    struct vt_cs *cs;
    vt_status status;

    *out = NULL;
    status = check_start(start, err);
    if (status != VT_OK) {
        return status;
    }
    cs = calloc(1, sizeof *cs);
    if (cs == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the engine");
    }
    read_options(cs, cfg);
    status = fill(cs, host, start, err);
    if (status != VT_OK) {
        engine_destroy(cs);
        return status;
    }
    *out = cs;
    return VT_OK;
}

/* ---- events -------------------------------------------------------------- */

static void on_start(struct vt_cs *cs)
{
    cs->is_started = 1;
    cs->is_moved = 1;
    cs->is_new = 1;
    cs->commit_ns = cs->box.now_ns;
    memcpy(cs->told_head, dpos_root(cs)->id, 32);
    bft_start(cs->bft);
    dpos_resign(cs);
}

static void on_recv(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    if (ev->from >= cs->n || cs_outbox_is_busy(&cs->box)) {
        return; /* strangers are answered by the host's sync */
    }
    if (ev->proto == DPOS_PROTO_BLOCK) {
        dpos_on_block(cs, ev);
    } else if (ev->proto >= DPOS_PROTO_BFT &&
               ev->proto < DPOS_PROTO_BFT + BFT_PROTOS) {
        bft_recv(cs->bft, ev->from, ev->proto - DPOS_PROTO_BFT, ev->msg);
    } else {
        dpos_penalize(cs, ev->from, "unknown message number");
    }
}

static void on_tick(struct vt_cs *cs)
{
    cs_pace_retry(&cs->box, &cs->ask_build, DPOS_RETRY * cs->opt.tick_ns);
    dpos_retry_nodes(cs);
    dpos_resign(cs);
    if (!dpos_is_base(cs, dpos_head(cs)) && dpos_head(cs)->is_signed) {
        dpos_say_block(cs, dpos_head(cs), 0);
    }
}

static void on_timer(struct vt_cs *cs, uint64_t id)
{
    if (id >= DPOS_TIMER_BFT) {
        bft_timer(cs->bft, (uint32_t)(id - DPOS_TIMER_BFT));
    } else if (id < DPOS_TIMERS && cs_timer_fired(&cs->box, &cs->timers[id]) &&
               id == DPOS_TIMER_TICK) {
        on_tick(cs);
    } /* SLOT: producing is tried after every event */
}

static void on_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    if ((ev->token & DPOS_TOKEN_BFT) != 0) {
        bft_signed(cs->bft, ev->token & ~DPOS_TOKEN_BFT,
                   ev->status == VT_OK ? ev->data : cs_view(NULL, 0));
    } else {
        dpos_on_signed(cs, ev);
    }
}

static void on_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    if ((ev->token & DPOS_TOKEN_BFT) != 0) {
        bft_verified(cs->bft, ev->token & ~DPOS_TOKEN_BFT,
                     ev->status == VT_OK ? ev->data : cs_view(NULL, 0));
    } else {
        dpos_on_verified(cs, ev);
    }
}

#define AS(T, ev) ((const T *)(const void *)(ev))

static vt_status dispatch(struct vt_cs *cs, const struct vt_ev *ev)
{
    switch (ev->type & ~VT_EV_CRITICAL) {
    case VT_EV_START:
        on_start(cs);
        break;
    case VT_EV_TIMER:
        on_timer(cs, AS(struct vt_ev_timer, ev)->timer);
        break;
    case VT_EV_RECV:
        on_recv(cs, AS(struct vt_ev_recv, ev));
        break;
    case VT_EV_SIGNED:
        on_signed(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_VERIFIED:
        on_verified(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_BUILT:
        dpos_on_built(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_VALIDATED:
        dpos_on_validated(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_FETCHED:
        dpos_on_fetched(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_APPLIED:
        dpos_on_applied(cs, AS(struct vt_ev_applied, ev));
        break;
    case VT_EV_TXS:
        dpos_on_txs(cs, AS(struct vt_ev_txs, ev));
        break;
    case VT_EV_SEAL:
        dpos_on_seal(cs, AS(struct vt_ev_seal, ev));
        break;
    case VT_EV_PERSISTED: /* SIGN and SEND wait for it, so need not we */
    case VT_EV_PEER:      /* the next tick tells more */
    case VT_EV_MORE:
        break;
    default:
        if ((ev->type & VT_EV_CRITICAL) != 0) {
            return VT_E_UNSUPPORTED;
        }
        break;
    }
    return VT_OK;
}

/* Each round attaches or decides something, within the tree: it ends. */
static void advance(struct vt_cs *cs)
{
    int moved = 1;

    while (moved && !cs->is_halted) {
        moved = dpos_finalize(cs);
        moved |= dpos_grow(cs);
        moved |= dpos_choose(cs);
        if (moved) {
            dpos_gadget_poke(cs);
        }
    }
    if (cs->is_halted) {
        return;
    }
    dpos_produce(cs);
    cs_timer_want(&cs->timers[DPOS_TIMER_TICK],
                  cs->box.now_ns + cs->opt.tick_ns);
    for (uint32_t id = DPOS_TIMER_SLOT; id < DPOS_TIMERS; id++) {
        cs_timer_arm(&cs->box, &cs->timers[id], id);
    }
    dpos_gauges(cs);
}

static vt_status engine_step(struct vt_cs *cs, const struct vt_ev *ev,
                             struct vt_out *out)
{
    vt_status status = VT_OK;

    cs_outbox_begin(&cs->box, out, ev->now_ns);
    cs->wall_ms = ev->wall_ms;
    if (!cs->is_halted && (cs->is_started || ev->type == VT_EV_START)) {
        status = dispatch(cs, ev);
        if (status == VT_OK) {
            advance(cs);
        }
    }
    return status != VT_OK ? status : cs->box.failed;
}

/* ---- the plugin ---------------------------------------------------------- */

static const struct vt_consensus engine_table = {
    .size = VT_UPTO(struct vt_consensus, check_short),
    .finality = VT_FIN_GADGET,
    .members_min = 1,
    .members_max = CS_MEMBERS_MAX,
    .create = engine_create,
    .destroy = engine_destroy,
    .step = engine_step,
    .digest = dpos_digest,
    .check_proof = dpos_check_proof,
    .shorten_proof = dpos_shorten_proof,
    .check_short = dpos_check_short,
    .check_header = dpos_check_header,
    .check_evidence = dpos_check_evidence,
    .compare = dpos_compare_headers,
};

static const struct vt_iface ifaces[] = {{VT_IF_CONSENSUS, &engine_table}};

static const struct vt_need needs[] = {
    {VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify), 0},
    {VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge), 1},
    {VT_NEED_HEAD, VT_UPTO(struct vt_eff_head, id), 0},
    CS_NEEDS_INSTANT,
};

VT_PLUGIN_DEFINE(dpos) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.dpos",
    .name = "dpos",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB(keys),
};
