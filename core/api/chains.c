/* SPDX-License-Identifier: Apache-2.0
 *
 * chains.c - what the API knows of each chain without asking it: looked at on
 * the chain's thread after each block and once a second.
 */
#include "api/inside.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- adding -------------------------------------------------------------- */

void vt_api_chain_free(struct vt_api_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    vt_api_snap_fini(&chain->snap);
    vt_map_free(chain->waiters);
    vt_map_free(chain->assets_known);
    vt_free(chain->assets);
    (void)pthread_mutex_destroy(&chain->lock);
    vt_free(chain);
}

static struct vt_api_chain *chain_new(struct vt_api *api, const char *name)
{
    struct vt_api_chain *chain = vt_alloc(sizeof *chain);
    uint8_t seed[16];

    if (chain == NULL) {
        return NULL;
    }
    chain->api = api;
    (void)pthread_mutex_init(&chain->lock, NULL);
    (void)snprintf(chain->name, sizeof chain->name, "%s", name);
    if (vt_random(seed, sizeof seed) == VT_OK) {
        chain->waiters = vt_map_new(VT_HASH_LEN, VT_API_WAITERS_MAX, seed);
        chain->assets_known = vt_map_new(VT_HASH_LEN, VT_API_ASSETS_MAX, seed);
    }
    chain->assets = vt_alloc_array(VT_API_ASSETS_MAX, sizeof chain->assets[0]);
    if (chain->waiters == NULL || chain->assets_known == NULL ||
        chain->assets == NULL) {
        vt_api_chain_free(chain);
        return NULL;
    }
    return chain;
}

vt_status vt_api_add_chain(struct vt_api *api, const char *name,
                           struct vt_runner *runner, struct vt_chain *chain)
{
    uint32_t count = atomic_load(&api->chain_count);
    struct vt_api_chain *c;

    if (count == VT_CHAINS_MAX) {
        return VT_E_LIMIT;
    }
    if (vt_api_chain_find(api, name) != NULL) {
        return VT_E_STATE;
    }
    c = chain_new(api, name);
    if (c == NULL) {
        return VT_E_NOMEM;
    }
    c->runner = runner;
    c->chain = chain;
    c->rules = vt_chain_rules(chain);
    c->config = vt_chain_conf(chain);
    c->id = *vt_chain_id(chain);
    api->chains[count] = c;
    atomic_store(&api->chain_count, count + 1);
    if (api->http != NULL) { /* else vt_api_start does */
        vt_api_refresh(api);
    }
    return VT_OK;
}

struct vt_api_chain *vt_api_chain_find(struct vt_api *api, const char *name)
{
    uint32_t count = atomic_load(&api->chain_count);

    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(api->chains[i]->name, name) == 0) {
            return api->chains[i];
        }
    }
    return NULL;
}

const char *vt_api_hrp(const struct vt_api_chain *chain)
{
    return chain->config->parent[0] == '\0' ? "vt" : "vs";
}

/* ---- assets -------------------------------------------------------------- */

static void add_asset(struct vt_api_chain *chain, const struct vt_hash *id)
{
    (void)pthread_mutex_lock(&chain->lock);
    if (chain->asset_count < VT_API_ASSETS_MAX &&
        vt_map_get(chain->assets_known, id->b) == NULL &&
        vt_map_put(chain->assets_known, id->b, chain, NULL) == VT_OK) {
        chain->assets[chain->asset_count++] = *id;
    }
    (void)pthread_mutex_unlock(&chain->lock);
}

/* Nobody holds an asset before some of it was issued. */
static void add_issued(struct vt_api_chain *chain,
                       const struct vt_chain_event *event)
{
    const struct vt_block *block = event->block;
    struct vt_tx_asset_issue issue;

    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        if (block->txs[i].kind == VT_TX_ASSET_ISSUE &&
            event->receipts[i].code == VT_TX_DONE &&
            vt_tx_asset_issue_decode(block->txs[i].payload, &issue) == VT_OK) {
            add_asset(chain, &issue.asset);
        }
    }
}

static int on_entry(void *ctx, const struct vt_hash *key, struct vt_view value)
{
    struct vt_api_chain *chain = ctx;
    struct vt_account account;
    struct vt_amount amount;
    struct vt_hash asset;

    (void)key;
    if (vt_account_decode(value, &account) == VT_OK) {
        return !vt_amount_add(chain->gas_supply, account.gas,
                              &chain->gas_supply);
    }
    if (vt_balance_decode(value, &asset, &amount) == VT_OK) {
        add_asset(chain, &asset);
    }
    return 0;
}

/* Once per chain: a walk over the whole asset ledger. */
static void attach(struct vt_api_chain *chain)
{
    struct vt_snap snap;

    vt_api_snap(chain, &snap);
    if (snap.state != NULL) {
        vt_state_walk(snap.state, VT_LEDGER_ASSET, on_entry, chain);
        chain->gas_time_ms = snap.status.final_time_ms;
        chain->is_attached = 1;
    }
    vt_api_snap_fini(&snap);
}

int vt_api_asset(struct vt_api_chain *chain, const struct vt_state *state,
                 const struct vt_hash *id, struct vt_asset *out)
{
    int gas = vt_hash_eq(id, &vt_asset_gas);

    if (!gas && !vt_hash_eq(id, &vt_asset_token)) {
        return vt_asset_get(chain->rules, state, id, out) == VT_OK;
    }
    /* not by vt_asset_get, which would walk the ledger to sum up the gas */
    memset(out, 0, sizeof *out);
    (void)snprintf(out->symbol, sizeof out->symbol, "%s",
                   vt_rules_asset_name(chain->rules, gas));
    (void)snprintf(out->name, sizeof out->name, "%s", out->symbol);
    out->decimals = (uint8_t)vt_rules_asset_decimals(chain->rules, gas);
    return 1;
}

/* ---- looking ------------------------------------------------------------- */

void vt_api_snap(struct vt_api_chain *chain, struct vt_snap *out)
{
    (void)pthread_mutex_lock(&chain->lock);
    *out = chain->snap;
    if (out->state != NULL) {
        (void)vt_state_ref(out->state);
    }
    if (out->below != NULL) {
        (void)vt_state_ref(out->below);
    }
    if (out->tip != NULL) {
        (void)vt_block_ref(out->tip);
    }
    (void)pthread_mutex_unlock(&chain->lock);
}

void vt_api_snap_fini(struct vt_snap *snap)
{
    vt_state_unref(snap->state);
    vt_state_unref(snap->below);
    vt_block_unref(snap->tip);
    memset(snap, 0, sizeof *snap);
}

/* next takes what is still right of old, which gets what is to be dropped. */
static void follow(struct vt_snap *old, struct vt_snap *next,
                   const struct vt_chain_event *event)
{
    uint64_t was = old->status.executed_height;
    uint64_t height = next->status.executed_height;

    if (old->state == NULL) {
        return;
    }
    if (height == was) {
        next->below = old->below;
        next->tip = old->tip;
        old->below = NULL;
        old->tip = NULL;
    } else if (height == was + 1 && event != NULL &&
               event->type == VT_CHAIN_FINAL) {
        next->below = old->state;
        next->tip = vt_block_ref(event->block);
        old->state = NULL;
    }
}

void vt_api_look(struct vt_api_chain *chain, const struct vt_chain_event *event)
{
    struct vt_snap next = {.taken_ns = vt_clock_mono_ns()};
    struct vt_snap old;
    uint64_t height = 0;

    vt_chain_get_status(chain->chain, &next.status);
    next.state = vt_chain_state(chain->chain, &height);
    (void)pthread_mutex_lock(&chain->lock);
    old = chain->snap;
    follow(&old, &next, event);
    chain->snap = next;
    (void)pthread_mutex_unlock(&chain->lock);
    vt_api_snap_fini(&old);
    if (event != NULL && event->type == VT_CHAIN_FINAL) {
        add_issued(chain, event);
    }
}

static int look_again(struct vt_hop *hop)
{
    vt_api_look(hop->chain, NULL);
    return 1;
}

static void looked(struct vt_hop *hop)
{
    if (!hop->chain->is_attached) {
        attach(hop->chain);
    }
}

static void look_free(struct vt_hop *hop)
{
    hop->chain->is_refreshing = 0;
    vt_free(hop);
}

void vt_api_refresh(struct vt_api *api)
{
    uint32_t count = atomic_load(&api->chain_count);

    for (uint32_t i = 0; i < count; i++) {
        struct vt_api_chain *chain = api->chains[i];
        struct vt_hop *hop =
            chain->is_refreshing ? NULL : vt_alloc(sizeof *hop);

        if (hop == NULL) {
            continue;
        }
        hop->chain = chain;
        hop->ask = look_again;
        hop->tell = looked;
        hop->free = look_free;
        chain->is_refreshing = vt_hop_send(hop) == VT_OK;
        if (!chain->is_refreshing) {
            vt_free(hop);
        }
    }
}

/* ---- trouble ------------------------------------------------------------- */

void vt_api_chain_trouble(struct vt_api_chain *chain, char out[320])
{
    struct vt_snap snap;
    uint64_t silent_ms;

    vt_api_snap(chain, &snap);
    silent_ms = (vt_clock_mono_ns() - snap.taken_ns) / 1000000;
    out[0] = '\0';
    if (snap.taken_ns == 0) {
        (void)snprintf(out, 320, "chain %s is not open yet", chain->name);
    } else if (snap.status.halted) {
        (void)snprintf(out, 320, "chain %s is halted: %s", chain->name,
                       snap.status.halted_why);
    } else if (silent_ms > VT_API_SILENT_MS) {
        (void)snprintf(out, 320, "chain %s does not answer since %" PRIu64 " s",
                       chain->name, silent_ms / 1000);
    } else if (snap.status.syncing) {
        (void)snprintf(out, 320,
                       "chain %s is catching up: height %" PRIu64
                       ", the others are at %" PRIu64,
                       chain->name, snap.status.final_height,
                       snap.status.best_peer_height);
    }
    vt_api_snap_fini(&snap);
}

void vt_api_trouble(struct vt_api *api, char out[400])
{
    const struct vt_node_config *config = api->args.config;
    uint32_t count = atomic_load(&api->chain_count);
    char one[320] = "";

    out[0] = '\0';
    for (size_t i = 0; i < config->chain_count && out[0] == '\0'; i++) {
        if (vt_api_chain_find(api, config->chains[i].name) == NULL) {
            (void)snprintf(out, 400, "chain %s is not open yet",
                           config->chains[i].name);
        }
    }
    for (uint32_t i = 0; i < count && out[0] == '\0'; i++) {
        vt_api_chain_trouble(api->chains[i], one);
        (void)snprintf(out, 400, "%s", one);
    }
    if (out[0] == '\0' && api->is_stopping) {
        (void)snprintf(out, 400, "the node is stopping");
    }
}
