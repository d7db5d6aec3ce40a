/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_account.c - account.get, balance.get, asset.get. They read a version of
 * the state, which never changes, so all but the waiting transactions of
 * account.get is the loop's own work.
 *
 * A proof is for the newest state that a header holds the root of: that below
 * the newest block.
 */
#include "api/show.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <stdio.h>

/* ---- states and proofs --------------------------------------------------- */

/* The state to answer from, borrowed from snap, and its height; NULL when the
 * call was answered with an error. */
static const struct vt_state *choose_state(struct vt_call *call,
                                           const struct vt_snap *snap,
                                           int wants_proof, uint64_t *height)
{
    if (snap->state == NULL) {
        vt_call_fail(call, VT_RPC_BUSY, "the chain is not open yet");
        return NULL;
    }
    *height = snap->status.executed_height;
    if (!wants_proof) {
        return snap->state;
    }
    if (snap->below == NULL) {
        vt_call_fail(call, VT_RPC_BUSY,
                     "no proof yet: no block was made since this node "
                     "started, and a state is proven by the block after it");
        return NULL;
    }
    *height -= 1;
    return snap->below;
}

static void put_root(struct vt_json_maker *m, const struct vt_state *state,
                     uint64_t height)
{
    struct vt_hash root;

    vt_state_root(state, &root);
    vt_show_u64(m, "height", height);
    vt_json_put_hash(m, "state_root", &root);
}

/* key, proof and the header whose state root it leads to. */
static void put_proof(struct vt_json_maker *m, const struct vt_snap *snap,
                      const struct vt_hash *key)
{
    struct vt_buf proof = VT_BUF_INIT(VT_PROOF_MAX);

    if (vt_state_prove(snap->below, VT_LEDGER_ASSET, key, &proof) != VT_OK) {
        vt_json_put_text(m, "proof", NULL); /* fails the making */
    } else {
        vt_json_put_hash(m, "key", key);
        vt_json_put_hex(m, "proof", vt_buf_view(&proof));
        vt_json_put_hex(m, "header", snap->tip->raw_header);
    }
    vt_buf_fini(&proof);
}

/* ---- account.get --------------------------------------------------------- */

struct account_hop {
    struct vt_hop hop;
    struct vt_address address;
    int wants_proof;
    uint64_t next_nonce;
};

static struct account_hop *account_of(struct vt_hop *hop)
{
    return VT_CONTAINER(hop, struct account_hop, hop);
}

static int ask_account(struct vt_hop *hop)
{
    struct account_hop *a = account_of(hop);

    a->next_nonce = vt_chain_next_nonce(hop->chain->chain, &a->address);
    return 1;
}

static void put_balance(struct vt_json_maker *m, struct vt_api_chain *chain,
                        const struct vt_state *state, const struct vt_hash *id,
                        struct vt_amount amount)
{
    struct vt_asset asset;

    if (vt_amount_is_zero(amount) || !vt_api_asset(chain, state, id, &asset)) {
        return;
    }
    vt_json_open_object(m, NULL);
    vt_json_put_hash(m, "asset", id);
    vt_show_words(m, "symbol", "symbol_hex", vt_view_str(asset.symbol));
    vt_json_put_amount(m, "amount", amount, asset.decimals);
    vt_json_close(m);
}

/* Assets are only ever added: those counted stay as they are. */
static size_t count_assets(struct vt_api_chain *chain)
{
    size_t count;

    (void)pthread_mutex_lock(&chain->lock);
    count = chain->asset_count;
    (void)pthread_mutex_unlock(&chain->lock);
    return count;
}

static void put_balances(struct vt_json_maker *m, struct account_hop *a,
                         const struct vt_state *state)
{
    struct vt_api_chain *chain = a->hop.chain;
    const struct vt_address *address = &a->address;
    size_t count = count_assets(chain);
    struct vt_account account;

    if (vt_account_get(state, address, &account) != VT_OK) {
        vt_json_put_text(m, "balances", NULL); /* fails the making */
        return;
    }
    vt_show_u64(m, "nonce", account.nonce);
    /* the state may have moved on since the chain was asked */
    vt_show_u64(m, "next_nonce",
                a->next_nonce > account.nonce ? a->next_nonce : account.nonce);
    vt_json_open_array(m, "balances");
    put_balance(m, chain, state, &vt_asset_token, account.token);
    put_balance(m, chain, state, &vt_asset_gas, account.gas);
    for (size_t i = 0; i < count; i++) {
        struct vt_amount amount;

        if (vt_balance_get(state, address, &chain->assets[i], &amount) ==
            VT_OK) {
            put_balance(m, chain, state, &chain->assets[i], amount);
        }
    }
    vt_json_close(m);
    if (count == VT_API_ASSETS_MAX) {
        vt_json_put_bool(m, "incomplete", 1);
    }
}

static void tell_account(struct vt_hop *hop)
{
    struct account_hop *a = account_of(hop);
    struct vt_call *call = hop->call;
    struct vt_snap snap;
    struct vt_hash key;
    struct vt_json_maker m;
    const struct vt_state *state;
    uint64_t height = 0;

    vt_api_snap(hop->chain, &snap);
    state = choose_state(call, &snap, a->wants_proof, &height);
    if (state != NULL) {
        vt_call_begin(call, &m);
        vt_json_open_object(&m, "result");
        vt_show_address(&m, "address", hop->chain, &a->address);
        put_balances(&m, a, state);
        put_root(&m, state, height);
        if (a->wants_proof) {
            vt_account_key(&a->address, &key);
            put_proof(&m, &snap, &key);
        }
        vt_json_close(&m);
        vt_call_end(call, &m);
    }
    vt_api_snap_fini(&snap);
}

static void free_account(struct vt_hop *hop)
{
    vt_free(account_of(hop));
}

void vt_rpc_account_get(struct vt_call *call, struct vt_args *args)
{
    struct account_hop *a = vt_alloc(sizeof *a);

    if (a == NULL) {
        vt_call_fail(call, VT_RPC_INTERNAL, "no memory for a question");
        return;
    }
    a->address = args->address;
    a->wants_proof = args->wants_proof;
    a->hop.ask = ask_account;
    a->hop.tell = tell_account;
    a->hop.free = free_account;
    vt_call_send(call, &a->hop, args->chain, VT_API_CALL_MS);
}

/* ---- assets by name ------------------------------------------------------ */

/* Returns 1; else the call was answered with an error. */
static int find_asset(struct vt_call *call, struct vt_args *args,
                      const struct vt_state *state, struct vt_hash *id,
                      struct vt_asset *out)
{
    const struct vt_rules *rules = args->chain->rules;
    const char *name = args->asset;
    int is_id = 0;

    if (strcmp(name, vt_rules_asset_name(rules, 0)) == 0) {
        *id = vt_asset_token;
    } else if (strcmp(name, vt_rules_asset_name(rules, 1)) == 0) {
        *id = vt_asset_gas;
    } else {
        is_id = vt_hex_decode(name, strlen(name), id->b, sizeof id->b) == 0;
        if (!is_id) {
            vt_call_fail(call, VT_RPC_NOT_FOUND,
                         "no asset '%.40s' has its name for itself here: "
                         "%s and %s do, all others are named by their id of "
                         "64 hexadecimal digits",
                         name, vt_rules_asset_name(rules, 0),
                         vt_rules_asset_name(rules, 1));
            return 0;
        }
    }
    if (!vt_api_asset(args->chain, state, id, out)) {
        vt_call_fail(call, VT_RPC_NOT_FOUND, "no asset has the id %.64s", name);
        return 0;
    }
    return 1;
}

/* ---- balance.get --------------------------------------------------------- */

static void balance_key(const struct vt_address *address,
                        const struct vt_hash *id, struct vt_hash *out)
{
    if (vt_hash_eq(id, &vt_asset_token) || vt_hash_eq(id, &vt_asset_gas)) {
        vt_account_key(address, out); /* native ones are in the account */
    } else {
        vt_balance_key(address, id, out);
    }
}

static void answer_balance(struct vt_call *call, struct vt_args *args,
                           const struct vt_snap *snap,
                           const struct vt_state *state, uint64_t height)
{
    struct vt_json_maker m;
    struct vt_amount amount;
    struct vt_asset asset;
    struct vt_hash id;
    struct vt_hash key;

    if (!find_asset(call, args, state, &id, &asset)) {
        return;
    }
    if (vt_balance_get(state, &args->address, &id, &amount) != VT_OK) {
        vt_call_fail(call, VT_RPC_INTERNAL, "the entry cannot be read");
        return;
    }
    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_json_put_hash(&m, "asset", &id);
    vt_show_words(&m, "symbol", "symbol_hex", vt_view_str(asset.symbol));
    vt_json_put_amount(&m, "amount", amount, asset.decimals);
    put_root(&m, state, height);
    if (args->wants_proof) {
        balance_key(&args->address, &id, &key);
        put_proof(&m, snap, &key);
    }
    vt_json_close(&m);
    vt_call_end(call, &m);
}

void vt_rpc_balance_get(struct vt_call *call, struct vt_args *args)
{
    const struct vt_state *state;
    struct vt_snap snap;
    uint64_t height = 0;

    vt_api_snap(args->chain, &snap);
    state = choose_state(call, &snap, args->wants_proof, &height);
    if (state != NULL) {
        answer_balance(call, args, &snap, state, height);
    }
    vt_api_snap_fini(&snap);
}

/* ---- asset.get ----------------------------------------------------------- */

/* Of the native assets: the token's is fixed, the gas asset's grows with time
 * from what it was when the chain was attached. */
static int native_supply(const struct vt_api_chain *chain,
                         const struct vt_snap *snap, int gas,
                         struct vt_asset *asset)
{
    const char *text =
        gas ? chain->config->gas_supply : chain->config->token_supply;
    struct vt_amount minted;

    if (vt_amount_parse(text, asset->decimals, &asset->supply_max, NULL) !=
        VT_OK) {
        return 0;
    }
    asset->supply = asset->supply_max;
    if (!gas) {
        return 1;
    }
    minted = vt_economy_emission(chain->rules, chain->gas_time_ms,
                                 snap->status.final_time_ms);
    return chain->is_attached &&
           vt_amount_add(chain->gas_supply, minted, &asset->supply);
}

static void answer_asset(struct vt_call *call, struct vt_args *args,
                         const struct vt_snap *snap)
{
    struct vt_json_maker m;
    struct vt_asset asset;
    struct vt_hash id;
    int gas;
    int is_native;

    if (!find_asset(call, args, snap->state, &id, &asset)) {
        return;
    }
    gas = vt_hash_eq(&id, &vt_asset_gas);
    is_native = gas || vt_hash_eq(&id, &vt_asset_token);
    if (is_native && !native_supply(args->chain, snap, gas, &asset)) {
        vt_call_fail(call, VT_RPC_BUSY, "the supply is being counted");
        return;
    }
    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_json_put_hash(&m, "id", &id);
    vt_show_words(&m, "symbol", "symbol_hex", vt_view_str(asset.symbol));
    vt_show_words(&m, "name", "name_hex", vt_view_str(asset.name));
    vt_json_put_u64(&m, "decimals", asset.decimals);
    if (is_native) {
        vt_json_put_null(&m, "issuer");
    } else {
        vt_show_address(&m, "issuer", args->chain, &asset.issuer);
    }
    vt_json_put_amount(&m, "supply", asset.supply, asset.decimals);
    vt_json_put_amount(&m, "supply_max", asset.supply_max, asset.decimals);
    vt_json_close(&m);
    vt_call_end(call, &m);
}

void vt_rpc_asset_get(struct vt_call *call, struct vt_args *args)
{
    struct vt_snap snap;
    uint64_t height = 0;

    vt_api_snap(args->chain, &snap);
    if (choose_state(call, &snap, 0, &height) != NULL) {
        answer_asset(call, args, &snap);
    }
    vt_api_snap_fini(&snap);
}
