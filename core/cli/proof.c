/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - header, key and path against each other.
 */
#include "cli/proof.h"

#include "base/bytes.h"
#include "base/status.h"

#include <inttypes.h>

#define HEADER_MAX (VT_HEADER_PAYLOAD_MAX + 1024u)

static vt_status check_header(const struct vt_json *answer,
                              const struct vt_hash *chain_id,
                              struct vt_proven *p, struct vt_err *err)
{
    struct vt_header header;
    uint64_t height = 0;
    vt_status status = vt_header_decode(vt_buf_view(&p->header), &header, err);

    if (status != VT_OK) {
        (void)vt_err_wrap(err, "header");
        return VT_E_CORRUPT;
    }
    if (!vt_hash_eq(&header.chain_id, chain_id)) {
        return vt_err_set(err, VT_E_CORRUPT, "the header is of another chain");
    }
    if (!vt_hash_eq(&header.state_root, &p->state_root)) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "state_root is not the one in the header");
    }
    status = vt_json_get_u64(answer, "height", &height, err);
    if (status == VT_OK && header.exec_height != height) {
        status = vt_err_set(err, VT_E_CORRUPT,
                            "the header holds the state after block %" PRIu64
                            ", the answer is for %" PRIu64,
                            header.exec_height, height);
    }
    p->block_height = header.height;
    vt_header_id(vt_buf_view(&p->header), &p->block_id);
    return status;
}

vt_status vt_proof_check(const struct vt_json *answer,
                         const struct vt_hash *chain_id,
                         const struct vt_hash *key, struct vt_proven *out,
                         struct vt_err *err)
{
    struct vt_hash named;
    vt_status status;

    memset(out, 0, sizeof *out);
    vt_buf_init(&out->header, HEADER_MAX);
    vt_buf_init(&out->proof, VT_PROOF_MAX);
    status = vt_json_get_hash(answer, "state_root", &out->state_root, err);
    if (status == VT_OK) {
        status = vt_json_get_hash(answer, "key", &named, err);
    }
    if (status == VT_OK) {
        status = vt_json_get_hex(answer, "header", &out->header, err);
    }
    if (status == VT_OK) {
        status = vt_json_get_hex(answer, "proof", &out->proof, err);
    }
    if (status == VT_OK && !vt_hash_eq(&named, key)) {
        status = vt_err_set(err, VT_E_CORRUPT, "the proof is for another key");
    }
    if (status == VT_OK) {
        status = check_header(answer, chain_id, out, err);
    }
    if (status == VT_OK &&
        vt_state_check_proof(&out->state_root, VT_LEDGER_ASSET, key,
                             vt_buf_view(&out->proof), &out->present,
                             &out->value) != VT_OK) {
        status = vt_err_set(err, VT_E_CORRUPT,
                            "the path does not lead to the state root");
    }
    return status;
}

void vt_proof_fini(struct vt_proven *proven)
{
    vt_buf_fini(&proven->header);
    vt_buf_fini(&proven->proof);
}
