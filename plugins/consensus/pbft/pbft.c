/* SPDX-License-Identifier: Apache-2.0
 *
 * pbft.c - the plugin: descriptor, options, create, and which event goes where.
 */
#include "inside.h"

#include "common/text.h"

/* ---- options; order is enum pbft_key ------------------------------------ */

static const struct vt_key keys[] = {
    {"window", VT_T_UINT, VT_KF_CONSENSUS, "32", "1..128",
     "Blocks the primary may propose above the last committed one.", "0.1"},
    {"checkpoint_interval", VT_T_UINT, VT_KF_CONSENSUS, "128", "1..65536",
     "Blocks from one signed checkpoint to the next.", "0.1"},
    {"rotate_checkpoints", VT_T_UINT, VT_KF_CONSENSUS, "8", "0..1000000",
     "Stable checkpoints after which the next member leads, 0 for never.",
     "0.1"},
    {"view_timeout", VT_T_DURATION_NS, 0, "800ms", "10ms..1h",
     "Wait for a block that is due before the primary is replaced; doubles "
     "with each failed view.",
     "0.1"},
    {"retransmit", VT_T_DURATION_NS, 0, "150ms", "1ms..1m",
     "Wait before votes are sent and requests are made again.", "0.1"},
    CS_PACE_KEYS,
};
VT_STATIC_ASSERT(sizeof keys / sizeof keys[0] == PBFT_KEY_COUNT,
                 "a row for each enum pbft_key");

static void read_options(const struct vt_cfg *cfg, struct pbft_options *out,
                         struct cs_pace *pace)
{
    out->window = cfg->u64(cfg, PBFT_KEY_WINDOW);
    out->checkpoint = cfg->u64(cfg, PBFT_KEY_CHECKPOINT);
    out->rotate = cfg->u64(cfg, PBFT_KEY_ROTATE);
    out->timeout_ns = cfg->u64(cfg, PBFT_KEY_TIMEOUT);
    out->retransmit_ns = cfg->u64(cfg, PBFT_KEY_RETRANSMIT);
    cs_pace_read(pace, cfg, PBFT_KEY_BATCH_BYTES);
}

/* ---- create and destroy ------------------------------------------------- */

static void engine_destroy(struct vt_cs *cs)
{
    if (cs == NULL) {
        return;
    }
    for (uint32_t m = 0; cs->peers != NULL && m < cs->n; m++) {
        free(cs->peers[m].vc);
        free(cs->peers[m].vc_fresh);
        free(cs->peers[m].nv_fresh);
        free(cs->peers[m].cert_fresh);
        free(cs->peers[m].stable_fresh);
    }
    for (uint32_t i = 0; cs->slots != NULL && i < cs->slot_count; i++) {
        free(cs->slots[i].votes[PBFT_PHASE_PREPARE]);
        free(cs->slots[i].votes[PBFT_PHASE_COMMIT]);
    }
    cs_outbox_fini(&cs->box);
    free(cs->my_vc);
    free(cs->my_nv);
    free(cs->saved_nv);
    free(cs->nv_raw);
    free(cs->chain.ring);
    free(cs->slots);
    free(cs->records);
    free(cs->peers);
    free(cs->blocks.list);
    free(cs->jobs);
    free(cs->buffer);
    free(cs->items);
    free(cs->cores);
    free(cs);
}

static int allocate(struct vt_cs *cs)
{
    cs->slot_count = (uint32_t)(2 * cs->opt.window);
    cs->record_count = (uint32_t)(4 * cs->opt.window);
    cs->chain.ring = calloc(CS_CHAIN_RING, sizeof *cs->chain.ring);
    cs->slots = calloc(cs->slot_count, sizeof *cs->slots);
    cs->records = calloc(cs->record_count, sizeof *cs->records);
    cs->peers = calloc(cs->n, sizeof *cs->peers);
    cs->blocks.list = calloc(PBFT_BLOCKS_MAX, sizeof *cs->blocks.list);
    cs->jobs = calloc(PBFT_JOBS_MAX, sizeof *cs->jobs);
    cs->buffer = malloc(PBFT_MESSAGE_MAX);
    cs->items = calloc(PBFT_ITEMS_MAX, sizeof *cs->items);
    cs->cores = calloc(PBFT_ITEMS_MAX, sizeof *cs->cores);
    if (cs->chain.ring == NULL || cs->slots == NULL || cs->records == NULL ||
        cs->peers == NULL || cs->blocks.list == NULL || cs->jobs == NULL ||
        cs->buffer == NULL || cs->items == NULL || cs->cores == NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < cs->slot_count; i++) {
        for (uint32_t phase = 0; phase < PBFT_PHASES; phase++) {
            cs->slots[i].votes[phase] =
                calloc(cs->n, sizeof *cs->slots[i].votes[phase]);
            if (cs->slots[i].votes[phase] == NULL) {
                return 0;
            }
        }
    }
    return 1;
}

static void declare_gauges(struct vt_cs *cs)
{
    const struct vt_svc_metrics *m = cs->host->service(
        cs->host, VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge));

    if (m == NULL) {
        return;
    }
    cs->gauge[0] = m->gauge(cs->host, "view", "", "Current view.");
    cs->gauge[1] =
        m->gauge(cs->host, "committed_height", "", "Last committed height.");
    cs->gauge[2] = m->gauge(cs->host, "in_flight", "blocks",
                            "Accepted blocks that are not committed.");
    cs->gauge[3] =
        m->gauge(cs->host, "view_changes", "", "Views left since the start.");
}

/* What the host knows to be final; its proof may reach higher. */
static vt_status take_floor(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err)
{
    const struct cs_proof *proof = &cs->chain.proof;
    vt_status status = cs_chain_open(&cs->chain, start, PBFT_COMMIT, err);

    if (status != VT_OK || cs->chain.floor == 0) {
        return status;
    }
    cs->commit_view = proof->qc.view;
    cs->fin.qc = proof->qc;
    cs->fin.below = start->final_height - 1;
    memcpy(cs->fin.link, proof->link, 32);
    memcpy(cs->fin.path, proof->path, sizeof cs->fin.path);
    cs->fin.is_set = proof->qc.seq > start->final_height;
    return VT_OK;
}

static vt_status fill(struct vt_cs *cs, const struct vt_host *host,
                      const struct vt_cs_start *start, struct vt_err *err)
{
    vt_status status;

    cs->host = host;
    cs->crypto = cs_crypto(host);
    cs->log = host->service(host, VT_SVC_LOG, VT_UPTO(struct vt_svc_log, put));
    cs->self = start->self;
    cs->n = start->epoch->members.count;
    cs->f = pbft_rule_faulty(cs->n);
    cs->q = pbft_rule_quorum(cs->n);
    cs->epoch = start->epoch->epoch;
    cs->chain.start = start->epoch->start_height;
    cs_outbox_init(&cs->box);
    cs->blocks.box = &cs->box;
    cs->blocks.cap = PBFT_BLOCKS_MAX;
    cs->blocks.others =
        cs_everyone(cs->n) & ~(pbft_is_member(cs) ? cs_bit(cs->self) : 0);
    memcpy(cs->chain.epoch_parent, start->epoch->parent, 32);
    if (cs->crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    cs->chain.hasher.host = host;
    cs->chain.hasher.crypto = cs->crypto;
    cs->chain.hasher.tag = PBFT_CHAIN_TAG;
    cs->chain.who = pbft_committee(cs->n);
    if (!allocate(cs)) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the engine's window");
    }
    declare_gauges(cs);
    status = take_floor(cs, start, err);
    cs->prepared = start->final_height;
    return status == VT_OK ? pbft_restore(cs, start->slots, err) : status;
}

static vt_status engine_create(const struct vt_host *host,
                               const struct vt_cfg *cfg,
                               const struct vt_cs_start *start,
                               struct vt_cs **out, struct vt_err *err)
{
    struct vt_cs *cs;
    vt_status status;

    *out = NULL;
    status = cs_check_members(start, err);
    if (status != VT_OK) {
        return status;
    }
    cs = calloc(1, sizeof *cs);
    if (cs == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the engine");
    }
    read_options(cfg, &cs->opt, &cs->pace);
    status = fill(cs, host, start, err);
    if (status != VT_OK) {
        engine_destroy(cs);
        return status;
    }
    *out = cs;
    return VT_OK;
}

/* ---- events ------------------------------------------------------------- */

static void on_recv(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    if (ev->from >= cs->n || cs_outbox_is_busy(&cs->box)) {
        return; /* strangers are answered by the host's sync */
    }
    switch (ev->proto) {
    case PBFT_PREPREPARE:
        pbft_on_preprepare(cs, ev);
        break;
    case PBFT_PREPARE:
        pbft_on_vote(cs, ev->from, PBFT_PHASE_PREPARE, ev->msg);
        break;
    case PBFT_COMMIT:
        pbft_on_vote(cs, ev->from, PBFT_PHASE_COMMIT, ev->msg);
        break;
    case PBFT_CHECKPOINT:
        pbft_on_checkpoint(cs, ev->from, ev->msg);
        break;
    case PBFT_VIEWCHANGE:
        pbft_on_viewchange(cs, ev->from, ev->msg);
        break;
    case PBFT_NEWVIEW:
        pbft_on_newview(cs, ev->from, ev->msg);
        break;
    case PBFT_STATUS:
        pbft_on_status(cs, ev->from, ev->msg);
        break;
    case PBFT_CERT:
        pbft_on_cert(cs, ev->from, ev->msg);
        break;
    case PBFT_STABLE:
        pbft_on_stable(cs, ev->from, ev->msg);
        break;
    default:
        pbft_penalize(cs, ev->from, "unknown message number");
        break;
    }
}

static void on_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    struct cs_sig sig;

    cs_take_sig(ev, &sig);
    if (cs_answered(&cs->ask_vc, ev)) {
        pbft_viewchange_signed(cs, &sig);
    } else if (cs_answered(&cs->ask_nv, ev)) {
        pbft_newview_signed(cs, &sig);
    } else if (cs_answered(&cs->ask_ckpt, ev)) {
        pbft_checkpoint_signed(cs, &sig);
    } else {
        (void)pbft_slots_signed(cs, ev, &sig);
    }
}

#define AS(T, ev) ((const T *)(const void *)(ev))

static vt_status dispatch(struct vt_cs *cs, const struct vt_ev *ev)
{
    switch (ev->type & ~VT_EV_CRITICAL) {
    case VT_EV_START:
        pbft_resume(cs);
        break;
    case VT_EV_TIMER:
        pbft_on_timer(cs, AS(struct vt_ev_timer, ev)->timer);
        break;
    case VT_EV_RECV:
        on_recv(cs, AS(struct vt_ev_recv, ev));
        break;
    case VT_EV_SIGNED:
        on_signed(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_VERIFIED:
        pbft_on_verified(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_BUILT:
        pbft_on_built(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_VALIDATED:
        pbft_on_validated(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_FETCHED:
        cs_block_fetched(&cs->blocks, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_APPLIED:
        pbft_on_applied(cs, AS(struct vt_ev_applied, ev));
        break;
    case VT_EV_PEER:
        if (AS(struct vt_ev_peer, ev)->up &&
            AS(struct vt_ev_peer, ev)->peer < cs->n) {
            pbft_ask_status(cs, AS(struct vt_ev_peer, ev)->peer);
        }
        break;
    case VT_EV_TXS:
        cs_pace_txs(&cs->pace, &cs->ask_build, AS(struct vt_ev_txs, ev));
        break;
    case VT_EV_SEAL:
        pbft_on_seal(cs, AS(struct vt_ev_seal, ev));
        break;
    case VT_EV_PERSISTED: /* SIGN waits for it, so need not we */
    case VT_EV_MORE:
    case VT_EV_ADMIN:
        break;
    default:
        if ((ev->type & VT_EV_CRITICAL) != 0) {
            return VT_E_UNSUPPORTED;
        }
        break;
    }
    return VT_OK;
}

/* Each round can make the next one possible; every step of it moves a counter
 * that only grows within its bounds, so it ends. */
void pbft_advance(struct vt_cs *cs)
{
    int moved = 1;

    while (moved && !cs->is_halted) {
        moved = pbft_finalize(cs);
        moved |= pbft_join(cs);
        moved |= pbft_build_newview(cs);
        moved |= pbft_base_link(cs);
        pbft_validate_ahead(cs);
        moved |= pbft_accept(cs);
        moved |= pbft_prepare_done(cs);
    }
    if (!cs->is_halted) {
        pbft_propose(cs);
        pbft_timers_update(cs);
        pbft_gauges(cs);
    }
}

static vt_status engine_step(struct vt_cs *cs, const struct vt_ev *ev,
                             struct vt_out *out)
{
    vt_status status = VT_OK;

    cs_outbox_begin(&cs->box, out, ev->now_ns);
    if (ev->type == VT_EV_START) {
        cs->is_started = 1;
        cs->pace.commit_ns = ev->now_ns;
    }
    if (!cs->is_halted && cs->is_started) {
        status = dispatch(cs, ev);
        if (status == VT_OK) {
            pbft_advance(cs);
        }
    }
    return status != VT_OK ? status : cs->box.failed;
}

/* ---- the plugin --------------------------------------------------------- */

static const struct vt_consensus engine_table = {
    .size = VT_UPTO(struct vt_consensus, check_short),
    .finality = VT_FIN_INSTANT,
    .members_min = 1,
    .members_max = PBFT_MEMBERS_MAX,
    .create = engine_create,
    .destroy = engine_destroy,
    .step = engine_step,
    .digest = pbft_digest,
    .check_proof = pbft_check_proof,
    .shorten_proof = pbft_shorten_proof,
    .check_short = pbft_check_short,
    .check_header = pbft_check_header,
    .check_evidence = pbft_check_evidence,
};

static const struct vt_iface ifaces[] = {{VT_IF_CONSENSUS, &engine_table}};

static const struct vt_need needs[] = {
    {VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify), 0},
    {VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge), 1},
    {VT_SVC_LOG, VT_UPTO(struct vt_svc_log, put), 1},
    CS_NEEDS_INSTANT,
};

VT_PLUGIN_DEFINE(pbft) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.pbft",
    .name = "pbft",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB(keys),
};
