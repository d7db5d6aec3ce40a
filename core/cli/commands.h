/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.h - the functions behind the rows of commands.c, one file per group
 * of commands. Each returns an exit code.
 */
#ifndef VT_CLI_COMMANDS_H
#define VT_CLI_COMMANDS_H

#include "cli/cli.h"

/* cmd_help.c */
int vt_cmd_help(struct vt_cli *cli);
int vt_cmd_version(struct vt_cli *cli);
/* cmd_completion.c */
int vt_cmd_completion(struct vt_cli *cli);
int vt_cmd_complete(struct vt_cli *cli);
/* cmd_key.c, cmd_key_move.c */
int vt_cmd_key_new(struct vt_cli *cli);
int vt_cmd_key_list(struct vt_cli *cli);
int vt_cmd_key_show(struct vt_cli *cli);
int vt_cmd_key_address(struct vt_cli *cli);
int vt_cmd_key_password(struct vt_cli *cli);
int vt_cmd_key_import(struct vt_cli *cli);
int vt_cmd_key_export(struct vt_cli *cli);
/* cmd_multisig.c */
int vt_cmd_key_multisig(struct vt_cli *cli);
int vt_cmd_tx_sign(struct vt_cli *cli);
int vt_cmd_tx_combine(struct vt_cli *cli);
/* cmd_plugin.c */
int vt_cmd_plugin_list(struct vt_cli *cli);
int vt_cmd_plugin_info(struct vt_cli *cli);
int vt_cmd_plugin_check(struct vt_cli *cli);
/* cmd_conform.c: plugin check --conformance and --reproduce */
int vt_cmd_conform(struct vt_cli *cli);
/* cmd_config.c */
int vt_cmd_config_check(struct vt_cli *cli);
int vt_cmd_config_defaults(struct vt_cli *cli);
int vt_cmd_config_dump(struct vt_cli *cli);
/* cmd_chain.c */
int vt_cmd_status(struct vt_cli *cli);
int vt_cmd_peers(struct vt_cli *cli);
int vt_cmd_chain_list(struct vt_cli *cli);
int vt_cmd_chain_evidence(struct vt_cli *cli);
int vt_cmd_chain_requirements(struct vt_cli *cli);
int vt_cmd_chain_status(struct vt_cli *cli);
int vt_cmd_chain_switch(struct vt_cli *cli);
int vt_cmd_block_show(struct vt_cli *cli);
int vt_cmd_events(struct vt_cli *cli);
/* cmd_tx.c, cmd_asset.c */
int vt_cmd_tx_send(struct vt_cli *cli);
int vt_cmd_tx_submit(struct vt_cli *cli);
int vt_cmd_tx_show(struct vt_cli *cli);
int vt_cmd_tx_verify(struct vt_cli *cli);
int vt_cmd_tx_wait(struct vt_cli *cli);
int vt_cmd_asset_register(struct vt_cli *cli);
int vt_cmd_asset_issue(struct vt_cli *cli);
int vt_cmd_asset_show(struct vt_cli *cli);
/* cmd_bench.c, cmd_dev.c, cmd_sim.c, cmd_node.c */
int vt_cmd_bench(struct vt_cli *cli);
int vt_cmd_dev(struct vt_cli *cli);
int vt_cmd_sim(struct vt_cli *cli);
int vt_cmd_node(struct vt_cli *cli);
/* cmd_stake.c */
int vt_cmd_stake_add(struct vt_cli *cli);
int vt_cmd_stake_withdraw(struct vt_cli *cli);
int vt_cmd_stake_vote(struct vt_cli *cli);
int vt_cmd_stake_stand(struct vt_cli *cli);
int vt_cmd_stake_resign(struct vt_cli *cli);
int vt_cmd_stake_show(struct vt_cli *cli);
int vt_cmd_stake_candidates(struct vt_cli *cli);
int vt_cmd_chain_offences(struct vt_cli *cli);
/* cmd_account.c */
int vt_cmd_account_show(struct vt_cli *cli);

#endif
