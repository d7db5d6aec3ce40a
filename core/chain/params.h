/* SPDX-License-Identifier: Apache-2.0
 *
 * params.h - the canonical text of all that must be equal on a chain's nodes;
 * its hash is in every header.
 */
#ifndef VT_CHAIN_PARAMS_H
#define VT_CHAIN_PARAMS_H

#include "config/chain_config.h"
#include "plugin/registry.h"

struct vt_params_args {
    const struct vt_chain_config *config;
    const struct vt_module *consensus;
    const struct vt_options *consensus_options;
    const struct vt_signature *const *schemes; /* config->scheme_count */
};

#define VT_PARAMS_MAX (4u << 20) /* bytes */

/* What headers carry of that text. */
void vt_params_hash(struct vt_view text, struct vt_hash *out);

/* Appends the text: options flagged consensus of chain, economy and engine,
 * validators, genesis, who the plugins are (id and protocol, scheme and
 * ruleset; never a file or release). Returns VT_OK, VT_E_LIMIT above the
 * buffer's maximum, VT_E_NOMEM. Thread: any. */
vt_status vt_params_text(const struct vt_params_args *args, struct vt_buf *out);

#endif
