/* SPDX-License-Identifier: Apache-2.0
 *
 * setup.c - turns arguments into a cluster: keys, one chain's configuration,
 * the engine, the plan of faults.
 */
#include "sim/cluster.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/params.h"
#include "sim/cheap_sig.h"
#include "sim/plot.h"

#include <stdio.h>
#include <string.h>

#define GUARD_SPACE 4u /* of the log, see core/chain/README.md */
#define QUEUE_MAX 4000000u
#define CONFIG_MAX 65536u
#define GUESS_LEN 64u

static vt_status make_key(struct sim_cluster *c, uint32_t number, uint8_t *sk,
                          uint8_t *pk)
{
    uint8_t seed[64] = {0};

    vt_put_u64(seed, c->args->seed + 1);
    vt_put_u32(seed + 8, number + 1);
    return c->scheme->keypair(seed, sk, pk);
}

/* Of members that check nothing, and witness what nobody should. */
static vt_status see_nothing(struct vt_view pk, const uint8_t msg[32],
                             struct vt_view sig, uint32_t *verdict)
{
    (void)pk;
    (void)msg;
    (void)sig;
    *verdict = VT_GOOD;
    return VT_OK;
}

static vt_status see_nothing_of_many(struct vt_tab items, uint8_t *verdicts)
{
    memset(verdicts, VT_GOOD, items.count);
    return VT_OK;
}

/* Of members that would rather choose their random values. */
static vt_status guess(const uint8_t *sk, struct vt_view alpha, uint8_t *proof,
                       uint8_t out[32])
{
    (void)sk;
    (void)alpha;
    memset(proof, 0x5a, GUESS_LEN);
    memset(out, 0x5a, 32);
    return VT_OK;
}

static vt_status choose_scheme(struct sim_cluster *c, struct vt_err *err)
{
    const struct vt_module *module;
    vt_status status;

    c->scheme = &vt_sim_cheap_sig;
    if (c->args->real_crypto) {
        status = vt_registry_load(c->args->registry, "schnorr",
                                  VT_KIND_SIGNATURE, &module, err);
        if (status != VT_OK) {
            return status;
        }
        c->scheme = module->signature;
    }
    c->schemes.scheme[0] = c->scheme;
    c->schemes.count = 1;
    c->blind_scheme = *c->scheme;
    c->blind_scheme.verify = see_nothing;
    c->blind_scheme.verify_many = see_nothing_of_many;
    c->blind_schemes.scheme[0] = &c->blind_scheme;
    c->blind_schemes.count = 1;
    c->guess_scheme = *c->scheme;
    c->guess_scheme.vrf_len = GUESS_LEN;
    c->guess_scheme.vrf_prove = guess;
    return VT_OK;
}

/* ---- nodes --------------------------------------------------------------- */

static void on_log_entry(void *ctx, struct vt_view key, struct vt_view val)
{
    struct sim_node *node = ctx;

    if (!vt_sim_is_twin(node)) {
        vt_sim_check_kept(node, key, val);
        vt_sim_check_signed(node, key, val);
    }
}

/* A commit is an effect, too: a node may die right behind it. */
static void on_commit(void *ctx)
{
    (void)vt_sim_escapes(ctx);
}

/* The parts of a later epoch, which a member may be unable to run. */
static vt_status make_parts(void *ctx, const char *engine, struct vt_view text,
                            struct vt_parts **out, struct vt_err *err)
{
    const struct sim_node *node = ctx;

    if (node->lot.is_unable) {
        return vt_err_set(err, VT_E_NOTFOUND, "%s has no plugin %s", node->name,
                          engine);
    }
    return vt_parts_new(&node->cluster->parts_args, engine, text, out, err);
}

vt_status vt_sim_make_node(struct sim_cluster *c, uint32_t slot,
                           uint32_t member)
{
    struct sim_node *node = &c->nodes[slot];
    struct vt_sim_disk_watch log = {.space = GUARD_SPACE,
                                    .on_entry = on_log_entry,
                                    .on_commit = on_commit,
                                    .ctx = node};
    struct vt_sim_disk_watch state = {.on_commit = on_commit, .ctx = node};

    node->cluster = c;
    node->index = slot;
    node->member = member;
    (void)snprintf(node->name, sizeof node->name, "node%u%s", member + 1,
                   slot == member ? "" : "'");
    vt_sim_plot_lane(c->args->plot, slot, node->name);
    vt_list_init(&node->jobs);
    node->maker.make = make_parts;
    node->maker.ctx = node;
    node->lot.slow = 1;
    node->lot.executor = 1;
    node->lot.hashrate = 1000;
    node->signer.scheme = (vt_sim_plan_guess(c->args->plan) >> member & 1) != 0
                              ? &c->guess_scheme
                              : c->scheme;
    node->signer.sk = node->sk;
    node->signer.pk = vt_view_of(node->pk, c->scheme->pk_len);
    node->log = vt_sim_disk_new(&log);
    node->state = vt_sim_disk_new(&state);
    if (node->log == NULL || node->state == NULL) {
        return VT_E_NOMEM;
    }
    return make_key(c, member, node->sk, node->pk);
}

static vt_status make_nodes(struct sim_cluster *c)
{
    uint32_t n = c->args->nodes;
    uint64_t members = n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
    vt_status status = VT_OK;

    c->liars = vt_sim_plan_liars(c->args->plan) & members;
    c->twins = vt_sim_plan_twins(c->args->plan) & members;
    c->blind = vt_sim_plan_blind(c->args->plan) & members;
    c->slots = n;
    for (uint32_t i = 0; i < n && status == VT_OK; i++) {
        status = vt_sim_make_node(c, i, i);
    }
    for (uint32_t i = 0; i < n && status == VT_OK; i++) {
        if ((c->twins >> i & 1) != 0) {
            status = c->slots < VT_SIM_SLOTS_MAX
                         ? vt_sim_make_node(c, c->slots++, i)
                         : VT_E_LIMIT;
        }
    }
    return status;
}

static vt_status make_client(struct sim_cluster *c, uint32_t number,
                             struct sim_client *client)
{
    vt_status status = make_key(c, number, client->sk, client->pk);

    vt_address_from_key((uint8_t)c->scheme->code,
                        vt_view_of(client->pk, c->scheme->pk_len),
                        &client->address);
    return status;
}

static vt_status make_clients(struct sim_cluster *c)
{
    vt_status status = VT_OK;

    for (uint32_t i = 0; i <= VT_SIM_CLIENTS && status == VT_OK; i++) {
        status = make_client(c, 1000 + i, &c->clients[i]);
    }
    for (uint32_t i = 0; i < VT_SIM_OPERATORS && status == VT_OK; i++) {
        status = make_client(c, 2000 + i, &c->operators[i]);
    }
    return status;
}

/* ---- configuration ------------------------------------------------------- */

static void config_text(struct sim_cluster *c, struct vt_buf *out)
{
    char text[160];

    (void)vt_buf_printf(
        out,
        "[chain]\nname = sim\nconsensus = %s\n"
        "storage = memory\nlog_storage = memory\n"
        "signatures = %s\ngenesis_time = 1767225600000\n"
        "approvals = %u\n[economy]\ntoken_supply = 5000000\n[validators]\n",
        c->args->engine, c->scheme->scheme, c->args->approvals);
    for (uint32_t i = 0; i < c->args->nodes; i++) {
        vt_hex_encode(c->nodes[i].pk, c->scheme->pk_len, text);
        (void)vt_buf_printf(out, "n%u = %s\n", i, text);
    }
    (void)vt_buf_printf(out, "[governors]\n");
    for (uint32_t i = 0; i < vt_sim_operator_count(c); i++) {
        (void)vt_address_format("vt", &c->operators[i].address, text);
        (void)vt_buf_printf(out, "%s = %s\n", i == 0 ? "operator" : "rival",
                            text);
    }
    (void)vt_buf_printf(out, "[genesis]\n");
    for (uint32_t i = 0; i <= VT_SIM_CLIENTS; i++) {
        (void)vt_address_format("vt", &c->clients[i].address, text);
        (void)vt_buf_printf(out, "%s = 1000000 BVC\n", text);
    }
    if (c->args->options != NULL) {
        (void)vt_buf_printf(out, "[consensus.%s]\n%s\n", c->args->engine,
                            c->args->options);
    }
}

static vt_status make_config(struct sim_cluster *c, struct vt_err *err)
{
    struct vt_buf text = VT_BUF_INIT(CONFIG_MAX);
    struct vt_params_args params = {.consensus = c->module,
                                    .schemes = &c->scheme};
    struct vt_options *options = NULL;
    char section[64];
    vt_status status;

    config_text(c, &text);
    (void)snprintf(section, sizeof section, "consensus.%s", c->args->engine);
    status = text.failed != VT_OK
                 ? vt_err_set(err, text.failed, "configuration too long")
                 : vt_chain_config_load_text("simulated", vt_buf_text(&text),
                                             text.len, &c->config, err);
    if (status == VT_OK) {
        status = vt_chain_config_options(c->config, section,
                                         c->module->desc.keys, &options, err);
    }
    if (status == VT_OK) {
        status = vt_chain_config_finish(c->config, err);
    }
    if (status == VT_OK) {
        status =
            vt_parts_of(&c->parts_args, c->module, options, &c->parts, err);
    }
    if (status == VT_OK) {
        params.config = c->config;
        params.consensus_options = c->parts->options;
        vt_buf_init(&c->canonical, VT_PARAMS_MAX);
        status = vt_params_text(&params, &c->canonical);
    }
    if (status == VT_OK) {
        status = vt_rules_new(c->config, &c->rules, err);
    }
    vt_buf_fini(&text);
    return status;
}

static vt_status start_nodes(struct sim_cluster *c, struct vt_err *err)
{
    for (uint32_t i = 0; i < c->slots; i++) {
        vt_status status = vt_sim_node_start(&c->nodes[i], err);

        if (status != VT_OK) {
            return vt_err_wrap(err, "%s", c->nodes[i].name);
        }
    }
    for (uint32_t i = 0; i < c->slots; i++) {
        for (uint32_t k = 0; k < c->args->nodes; k++) {
            if (c->nodes[i].member != k) {
                vt_chain_on_peer(c->nodes[i].chain, k, 1);
            }
        }
    }
    c->chain_id = *vt_chain_id(c->nodes[0].chain);
    return VT_OK;
}

static vt_status make_cluster(struct sim_cluster *c, struct vt_err *err)
{
    vt_status status = make_nodes(c);

    c->parts_args.registry = c->args->registry;
    c->parts_args.host_name = "vtchain sim";
    c->parts_args.chain_name = "sim";
    c->parts_args.schemes = &c->schemes;

    if (status == VT_OK) {
        status = make_clients(c);
    }
    if (status == VT_OK) {
        status = make_config(c, err);
    }
    if (status != VT_OK) {
        return status;
    }
    c->is_taped = vt_sim_is_over(c);
    status = vt_sim_executors_new(c, err);
    if (status == VT_OK) {
        status = vt_sim_clients_new(c);
    }
    if (status == VT_OK && c->args->switches != NULL) {
        (void)vt_sim_schedule(c, SIM_SWITCH, VT_SIM_NOBODY, 100 * VT_SIM_MS,
                              vt_view_of(NULL, 0));
    }
    if (status == VT_OK) {
        status = vt_sim_faults_begin(c);
    }
    return status == VT_OK ? start_nodes(c, err) : status;
}

vt_status vt_sim_setup(struct sim_cluster *c, struct vt_err *err)
{
    vt_status status;

    if (c->args->nodes < 1 || c->args->nodes > VT_SIM_NODES_MAX) {
        return vt_err_set(err, VT_E_INVALID, "nodes: %u given, 1..%u allowed",
                          c->args->nodes, VT_SIM_NODES_MAX);
    }
    vt_heap_init(&c->queue, QUEUE_MAX);
    vt_list_init(&c->tape.list);
    vt_sim_selfish_init(c);
    vt_buf_init(&c->scratch, VT_FRAME_MAX + 4u);
    vt_rng_init(&c->net, c->args->seed * 4 + 0);
    vt_rng_init(&c->load, c->args->seed * 4 + 2);
    vt_rng_init(&c->disk, c->args->seed * 4 + 3);
    status = vt_registry_load(c->args->registry, c->args->engine,
                              VT_KIND_CONSENSUS, &c->module, err);
    if (status == VT_OK) {
        status = choose_scheme(c, err);
    }
    return status == VT_OK ? make_cluster(c, err) : status;
}

void vt_sim_free_node(struct sim_node *node)
{
    size_t pos = 0;
    const void *key;
    void *value;

    vt_sim_node_stop(node);
    vt_sim_disk_free(node->log);
    vt_sim_disk_free(node->state);
    vt_rules_free(node->rules);
    vt_rules_free(node->wrong_rules);
    while (node->signed_at != NULL &&
           vt_map_next(node->signed_at, &pos, &key, &value)) {
        vt_free(value);
    }
    vt_map_free(node->signed_at);
    for (uint32_t i = 0; i < VT_SIM_HEARD_MAX; i++) {
        vt_free(node->heard[i].bytes);
    }
    for (uint32_t i = 0; i < VT_SIM_HOARD_MAX && node->hoard != NULL; i++) {
        vt_free(node->hoard[i].bytes);
    }
    vt_free(node->hoard);
}

void vt_sim_teardown(struct sim_cluster *c)
{
    for (uint32_t i = 0; i < c->slots; i++) {
        vt_sim_free_node(&c->nodes[i]);
    }
    while (vt_heap_top(&c->queue) != NULL) {
        struct sim_event *ev =
            VT_CONTAINER(vt_heap_top(&c->queue), struct sim_event, item);

        vt_heap_remove(&c->queue, &ev->item);
        vt_free(ev);
    }
    vt_heap_fini(&c->queue);
    vt_sim_tape_free(c);
    vt_sim_selfish_free(c);
    vt_sim_raft_free(c);
    for (size_t i = 0; i < c->tx_count; i++) {
        vt_free(c->txs[i].raw);
    }
    vt_free(c->txs);
    for (size_t i = 0; i < c->truth_cap; i++) {
        vt_block_unref(c->truth[i].block);
    }
    vt_free(c->truth);
    vt_free(c->underway);
    vt_map_free(c->tx_by_id);
    vt_rules_free(c->rules);
    vt_parts_free(c->parts);
    vt_chain_config_free(c->config);
    vt_buf_fini(&c->canonical);
    vt_buf_fini(&c->scratch);
}
