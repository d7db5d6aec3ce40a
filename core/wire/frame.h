/* SPDX-License-Identifier: Apache-2.0
 *
 * frame.h - what travels on a link between nodes.
 *
 * A frame is u32 length (of the rest), u8 kind, 32 bytes chain id (zero for
 * link frames), u64 epoch, payload. A receiver checks length against the limit
 * of the kind before it allocates.
 */
#ifndef VT_WIRE_FRAME_H
#define VT_WIRE_FRAME_H

#include <vt/consensus.h>

#include "wire/block.h"

#define VT_FRAME_HEAD 45u /* bytes before the payload, length included */
#define VT_FRAME_MAX 34603008u

enum vt_frame_kind {
    VT_FRAME_HELLO = 1, /* link: version, node name, chains */
    VT_FRAME_PING = 2,  /* link: 8 bytes, echoed in PONG */
    VT_FRAME_PONG = 3,
    VT_FRAME_GOODBYE = 4,     /* link: reason text */
    VT_FRAME_PARAMS = 5,      /* link: var chain name, var canonical text */
    VT_FRAME_CONSENSUS = 16,  /* u32 proto, u8 has_attach, var msg, [block] */
    VT_FRAME_TXS = 17,        /* u32 count, var tx ... */
    VT_FRAME_STATUS = 18,     /* u64 final height, id, u8 wants_answer */
    VT_FRAME_GET_BLOCKS = 19, /* u64 first, u32 count */
    VT_FRAME_BLOCKS = 20,   /* u64 first, u32 count, (var block, var seal).. */
    VT_FRAME_GET_BODY = 21, /* 32 bytes id */
    VT_FRAME_BODY = 22      /* 32 bytes id, var block (empty: not here) */
};

struct vt_frame {
    uint8_t kind;
    struct vt_hash chain_id;
    uint64_t epoch;
    struct vt_view payload; /* borrowed */
};

/* Largest payload of a kind in bytes; 0 for unknown kinds. */
uint32_t vt_frame_max(uint8_t kind);
/* The bytes before the payload; the payload's length is taken on trust. */
void vt_frame_head(const struct vt_frame *frame, uint8_t out[VT_FRAME_HEAD]);
vt_status vt_frame_encode(const struct vt_frame *frame, struct vt_buf *out);
/* Length word of the first 4 bytes -> total frame bytes, checked against
 * VT_FRAME_MAX and the minimum. Returns VT_OK, VT_E_CORRUPT. */
vt_status vt_frame_length(const uint8_t head[4], size_t *out_total);
vt_status vt_frame_decode(struct vt_view bytes, struct vt_frame *out,
                          struct vt_err *err);

#define VT_HELLO_CHAINS_MAX 256u
struct vt_hello_chain {
    struct vt_hash chain_id;
    struct vt_hash params;
    char name[33];
};
struct vt_hello {
    uint16_t version; /* 1 */
    char node[65];
    uint32_t chain_count;
    struct vt_hello_chain chains[VT_HELLO_CHAINS_MAX];
};
/* Names are printable ASCII without blanks, never empty. Returns VT_E_INVALID
 * for others and for too many chains; out then holds a part. */
vt_status vt_hello_encode(const struct vt_hello *hello, struct vt_buf *out);
vt_status vt_hello_decode(struct vt_view bytes, struct vt_hello *out,
                          struct vt_err *err);

/* What a node sends when a peer runs a chain of the same name with other
 * parameters: the text behind its parameters hash. */
#define VT_PARAMS_TEXT_MAX 1048000u
struct vt_params {
    char name[33];
    struct vt_view text; /* borrowed */
};
vt_status vt_params_encode(const struct vt_params *params, struct vt_buf *out);
vt_status vt_params_decode(struct vt_view bytes, struct vt_params *out,
                           struct vt_err *err);

struct vt_consensus_msg {
    uint32_t proto;
    struct vt_view msg;
    struct vt_view attach; /* encoded block, or empty */
};
vt_status vt_consensus_msg_encode(const struct vt_consensus_msg *m,
                                  struct vt_buf *out);
vt_status vt_consensus_msg_decode(struct vt_view bytes,
                                  struct vt_consensus_msg *out,
                                  struct vt_err *err);

#endif
