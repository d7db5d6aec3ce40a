/* SPDX-License-Identifier: Apache-2.0
 *
 * params.c - what the configuration says and what the loaded plugins are, as
 * one text.
 */
#include "chain/params.h"

vt_status vt_params_text(const struct vt_params_args *args, struct vt_buf *out)
{
    struct vt_buf extra = VT_BUF_INIT(VT_PARAMS_MAX);
    vt_status status;

    (void)vt_buf_printf(&extra, "plugin.consensus=%s protocol %u\n",
                        args->consensus->desc.id,
                        args->consensus->desc.protocol);
    for (uint32_t i = 0; i < args->config->scheme_count; i++) {
        (void)vt_buf_printf(&extra, "plugin.signature.%u=%s %s\n", i,
                            args->schemes[i]->scheme,
                            args->schemes[i]->ruleset);
    }
    status = vt_options_consensus(args->consensus_options, &extra);
    if (status == VT_OK) {
        status =
            vt_chain_config_canonical(args->config, vt_buf_view(&extra), out);
    }
    vt_buf_fini(&extra);
    return status;
}

void vt_params_hash(struct vt_view text, struct vt_hash *out)
{
    vt_hash_bytes("VTC/params/1", text.ptr, text.len, out);
}
