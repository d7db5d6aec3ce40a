/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_config.c - reads one chain's INI; rows of plugins wait for the
 * plugin's own table.
 */
#include "config/chain_config.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "config/chain_tables.h"
#include "config/ini.h"
#include "config/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 1024u

struct reading {
    struct vt_chain_config *config;
    struct vt_options *ledgers[VT_LEDGER_COUNT];
    struct vt_config_row **tail;
    size_t rows;
};

static const char *const kinds[] = {"consensus.", "storage.", "signature.",
                                    "engine.", "settlement."};

static int is_plugin_section(const char *section)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(section, kinds[i], strlen(kinds[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

static vt_status add_row(struct reading *r, const char *section,
                         const char *key, const char *value, const char *where,
                         struct vt_err *err)
{
    struct vt_config_row *row = vt_alloc(sizeof *row);

    if (row == NULL || r->rows++ >= ROWS_MAX) {
        vt_free(row);
        return vt_err_set(err, VT_E_LIMIT, "%s: more than %u plugin options",
                          where, ROWS_MAX);
    }
    *r->tail = row;
    r->tail = &row->next;
    row->section = vt_strdup(section);
    row->key = vt_strdup(key);
    row->value = vt_strdup(value);
    row->where = vt_strdup(where);
    return row->section != NULL && row->key != NULL && row->value != NULL &&
                   row->where != NULL
               ? VT_OK
               : VT_E_NOMEM;
}

/* "<hex public key>[, weight]" */
static vt_status add_validator(struct vt_chain_config *c, const char *name,
                               const char *value, const char *where,
                               struct vt_err *err)
{
    size_t hex_len = strcspn(value, ", ");
    const char *rest = value + hex_len + strspn(value + hex_len, ", ");
    struct vt_validator_entry *v;
    int64_t weight = 1;

    if (c->validator_count == VT_MEMBERS_MAX) {
        return vt_err_set(err, VT_E_INVALID, "%s: more than %u validators",
                          where, VT_MEMBERS_MAX);
    }
    for (size_t i = 0; i < c->validator_count; i++) {
        if (strcmp(c->validators[i].name, name) == 0) {
            return vt_err_set(err, VT_E_INVALID,
                              "%s: validator '%s' is listed twice", where,
                              name);
        }
    }
    v = &c->validators[c->validator_count];
    if (hex_len < 2 || hex_len / 2 > sizeof v->pk ||
        vt_hex_decode(value, hex_len, v->pk, hex_len / 2) != 0) {
        return vt_err_set(err, VT_E_INVALID,
                          "%s: validator '%s' needs its public key in "
                          "hexadecimal, perhaps a comma and a weight",
                          where, name);
    }
    if (*rest != '\0' && vt_value_number(VT_T_UINT, "1..1000000000", rest,
                                         &weight, err) != VT_OK) {
        return vt_err_wrap(err, "%s: weight of '%s'", where, name);
    }
    v->pk_len = (uint32_t)(hex_len / 2);
    v->weight = (uint64_t)weight;
    v->name = vt_strdup(name);
    c->validator_count++;
    return v->name == NULL ? VT_E_NOMEM : VT_OK;
}

/* "<amount> <asset>" */
static vt_status add_genesis(struct vt_chain_config *c, const char *address,
                             const char *value, const char *where,
                             struct vt_err *err)
{
    size_t amount_len = strcspn(value, " ");
    const char *asset = value + amount_len + strspn(value + amount_len, " ");
    struct vt_genesis_entry *g;

    if (amount_len == 0 || *asset == '\0') {
        return vt_err_set(err, VT_E_INVALID,
                          "%s: a genesis row is `address = amount asset`",
                          where);
    }
    if (c->genesis_count == VT_GENESIS_MAX) {
        return vt_err_set(err, VT_E_INVALID, "%s: more than %u genesis rows",
                          where, VT_GENESIS_MAX);
    }
    g = &c->genesis[c->genesis_count++];
    g->address = vt_strdup(address);
    g->amount = vt_alloc(amount_len + 1);
    g->asset = vt_strdup(asset);
    g->where = vt_strdup(where);
    if (g->address == NULL || g->amount == NULL || g->asset == NULL ||
        g->where == NULL) {
        return VT_E_NOMEM;
    }
    memcpy(g->amount, value, amount_len);
    return VT_OK;
}

static vt_status add_governor(struct vt_chain_config *c, const char *name,
                              const char *address, const char *where,
                              struct vt_err *err)
{
    struct vt_governor_entry *g;

    if (c->governor_count == VT_GOVERNORS_MAX) {
        return vt_err_set(err, VT_E_INVALID, "%s: more than %u governors",
                          where, VT_GOVERNORS_MAX);
    }
    for (size_t i = 0; i < c->governor_count; i++) {
        if (strcmp(c->governors[i].name, name) == 0 ||
            strcmp(c->governors[i].address, address) == 0) {
            return vt_err_set(err, VT_E_INVALID,
                              "%s: governor '%s' is listed twice", where, name);
        }
    }
    g = &c->governors[c->governor_count++];
    g->name = vt_strdup(name);
    g->address = vt_strdup(address);
    g->where = vt_strdup(where);
    return g->name == NULL || g->address == NULL || g->where == NULL
               ? VT_E_NOMEM
               : VT_OK;
}

static vt_status on_row(void *ctx, const char *section, const char *key,
                        const char *value, const char *where,
                        struct vt_err *err)
{
    struct reading *r = ctx;
    struct vt_chain_config *c = r->config;
    struct vt_tab table;

    if (strcmp(section, "chain") == 0) {
        return vt_options_set(c->chain_options, key, value, where, err);
    }
    if (strcmp(section, "economy") == 0) {
        return vt_options_set(c->economy_options, key, value, where, err);
    }
    if (strcmp(section, "election") == 0) {
        return vt_options_set(c->election_options, key, value, where, err);
    }
    if (strcmp(section, "validators") == 0) {
        return add_validator(c, key, value, where, err);
    }
    if (strcmp(section, "genesis") == 0) {
        return add_genesis(c, key, value, where, err);
    }
    if (strcmp(section, "governors") == 0) {
        return add_governor(c, key, value, where, err);
    }
    for (uint32_t i = 0; i < VT_LEDGER_COUNT; i++) {
        if (strcmp(section, vt_chain_config_table(3 + i, &table)) == 0) {
            return vt_options_set(r->ledgers[i], key, value, where, err);
        }
    }
    if (is_plugin_section(section)) {
        return add_row(r, section, key, value, where, err);
    }
    return vt_err_set(
        err, VT_E_INVALID,
        "%s: unknown section [%.60s]; a chain has chain, economy, "
        "election, validators, governors, genesis, ledger.<name>, "
        "<kind>.<plugin>",
        where, section);
}

static char *text(const struct vt_options *o, uint32_t i)
{
    return vt_strdup(vt_options_text(o, i));
}

static vt_status split_schemes(struct vt_chain_config *c, struct vt_err *err)
{
    const char *p = vt_options_text(c->chain_options, CHAIN_SIGNATURES);

    while (*p != '\0') {
        size_t len = strcspn(p, ", ");

        if (len > 0) {
            if (c->scheme_count == VT_SCHEMES_MAX) {
                return vt_err_set(err, VT_E_INVALID,
                                  "signatures: more than %u schemes",
                                  VT_SCHEMES_MAX);
            }
            c->schemes[c->scheme_count] = vt_alloc(len + 1);
            if (c->schemes[c->scheme_count] == NULL) {
                return VT_E_NOMEM;
            }
            memcpy(c->schemes[c->scheme_count++], p, len);
        }
        p += len + strspn(p + len, ", ");
    }
    return VT_OK;
}

static vt_status check_name(const struct vt_chain_config *c, struct vt_err *err)
{
    size_t good = strspn(c->name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    if (c->name[good] != '\0' || c->name[0] < 'a' || c->name[0] > 'z') {
        return vt_err_set(err, VT_E_INVALID,
                          "name '%.40s' must be small letters, digits and "
                          "hyphens, a letter first",
                          c->name);
    }
    return VT_OK;
}

static vt_status fill_chain(struct reading *r, struct vt_err *err)
{
    struct vt_chain_config *c = r->config;
    const struct vt_options *o = c->chain_options;

    c->name = text(o, CHAIN_NAME);
    c->parent = text(o, CHAIN_PARENT);
    c->consensus = text(o, CHAIN_CONSENSUS);
    c->storage = text(o, CHAIN_STORAGE);
    c->log_storage = text(o, CHAIN_LOG_STORAGE);
    c->channel = vt_options_bytes(o, CHAIN_CHANNEL).len == 0
                     ? text(o, CHAIN_NAME)
                     : text(o, CHAIN_CHANNEL);
    c->genesis_time_ms = vt_options_i64(o, CHAIN_GENESIS_TIME);
    c->block_interval_ns = vt_options_u64(o, CHAIN_BLOCK_INTERVAL);
    c->block_max_bytes = vt_options_u64(o, CHAIN_BLOCK_MAX);
    c->tx_max_bytes = vt_options_u64(o, CHAIN_TX_MAX);
    c->mempool_max_bytes = vt_options_u64(o, CHAIN_MEMPOOL_BYTES);
    c->mempool_max_count = vt_options_u64(o, CHAIN_MEMPOOL_COUNT);
    c->mempool_per_sender = vt_options_u64(o, CHAIN_MEMPOOL_PER_SENDER);
    c->fee_min = vt_options_u64(o, CHAIN_FEE_MIN);
    c->time_drift_ns = vt_options_u64(o, CHAIN_TIME_DRIFT);
    c->log_check_bytes = vt_options_u64(o, CHAIN_LOG_CHECK);
    c->approvals = vt_options_u64(o, CHAIN_APPROVALS);
    c->switch_freeze = vt_options_u64(o, CHAIN_SWITCH_FREEZE);
    c->anchor_every = vt_options_u64(o, CHAIN_ANCHOR_EVERY);
    c->anchor_depth = vt_options_u64(o, CHAIN_ANCHOR_DEPTH);
    for (uint32_t i = 0; i < VT_LEDGER_COUNT; i++) {
        c->ledger_storage[i] = text(r->ledgers[i], 0);
        if (c->ledger_storage[i] == NULL) {
            return VT_E_NOMEM;
        }
    }
    if (c->name == NULL || c->parent == NULL || c->consensus == NULL ||
        c->storage == NULL || c->log_storage == NULL || c->channel == NULL) {
        return VT_E_NOMEM;
    }
    return check_name(c, err);
}

static vt_status fill_economy(struct vt_chain_config *c)
{
    const struct vt_options *o = c->economy_options;

    c->token_name = text(o, ECONOMY_TOKEN);
    c->token_decimals = (uint32_t)vt_options_u64(o, ECONOMY_TOKEN_DECIMALS);
    c->token_supply = text(o, ECONOMY_TOKEN_SUPPLY);
    c->burn_ppm_x10 = vt_options_u64(o, ECONOMY_BURN_RATE);
    c->burn_max = text(o, ECONOMY_BURN_MAX);
    c->gas_name = text(o, ECONOMY_GAS);
    c->gas_decimals = (uint32_t)vt_options_u64(o, ECONOMY_GAS_DECIMALS);
    c->gas_supply = text(o, ECONOMY_GAS_SUPPLY);
    c->emission_years = vt_options_u64(o, ECONOMY_EMISSION_YEARS);
    return c->token_name != NULL && c->token_supply != NULL &&
                   c->burn_max != NULL && c->gas_name != NULL &&
                   c->gas_supply != NULL
               ? VT_OK
               : VT_E_NOMEM;
}

static vt_status fill_election(struct vt_chain_config *c, struct vt_err *err)
{
    const struct vt_options *o = c->election_options;
    struct vt_election_config *e = &c->election;

    e->every = vt_options_u64(o, ELECTION_EVERY);
    e->seats = (uint32_t)vt_options_u64(o, ELECTION_SEATS);
    e->by_stake = strcmp(vt_options_text(o, ELECTION_WEIGHTS), "stake") == 0;
    e->candidate_stake = text(o, ELECTION_CANDIDATE_STAKE);
    e->unbond = vt_options_u64(o, ELECTION_UNBOND);
    e->presence_percent = vt_options_u64(o, ELECTION_PRESENCE);
    e->slash_permille = vt_options_u64(o, ELECTION_SLASH);
    e->jail_epochs = vt_options_u64(o, ELECTION_JAIL);
    if (e->candidate_stake == NULL) {
        return VT_E_NOMEM;
    }
    if (e->every > 0 && e->every < 4 * (c->switch_freeze + VT_ELECTION_LEAD)) {
        return vt_err_set(err, VT_E_INVALID,
                          "[election] every is %" PRIu64 ", which is too "
                          "short: give at least %" PRIu64 ", four times "
                          "switch_freeze and %u",
                          e->every, 4 * (c->switch_freeze + VT_ELECTION_LEAD),
                          VT_ELECTION_LEAD);
    }
    if (e->unbond / 3 < e->every) {
        return vt_err_set(err, VT_E_INVALID,
                          "[election] unbond is %" PRIu64 ", which is too "
                          "short: offences of two epochs ago must still find "
                          "the stake; give at least %" PRIu64,
                          e->unbond, 3 * e->every);
    }
    return VT_OK;
}

static vt_status new_tables(struct reading *r, struct vt_err *err)
{
    struct vt_chain_config *c = r->config;
    struct vt_options **const targets[CHAIN_SECTIONS] = {
        &c->chain_options, &c->economy_options, &c->election_options,
        &r->ledgers[0],    &r->ledgers[1],      &r->ledgers[2],
        &r->ledgers[3]};
    vt_status status = VT_OK;

    for (uint32_t i = 0; i < CHAIN_SECTIONS && status == VT_OK; i++) {
        struct vt_tab table;
        const char *name = vt_chain_config_table(i, &table);

        status = vt_options_new(name, table, c->dir, targets[i], err);
    }
    return status;
}

/* Exactly one of file and bytes is given. */
static vt_status load(const char *name, const char *bytes, size_t len,
                      struct vt_chain_config *c, struct vt_err *err)
{
    struct reading r = {.config = c};
    vt_status status;

    r.tail = &c->rows;
    c->path = vt_strdup(name);
    c->validators = vt_alloc_array(VT_MEMBERS_MAX, sizeof *c->validators);
    c->genesis = vt_alloc_array(VT_GENESIS_MAX, sizeof *c->genesis);
    c->governors = vt_alloc_array(VT_GOVERNORS_MAX, sizeof *c->governors);
    if (c->path == NULL || c->dir == NULL || c->validators == NULL ||
        c->genesis == NULL || c->governors == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "%s: out of memory", name);
    }
    status = new_tables(&r, err);
    if (status == VT_OK) {
        status = bytes == NULL
                     ? vt_ini_read(name, on_row, &r, err)
                     : vt_ini_read_text(name, bytes, len, on_row, &r, err);
    }
    if (status == VT_OK) {
        status = vt_options_check(c->chain_options, err);
        if (status == VT_OK) {
            status = fill_chain(&r, err);
        }
        if (status == VT_OK) {
            status = fill_economy(c);
        }
        if (status == VT_OK) {
            status = fill_election(c, err);
        }
        if (status == VT_OK) {
            status = split_schemes(c, err);
        }
        if (status != VT_OK) {
            (void)vt_err_wrap(err, "%s", name);
        }
    }
    for (uint32_t i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_options_free(r.ledgers[i]);
    }
    return status;
}

static vt_status load_or_free(const char *name, const char *dir,
                              const char *bytes, size_t len,
                              struct vt_chain_config **out, struct vt_err *err)
{
    struct vt_chain_config *c = vt_alloc(sizeof *c);
    vt_status status;

    *out = NULL;
    if (c == NULL) {
        return VT_E_NOMEM;
    }
    c->dir = vt_strdup(dir);
    status = load(name, bytes, len, c, err);
    if (status != VT_OK) {
        vt_chain_config_free(c);
        return status;
    }
    *out = c;
    return VT_OK;
}

vt_status vt_chain_config_load(const char *path, struct vt_chain_config **out,
                               struct vt_err *err)
{
    char *real = realpath(path, NULL);
    char *slash = real == NULL ? NULL : strrchr(real, '/');
    vt_status status;

    *out = NULL;
    if (slash == NULL) {
        free(real); /* discouraged: realpath's */
        return vt_err_set(err, VT_E_IO, "%s: no such file", path);
    }
    *slash = '\0';
    status = load_or_free(path, real, NULL, 0, out, err);
    free(real); /* discouraged: realpath's */
    return status;
}

vt_status vt_chain_config_load_text(const char *name, const char *bytes,
                                    size_t len, struct vt_chain_config **out,
                                    struct vt_err *err)
{
    return load_or_free(name, "/", bytes, len, out, err);
}

static void free_rows(struct vt_config_row *row)
{
    while (row != NULL) {
        struct vt_config_row *next = row->next;

        vt_free(row->section);
        vt_free(row->key);
        vt_free(row->value);
        vt_free(row->where);
        vt_free(row);
        row = next;
    }
}

void vt_chain_config_free(struct vt_chain_config *c)
{
    if (c == NULL) {
        return;
    }
    char *const texts[] = {c->path,         c->dir,         c->name,
                           c->parent,       c->channel,     c->consensus,
                           c->storage,      c->log_storage, c->token_name,
                           c->token_supply, c->burn_max,    c->gas_name,
                           c->gas_supply};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        vt_free(texts[i]);
    }
    for (uint32_t i = 0; i < c->scheme_count; i++) {
        vt_free(c->schemes[i]);
    }
    for (uint32_t i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_free(c->ledger_storage[i]);
    }
    for (size_t i = 0; i < c->validator_count; i++) {
        vt_free(c->validators[i].name);
    }
    for (size_t i = 0; i < c->genesis_count; i++) {
        vt_free(c->genesis[i].address);
        vt_free(c->genesis[i].amount);
        vt_free(c->genesis[i].asset);
        vt_free(c->genesis[i].where);
    }
    for (size_t i = 0; i < c->governor_count; i++) {
        vt_free(c->governors[i].name);
        vt_free(c->governors[i].address);
        vt_free(c->governors[i].where);
    }
    vt_free(c->validators);
    vt_free(c->genesis);
    vt_free(c->governors);
    vt_options_free(c->chain_options);
    vt_options_free(c->economy_options);
    vt_options_free(c->election_options);
    vt_free(c->election.candidate_stake);
    free_rows(c->rows);
    vt_free(c);
}

vt_status vt_chain_config_options(struct vt_chain_config *config,
                                  const char *section, struct vt_tab table,
                                  struct vt_options **out, struct vt_err *err)
{
    vt_status status = vt_options_new(section, table, config->dir, out, err);

    for (struct vt_config_row *row = config->rows;
         row != NULL && status == VT_OK; row = row->next) {
        if (strcmp(row->section, section) == 0) {
            row->taken = 1;
            status =
                vt_options_set(*out, row->key, row->value, row->where, err);
        }
    }
    if (status == VT_OK) {
        status = vt_options_check(*out, err);
    }
    if (status != VT_OK) {
        vt_options_free(*out);
        *out = NULL;
    }
    return status;
}

vt_status vt_chain_config_finish(const struct vt_chain_config *config,
                                 struct vt_err *err)
{
    for (const struct vt_config_row *row = config->rows; row != NULL;
         row = row->next) {
        if (!row->taken) {
            return vt_err_set(err, VT_E_INVALID,
                              "%s: section [%.60s] belongs to a plugin this "
                              "chain does not use",
                              row->where, row->section);
        }
    }
    return VT_OK;
}
