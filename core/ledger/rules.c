/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.c - from a chain's configuration to numbers, and the first state.
 */
#include "ledger/rules.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "ledger/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_YEAR UINT64_C(31557600000000000) /* 365.25 days */

static vt_status parse_amount(const char *what, const char *text,
                              uint32_t decimals, struct vt_amount *out,
                              struct vt_err *err)
{
    vt_status status = vt_amount_parse(text, decimals, out, err);

    if (status != VT_OK) {
        (void)vt_err_wrap(err, "%s", what);
    }
    return status;
}

static vt_status read_economy(const struct vt_chain_config *config,
                              struct vt_rules *r, struct vt_err *err)
{
    vt_status status;

    (void)snprintf(r->token_name, sizeof r->token_name, "%s",
                   config->token_name);
    (void)snprintf(r->gas_name, sizeof r->gas_name, "%s", config->gas_name);
    if (strcmp(r->token_name, r->gas_name) == 0) {
        return vt_err_set(err, VT_E_INVALID,
                          "[economy] token and gas are both called %s: give "
                          "one of them another name",
                          r->token_name);
    }
    r->token_decimals = config->token_decimals;
    r->gas_decimals = config->gas_decimals;
    r->burn_rate = config->burn_ppm_x10;
    r->genesis_time_ms = config->genesis_time_ms;
    r->interval_ns = config->block_interval_ns;
    r->fee_min = vt_amount_u64(config->fee_min);
    status = parse_amount("[economy] token_supply", config->token_supply,
                          r->token_decimals, &r->token_supply, err);
    if (status == VT_OK) {
        status = parse_amount("[economy] burn_max", config->burn_max,
                              r->token_decimals, &r->burn_max, err);
    }
    if (status == VT_OK) {
        status = parse_amount("[economy] gas_supply", config->gas_supply,
                              r->gas_decimals, &r->gas_supply, err);
    }
    if (status == VT_OK) {
        /* 1000 years in nanoseconds do not fit into 64 bits */
        struct vt_amount slots;

        if (!vt_amount_mul_div(vt_amount_u64(NS_PER_YEAR),
                               config->emission_years, r->interval_ns,
                               &slots)) {
            return vt_err_set(err, VT_E_INVALID,
                              "[economy] emission_years is too large");
        }
        r->slots = slots.hi != 0 || slots.lo == 0 ? 1 : slots.lo;
    }
    return status;
}

static struct genesis_row *row_of(struct vt_rules *r,
                                  const struct vt_address *address)
{
    for (size_t i = 0; i < r->genesis_count; i++) {
        if (memcmp(&r->genesis[i].address, address, sizeof *address) == 0) {
            return &r->genesis[i];
        }
    }
    r->genesis[r->genesis_count].address = *address;
    return &r->genesis[r->genesis_count++];
}

static vt_status read_row(struct vt_rules *r,
                          const struct vt_genesis_entry *entry,
                          struct vt_err *err)
{
    int gas = strcmp(entry->asset, r->gas_name) == 0;
    struct vt_address address;
    struct vt_amount amount = {0, 0};
    struct genesis_row *row;
    struct vt_amount *sum;
    vt_status status = vt_address_parse(entry->address, &address, err);

    if (status == VT_OK && !gas && strcmp(entry->asset, r->token_name) != 0) {
        status = vt_err_set(err, VT_E_INVALID,
                            "asset %s is not known here: use %s or %s",
                            entry->asset, r->token_name, r->gas_name);
    }
    if (status == VT_OK) {
        status = vt_amount_parse(entry->amount,
                                 gas ? r->gas_decimals : r->token_decimals,
                                 &amount, err);
    }
    if (status != VT_OK) {
        return vt_err_wrap(err, "%s", entry->where);
    }
    row = row_of(r, &address);
    sum = gas ? &row->gas : &row->token;
    if (!vt_amount_add(*sum, amount, sum)) {
        return vt_err_set(err, VT_E_INVALID, "%s: amounts overflow",
                          entry->where);
    }
    return VT_OK;
}

/* The whole token supply is handed out in genesis, or nothing of it; what of
 * the gas is not handed out is minted with the blocks. */
static vt_status check_sums(struct vt_rules *r, struct vt_err *err)
{
    struct vt_amount token = vt_amount_u64(0);
    struct vt_amount gas = vt_amount_u64(0);
    char have[64];
    char want[64];

    for (size_t i = 0; i < r->genesis_count; i++) {
        if (!vt_amount_add(token, r->genesis[i].token, &token) ||
            !vt_amount_add(gas, r->genesis[i].gas, &gas)) {
            return vt_err_set(err, VT_E_INVALID, "[genesis] sums overflow");
        }
    }
    if (r->genesis_count > 0 && vt_amount_cmp(token, r->token_supply) != 0) {
        vt_amount_format(token, r->token_decimals, have);
        vt_amount_format(r->token_supply, r->token_decimals, want);
        return vt_err_set(err, VT_E_INVALID,
                          "[genesis] gives out %s %s, but [economy] "
                          "token_supply is %s: make them equal",
                          have, r->token_name, want);
    }
    if (!vt_amount_sub(r->gas_supply, gas, &r->gas_minted)) {
        return vt_err_set(err, VT_E_INVALID,
                          "[genesis] gives out more %s than gas_supply",
                          r->gas_name);
    }
    return VT_OK;
}

static vt_status read_governors(const struct vt_chain_config *config,
                                struct vt_rules *r, struct vt_err *err)
{
    r->governors =
        vt_alloc_array(config->governor_count + 1, sizeof *r->governors);
    if (r->governors == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for governors");
    }
    for (size_t i = 0; i < config->governor_count; i++) {
        const struct vt_governor_entry *g = &config->governors[i];

        if (vt_address_parse(g->address, &r->governors[i], err) != VT_OK) {
            return vt_err_wrap(err, "%s", g->where);
        }
    }
    r->governor_count = (uint32_t)config->governor_count;
    r->approvals = (uint32_t)config->approvals;
    r->freeze = config->switch_freeze;
    if (r->approvals > r->governor_count) {
        return vt_err_set(err, VT_E_INVALID,
                          "[chain] approvals is %u, but there are %u "
                          "[governors]",
                          r->approvals, r->governor_count);
    }
    return VT_OK;
}

static vt_status read_election(const struct vt_chain_config *config,
                               struct vt_rules *r, struct vt_err *err)
{
    const struct vt_election_config *from = &config->election;
    struct election_rules *to = &r->election;

    to->every = from->every;
    to->unbond = from->unbond;
    to->presence_percent = from->presence_percent;
    to->slash_permille = from->slash_permille;
    to->jail_epochs = from->jail_epochs;
    to->seats = from->seats;
    to->by_stake = from->by_stake;
    to->whole_token = 1;
    for (uint32_t i = 0; i < r->token_decimals; i++) {
        to->whole_token *= 10;
    }
    return parse_amount("[election] candidate_stake", from->candidate_stake,
                        r->token_decimals, &to->candidate_stake, err);
}

vt_status vt_rules_new(const struct vt_chain_config *config,
                       struct vt_rules **out, struct vt_err *err)
{
    struct vt_rules *r = vt_alloc(sizeof *r);
    vt_status status;

    *out = NULL;
    if (r == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the chain's rules");
    }
    r->genesis = vt_alloc_array(config->genesis_count + 1, sizeof *r->genesis);
    status = r->genesis == NULL
                 ? vt_err_set(err, VT_E_NOMEM, "no memory for genesis rows")
                 : read_economy(config, r, err);
    for (size_t i = 0; i < config->genesis_count && status == VT_OK; i++) {
        status = read_row(r, &config->genesis[i], err);
    }
    if (status == VT_OK) {
        status = check_sums(r, err);
    }
    if (status == VT_OK) {
        status = read_governors(config, r, err);
    }
    if (status == VT_OK) {
        status = read_election(config, r, err);
    }
    if (status != VT_OK) {
        vt_rules_free(r);
        return status;
    }
    *out = r;
    return VT_OK;
}

void vt_rules_swap(struct vt_rules *a, struct vt_rules *b)
{
    struct vt_rules old = *a;

    *a = *b;
    *b = old;
}

void vt_rules_free(struct vt_rules *rules)
{
    if (rules != NULL) {
        vt_free(rules->genesis);
        vt_free(rules->governors);
        vt_free(rules);
    }
}

vt_status vt_rules_genesis(const struct vt_rules *rules, struct vt_state **out,
                           struct vt_err *err)
{
    size_t count = rules->genesis_count;
    struct vt_state_change *changes =
        vt_alloc_array(count + 1, sizeof *changes);
    uint8_t(*values)[VT_ACCOUNT_SIZE] =
        vt_alloc_array(count + 1, sizeof *values);
    struct vt_state *empty = vt_state_new();
    vt_status status = VT_E_NOMEM;

    *out = NULL;
    if (changes != NULL && values != NULL && empty != NULL) {
        for (size_t i = 0; i < count; i++) {
            struct vt_account account = {.token = rules->genesis[i].token,
                                         .gas = rules->genesis[i].gas};

            vt_account_encode(&account, values[i]);
            vt_account_key(&rules->genesis[i].address, &changes[i].key);
            changes[i].value = vt_view_of(values[i], VT_ACCOUNT_SIZE);
        }
        status = vt_state_update(empty, VT_LEDGER_ASSET, changes, count, out);
    }
    vt_state_unref(empty);
    vt_free(changes);
    vt_free(values);
    return status == VT_OK
               ? VT_OK
               : vt_err_set(err, status, "no memory for the first state");
}

const char *vt_rules_asset_name(const struct vt_rules *rules, int gas)
{
    return gas ? rules->gas_name : rules->token_name;
}

uint32_t vt_rules_asset_decimals(const struct vt_rules *rules, int gas)
{
    return gas ? rules->gas_decimals : rules->token_decimals;
}
