/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_asset.c - register, issue and show assets.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/tx.h"

#include <string.h>

static int check_symbol(struct vt_cli *cli, const char *symbol)
{
    size_t len = strlen(symbol);

    if (len < 1 || len > VT_SYMBOL_MAX || symbol[0] < 'A' || symbol[0] > 'Z' ||
        strspn(symbol, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != len) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "symbol '%.40s': 1 to %u of A-Z and 0-9, a letter "
                           "first",
                           symbol, VT_SYMBOL_MAX);
    }
    return 0;
}

static int make_registration(struct vt_cli *cli, struct vt_buf *payload)
{
    const char *symbol = vt_cli_arg(cli, 0);
    const char *name = vt_cli_text(cli, "name");
    struct vt_cli_asset asset = {.decimals =
                                     (uint32_t)vt_cli_u64(cli, "decimals")};
    struct vt_tx_asset_register reg = {.decimals = (uint8_t)asset.decimals};
    int code = check_symbol(cli, symbol);

    name = name[0] == '\0' ? symbol : name;
    if (code == 0 && strlen(name) > VT_ASSET_NAME_MAX) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "--name has %zu bytes, at most %u", strlen(name),
                           VT_ASSET_NAME_MAX);
    }
    if (code == 0 && vt_cli_given(cli, "supply_max")) {
        (void)snprintf(asset.symbol, sizeof asset.symbol, "%s", symbol);
        code = vt_cli_amount(cli, vt_cli_text(cli, "supply_max"), &asset,
                             &reg.supply_max);
    }
    if (code != 0) {
        return code;
    }
    reg.symbol = vt_view_str(symbol);
    reg.name = vt_view_str(name);
    return vt_tx_asset_register_encode(&reg, payload) == VT_OK
               ? 0
               : vt_cli_no_memory(cli);
}

int vt_cmd_asset_register(struct vt_cli *cli)
{
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    int code = make_registration(cli, &payload);

    if (code == 0) {
        code = vt_cli_tx_send(cli, VT_TX_ASSET_REGISTER, vt_buf_view(&payload));
    }
    vt_buf_fini(&payload);
    return code;
}

/* TO AMOUNT ASSET */
static int make_issue(struct vt_cli *cli, struct vt_buf *payload)
{
    struct vt_tx_asset_issue issue;
    struct vt_cli_asset asset;
    int code = vt_cli_address(cli, vt_cli_arg(cli, 0), &issue.to);

    if (code == 0) {
        code = vt_cli_asset_get(cli, vt_cli_arg(cli, 2), &asset);
    }
    if (code == 0) {
        code = vt_cli_amount(cli, vt_cli_arg(cli, 1), &asset, &issue.amount);
    }
    if (code != 0) {
        return code;
    }
    issue.asset = asset.id;
    return vt_tx_asset_issue_encode(&issue, payload) == VT_OK
               ? 0
               : vt_cli_no_memory(cli);
}

int vt_cmd_asset_issue(struct vt_cli *cli)
{
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    int code = make_issue(cli, &payload);

    if (code == 0) {
        code = vt_cli_tx_send(cli, VT_TX_ASSET_ISSUE, vt_buf_view(&payload));
    }
    vt_buf_fini(&payload);
    return code;
}

int vt_cmd_asset_show(struct vt_cli *cli)
{
    static const struct vt_column fields[] = {
        {"symbol", "symbol", 0}, {"name", "name", 0},
        {"id", "id", 0},         {"decimals", "decimals", 0},
        {"supply", "supply", 0}, {"supply limit", "supply_max", 0},
        {"issuer", "issuer", 0}};
    struct vt_json_maker m;
    struct vt_json *asset = NULL;
    int code;

    vt_cli_chain_params(cli, &m);
    code = vt_cli_put_asset(cli, vt_cli_arg(cli, 0), &m);
    if (code != 0) {
        (void)vt_json_end(&m, &cli->details);
        return code;
    }
    code = vt_cli_call(cli, "asset.get", &m, 0, &asset);
    if (code != 0) {
        return code;
    }
    if (cli->json) {
        return vt_cli_emit(cli, asset);
    }
    (void)vt_table_fields(asset, fields, sizeof fields / sizeof fields[0],
                          stdout);
    vt_json_free(asset);
    return VT_EXIT_OK;
}
