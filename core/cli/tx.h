/* SPDX-License-Identifier: Apache-2.0
 *
 * tx.h - making, signing and sending one transaction: what transfers, asset
 * registrations and issues have in common.
 */
#ifndef VT_CLI_TX_H
#define VT_CLI_TX_H

#include "cli/keys.h"
#include "cli/node.h"
#include "wire/tx.h"

/* What the node says about an asset: asset.get. */
struct vt_cli_asset {
    struct vt_hash id;
    uint32_t decimals;
    char symbol[VT_SYMBOL_MAX + 1];
};

/* By symbol of the token or gas, 64 hex digits, or ISSUER/SYMBOL. Returns 0 or
 * an exit code. */
int vt_cli_asset_get(struct vt_cli *cli, const char *name,
                     struct vt_cli_asset *out);
/* The asset parameter for the node: ISSUER/SYMBOL becomes the id. Returns 0 or
 * an exit code. */
int vt_cli_put_asset(struct vt_cli *cli, const char *name,
                     struct vt_json_maker *m);
/* Whole units as typed to smallest units; zero is refused. */
int vt_cli_amount(struct vt_cli *cli, const char *text,
                  const struct vt_cli_asset *asset, struct vt_amount *out);
int vt_cli_address(struct vt_cli *cli, const char *text,
                   struct vt_address *out);

/*
 * Fill the envelope (chain id, nonce, fee, limits by the command's options),
 * sign with --key, submit and print the outcome; with --dry-run print the
 * bytes instead. When --key is an account of several keys, write the unsigned
 * transaction to --unsigned instead. Returns the exit code.
 */
int vt_cli_tx_send(struct vt_cli *cli, enum vt_tx_kind kind,
                   struct vt_view payload);
/* Print finished bytes, in hexadecimal or with --json their id, too. Returns
 * the exit code. */
int vt_cli_tx_print(struct vt_cli *cli, struct vt_view raw);
/* Submit finished bytes and print the outcome. Returns the exit code. */
int vt_cli_tx_submit(struct vt_cli *cli, struct vt_view raw);

#endif
