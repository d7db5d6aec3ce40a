/* SPDX-License-Identifier: Apache-2.0
 *
 * universal.c - the plugin: descriptor, options, create, and which event goes
 * where.
 */
#include "inside.h"

/* ---- options; order is enum uni_key -------------------------------------- */

static const struct vt_key keys[] = {
    {"batch_bytes", VT_T_BYTES, 0, "512KiB", "4KiB..16MiB",
     "Largest batch made, and what must wait to make one at once while others "
     "have no certificate yet.",
     "0.1"},
    {"batch_delay", VT_T_DURATION_NS, 0, "20ms", "0ms..10s",
     "Longest wait for batch_bytes while batches have no certificate yet.",
     "0.1"},
    {"heartbeat", VT_T_DURATION_NS, VT_KF_CONSENSUS, "0ms", "0ms..1h",
     "Idle time after which an empty block is made, 0 for never.", "0.1"},
    {"settle", VT_T_DURATION_NS, 0, "500ms", "0ms..1h",
     "Idle time after which one empty block puts the state that the last "
     "transactions led to into a header, 0 for never.",
     "0.1"},
    {"timeout", VT_T_DURATION_NS, 0, "300ms", "10ms..1h",
     "Least wait for a cut before its view is given up: three message delays "
     "and the execution of a block.",
     "0.1"},
    {"retransmit", VT_T_DURATION_NS, 0, "100ms", "5ms..1m",
     "Interval for repeating what may have been lost.", "0.1"},
    {"witness_wait", VT_T_DURATION_NS, 0, "200ms", "5ms..1m",
     "Wait for the words of a shard before its neighbours are asked, too.",
     "0.1"},
    {"lane_wait", VT_T_DURATION_NS, 0, "1s", "0ms..1h",
     "Wait for the author of a transaction's lane before the next lane takes "
     "it, too, 0 for ever.",
     "0.1"},
    {"cut_bytes", VT_T_BYTES, 0, "4MiB", "64KiB..32MiB",
     "Batches of one cut, in bytes.", "0.1"},
    {"shards", VT_T_UINT, VT_KF_CONSENSUS, "0", "0..16",
     "Shards of members who check each other's batches; 0: one below 16 "
     "members, two from there on, which is safe whoever the liars are.",
     "0.1"},
    {"audit", VT_T_UINT, VT_KF_CONSENSUS, "0", "0..64",
     "Members drawn from other shards to check each ordered batch before it "
     "is executed, for more shards than are safe without; 0: none.",
     "0.1"},
};
VT_STATIC_ASSERT(sizeof keys / sizeof keys[0] == UNI_KEY_COUNT,
                 "a row for each enum uni_key");

static void read_options(struct vt_cs *cs, const struct vt_cfg *cfg)
{
    cs_pace_read(&cs->pace, cfg, UNI_KEY_PACE);
    cs->opt.timeout_ns = cfg->u64(cfg, UNI_KEY_TIMEOUT);
    cs->opt.tick_ns = cfg->u64(cfg, UNI_KEY_RETRANSMIT);
    cs->opt.witness_ns = cfg->u64(cfg, UNI_KEY_WITNESS);
    cs->opt.lane_wait_ns = cfg->u64(cfg, UNI_KEY_LANE_WAIT);
    cs->opt.cut_bytes = cfg->u64(cfg, UNI_KEY_CUT_BYTES);
}

/* ---- create and destroy -------------------------------------------------- */

static void engine_destroy(struct vt_cs *cs)
{
    if (cs == NULL) {
        return;
    }
    cs_outbox_fini(&cs->box);
    bft_free(cs->bft);
    uni_batches_free(cs);
    for (uint32_t i = 0; cs->candidates != NULL && i < cs->n * UNI_CHECKS;
         i++) {
        free(cs->candidates[i].cert);
    }
    for (uint32_t i = 0; i < UNI_FINALS; i++) {
        free(cs->finals[i].proof);
    }
    free(cs->candidates);
    free(cs->buckets);
    free(cs->lanes);
    free(cs->cuts);
    free(cs->cut_tips);
    free(cs->cut_audits);
    free(cs->more);
    free(cs->next);
    free(cs->audit_bytes);
    free(cs->ring);
    free(cs->joined);
    free(cs->buffer);
    free(cs);
}

static int allocate(struct vt_cs *cs)
{
    cs->batches = calloc(UNI_BATCHES, sizeof *cs->batches);
    cs->buckets = malloc(UNI_BUCKETS * sizeof *cs->buckets);
    cs->lanes = calloc(cs->n, sizeof *cs->lanes);
    cs->candidates = calloc((size_t)cs->n * UNI_CHECKS, sizeof *cs->candidates);
    cs->cuts = calloc(UNI_CUTS, sizeof *cs->cuts);
    cs->cut_tips = calloc((size_t)UNI_CUTS * cs->n, sizeof *cs->cut_tips);
    cs->ring = calloc(UNI_HISTORY, sizeof *cs->ring);
    cs->joined = malloc((size_t)32 * UNI_JOINED_MAX);
    cs->buffer = malloc(UNI_BUFFER);
    if (cs->batches == NULL || cs->buckets == NULL || cs->lanes == NULL ||
        cs->candidates == NULL || cs->cuts == NULL || cs->cut_tips == NULL ||
        cs->ring == NULL || cs->joined == NULL || cs->buffer == NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < UNI_BUCKETS; i++) {
        cs->buckets[i] = UNI_NONE;
    }
    for (uint32_t i = 0; i < cs->n; i++) {
        cs->lanes[i].budget = UNI_OUTSIDE_MAX;
    }
    return 1;
}

static int allocate_audit(struct vt_cs *cs)
{
    if (cs->auditors == 0) {
        return 1;
    }
    cs->cut_audits = calloc(UNI_CUTS, sizeof *cs->cut_audits);
    cs->more = calloc(UNI_PEND_MAX, sizeof *cs->more);
    cs->next = calloc(1, sizeof *cs->next);
    cs->audit_bytes = malloc(UNI_CUT_AUDIT);
    return cs->cut_audits != NULL && cs->more != NULL && cs->next != NULL &&
           cs->audit_bytes != NULL;
}

/* The block everything stands on. What it says about the lanes is asked of the
 * host at START; an epoch begins with all lanes at zero. */
static void take_floor(struct vt_cs *cs, const struct vt_cs_start *start)
{
    struct uni_cut *root = uni_cut_add(cs, start->final_id);

    root->height = start->final_height;
    root->is_good = 1;
    root->is_wanted = 1;
    if (start->final_height < cs->start) {
        root->is_told = 1;
        root->is_true = 1;
        root->is_empty = 1;
        if (root->audit != NULL) {
            uni_audit_init(root->audit, cs->beacon);
        }
        cs->pace.is_settled = 1;
    }
    cs->root = (uint32_t)(root - cs->cuts);
    cs->applied = start->final_height;
    memcpy(cs->applied_id, start->final_id, 32);
    uni_remember_final(cs, root->height, root->id);
}

/* Random values are checked with them. */
static int take_keys(struct vt_cs *cs, const struct vt_cs_epoch *epoch)
{
    size_t len = strlen(epoch->scheme);

    if (len >= sizeof cs->scheme) {
        return 0;
    }
    memcpy(cs->scheme, epoch->scheme, len + 1);
    for (uint32_t i = 0; i < cs->n; i++) {
        struct vt_view pk = VT_AT(struct vt_member, epoch->members, i)->pk;

        if (pk.len > sizeof cs->pk[i]) {
            return 0;
        }
        memcpy(cs->pk[i], pk.ptr, pk.len);
        cs->pk_len[i] = (uint32_t)pk.len;
    }
    return 1;
}

static vt_status fill(struct vt_cs *cs, const struct vt_host *host,
                      const struct vt_cfg *cfg, const struct vt_cs_start *start,
                      struct vt_err *err)
{
    vt_status status;

    cs->host = host;
    cs->crypto = uni_crypto(host);
    cs->self = start->self;
    cs->n = start->epoch->members.count;
    cs->epoch = start->epoch->epoch;
    cs->start = start->epoch->start_height;
    memcpy(cs->epoch_parent, start->epoch->parent, 32);
    memcpy(cs->chain_id, start->epoch->chain_id, 32);
    memcpy(cs->epoch_digest, start->epoch->digest, 32);
    memcpy(cs->beacon, start->epoch->beacon, 32);
    cs->auditors = (uint32_t)cfg->u64(cfg, UNI_KEY_AUDIT);
    if (!take_keys(cs, start->epoch)) {
        return cs_fail(err, VT_E_INVALID,
                       "members: a public key or the name of their scheme is "
                       "too long for this engine");
    }
    cs_outbox_init(&cs->box);
    if (cs->crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    cs->audit_hasher.host = host;
    cs->audit_hasher.crypto = cs->crypto;
    cs->audit_hasher.tag = UNI_AUDIT_TAG;
    if (!allocate(cs) || !allocate_audit(cs)) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the engine's lanes");
    }
    uni_seats_init(&cs->seats, host, cs->crypto, start->epoch,
                   (uint32_t)cfg->u64(cfg, UNI_KEY_SHARDS));
    uni_gauges_declare(cs);
    take_floor(cs, start);
    status = uni_restore(cs, start, err);
    return status == VT_OK ? uni_order_new(cs, start, err) : status;
}

uint32_t uni_shards_of(const struct vt_cs_epoch *epoch)
{
    const struct vt_cfg *cfg =
        VT_HAS(struct vt_cs_epoch, epoch, cfg) ? epoch->cfg : NULL;

    return cfg == NULL ? 0 : (uint32_t)cfg->u64(cfg, UNI_KEY_SHARDS);
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
    read_options(cs, cfg);
    status = fill(cs, host, cfg, start, err);
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
    struct uni_cut *root = uni_root(cs);

    cs->is_started = 1;
    cs->is_moved = 1;
    cs->commit_ns = cs->box.now_ns;
    cs->pace.commit_ns = cs->box.now_ns;
    cs->notarized_ns = cs->box.now_ns;
    if (!root->is_true) {
        cs_emit_fetch(&cs->box, &root->fetch, root->id, 0);
    }
    uni_trace_seat(cs);
    bft_start(cs->bft);
}

static void on_recv(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    if (ev->from >= cs->n || ev->from == cs->self ||
        cs_outbox_is_busy(&cs->box)) {
        return; /* strangers are answered by the host's sync */
    }
    switch (ev->proto) {
    case UNI_PROTO_BATCH:
        uni_on_batch(cs, ev);
        break;
    case UNI_PROTO_WITNESS:
        uni_on_witness(cs, ev);
        break;
    case UNI_PROTO_CERT:
        uni_on_cert(cs, ev->from, ev->msg);
        break;
    case UNI_PROTO_CUT:
        uni_on_cut(cs, ev);
        break;
    case UNI_PROTO_APPROVE:
        uni_on_approve(cs, ev);
        break;
    case UNI_PROTO_FLAW:
        uni_on_flaw(cs, ev);
        break;
    case UNI_PROTO_ASK:
        uni_on_ask(cs, ev);
        break;
    default:
        if (ev->proto >= UNI_PROTO_BFT &&
            ev->proto < UNI_PROTO_BFT + BFT_PROTOS) {
            bft_recv(cs->bft, ev->from, ev->proto - UNI_PROTO_BFT, ev->msg);
        } else {
            uni_penalize(cs, ev->from, "unknown message number");
        }
        break;
    }
}

static void on_tick(struct vt_cs *cs)
{
    cs_pace_retry(&cs->box, &cs->ask_batch, UNI_RETRY * cs->opt.tick_ns);
    uni_batches_retry(cs);
    uni_cuts_retry(cs);
    uni_author_tick(cs);
    uni_certs_tick(cs);
    uni_order_tick(cs);
    uni_audit_tick(cs);
    cs->is_moved = 1;
}

static void on_timer(struct vt_cs *cs, uint64_t id)
{
    if (id >= UNI_TIMER_BFT) {
        bft_timer(cs->bft, (uint32_t)(id - UNI_TIMER_BFT));
    } else if (id < UNI_TIMERS && cs_timer_fired(&cs->box, &cs->timers[id])) {
        if (id == UNI_TIMER_TICK) {
            on_tick(cs);
        }
        cs->is_moved = 1;
    }
}

static void on_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    if ((ev->token & UNI_TOKEN_BFT) != 0) {
        bft_signed(cs->bft, ev->token & ~UNI_TOKEN_BFT,
                   ev->status == VT_OK ? ev->data : cs_view(NULL, 0));
    } else if (!uni_approve_signed(cs, ev)) {
        uni_on_signed(cs, ev);
    }
}

static void on_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    if ((ev->token & UNI_TOKEN_BFT) != 0) {
        bft_verified(cs->bft, ev->token & ~UNI_TOKEN_BFT,
                     ev->status == VT_OK ? ev->data : cs_view(NULL, 0));
    } else if (!uni_author_verified(cs, ev) && !uni_witness_verified(cs, ev) &&
               !uni_approve_verified(cs, ev)) {
        (void)uni_cert_verified(cs, ev);
    }
}

static void on_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    if (!uni_author_built(cs, ev) && !uni_order_built(cs, ev)) {
        (void)uni_cut_built(cs, ev);
    }
}

#define AS(T, ev) ((const T *)(const void *)(ev))

static void on_block(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    if (ev->h.type == VT_EV_BUILT) {
        on_built(cs, ev);
    } else if (ev->h.type == VT_EV_VALIDATED) {
        if (!uni_batch_validated(cs, ev)) {
            (void)uni_cut_validated(cs, ev);
        }
    } else if (!uni_batch_fetched(cs, ev)) {
        (void)uni_cut_fetched(cs, ev);
    }
}

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
    case VT_EV_VALIDATED:
    case VT_EV_FETCHED:
        on_block(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_PROVED:
        uni_on_proved(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_APPLIED:
        uni_on_applied(cs, AS(struct vt_ev_applied, ev));
        break;
    case VT_EV_TXS:
        cs_pace_txs(&cs->pace, &cs->ask_batch, AS(struct vt_ev_txs, ev));
        break;
    case VT_EV_SEAL:
        uni_on_seal(cs, AS(struct vt_ev_seal, ev));
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

/* Each round makes a batch sure, said or held, or decides a height: it ends. */
static void advance(struct vt_cs *cs)
{
    while (cs->is_moved && !cs->is_halted) {
        cs->is_moved = 0;
        (void)uni_finalize(cs);
        uni_batches_release(cs);
        uni_resume(cs);
        uni_batches_grow(cs);
        uni_audit_grow(cs);
        uni_order_poke(cs);
    }
    if (cs->is_halted) {
        return;
    }
    uni_author_build(cs);
    cs_timer_want(&cs->timers[UNI_TIMER_TICK],
                  cs->box.now_ns + cs->opt.tick_ns);
    for (uint32_t id = UNI_TIMER_PACE; id < UNI_TIMERS; id++) {
        cs_timer_arm(&cs->box, &cs->timers[id], id);
    }
    uni_gauges(cs);
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
    .finality = VT_FIN_INSTANT,
    .members_min = 1,
    .members_max = CS_MEMBERS_MAX,
    .create = engine_create,
    .destroy = engine_destroy,
    .step = engine_step,
    .digest = uni_digest,
    .check_proof = uni_check_proof,
    .shorten_proof = uni_shorten_proof,
    .check_short = uni_check_short,
    .check_header = uni_check_header,
    .check_evidence = uni_check_evidence,
    .random = uni_random,
    .check_stage = uni_check_stage,
};

static const struct vt_iface ifaces[] = {{VT_IF_CONSENSUS, &engine_table}};

static const struct vt_need needs[] = {
    {VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, check_flaw), 0},
    {VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge), 1},
    CS_NEEDS_ANY,
    {VT_NEED_BATCH, VT_UPTO(struct vt_eff_batch, payload), 0},
    {VT_NEED_JOIN, VT_UPTO(struct vt_eff_join, batches), 0},
    {VT_NEED_PROVE, VT_UPTO(struct vt_eff_prove, msg), 0},
    {VT_NEED_PLACE, VT_UPTO(struct vt_eff_block, id), 0},
    {VT_NEED_STAGE, VT_UPTO(struct vt_eff_stage, proof), 0},
    CS_NEEDS_BLOCKS,
};

VT_PLUGIN_DEFINE(universal) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.universal",
    .name = "universal",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB(keys),
};
