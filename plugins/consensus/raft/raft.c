/* SPDX-License-Identifier: Apache-2.0
 *
 * raft.c - the plugin: descriptor, options, create, and which event goes where.
 */
#include "inside.h"

#include "common/check.h"

/* ---- options; order is enum raft_key ------------------------------------- */

static const struct vt_key keys[] = {
    {"window", VT_T_UINT, VT_KF_CONSENSUS, "64", "1..256",
     "Blocks the leader may propose above the last committed one.", "0.1"},
    {"election_timeout", VT_T_DURATION_NS, 0, "500ms", "10ms..1h",
     "Least wait without a word of the leader before another one is sought; "
     "each wait is one to two of it.",
     "0.1"},
    {"ping", VT_T_DURATION_NS, 0, "50ms", "1ms..1m",
     "Time from one sign of life of the leader to the next; a tenth of "
     "election_timeout is good.",
     "0.1"},
    CS_PACE_KEYS,
};
VT_STATIC_ASSERT(sizeof keys / sizeof keys[0] == RAFT_KEY_COUNT,
                 "a row for each enum raft_key");

static void read_options(struct vt_cs *cs, const struct vt_cfg *cfg)
{
    cs->opt.window = cfg->u64(cfg, RAFT_KEY_WINDOW);
    cs->opt.election_ns = cfg->u64(cfg, RAFT_KEY_ELECTION);
    cs->opt.ping_ns = cfg->u64(cfg, RAFT_KEY_PING);
    cs_pace_read(&cs->pace, cfg, RAFT_KEY_BATCH_BYTES);
}

/* ---- create and destroy -------------------------------------------------- */

static void engine_destroy(struct vt_cs *cs)
{
    if (cs == NULL) {
        return;
    }
    cs_outbox_fini(&cs->box);
    free(cs->chain.ring);
    free(cs->log);
    free(cs->wants);
    free(cs->peers);
    free(cs->votes);
    free(cs->blocks.list);
    free(cs->buffer);
    free(cs);
}

static int allocate(struct vt_cs *cs)
{
    cs->chain.ring = calloc(CS_CHAIN_RING, sizeof *cs->chain.ring);
    cs->log = calloc(CS_CHAIN_RING, sizeof *cs->log);
    cs->wants = calloc(RAFT_SLOTS, sizeof *cs->wants);
    cs->peers = calloc(cs->n, sizeof *cs->peers);
    cs->votes = calloc((size_t)RAFT_SLOTS * cs->n, sizeof *cs->votes);
    cs->blocks.list = calloc(RAFT_BLOCKS_MAX, sizeof *cs->blocks.list);
    cs->buffer = malloc(RAFT_MESSAGE_MAX);
    return cs->chain.ring != NULL && cs->log != NULL && cs->wants != NULL &&
           cs->peers != NULL && cs->votes != NULL && cs->blocks.list != NULL &&
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
    cs->gauge[0] = m->gauge(host, "term", "", "Current term.");
    cs->gauge[1] =
        m->gauge(host, "committed_height", "", "Last committed height.");
    cs->gauge[2] = m->gauge(host, "leading", "", "1 while this node leads.");
    cs->gauge[3] =
        m->gauge(host, "elections", "", "Candidacies since the start.");
    cs->gauge[4] = m->gauge(host, "read_height", "",
                            "Height the last confirmed read must wait for.");
}

/* D6: what the host knows to be final; its proof may reach higher. */
static vt_status take_floor(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err)
{
    vt_status status = cs_chain_open(&cs->chain, start, RAFT_ROLE_ACK, err);
    const struct cs_qc *qc = &cs->chain.proof.qc;

    if (status == VT_OK && cs->chain.floor != 0) {
        cs->committed_term = qc->view;
        if (qc->seq > start->final_height) {
            cs->fin = *qc;
        }
    }
    cs->match = start->final_height;
    return status;
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
    cs->q = raft_rule_quorum(cs->n);
    cs->epoch = start->epoch->epoch;
    cs->opener = start->epoch->beacon[0] % cs->n;
    cs->voted = RAFT_NOBODY;
    cs->leader = RAFT_NOBODY;
    cs->target = RAFT_NOBODY;
    memcpy(cs->seed, start->seed, sizeof cs->seed);
    cs_outbox_init(&cs->box);
    cs->blocks.box = &cs->box;
    cs->blocks.cap = RAFT_BLOCKS_MAX;
    cs->blocks.others =
        cs_everyone(cs->n) & ~(raft_is_member(cs) ? cs_bit(cs->self) : 0);
    if (cs->crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (!allocate(cs)) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the engine's window");
    }
    cs->chain.hasher.host = host;
    cs->chain.hasher.crypto = cs->crypto;
    cs->chain.hasher.tag = RAFT_CHAIN_TAG;
    cs->chain.who = raft_committee(cs->n);
    cs->chain.start = start->epoch->start_height;
    memcpy(cs->chain.epoch_parent, start->epoch->parent, 32);
    declare_gauges(cs);
    status = take_floor(cs, start, err);
    return status == VT_OK ? raft_restore(cs, start->slots, err) : status;
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
    status = fill(cs, host, start, err);
    if (status != VT_OK) {
        engine_destroy(cs);
        return status;
    }
    *out = cs;
    return VT_OK;
}

/* ---- events -------------------------------------------------------------- */

/* The bodies of the log from before a restart have to be here again before
 * this member signs for more or leads. */
static void on_start(struct vt_cs *cs)
{
    cs->is_started = 1;
    cs->pace.commit_ns = cs->box.now_ns;
    for (uint64_t i = cs->chain.committed + 1; i <= cs->chain.tail; i++) {
        (void)cs_block_want(&cs->blocks, cs_link_at(&cs->chain, i)->id, i,
                            cs->blocks.others);
    }
    raft_wait_for_leader(cs);
    if (cs->term == 0 && cs->self == cs->opener) {
        /* nobody has led yet: all agree who need not wait */
        cs->timers[RAFT_TIMER_ELECTION].wanted_ns =
            cs->box.now_ns + cs->opt.ping_ns / 4;
    }
}

static void on_recv(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    if (ev->from >= cs->n || cs_outbox_is_busy(&cs->box)) {
        return; /* strangers are answered by the host's sync */
    }
    switch (ev->proto) {
    case RAFT_ASK:
        raft_on_ask(cs, ev->from, ev->msg);
        break;
    case RAFT_ANSWER:
        raft_on_answer(cs, ev->from, ev->msg);
        break;
    case RAFT_APPEND:
        raft_on_append(cs, ev);
        break;
    case RAFT_ACK:
        raft_on_ack(cs, ev->from, ev->msg);
        break;
    case RAFT_CERT:
        raft_on_cert(cs, ev->from, ev->msg);
        break;
    case RAFT_GO:
        raft_on_go(cs, ev->from, ev->msg);
        break;
    case RAFT_READ:
        raft_on_read(cs, ev->from, ev->msg);
        break;
    case RAFT_INDEX:
        raft_on_index(cs, ev->from, ev->msg);
        break;
    default:
        raft_penalize(cs, ev->from, "unknown message number");
        break;
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
        raft_on_timer(cs, AS(struct vt_ev_timer, ev)->timer);
        break;
    case VT_EV_RECV:
        on_recv(cs, AS(struct vt_ev_recv, ev));
        break;
    case VT_EV_SIGNED:
        raft_on_signed(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_VERIFIED:
        raft_on_verified(cs, AS(struct vt_ev_done, ev));
        break;
    case VT_EV_BUILT:
        raft_on_built(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_VALIDATED:
        raft_on_validated(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_FETCHED:
        raft_on_fetched(cs, AS(struct vt_ev_block, ev));
        break;
    case VT_EV_APPLIED:
        raft_on_applied(cs, AS(struct vt_ev_applied, ev));
        break;
    case VT_EV_TXS:
        cs_pace_txs(&cs->pace, &cs->ask_build, AS(struct vt_ev_txs, ev));
        break;
    case VT_EV_SEAL:
        raft_on_seal(cs, AS(struct vt_ev_seal, ev));
        break;
    case VT_EV_ADMIN:
        raft_on_admin(cs, AS(struct vt_ev_bytes, ev)->data);
        break;
    case VT_EV_PERSISTED: /* SIGN and SEND wait for it, so need not we */
    case VT_EV_PEER:      /* the next ping tells more */
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

/* Each round appends or commits something, within the window: it ends. */
static void advance(struct vt_cs *cs)
{
    int moved = 1;

    while (moved && !cs->is_halted) {
        moved = raft_accept(cs);
        moved |= raft_finalize(cs);
    }
    if (cs->is_halted) {
        return;
    }
    if (cs->q == 1 && cs->role == RAFT_FOLLOWER && raft_is_member(cs)) {
        raft_start_asking(cs); /* alone: nobody to wait for */
    }
    raft_propose(cs);
    raft_timers_update(cs);
    raft_gauges(cs);
}

static vt_status engine_step(struct vt_cs *cs, const struct vt_ev *ev,
                             struct vt_out *out)
{
    vt_status status = VT_OK;

    cs_outbox_begin(&cs->box, out, ev->now_ns);
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
    .digest = raft_digest,
    .check_proof = raft_check_proof,
    .shorten_proof = raft_shorten_proof,
    .check_short = raft_check_short,
    .check_header = raft_check_header,
    .check_evidence = raft_check_evidence,
};

static const struct vt_iface ifaces[] = {{VT_IF_CONSENSUS, &engine_table}};

static const struct vt_need needs[] = {
    {VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify), 0},
    {VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge), 1},
    {VT_SVC_LOG, VT_UPTO(struct vt_svc_log, put), 1},
    CS_NEEDS_INSTANT,
};

VT_PLUGIN_DEFINE(raft) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .flags = VT_PF_DETERMINISTIC,
    .protocol = 1,
    .id = "org.vtchain.raft",
    .name = "raft",
    .version = "0.1",
    .vendor = "VTChain",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB(keys),
};
