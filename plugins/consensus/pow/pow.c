/* SPDX-License-Identifier: Apache-2.0
 *
 * pow.c - the plugin: descriptor, options, create, and which event goes where.
 */
#include "inside.h"

#include "common/check.h"

#define TICK_MIN_NS UINT64_C(100000000)
#define TICK_MAX_NS UINT64_C(2000000000)

/* ---- options; order is enum pow_key -------------------------------------- */

static const struct vt_key keys[] = {
    {"interval", VT_T_DURATION_NS, VT_KF_CONSENSUS, "5s", "10ms..24h",
     "Time between blocks that the difficulty aims at.", "0.1"},
    {"halflife", VT_T_DURATION_NS, VT_KF_CONSENSUS, "0ms", "0ms..8784h",
     "How far the chain must be ahead or behind to make a block twice or half "
     "as hard; 0 for 288 intervals.",
     "0.1"},
    {"first", VT_T_UINT, VT_KF_CONSENSUS, "1048576", "1..9223372036854775807",
     "Hashes that the first block of the epoch takes on average.", "0.1"},
    {"limit", VT_T_UINT, VT_KF_CONSENSUS, "65536", "1..9223372036854775807",
     "Hashes that any block takes at least, on average.", "0.1"},
    {"depth", VT_T_UINT, VT_KF_CONSENSUS, "30", "2..256",
     "Blocks that make one final, itself counted.", "0.1"},
    {"final_by", VT_T_ENUM, VT_KF_CONSENSUS, "depth", "depth|anchor",
     "What makes a block final: depth alone, or depth and an anchor on the "
     "main "
     "chain at it or above.",
     "0.1"},
    {"heartbeat", VT_T_DURATION_NS, VT_KF_CONSENSUS, "0ms", "0ms..24h",
     "Idle time after which an empty block is worked for, 0 for never.", "0.1"},
    {"mine", VT_T_BOOL, 0, "yes", NULL, "Does this member search for blocks?",
     "0.1"},
    {"refresh", VT_T_DURATION_NS, 0, "5s", "100ms..10m",
     "Time after which the block being worked for is made anew.", "0.1"},
    {"max_reorg", VT_T_UINT, 0, "144", "1..1024",
     "Blocks of the head that may be undone; a better chain that would undo "
     "more is refused with an alarm.",
     "0.1"},
    {"min_work", VT_T_UINT, 0, "0", "0..9223372036854775807",
     "Hashes the best chain has at least: one with less is not kept by a node "
     "that starts anew.",
     "0.1"},
    {"boundary", VT_T_ENUM, VT_KF_CONSENSUS, "agreed", "agreed|depth",
     "What makes the last block of the epoch final: members with more than two "
     "thirds of the weight agree on it, or depth alone.",
     "0.1"},
};
VT_STATIC_ASSERT(sizeof keys / sizeof keys[0] == POW_KEY_COUNT,
                 "a row for each enum pow_key");

static void read_options(struct vt_cs *cs, const struct vt_cfg *cfg)
{
    struct pow_options *o = &cs->opt;

    o->final_by = (enum pow_final_by)cfg->u64(cfg, POW_KEY_FINAL);
    o->heartbeat_ns = cfg->u64(cfg, POW_KEY_HEARTBEAT);
    o->may_mine = cfg->u64(cfg, POW_KEY_MINE) != 0;
    o->refresh_ns = cfg->u64(cfg, POW_KEY_REFRESH);
    o->max_reorg = cfg->u64(cfg, POW_KEY_MAX_REORG);
    o->min_work = pow_u256_of(cfg->u64(cfg, POW_KEY_MIN_WORK));
    cs->tick_ns = cfg->u64(cfg, POW_KEY_INTERVAL) / 2;
    cs->tick_ns = cs->tick_ns < TICK_MIN_NS ? TICK_MIN_NS : cs->tick_ns;
    cs->tick_ns = cs->tick_ns > TICK_MAX_NS ? TICK_MAX_NS : cs->tick_ns;
}

/* ---- create and destroy -------------------------------------------------- */

static void engine_destroy(struct vt_cs *cs)
{
    if (cs == NULL) {
        return;
    }
    cs_outbox_fini(&cs->box);
    pow_boundary_close(cs);
    free(cs->list);
    free(cs->buckets);
    free(cs->path);
    free(cs->marks);
    free(cs->run);
    free(cs->chain);
    free(cs->buffer);
    free(cs->presync.bits);
    free(cs);
}

static int allocate(struct vt_cs *cs)
{
    cs->list = calloc(POW_INDEX, sizeof *cs->list);
    cs->buckets = calloc(POW_BUCKETS, sizeof *cs->buckets);
    cs->path = calloc(POW_INDEX, sizeof *cs->path);
    cs->marks = calloc(POW_INDEX, sizeof *cs->marks);
    cs->run = calloc(1, sizeof *cs->run);
    cs->chain = calloc(POW_RUN_MAX, sizeof *cs->chain);
    cs->buffer = malloc(POW_MESSAGE_MAX);
    return cs->list != NULL && cs->buckets != NULL && cs->path != NULL &&
           cs->marks != NULL && cs->run != NULL && cs->chain != NULL &&
           cs->buffer != NULL;
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
        m->gauge(host, "reorgs", "", "Heads that undid blocks, since start.");
    cs->gauge[3] =
        m->gauge(host, "deepest_reorg", "", "Most blocks undone at once.");
    cs->gauge[4] = m->gauge(host, "alarms", "", "Chains refused with alarm.");
}

static vt_status check_start(const struct vt_cs_start *start,
                             struct vt_err *err)
{
    const struct vt_cs_epoch *epoch = start->epoch;

    if (epoch->members.count == 0 || epoch->members.count > POW_MEMBERS_MAX) {
        return cs_fail(err, VT_E_INVALID,
                       "members: between 1 and 64 are needed");
    }
    if (start->self >= epoch->members.count && start->self != VT_PEER_NONE) {
        return cs_fail(err, VT_E_INVALID, "self is not among the members");
    }
    if (epoch->start_height == 0 ||
        start->final_height < epoch->start_height - 1) {
        return cs_fail(err, VT_E_INVALID,
                       "the final height lies below the epoch's parent");
    }
    return VT_OK;
}

static vt_status fill(struct vt_cs *cs, const struct vt_host *host,
                      const struct vt_cs_start *start, struct vt_err *err)
{
    vt_status status;

    cs->host = host;
    cs->crypto = cs_crypto(host);
    cs->logger =
        host->service(host, VT_SVC_LOG, VT_UPTO(struct vt_svc_log, put));
    cs->self = start->self;
    cs->n = start->epoch->members.count;
    memcpy(cs->seed, start->seed, sizeof cs->seed);
    memcpy(cs->start_id, start->epoch->parent, 32);
    cs_outbox_init(&cs->box);
    cs->box.is_full = 1; /* nothing can leave before the first step */
    if (cs->crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (!allocate(cs)) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the index");
    }
    declare_gauges(cs);
    status = pow_restore(cs, start, err);
    return status == VT_OK ? pow_boundary_open(cs, start, err) : status;
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
    pow_terms_read(cfg, start->epoch, &cs->terms);
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
    cs->moved_ns = cs->box.now_ns;
    pow_boundary_start(cs);
    pow_apply_anchor(cs);
    for (uint32_t i = 0; i < cs->n && pow_is_member(cs); i++) {
        if (i != cs->self) {
            pow_ask_headers(cs, i);
        }
    }
}

static void on_recv(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    if (cs_outbox_is_busy(&cs->box)) {
        return;
    }
    if (ev->proto >= POW_PROTO_BOUNDARY &&
        ev->proto < POW_PROTO_BOUNDARY + BFT_PROTOS &&
        cs->boundary.core != NULL) {
        pow_boundary_recv(cs, ev);
        return;
    }
    switch (ev->proto) {
    case POW_HEADERS:
        pow_on_headers(cs, ev);
        break;
    case POW_GET:
        pow_on_get(cs, ev->from, ev->msg);
        break;
    default:
        pow_penalize(cs, ev->from, "unknown message number");
        break;
    }
}

static void on_txs(struct vt_cs *cs, const struct vt_ev_txs *ev)
{
    cs->waiting = ev->count;
    if (cs->mining.build.state == CS_REFUSED) {
        cs->mining.build.state = CS_NOT_ASKED;
    }
}

/* N1: what was lost on the way is said again to somebody while it matters. */
static void say_again(struct vt_cs *cs)
{
    uint32_t to = pow_draw_member(cs);

    if (to == POW_NONE) {
        return;
    }
    if (cs->head != cs->final) {
        pow_tell(cs, to, cs->head, 0);
    }
    if (cs->is_lost || pow_boundary_is_missing(cs) ||
        cs->list[pow_best_header(cs)].h.height >
            cs->list[cs->head].h.height + POW_WINDOW) {
        pow_ask_headers(cs, to);
    }
}

static void on_timer(struct vt_cs *cs, uint64_t timer)
{
    if (timer >= POW_TIMER_BOUNDARY) {
        pow_boundary_timer(cs, timer);
        return;
    }
    if (!cs_timer_fired(&cs->box, &cs->timer)) {
        return;
    }
    cs->ticks++;
    memset(cs->served, 0, sizeof cs->served);
    pow_retry_bodies(cs);
    pow_retry_mining(cs);
    pow_presync_tick(cs);
    say_again(cs);
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
    case VT_EV_BUILT:
        pow_on_built(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_VALIDATED:
        pow_on_validated(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_FETCHED:
        pow_on_fetched(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_APPLIED:
        pow_on_applied(cs, AS(struct vt_ev_applied, ev));
        break;
    case VT_EV_TXS:
        on_txs(cs, AS(struct vt_ev_txs, ev));
        break;
    case VT_EV_SEAL:
        pow_on_seal(cs, AS(struct vt_ev_seal, ev));
        break;
    case VT_EV_SIGNED:
    case VT_EV_VERIFIED:
        pow_boundary_done(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_WORKED:
        pow_on_worked(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_ANCHOR:
        pow_on_anchor(cs, AS(struct vt_ev_anchor, ev));
        break;
    case VT_EV_PERSISTED: /* HEAD, SEND and COMMIT wait for it */
    case VT_EV_PEER:      /* the next tick tells it more */
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

static void advance(struct vt_cs *cs)
{
    pow_choose(cs);
    pow_boundary_update(cs);
    pow_commit(cs);
    pow_mine(cs);
    if (cs->timer.wanted_ns == 0) {
        cs_timer_want(&cs->timer, cs->box.now_ns + cs->tick_ns);
    }
    cs_timer_arm(&cs->box, &cs->timer, POW_TIMER_TICK);
    pow_gauges(cs);
}

static vt_status engine_step(struct vt_cs *cs, const struct vt_ev *ev,
                             struct vt_out *out)
{
    vt_status status = VT_OK;

    cs_outbox_begin(&cs->box, out, ev->now_ns);
    cs->wall_ms = ev->wall_ms;
    if (cs->is_started || ev->type == VT_EV_START) {
        status = dispatch(cs, ev);
        if (status == VT_OK) {
            advance(cs);
        }
    }
    return status != VT_OK ? status : cs->box.failed;
}

/* ---- for strangers ------------------------------------------------------- */

static int is_agreed(struct vt_view proof)
{
    return proof.len > 0 && proof.ptr[0] == POW_PROOF_AGREED;
}

/* B3: of the last block only the agreed proof is one, of others only depth. */
static vt_status check_proof(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             uint32_t *verdict, struct vt_err *err)
{
    uint64_t end =
        VT_HAS(struct vt_cs_epoch, epoch, end_height) ? epoch->end_height : 0;
    struct pow_terms terms;
    struct pow_run *run;

    if (epoch->size < VT_UPTO(struct vt_cs_epoch, cfg) || epoch->cfg == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED,
                       "the epoch's options are not known here");
    }
    pow_terms_read(epoch->cfg, epoch, &terms);
    *verdict = VT_BAD;
    if (is_agreed(proof)) {
        return !terms.is_agreed || (end != 0 && height != end)
                   ? VT_OK
                   : pow_check_agreed(host, epoch, height, id, proof, verdict,
                                      err);
    }
    if (!pow_rule_depth_proves(height, end, terms.is_agreed)) {
        return VT_OK;
    }
    run = malloc(sizeof *run);
    if (run == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for a proof");
    }
    *verdict = pow_get_proof(&terms, height, id, proof, run) ? VT_GOOD : VT_BAD;
    free(run);
    return VT_OK;
}

static vt_status shorten_proof(const struct vt_host *host,
                               const struct vt_cs_epoch *epoch, uint64_t height,
                               const uint8_t id[32], struct vt_view proof,
                               struct vt_sink *out, struct vt_err *err)
{
    struct bft_claim claim = {.host = host, .epoch = epoch, .height = height};

    memcpy(claim.value, id, 32);
    return pow_shorten_agreed(&claim, proof, out, err);
}

/* Where members agree, as check_proof says. */
static vt_status check_short(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint64_t height,
                             const uint8_t id[32], struct vt_view proof,
                             uint32_t *verdict, struct vt_err *err)
{
    uint64_t end =
        VT_HAS(struct vt_cs_epoch, epoch, end_height) ? epoch->end_height : 0;
    struct bft_claim claim = {.host = host, .epoch = epoch, .height = height};
    struct pow_terms terms;

    if (epoch->size < VT_UPTO(struct vt_cs_epoch, cfg) || epoch->cfg == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED,
                       "the epoch's options are not known here");
    }
    pow_terms_read(epoch->cfg, epoch, &terms);
    *verdict = VT_BAD;
    if (!terms.is_agreed || (end != 0 && height != end)) {
        return VT_OK;
    }
    memcpy(claim.value, id, 32);
    return pow_check_agreed_short(&claim, proof, verdict, err);
}

static vt_status check_header(const struct vt_host *host,
                              const struct vt_cs_epoch *epoch,
                              const struct vt_cs_header *parent,
                              const struct vt_cs_header *header,
                              uint32_t *verdict, struct vt_err *err)
{
    (void)host;
    (void)epoch;
    (void)parent;
    (void)err;
    *verdict = header->payload.len == 0 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

/* The host's headers do not say how much work is behind them. */
static vt_status compare(const struct vt_host *host,
                         const struct vt_cs_epoch *epoch,
                         const struct vt_cs_header *a,
                         const struct vt_cs_header *b, int32_t *order)
{
    (void)host;
    (void)epoch;
    *order = (a->height > b->height) - (a->height < b->height);
    return VT_OK;
}

/* ---- the plugin ---------------------------------------------------------- */

static const struct vt_consensus engine_table = {
    .size = VT_UPTO(struct vt_consensus, check_short),
    .finality = VT_FIN_DEPTH,
    .members_min = 1,
    .members_max = POW_MEMBERS_MAX,
    .create = engine_create,
    .destroy = engine_destroy,
    .step = engine_step,
    .digest = pow_digest,
    .check_proof = check_proof,
    .shorten_proof = shorten_proof,
    .check_short = check_short,
    .check_header = check_header,
    .check_evidence = pow_check_evidence,
    .compare = compare,
};

static const struct vt_iface ifaces[] = {{VT_IF_CONSENSUS, &engine_table}};

static const struct vt_need needs[] = {
    {VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify), 0},
    {VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge), 1},
    {VT_SVC_LOG, VT_UPTO(struct vt_svc_log, put), 1},
    {VT_NEED_PERSIST, VT_UPTO(struct vt_eff_persist, bytes), 0},
    {VT_NEED_SEND, VT_UPTO(struct vt_eff_send, msg), 0},
    {VT_NEED_TIMER, VT_UPTO(struct vt_eff_timer, delay_ns), 0},
    {VT_NEED_BUILD, VT_UPTO(struct vt_eff_build, payload), 0},
    {VT_NEED_VALIDATE, VT_UPTO(struct vt_eff_block, id), 0},
    {VT_NEED_SIGN, VT_UPTO(struct vt_eff_sign, msg), 0},
    {VT_NEED_VERIFY, VT_UPTO(struct vt_eff_verify, items), 0},
    {VT_NEED_STORE, VT_UPTO(struct vt_eff_block, id), 0},
    {VT_NEED_COMMIT, VT_UPTO(struct vt_eff_commit, proof), 0},
    {VT_NEED_FETCH, VT_UPTO(struct vt_eff_fetch, holders), 0},
    {VT_NEED_PENALIZE, VT_UPTO(struct vt_eff_accuse, reason), 0},
    {VT_NEED_EVIDENCE, VT_UPTO(struct vt_eff_evidence, b), 0},
    {VT_NEED_SEALED, VT_UPTO(struct vt_eff_commit, proof), 0},
    {VT_NEED_HALT, VT_UPTO(struct vt_eff_text, text), 0},
    {VT_NEED_HEAD, VT_UPTO(struct vt_eff_head, id), 0},
    {VT_NEED_REQUEUE, VT_UPTO(struct vt_eff_block, id), 0},
    {VT_NEED_WORK, VT_UPTO(struct vt_eff_work, header), 0},
    {VT_NEED_METRIC, VT_UPTO(struct vt_eff_metric, value), 1},
    {VT_NEED_TRACE, VT_UPTO(struct vt_eff_text, text), 1},
};

VT_PLUGIN_DEFINE(pow) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.pow",
    .name = "pow",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB(keys),
};
