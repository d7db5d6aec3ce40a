/* SPDX-License-Identifier: Apache-2.0
 *
 * show.h - things of a chain as JSON, the same in all methods. Private to
 * core/api. Thread: loop.
 */
#ifndef VT_API_SHOW_H
#define VT_API_SHOW_H

#include "api/inside.h"

/* A number; as text above 2^53, where readers would lose digits. */
void vt_show_u64(struct vt_json_maker *m, const char *key, uint64_t v);
void vt_show_address(struct vt_json_maker *m, const char *key,
                     const struct vt_api_chain *chain,
                     const struct vt_address *address);
/* Under key when it may be shown to people, else in hexadecimal under hex_key.
 */
void vt_show_words(struct vt_json_maker *m, const char *key,
                   const char *hex_key, struct vt_view text);
/* "receipt": {tx code text fee burned} */
void vt_show_receipt(struct vt_json_maker *m, const struct vt_api_chain *chain,
                     const struct vt_receipt *receipt);
/* A decoded transaction, an object under key. state gives the decimals of
 * assets. */
void vt_show_tx(struct vt_json_maker *m, const char *key,
                struct vt_api_chain *chain, const struct vt_state *state,
                const struct vt_tx *tx);
/* Members of a block's header. */
void vt_show_header(struct vt_json_maker *m, const struct vt_api_chain *chain,
                    const struct vt_block *block);

/* A transaction in a block or batch, with what proves something of that. */
struct vt_placed {
    const struct vt_block *block;
    struct vt_view seal;
    uint32_t index; /* below header.tx_count */
};
/* Members of a proof: stage (enum vt_api_stage), id, tx. */
void vt_show_proof_head(struct vt_json_maker *m, int stage,
                        const struct vt_placed *placed);
/* key: {header seal index path[]} */
void vt_show_placed(struct vt_json_maker *m, const char *key,
                    const struct vt_placed *placed);

#define VT_SHOW_EVENT_MAX 131072u /* bytes of one event */
/* A whole server-sent event, appended to out; check out->failed. */
void vt_show_final(const struct vt_api_chain *chain,
                   const struct vt_block *block, struct vt_buf *out);
void vt_show_halted(const struct vt_api_chain *chain, uint64_t height,
                    const char *why, struct vt_buf *out);

#endif
