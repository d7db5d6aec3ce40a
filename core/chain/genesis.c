/* SPDX-License-Identifier: Apache-2.0
 *
 * genesis.c - the block at height 0. It has no seal and no transactions; its
 * header carries the parameters' hash and the roots of the state that [genesis]
 * describes, so its id, the chain id, stands for all of it.
 */
#include "base/status.h"
#include "chain/inside.h"

#include <string.h>

void vt_header_set_state(struct vt_header *header, const struct vt_state *state,
                         const struct vt_hash *receipts_root)
{
    vt_state_root(state, &header->state_root);
    header->receipts_root = *receipts_root;
    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_state_ledger_root(state, (enum vt_ledger_kind)i,
                             &header->ledger_root[i]);
    }
}

vt_status vt_genesis_make(const struct vt_chain_config *config,
                          const struct vt_rules *rules,
                          const struct vt_hash *params,
                          struct vt_block **out_block,
                          struct vt_state **out_state, struct vt_err *err)
{
    static const struct vt_hash no_receipts;
    struct vt_header header = {.version = VT_HEADER_VERSION,
                               .time_ms = config->genesis_time_ms,
                               .params = *params};
    struct vt_state *state;
    vt_status status = vt_rules_genesis(rules, &state, err);

    if (status != VT_OK) {
        return status;
    }
    vt_header_set_state(&header, state, &no_receipts);
    status = vt_block_make(&header, NULL, 0, out_block, err);
    if (status != VT_OK) {
        vt_state_unref(state);
        return status;
    }
    *out_state = state;
    return VT_OK;
}
