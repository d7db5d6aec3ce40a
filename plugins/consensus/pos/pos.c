/* SPDX-License-Identifier: Apache-2.0
 *
 * pos.c - the plugin: descriptor, options, create, and which event goes where.
 */
#include "inside.h"

#define MS UINT64_C(1000000) /* nanoseconds */

/* ---- options; order is enum pos_key -------------------------------------- */

static const struct vt_key keys[] = {
    {"slot", VT_T_DURATION_NS, VT_KF_CONSENSUS, "1s", "10ms..1h",
     "Length of a slot; more than a block needs to reach everybody.", "0.1"},
    {"active_permille", VT_T_UINT, VT_KF_CONSENSUS, "200", "1..900",
     "Thousandths of the slots that have a leader: a block every slot * 1000 / "
     "active_permille.",
     "0.1"},
    {"max_unfinal", VT_T_UINT, VT_KF_CONSENSUS, "720", "16..960",
     "Blocks above the last final one after which no more are made; so no head "
     "is ever taken back further.",
     "0.1"},
    {"pointer_timeout", VT_T_DURATION_NS, 0, "1s", "10ms..1h",
     "Wait for a finality pointer before its leader is given up; three message "
     "delays and a bit.",
     "0.1"},
    {"retransmit", VT_T_DURATION_NS, 0, "500ms", "5ms..1h",
     "What others may have missed is said again after this time.", "0.1"},
    {"block_bytes", VT_T_BYTES, 0, "512KiB", "1KiB..64MiB",
     "Largest block made here.", "0.1"},
    {"settle", VT_T_DURATION_NS, 0, "500ms", "0ms..1h",
     "Idle time after which one empty block puts the state that the last "
     "transactions led to into a header, 0 for never.",
     "0.1"},
};
VT_STATIC_ASSERT(sizeof keys / sizeof keys[0] == POS_KEY_COUNT,
                 "a row for each enum pos_key");

static void read_options(struct vt_cs *cs, const struct vt_cfg *cfg)
{
    cs->opt.slot_ms = cfg->u64(cfg, POS_KEY_SLOT) / MS;
    cs->opt.share = (uint32_t)cfg->u64(cfg, POS_KEY_SHARE);
    cs->opt.k = cfg->u64(cfg, POS_KEY_K);
    cs->opt.timeout_ns = cfg->u64(cfg, POS_KEY_TIMEOUT);
    cs->opt.tick_ns = cfg->u64(cfg, POS_KEY_TICK);
    cs->opt.block_bytes = cfg->u64(cfg, POS_KEY_BLOCK_BYTES);
    cs->opt.settle_ms = cfg->u64(cfg, POS_KEY_SETTLE) / MS;
}

/* ---- create and destroy -------------------------------------------------- */

static void engine_destroy(struct vt_cs *cs)
{
    if (cs == NULL) {
        return;
    }
    bft_free(cs->bft);
    cs_outbox_fini(&cs->box);
    free(cs->blocks);
    free(cs->fin.proof);
    free(cs->buffer);
    free(cs);
}

static void declare_gauges(struct vt_cs *cs)
{
    const struct vt_host *host = cs->host;
    const struct vt_svc_metrics *m = host->service(
        host, VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge));

    if (m == NULL) {
        return;
    }
    cs->gauge[0] = m->gauge(host, "committed_height", "", "Last final height.");
    cs->gauge[1] = m->gauge(host, "head_height", "", "Height of the head.");
    cs->gauge[2] =
        m->gauge(host, "reorgs", "", "Heads given up since the start.");
    cs->gauge[3] = m->gauge(host, "view", "", "View of the pointers.");
}

/* Equal weights have equal limits, and most have: one is worked out for all. */
static void take_limits(struct vt_cs *cs, const struct vt_cs_epoch *epoch,
                        uint64_t total)
{
    for (uint32_t i = 0; i < cs->n; i++) {
        uint64_t weight = VT_AT(struct vt_member, epoch->members, i)->weight;
        uint32_t k = 0;

        while (VT_AT(struct vt_member, epoch->members, k)->weight != weight) {
            k++;
        }
        if (k < i) {
            memcpy(cs->limit[i], cs->limit[k], sizeof cs->limit[i]);
        } else {
            pos_lot_limit(cs->opt.share, weight, total, cs->limit[i]);
        }
    }
}

/* Stake is weight. */
static vt_status take_members(struct vt_cs *cs, const struct vt_cs_epoch *epoch,
                              struct vt_err *err)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < cs->n; i++) {
        const struct vt_member *m = VT_AT(struct vt_member, epoch->members, i);

        if (m->weight == 0 || m->weight > UINT64_MAX / 4 - total ||
            m->pk.len > sizeof cs->pk_bytes[i]) {
            return cs_fail(err, VT_E_INVALID,
                           "members: weights must be above 0 and their sum "
                           "below 2^62");
        }
        total += m->weight;
        memcpy(cs->pk_bytes[i], m->pk.ptr, m->pk.len);
        cs->pk[i] = cs_view(cs->pk_bytes[i], m->pk.len);
    }
    take_limits(cs, epoch, total);
    return VT_OK;
}

/* Blocks from before a restart: their words were checked then. */
static vt_status take_records(struct vt_cs *cs, const struct vt_cs_start *start,
                              struct vt_err *err)
{
    for (uint32_t i = 0; i < start->slots.count; i++) {
        const struct vt_slot *slot = VT_AT(struct vt_slot, start->slots, i);
        struct pos_block *b;

        if (slot->slot < POS_SLOT_BLOCKS || slot->bytes.len == 0) {
            continue;
        }
        if (slot->slot >= POS_SLOT_BLOCKS + POS_BLOCKS) {
            return cs_fail(err, VT_E_CORRUPT, "a slot has an unknown number");
        }
        b = &cs->blocks[slot->slot - POS_SLOT_BLOCKS];
        if (!pos_get_record(slot->bytes, cs->epoch, &b->word) ||
            b->word.proposer >= cs->n) {
            return cs_fail(err, VT_E_CORRUPT, "a block's slot is malformed");
        }
        b->stage = POS_FETCHING;
        b->up = POS_NONE;
        b->teller = VT_PEER_NONE;
        b->is_kept = 1;
        if (slot->slot - POS_SLOT_BLOCKS >= cs->top) {
            cs->top = (uint32_t)(slot->slot - POS_SLOT_BLOCKS) + 1;
        }
    }
    return VT_OK;
}

static vt_status fill(struct vt_cs *cs, const struct vt_cs_start *start,
                      struct vt_err *err)
{
    const struct vt_cs_epoch *epoch = start->epoch;
    size_t scheme_len = strlen(epoch->scheme);
    vt_status status;

    cs->self = start->self;
    cs->n = epoch->members.count;
    cs->epoch = epoch->epoch;
    cs->start = epoch->start_height;
    cs->applied = start->final_height;
    cs->head = POS_ROOT;
    cs->root.height = start->final_height;
    memcpy(cs->root.id, start->final_id, 32);
    memcpy(cs->chain_id, epoch->chain_id, 32);
    memcpy(cs->epoch_digest, epoch->digest, 32);
    memcpy(cs->beacon, epoch->beacon, 32);
    cs->hasher.host = cs->host;
    cs->hasher.crypto = cs->crypto;
    cs->hasher.tag = POS_CHAIN_TAG;
    cs->blocks = calloc(POS_BLOCKS, sizeof *cs->blocks);
    cs->fin.proof = malloc(BFT_MESSAGE_MAX);
    cs->buffer = malloc(2u * BFT_MESSAGE_MAX);
    if (cs->blocks == NULL || cs->fin.proof == NULL || cs->buffer == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the engine's tree");
    }
    if (cs->n == 0 || cs->n > CS_MEMBERS_MAX ||
        (cs->self >= cs->n && cs->self != VT_PEER_NONE) || cs->start == 0 ||
        start->final_height + 1 < cs->start ||
        scheme_len >= sizeof cs->scheme) {
        return cs_fail(err, VT_E_INVALID,
                       "members: 1 to 64, self among them or none");
    }
    memcpy(cs->scheme, epoch->scheme, scheme_len + 1);
    status = take_members(cs, epoch, err);
    if (status == VT_OK) {
        status = take_records(cs, start, err);
    }
    return status == VT_OK ? pos_pointers_open(cs, start, err) : status;
}

static vt_status engine_create(const struct vt_host *host,
                               const struct vt_cfg *cfg,
                               const struct vt_cs_start *start,
                               struct vt_cs **out, struct vt_err *err)
{
    struct vt_cs *cs = calloc(1, sizeof *cs);
    vt_status status;

    *out = NULL;
    if (cs == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the engine");
    }
    cs->host = host;
    cs->crypto = host->service(host, VT_SVC_CRYPTO,
                               VT_UPTO(struct vt_svc_crypto, vrf_verify));
    cs_outbox_init(&cs->box);
    read_options(cs, cfg);
    status = cs->crypto == NULL
                 ? cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted")
                 : fill(cs, start, err);
    if (status != VT_OK) {
        engine_destroy(cs);
        return status;
    }
    declare_gauges(cs);
    *out = cs;
    return VT_OK;
}

/* ---- events -------------------------------------------------------------- */

static void on_start(struct vt_cs *cs)
{
    cs->is_started = 1;
    cs->head_ns = cs->box.now_ns;
    pos_ask_root(cs);
    for (uint32_t i = cs->top; i-- > 0;) {
        if (cs->blocks[i].stage == POS_FREE) {
            continue;
        }
        if (cs->blocks[i].word.height <= cs->root.height) {
            pos_remove(cs, i);
        } else {
            pos_fetch(cs, i);
        }
    }
    bft_start(cs->bft);
}

static void on_recv(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    if (ev->from >= cs->n || cs_outbox_is_busy(&cs->box)) {
        return; /* strangers are answered by the host's sync */
    }
    if (ev->proto < POS_PROTO_BFT + BFT_PROTOS) {
        bft_recv(cs->bft, ev->from, ev->proto - POS_PROTO_BFT, ev->msg);
    } else if (ev->proto == POS_PROTO_BLOCK) {
        pos_on_word(cs, ev);
    } else if (ev->proto == POS_PROTO_WANT) {
        pos_on_want(cs, ev->from, ev->msg);
    } else if (ev->proto == POS_PROTO_TIP) {
        pos_on_tip(cs, ev->from, ev->msg);
    } else {
        pos_penalize(cs, ev->from, "unknown message number");
    }
}

static void on_timer(struct vt_cs *cs, uint64_t timer)
{
    if (timer >= POS_TIMER_BFT) {
        bft_timer(cs->bft, (uint32_t)(timer - POS_TIMER_BFT));
    } else if (timer == POS_TIMER_SLOT &&
               cs_timer_fired(&cs->box, &cs->timers[timer])) {
        pos_on_slot(cs);
    } else if (timer == POS_TIMER_TICK &&
               cs_timer_fired(&cs->box, &cs->timers[timer])) {
        pos_blocks_tick(cs);
        bft_poke(cs->bft);
    }
}

static void on_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    static const struct vt_view none;

    if ((ev->token & POS_TOKEN_BFT) != 0) {
        bft_signed(cs->bft, ev->token & ~POS_TOKEN_BFT,
                   ev->status == VT_OK ? ev->data : none);
    } else {
        pos_on_signed(cs, ev);
    }
}

static void on_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    static const struct vt_view none;

    if ((ev->token & POS_TOKEN_BFT) != 0) {
        bft_verified(cs->bft, ev->token & ~POS_TOKEN_BFT,
                     ev->status == VT_OK ? ev->data : none);
    } else {
        pos_on_verified(cs, ev);
    }
}

static void on_applied(struct vt_cs *cs, const struct vt_ev_applied *ev)
{
    cs->applied = ev->height;
    if (ev->height > cs->root.height) {
        pos_jump_root(cs, ev->height, ev->id);
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
    case VT_EV_PROVED:
        pos_on_proved(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_BUILT:
        pos_on_built(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_VALIDATED:
        pos_on_validated(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_FETCHED:
        pos_on_fetched(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_APPLIED:
        on_applied(cs, AS(struct vt_ev_applied, ev));
        break;
    case VT_EV_TXS:
        cs->waiting = AS(struct vt_ev_txs, ev)->count;
        break;
    case VT_EV_SEAL:
        cs->seal = AS(struct vt_ev_seal, ev)->height;
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

static int is_restless(const struct vt_cs *cs)
{
    return cs->top > 0 || !cs->root.is_slot_known ||
           cs->fin.height > cs->root.height;
}

static void advance(struct vt_cs *cs)
{
    pos_pointers_update(cs);
    pos_make_update(cs);
    if (is_restless(cs)) {
        cs_timer_want(&cs->timers[POS_TIMER_TICK],
                      cs->box.now_ns + cs->opt.tick_ns);
    }
    cs_timer_arm(&cs->box, &cs->timers[POS_TIMER_SLOT], POS_TIMER_SLOT);
    cs_timer_arm(&cs->box, &cs->timers[POS_TIMER_TICK], POS_TIMER_TICK);
    pos_gauges(cs);
}

static vt_status engine_step(struct vt_cs *cs, const struct vt_ev *ev,
                             struct vt_out *out)
{
    vt_status status = VT_OK;

    cs_outbox_begin(&cs->box, out, ev->now_ns);
    cs->wall_ms = ev->wall_ms;
    if (!cs->is_halted && (cs->is_started || ev->type == VT_EV_START)) {
        status = dispatch(cs, ev);
        if (status == VT_OK && !cs->is_halted) {
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
    .digest = pos_digest,
    .check_proof = pos_check_proof,
    .shorten_proof = pos_shorten_proof,
    .check_short = pos_check_short,
    .check_header = pos_check_header,
    .random = pos_random,
    .check_evidence = pos_check_evidence,
    .compare = pos_compare,
};

static const struct vt_iface ifaces[] = {{VT_IF_CONSENSUS, &engine_table}};

static const struct vt_need needs[] = {
    {VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, vrf_verify), 0},
    {VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge), 1},
    {VT_NEED_HEAD, VT_UPTO(struct vt_eff_head, id), 0},
    {VT_NEED_PROVE, VT_UPTO(struct vt_eff_prove, msg), 0},
    CS_NEEDS_INSTANT,
};

VT_PLUGIN_DEFINE(pos) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.pos",
    .name = "pos",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB(keys),
};
