/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_chain.c - genesis, execution and headers, without consensus and disk.
 */
#include "system/fake_chain.h"

#include "base/bytes.h"
#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_die(const char *what)
{
    (void)fprintf(stderr, "fake_node: %s\n", what);
    exit(1);
}

void fake_chain_header(const struct fake_chain *n, struct vt_buf *out)
{
    struct vt_header h = {.version = VT_HEADER_VERSION,
                          .chain_id = n->chain_id,
                          .height = n->height + 1,
                          .exec_height = n->height};

    vt_state_root(n->state, &h.state_root);
    for (uint32_t i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_state_ledger_root(n->state, i, &h.ledger_root[i]);
    }
    if (vt_header_encode(&h, out) != VT_OK) {
        fake_die("header");
    }
}

int fake_chain_asset(const struct fake_chain *n, const char *name,
                     struct vt_hash *id, struct vt_asset *asset)
{
    if (strcmp(name, vt_rules_asset_name(n->rules, 0)) == 0) {
        *id = vt_asset_token;
    } else if (strcmp(name, vt_rules_asset_name(n->rules, 1)) == 0) {
        *id = vt_asset_gas;
    } else if (vt_hex_decode(name, strlen(name), id->b, 32) != 0) {
        return 0;
    }
    return vt_asset_get(n->rules, n->state, id, asset) == VT_OK;
}

static uint32_t execute(struct fake_chain *n, const struct vt_tx *tx)
{
    struct vt_exec_block block = {
        .chain_id = n->chain_id,
        .height = n->height + 1,
        .time_ms = 2,
        .parent_time_ms = 1,
        .now = {.scheme = VT_SCHEME_SCHNORR, .start_height = 1}};
    struct vt_tx_asset_register reg;
    struct vt_exec *exec = NULL;
    struct vt_state *after = NULL;
    const struct vt_receipt *receipts = NULL;
    struct vt_hash root;
    size_t count = 0;
    uint32_t code = vt_ledger_admit(n->rules, &block.now, n->state,
                                    &n->chain_id, n->height + 1, tx);

    if (code != VT_TX_DONE) {
        return code;
    }
    if (vt_exec_new(n->rules, n->state, &block, &exec) != VT_OK ||
        vt_exec_tx(exec, tx, &code) != VT_OK ||
        vt_exec_finish(exec, &after, &receipts, &count, &root) != VT_OK) {
        fake_die("execution");
    }
    if (count == 1 && n->height < FAKE_TXS_MAX) {
        n->receipts[n->height++] = receipts[0];
        vt_state_unref(n->state);
        n->state = vt_state_ref(after);
        if (tx->kind == VT_TX_ASSET_REGISTER &&
            n->asset_count < FAKE_ASSETS_MAX &&
            vt_tx_asset_register_decode(tx->payload, &reg) == VT_OK) {
            vt_asset_id(&tx->sender, reg.symbol, &n->assets[n->asset_count++]);
        }
        code = VT_TX_DONE;
    }
    vt_state_unref(after);
    vt_exec_free(exec);
    return code;
}

uint32_t fake_chain_submit(struct fake_chain *n, struct vt_view raw,
                           struct vt_tx *tx)
{
    uint32_t verdict = VT_BAD;

    if (vt_tx_decode(raw, tx, NULL) != VT_OK) {
        return VT_TX_BAD_ENCODING;
    }
    if (tx->scheme != VT_SCHEME_SCHNORR ||
        n->schnorr->verify(tx->pk, tx->id.b, tx->sig, &verdict) != VT_OK ||
        verdict != VT_GOOD) {
        return VT_TX_BAD_SIGNATURE;
    }
    return execute(n, tx);
}

void fake_chain_start(struct fake_chain *n, const char *owner)
{
    struct vt_registry_policy policy = {.path = getenv("VT_TEST_PLUGIN_DIR"),
                                        .trust_any_owner = 1};
    struct vt_registry *registry = NULL;
    const struct vt_module *module = NULL;
    struct vt_err err = {.size = sizeof err};
    char text[512];

    (void)snprintf(text, sizeof text,
                   "[chain]\nname = main\nconsensus = none\ngenesis_time = 1\n"
                   "[economy]\ntoken_supply = 1000000\n"
                   "[election]\nevery = 1000\ncandidate_stake = 500\n"
                   "[governors]\nowner = %s\n[genesis]\n"
                   "%s = 1000000 BVC\n%s = 1000 BVG\n",
                   owner, owner, owner);
    if (vt_chain_config_load_text("genesis", text, strlen(text), &n->config,
                                  &err) != VT_OK ||
        vt_rules_new(n->config, &n->rules, &err) != VT_OK ||
        vt_rules_genesis(n->rules, &n->state, &err) != VT_OK ||
        vt_registry_new(&policy, &registry, &err) != VT_OK ||
        vt_registry_load(registry, "schnorr", VT_KIND_SIGNATURE, &module,
                         &err) != VT_OK) {
        fake_die(err.text);
    }
    vt_registry_free(registry);
    n->schnorr = module->signature;
    memset(n->chain_id.b, 0x5a, sizeof n->chain_id.b);
    n->assets[0] = vt_asset_token;
    n->assets[1] = vt_asset_gas;
    n->asset_count = 2;
}
