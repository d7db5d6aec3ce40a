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
    {"batch_bytes", VT_T_BYTES, 0, "512KiB", "1KiB..64MiB",
     "Largest block proposed, and what must wait to propose at once while "
     "blocks are in flight.",
     "0.1"},
    {"batch_delay", VT_T_DURATION_NS, 0, "5ms", "0ms..10s",
     "Longest wait for batch_bytes while blocks are in flight.", "0.1"},
    {"heartbeat", VT_T_DURATION_NS, VT_KF_CONSENSUS, "0ms", "0ms..1h",
     "Idle time after which an empty block is made, 0 for never.", "0.1"},
    {"settle", VT_T_DURATION_NS, 0, "500ms", "0ms..1h",
     "Idle time after which one empty block puts the state that the last "
     "transactions led to into a header, 0 for never.",
     "0.1"},
};
VT_STATIC_ASSERT(sizeof keys / sizeof keys[0] == PBFT_KEY_COUNT,
                 "a row for each enum pbft_key");

static void read_options(const struct vt_cfg *cfg, struct pbft_options *out)
{
    out->window = cfg->u64(cfg, PBFT_KEY_WINDOW);
    out->checkpoint = cfg->u64(cfg, PBFT_KEY_CHECKPOINT);
    out->rotate = cfg->u64(cfg, PBFT_KEY_ROTATE);
    out->timeout_ns = cfg->u64(cfg, PBFT_KEY_TIMEOUT);
    out->retransmit_ns = cfg->u64(cfg, PBFT_KEY_RETRANSMIT);
    out->batch_bytes = cfg->u64(cfg, PBFT_KEY_BATCH_BYTES);
    out->batch_delay_ns = cfg->u64(cfg, PBFT_KEY_BATCH_DELAY);
    out->heartbeat_ns = cfg->u64(cfg, PBFT_KEY_HEARTBEAT);
    out->settle_ns = cfg->u64(cfg, PBFT_KEY_SETTLE);
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
    free(cs->chain);
    free(cs->slots);
    free(cs->records);
    free(cs->peers);
    free(cs->blocks);
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
    cs->chain = calloc(PBFT_CHAIN_RING, sizeof *cs->chain);
    cs->slots = calloc(cs->slot_count, sizeof *cs->slots);
    cs->records = calloc(cs->record_count, sizeof *cs->records);
    cs->peers = calloc(cs->n, sizeof *cs->peers);
    cs->blocks = calloc(PBFT_BLOCKS_MAX, sizeof *cs->blocks);
    cs->jobs = calloc(PBFT_JOBS_MAX, sizeof *cs->jobs);
    cs->buffer = malloc(PBFT_MESSAGE_MAX);
    cs->items = calloc(PBFT_ITEMS_MAX, sizeof *cs->items);
    cs->cores = calloc(PBFT_ITEMS_MAX, sizeof *cs->cores);
    if (cs->chain == NULL || cs->slots == NULL || cs->records == NULL ||
        cs->peers == NULL || cs->blocks == NULL || cs->jobs == NULL ||
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

static vt_status check_members(const struct vt_cs_start *start,
                               struct vt_err *err)
{
    const struct vt_cs_epoch *epoch = start->epoch;
    uint32_t n = epoch->members.count;

    if (n == 0 || n > PBFT_MEMBERS_MAX) {
        return pbft_fail(err, VT_E_INVALID,
                         "members: between 1 and 64 are needed");
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct vt_member *m = VT_AT(struct vt_member, epoch->members, i);

        if (m->weight != VT_AT(struct vt_member, epoch->members, 0)->weight) {
            return pbft_fail(err, VT_E_INVALID,
                             "members: their weights differ; this engine gives "
                             "each member one vote, make all weights equal");
        }
    }
    if (start->self >= n && start->self != VT_PEER_NONE) {
        return pbft_fail(err, VT_E_INVALID, "self is not among the members");
    }
    if (epoch->start_height == 0 ||
        start->final_height < epoch->start_height - 1) {
        return pbft_fail(err, VT_E_INVALID,
                         "the final height lies below the epoch's parent");
    }
    return VT_OK;
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

/* D6: everything up to the host's final height is decided. */
static vt_status take_floor(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err)
{
    struct pbft_link *at = &cs->chain[start->final_height % PBFT_CHAIN_RING];

    cs->committed = start->final_height;
    cs->applied = start->final_height;
    cs->tail = start->final_height;
    cs->prepared = start->final_height;
    memcpy(cs->committed_id, start->final_id, 32);
    cs->has_link = 1;
    if (start->final_height < cs->start_height) {
        memcpy(cs->committed_link, cs->epoch_parent, 32);
    } else if (start->final_proof.len == 0) {
        cs->has_link = 0; /* a CERT will tell */
        return VT_OK;
    } else {
        if (!pbft_get_proof(start->final_proof, cs->n, start->final_height,
                            start->final_id, &cs->proof)) {
            return pbft_fail(err, VT_E_CORRUPT,
                             "the proof of the last final block is not one of "
                             "this engine");
        }
        pbft_fold(cs->host, cs->crypto, &cs->proof);
        pbft_link_next(cs, cs->proof.link, start->final_id, cs->committed_link);
        cs->floor = start->final_height;
        memcpy(cs->floor_below, cs->proof.link, 32);
        cs->commit_view = cs->proof.qc.view;
        cs->fin.qc = cs->proof.qc;
        cs->fin.below = start->final_height - 1;
        memcpy(cs->fin.link, cs->proof.link, 32);
        memcpy(cs->fin.path, cs->proof.path, sizeof cs->fin.path);
        cs->fin.is_set = cs->proof.qc.seq > start->final_height;
        if (!cs->fin.is_set) {
            cs->last = cs->proof.qc;
        }
    }
    at->seq = start->final_height;
    memcpy(at->id, start->final_id, 32);
    memcpy(at->link, cs->committed_link, 32);
    return VT_OK;
}

static vt_status fill(struct vt_cs *cs, const struct vt_host *host,
                      const struct vt_cs_start *start, struct vt_err *err)
{
    vt_status status;

    cs->host = host;
    cs->crypto = pbft_crypto(host);
    cs->log = host->service(host, VT_SVC_LOG, VT_UPTO(struct vt_svc_log, put));
    cs->self = start->self;
    cs->n = start->epoch->members.count;
    cs->f = pbft_rule_faulty(cs->n);
    cs->q = pbft_rule_quorum(cs->n);
    cs->epoch = start->epoch->epoch;
    cs->start_height = start->epoch->start_height;
    cs->next_token = 1;
    memcpy(cs->epoch_parent, start->epoch->parent, 32);
    if (cs->crypto == NULL) {
        return pbft_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (!allocate(cs)) {
        return pbft_fail(err, VT_E_NOMEM, "no memory for the engine's window");
    }
    declare_gauges(cs);
    status = take_floor(cs, start, err);
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
    status = check_members(start, err);
    if (status != VT_OK) {
        return status;
    }
    cs = calloc(1, sizeof *cs);
    if (cs == NULL) {
        return pbft_fail(err, VT_E_NOMEM, "no memory for the engine");
    }
    read_options(cfg, &cs->opt);
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
    struct pbft_sig sig;

    memset(&sig, 0, sizeof sig);
    if (ev->status == VT_OK && ev->data.len <= PBFT_SIG_MAX) {
        sig.len = (uint8_t)ev->data.len;
        memcpy(sig.bytes, ev->data.ptr, ev->data.len);
    }
    if (pbft_answered(&cs->ask_vc, ev)) {
        pbft_viewchange_signed(cs, &sig);
    } else if (pbft_answered(&cs->ask_nv, ev)) {
        pbft_newview_signed(cs, &sig);
    } else if (pbft_answered(&cs->ask_ckpt, ev)) {
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
        pbft_on_fetched(cs, AS(struct vt_ev_block, ev));
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
        pbft_on_txs(cs, AS(struct vt_ev_txs, ev));
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

    cs_outbox_begin(&cs->box, out);
    cs->now_ns = ev->now_ns;
    if (ev->type == VT_EV_START) {
        cs->is_started = 1;
        cs->commit_ns = ev->now_ns;
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
    .size = VT_UPTO(struct vt_consensus, compare),
    .finality = VT_FIN_INSTANT,
    .members_min = 1,
    .members_max = PBFT_MEMBERS_MAX,
    .create = engine_create,
    .destroy = engine_destroy,
    .step = engine_step,
    .digest = pbft_digest,
    .check_proof = pbft_check_proof,
    .check_header = pbft_check_header,
    .check_evidence = pbft_check_evidence,
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
    {VT_NEED_REQUEUE, VT_UPTO(struct vt_eff_block, id), 0},
    {VT_NEED_SYNC, VT_UPTO(struct vt_eff_head, id), 0},
    {VT_NEED_METRIC, VT_UPTO(struct vt_eff_metric, value), 1},
    {VT_NEED_TRACE, VT_UPTO(struct vt_eff_text, text), 1},
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
