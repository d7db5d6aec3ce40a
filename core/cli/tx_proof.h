/* SPDX-License-Identifier: Apache-2.0
 *
 * tx_proof.h - a transaction's proof as a file: asked from a node by one
 * person, checked by another who trusts nobody and knows the parameters that
 * the chain began with.
 *
 * It is a JSON object:
 *   vtchain_proof  1, the form
 *   chain          name
 *   chain_id, id   of the chain, of the transaction
 *   stage          "witnessed" or "notarized" before final, where the engine
 *                  tells such; "final"; or "executed" when its receipt is
 *                  proven, too
 *   height, epoch  of its block, 0 before final; the newest epoch needed
 *   borders[]      epoch that begins, last header before it, its handoff
 *   tx             its bytes
 *   block          header, seal, index and path of the transaction
 *   early          instead of block: header of the block or batch that came so
 *                  far, seal is the proof of it, index and path
 *   executed       header and seal of the block above, code, fee_units and
 *                  burned_units of the receipt, its path
 * Bytes are in hexadecimal, amounts in smallest units.
 */
#ifndef VT_CLI_TX_PROOF_H
#define VT_CLI_TX_PROOF_H

#include "chain/follow.h"
#include "cli/cli.h"

#define VT_TX_PROOF_MAX (64u << 20) /* bytes of a file */

/* Asks the node. Returns 0 and *out, or an exit code. */
int vt_cli_tx_proof(struct vt_cli *cli, const struct vt_hash *id,
                    struct vt_json **out);

/* The same of an answer of tx.proof, or of what tx.submit gives as proof. */
int vt_cli_tx_proof_of(struct vt_cli *cli, const struct vt_json *answer,
                       struct vt_json **out);
/* A proof (given) as the command's answer: JSON also without --json. Returns
 * the exit code. */
int vt_cli_tx_proof_emit(struct vt_cli *cli, struct vt_json *given);

/* What a proof shows. */
struct vt_tx_proven {
    struct vt_buf raw;
    struct vt_tx tx; /* borrows from raw */
    const char *stage_name;
    uint32_t stage; /* enum vt_cs_stage, 0: final or executed */
    int is_executed;
    uint64_t height;         /* 0 before final */
    struct vt_hash block_id; /* or a batch's, before final */
    int64_t time_ms;
    const char *engine;        /* that made it final; lives as long as follow */
    struct vt_receipt receipt; /* when is_executed */
};

/* Everything in the document must be right, labels included. name is what the
 * chain is called in its parameters. Returns VT_OK; VT_E_CORRUPT and others
 * with what does not fit. Finish with vt_tx_proven_fini in both cases. */
vt_status vt_tx_proof_check(const struct vt_json *proof, const char *name,
                            struct vt_follow *follow, struct vt_tx_proven *out,
                            struct vt_err *err);
void vt_tx_proven_fini(struct vt_tx_proven *proven);

#endif
