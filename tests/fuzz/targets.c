/* SPDX-License-Identifier: Apache-2.0
 *
 * targets.c - the list of fuzz targets and what they share.
 */
#include "fuzz/targets.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "support/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vt_fuzz_must(int holds, const char *law)
{
    if (!holds) {
        (void)fprintf(stderr, "broken: %s\n", law);
        abort();
    }
}

char *vt_fuzz_text(struct vt_view bytes)
{
    char *text = vt_alloc(bytes.len + 1);

    vt_fuzz_must(text != NULL, "memory is there");
    if (bytes.len > 0) {
        memcpy(text, bytes.ptr, bytes.len);
    }
    return text;
}

/* What a decoder accepts is what its encoder makes. */
static void run_codec(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    struct vt_buf out = VT_BUF_INIT(bytes.len + 65536u);

    if (vt_codec_find(self->name)->again(bytes, &out) == VT_OK) {
        vt_fuzz_must(vt_view_eq(vt_buf_view(&out), bytes),
                     "accepted bytes are what is encoded");
    }
    vt_buf_fini(&out);
}

const struct vt_fuzz_target vt_fuzz_targets[] = {
    {"tx", run_codec},
    {"transfer", run_codec},
    {"asset_register", run_codec},
    {"asset_issue", run_codec},
    {"switch", run_codec},
    {"ready", run_codec},
    {"candidate", run_codec},
    {"evidence", run_codec},
    {"handoff", run_codec},
    {"header", run_codec},
    {"block", run_codec},
    {"block_body", vt_fuzz_block_body},
    {"frame", run_codec},
    {"hello", run_codec},
    {"consensus_msg", run_codec},
    {"account_entry", run_codec},
    {"balance_entry", run_codec},
    {"asset_entry", run_codec},
    {"stake_entry", run_codec},
    {"nominee_entry", run_codec},
    {"state_proof", vt_fuzz_state_proof},
    {"address", vt_fuzz_address},
    {"amount", vt_fuzz_amount},
    {"hex", vt_fuzz_hex},
    {"log_quote", vt_fuzz_log_quote},
    {"json", vt_fuzz_json},
    {"http_head", vt_fuzz_http_head},
    {"ini", vt_fuzz_ini},
    {"chain_config", vt_fuzz_chain_config},
    {"option", vt_fuzz_option},
};
const size_t vt_fuzz_target_count =
    sizeof vt_fuzz_targets / sizeof vt_fuzz_targets[0];

const struct vt_fuzz_target *vt_fuzz_find(const char *name)
{
    for (size_t i = 0; i < vt_fuzz_target_count; i++) {
        if (strcmp(vt_fuzz_targets[i].name, name) == 0) {
            return &vt_fuzz_targets[i];
        }
    }
    return NULL;
}
