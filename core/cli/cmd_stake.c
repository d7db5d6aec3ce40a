/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_stake.c - stake, votes and candidates: who becomes a member of a chain,
 * and who broke its rules.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/tx.h"

#include <string.h>

/* Whole units of the chain's token, whatever its name. */
static int read_token(struct vt_cli *cli, const char *text,
                      struct vt_amount *out)
{
    char id[2 * sizeof vt_asset_token.b + 1];
    struct vt_cli_asset token;
    int code;

    vt_hex_encode(vt_asset_token.b, sizeof vt_asset_token.b, id);
    code = vt_cli_asset_get(cli, id, &token);
    return code == 0 ? vt_cli_amount(cli, text, &token, out) : code;
}

static int send_amount(struct vt_cli *cli, enum vt_tx_kind kind)
{
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    struct vt_amount amount = {0, 0};
    int code = 0;

    if (vt_cli_arg(cli, 0) != NULL) {
        code = read_token(cli, vt_cli_arg(cli, 0), &amount);
    }
    if (code == 0 && vt_tx_stake_encode(amount, &payload) != VT_OK) {
        code = vt_cli_no_memory(cli);
    }
    if (code == 0) {
        code = vt_cli_tx_send(cli, kind, vt_buf_view(&payload));
    }
    vt_buf_fini(&payload);
    return code;
}

int vt_cmd_stake_add(struct vt_cli *cli)
{
    return send_amount(cli, VT_TX_STAKE);
}

int vt_cmd_stake_withdraw(struct vt_cli *cli)
{
    return send_amount(cli, VT_TX_UNSTAKE);
}

int vt_cmd_stake_vote(struct vt_cli *cli)
{
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    struct vt_address to = vt_address_black_hole;
    int code = 0;

    if (strcmp(vt_cli_arg(cli, 0), "none") != 0) {
        code = vt_cli_address(cli, vt_cli_arg(cli, 0), &to);
    }
    if (code == 0 && vt_tx_vote_encode(&to, &payload) != VT_OK) {
        code = vt_cli_no_memory(cli);
    }
    if (code == 0) {
        code = vt_cli_tx_send(cli, VT_TX_VOTE, vt_buf_view(&payload));
    }
    vt_buf_fini(&payload);
    return code;
}

static int send_candidate(struct vt_cli *cli, struct vt_view name)
{
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    int code = vt_tx_candidate_encode(name, &payload) == VT_OK
                   ? vt_cli_tx_send(cli, VT_TX_CANDIDATE, vt_buf_view(&payload))
                   : vt_cli_no_memory(cli);

    vt_buf_fini(&payload);
    return code;
}

int vt_cmd_stake_stand(struct vt_cli *cli)
{
    struct vt_view name = vt_view_str(vt_cli_arg(cli, 0));

    if (!vt_member_name_is_good(name)) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "NAME '%.70s': give the name in the node's "
                           "certificate, 1 to %u printable characters without "
                           "blanks",
                           vt_cli_arg(cli, 0), VT_MEMBER_NAME_MAX);
    }
    return send_candidate(cli, name);
}

int vt_cmd_stake_resign(struct vt_cli *cli)
{
    return send_candidate(cli, vt_view_of(NULL, 0));
}

/* ---- questions ----------------------------------------------------------- */

int vt_cmd_stake_show(struct vt_cli *cli)
{
    static const struct vt_column fields[] = {{"address", "address", 0},
                                              {"staked", "staked", 0},
                                              {"counts for", "vote", 0}};
    static const struct vt_column leaving[] = {{"LEAVING", "amount", 1},
                                               {"FREE AT", "free_at", 1}};
    struct vt_json_maker m;
    struct vt_json *stake = NULL;
    int code;

    vt_cli_chain_params(cli, &m);
    vt_json_put_text(&m, "address", vt_cli_arg(cli, 0));
    code = vt_cli_call(cli, "stake.get", &m, 0, &stake);
    if (code != 0) {
        return code;
    }
    if (cli->json) {
        return vt_cli_emit(cli, stake);
    }
    (void)vt_table_fields(stake, fields, sizeof fields / sizeof fields[0],
                          stdout);
    (void)vt_table_array(vt_json_at(stake, "leaving"), leaving,
                         sizeof leaving / sizeof leaving[0],
                         "nothing is on its way out", stdout);
    vt_json_free(stake);
    return VT_EXIT_OK;
}

int vt_cmd_stake_candidates(struct vt_cli *cli)
{
    static const struct vt_column columns[] = {
        {"NAME", "name", 0},       {"VOTES", "votes", 1},
        {"OWN", "own", 1},         {"OFFENCES", "offences", 1},
        {"SLASHED", "slashed", 1}, {"NO SEAT UNTIL EPOCH", "jailed_until", 1},
        {"ADDRESS", "address", 0}};
    struct vt_json_maker m;

    vt_cli_chain_params(cli, &m);
    return vt_cli_show_list(cli, "stake.candidates", &m, columns,
                            sizeof columns / sizeof columns[0],
                            "no candidates");
}

int vt_cmd_chain_offences(struct vt_cli *cli)
{
    static const struct vt_column columns[] = {
        {"HEIGHT", "height", 1},    {"EPOCH", "epoch", 1},
        {"MEMBER", "member", 1},    {"RULE", "rule", 1},
        {"SLASHED", "slashed", 1},  {"OFFENDER", "offender", 0},
        {"EVIDENCE", "evidence", 0}};
    struct vt_json_maker m;

    cli->chain = vt_cli_arg(cli, 0);
    vt_cli_chain_params(cli, &m);
    return vt_cli_show_list(cli, "chain.offences", &m, columns,
                            sizeof columns / sizeof columns[0], "no offences");
}
