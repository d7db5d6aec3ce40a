/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_account.c - balances of an address, on request with proofs checked here.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/proof.h"
#include "cli/table.h"
#include "cli/tx.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define WAIT_TICKS 40 /* two seconds */

/* The parts of chain.status a proof is checked against. */
struct chain_facts {
    struct vt_hash id;
    uint32_t token_decimals, gas_decimals;
};

static int ask_facts(struct vt_cli *cli, struct chain_facts *out)
{
    struct vt_json_maker m;
    struct vt_json *status = NULL;
    struct vt_err err = VT_ERR_INIT;
    uint64_t token = 0;
    uint64_t gas = 0;
    int code;

    vt_cli_chain_params(cli, &m);
    code = vt_cli_call(cli, "chain.status", &m, 0, &status);
    if (code != 0) {
        return code;
    }
    if (vt_json_get_hash(status, "chain_id", &out->id, &err) != VT_OK ||
        vt_json_get_u64(status, "token.decimals", &token, &err) != VT_OK ||
        vt_json_get_u64(status, "gas.decimals", &gas, &err) != VT_OK) {
        code = vt_cli_bad_answer(cli, "chain.status", &err);
    }
    out->token_decimals = token > 18 ? 18 : (uint32_t)token;
    out->gas_decimals = gas > 18 ? 18 : (uint32_t)gas;
    vt_json_free(status);
    return code;
}

static int bad_proof(struct vt_cli *cli, const char *what, const char *why)
{
    return vt_cli_fail(cli, VT_EXIT_FAILED, "bad_proof",
                       "%s: the node's proof does not hold: %s; ask another "
                       "node",
                       what, why);
}

static int failed_proof(struct vt_cli *cli, const char *method,
                        const char *what, const struct vt_err *err)
{
    return err->code == VT_E_CORRUPT ? bad_proof(cli, what, err->text)
                                     : vt_cli_bad_answer(cli, method, err);
}

/* Amount the node claims for an asset id, zero when it lists none. */
static int claimed(struct vt_cli *cli, const struct vt_json *account,
                   const struct vt_hash *id, uint32_t decimals,
                   struct vt_amount *out)
{
    const struct vt_json *list = vt_json_at(account, "balances");
    struct vt_err err = VT_ERR_INIT;
    struct vt_hash at;

    *out = vt_amount_u64(0);
    for (size_t i = 0; i < vt_json_count(list); i++) {
        const struct vt_json *row = vt_json_item(list, i);

        if (vt_json_get_hash(row, "asset", &at, &err) != VT_OK) {
            return vt_cli_bad_answer(cli, "account.get", &err);
        }
        if (vt_hash_eq(&at, id)) {
            return vt_json_get_amount(row, "amount", decimals, out, &err) ==
                           VT_OK
                       ? 0
                       : vt_cli_bad_answer(cli, "account.get", &err);
        }
    }
    return 0;
}

/* Nonce, token and gas are one entry of the ledger. */
static int compare_account(struct vt_cli *cli, const struct vt_json *answer,
                           const struct chain_facts *facts,
                           const struct vt_proven *p)
{
    struct vt_account account;
    struct vt_amount token = vt_amount_u64(0);
    struct vt_amount gas = vt_amount_u64(0);
    uint64_t nonce = vt_json_u64_or(answer, "nonce", UINT64_MAX);
    int code;

    memset(&account, 0, sizeof account);
    if (p->present && vt_account_decode(p->value, &account) != VT_OK) {
        return bad_proof(cli, "account", "the entry is no account");
    }
    code = claimed(cli, answer, &vt_asset_token, facts->token_decimals, &token);
    if (code == 0) {
        code = claimed(cli, answer, &vt_asset_gas, facts->gas_decimals, &gas);
    }
    if (code == 0 &&
        (vt_amount_cmp(token, account.token) != 0 ||
         vt_amount_cmp(gas, account.gas) != 0 || nonce != account.nonce)) {
        code = bad_proof(cli, "account",
                         "it proves other balances or another nonce than the "
                         "answer shows");
    }
    return code;
}

static int check_account(struct vt_cli *cli, const struct vt_json *answer,
                         const struct vt_address *address,
                         const struct chain_facts *facts, struct vt_proven *p)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_hash key;
    vt_status status;

    vt_account_key(address, &key);
    status = vt_proof_check(answer, &facts->id, &key, p, &err);
    return status == VT_OK ? compare_account(cli, answer, facts, p)
                           : failed_proof(cli, "account.get", "account", &err);
}

static int compare_balance(struct vt_cli *cli, const struct vt_json *answer,
                           const struct vt_cli_asset *asset,
                           const struct vt_proven *p)
{
    struct vt_amount proven = vt_amount_u64(0);
    struct vt_amount said;
    struct vt_hash id = asset->id;
    struct vt_err err = VT_ERR_INIT;

    if (vt_json_get_amount(answer, "amount", asset->decimals, &said, &err) !=
        VT_OK) {
        return vt_cli_bad_answer(cli, "balance.get", &err);
    }
    if ((p->present && vt_balance_decode(p->value, &id, &proven) != VT_OK) ||
        !vt_hash_eq(&id, &asset->id) || vt_amount_cmp(proven, said) != 0) {
        return bad_proof(cli, asset->symbol,
                         "it proves another balance than the answer shows");
    }
    return 0;
}

/* Each asset but the native two is an entry of its own. */
static int check_balance(struct vt_cli *cli, const char *address_text,
                         const struct vt_address *address, const char *asset_id,
                         const struct chain_facts *facts)
{
    struct vt_json_maker m;
    struct vt_json *answer = NULL;
    struct vt_cli_asset asset;
    struct vt_proven p;
    struct vt_err err = VT_ERR_INIT;
    struct vt_hash key;
    int code = vt_cli_asset_get(cli, asset_id, &asset);

    if (code != 0) {
        return code;
    }
    vt_cli_chain_params(cli, &m);
    vt_json_put_text(&m, "address", address_text);
    vt_json_put_text(&m, "asset", asset_id);
    vt_json_put_bool(&m, "proof", 1);
    code = vt_cli_call(cli, "balance.get", &m, 0, &answer);
    if (code != 0) {
        return code;
    }
    vt_balance_key(address, &asset.id, &key);
    code = vt_proof_check(answer, &facts->id, &key, &p, &err) == VT_OK
               ? compare_balance(cli, answer, &asset, &p)
               : failed_proof(cli, "balance.get", asset.symbol, &err);
    vt_proof_fini(&p);
    vt_json_free(answer);
    return code;
}

static int check_assets(struct vt_cli *cli, const struct vt_json *answer,
                        const struct vt_address *address,
                        const struct chain_facts *facts)
{
    const struct vt_json *list = vt_json_at(answer, "balances");
    int code = 0;

    for (size_t i = 0; i < vt_json_count(list) && code == 0; i++) {
        const char *id = vt_json_text_or(vt_json_item(list, i), "asset", "");
        struct vt_hash hash;

        if (vt_hex_decode(id, strlen(id), hash.b, sizeof hash.b) == 0 &&
            !vt_hash_eq(&hash, &vt_asset_token) &&
            !vt_hash_eq(&hash, &vt_asset_gas)) {
            code = check_balance(cli, vt_cli_arg(cli, 0), address, id, facts);
        }
    }
    return code;
}

/* The answer, with what was proven instead of the bytes that prove it. */
static int add_verified(struct vt_cli *cli, const struct vt_json *answer,
                        const struct vt_proven *p, struct vt_json **out)
{
    struct vt_json_maker m;
    const char *key = NULL;

    vt_json_begin(&m);
    for (size_t i = 0; i < vt_json_count(answer); i++) {
        const struct vt_json *value = vt_json_member(answer, i, &key);

        vt_json_put(&m, key, value);
    }
    vt_json_open_object(&m, "verified");
    vt_json_put_u64(&m, "block_height", p->block_height);
    vt_json_put_hash(&m, "block_id", &p->block_id);
    vt_json_put_hash(&m, "state_root", &p->state_root);
    vt_json_put_bool(&m, "exists", p->present);
    vt_json_close(&m);
    return vt_json_end(&m, out) == VT_OK ? 0 : vt_cli_no_memory(cli);
}

/* Replaces *account by the same with "verified". */
static int verify(struct vt_cli *cli, const struct vt_address *address,
                  struct vt_json **account)
{
    struct chain_facts facts;
    struct vt_proven p;
    struct vt_json *more = NULL;
    int code = ask_facts(cli, &facts);

    if (code != 0) {
        return code;
    }
    code = check_account(cli, *account, address, &facts, &p);
    if (code == 0) {
        code = check_assets(cli, *account, address, &facts);
    }
    if (code == 0) {
        code = add_verified(cli, *account, &p, &more);
    }
    if (code == 0) {
        vt_json_free(*account);
        *account = more;
    }
    vt_proof_fini(&p);
    return code;
}

static int ask_number(struct vt_cli *cli, const char *method,
                      const uint64_t *height, const char *field, uint64_t *out)
{
    struct vt_json_maker m;
    struct vt_json *answer = NULL;
    int code;

    vt_cli_chain_params(cli, &m);
    if (height != NULL) {
        vt_json_put_u64(&m, "height", *height);
    }
    code = vt_cli_call(cli, method, &m, 0, &answer);
    *out = vt_json_u64_or(answer, field, 0);
    vt_json_free(answer);
    return code;
}

/* The state after a block is in the header of the next one, which an idle chain
 * makes a moment later: what was transferred just now can be proven then. */
static int wait_for_header(struct vt_cli *cli)
{
    struct timespec tick = {.tv_nsec = 50000000};
    uint64_t txs = 0;
    uint64_t height = 0;
    uint64_t now;
    int code =
        ask_number(cli, "chain.status", NULL, "executed_height", &height);

    if (code == 0 && height > 0) {
        code = ask_number(cli, "block.get", &height, "tx_count", &txs);
    }
    now = height;
    for (int i = 0; i < WAIT_TICKS && code == 0 && now == height &&
                    (txs > 0 || height == 0);
         i++) {
        (void)nanosleep(&tick, NULL);
        code = ask_number(cli, "chain.status", NULL, "executed_height", &now);
    }
    return code;
}

static void print_account(const struct vt_json *account)
{
    static const struct vt_column fields[] = {
        {"address", "address", 0},
        {"transactions sent", "nonce", 0},
        {"next nonce", "next_nonce", 0},
        {"at height", "height", 0},
        {"proven by block", "verified.block_height", 0},
        {"block id", "verified.block_id", 0}};
    static const struct vt_column columns[] = {{"AMOUNT", "amount", 1},
                                               {"SYMBOL", "symbol", 0},
                                               {"ASSET", "asset", 0}};

    (void)vt_table_fields(account, fields, sizeof fields / sizeof fields[0],
                          stdout);
    (void)vt_table_array(vt_json_at(account, "balances"), columns, 3,
                         "no balances", stdout);
}

int vt_cmd_account_show(struct vt_cli *cli)
{
    int proof = vt_cli_flag(cli, "proof");
    struct vt_address address;
    struct vt_json_maker m;
    struct vt_json *account = NULL;
    int code = vt_cli_address(cli, vt_cli_arg(cli, 0), &address);

    if (code != 0) {
        return code;
    }
    if (proof) {
        code = wait_for_header(cli);
    }
    if (code != 0) {
        return code;
    }
    vt_cli_chain_params(cli, &m);
    vt_json_put_text(&m, "address", vt_cli_arg(cli, 0));
    vt_json_put_bool(&m, "proof", proof);
    code = vt_cli_call(cli, "account.get", &m, 0, &account);
    if (code == 0 && proof) {
        code = verify(cli, &address, &account);
    }
    if (code == 0 && cli->json) {
        code = vt_cli_emit(cli, account);
        account = NULL;
    } else if (code == 0) {
        print_account(account);
    }
    vt_json_free(account);
    return code;
}
