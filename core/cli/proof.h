/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.h - does what a node says about an entry of the asset ledger follow
 * from a block header? Checked here, without trust in the node.
 */
#ifndef VT_CLI_PROOF_H
#define VT_CLI_PROOF_H

#include "api/json.h"
#include "ledger/ledger.h"

struct vt_proven {
    struct vt_buf header, proof; /* what the node sent */
    uint64_t block_height;       /* of the header */
    struct vt_hash block_id, state_root;
    int present;
    struct vt_view value; /* borrows from proof */
};

/*
 * answer is that of account.get or balance.get with proof: height, state_root,
 * key, proof, header. Returns VT_OK and the proven entry under key on the
 * chain; VT_E_CORRUPT with what does not fit; VT_E_INVALID, VT_E_NOTFOUND for
 * an answer of another form. Finish with vt_proof_fini in both cases.
 */
vt_status vt_proof_check(const struct vt_json *answer,
                         const struct vt_hash *chain_id,
                         const struct vt_hash *key, struct vt_proven *out,
                         struct vt_err *err);
void vt_proof_fini(struct vt_proven *proven);

#endif
