/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.h - what travels between members, what a header carries, what is
 * signed; the bytes are in README.md. Decoding is strict: one encoding per
 * value, no byte left over. Private to the plugin.
 */
#ifndef POS_MESSAGES_H
#define POS_MESSAGES_H

#include "common/cert.h"

#define POS_ROLE_BFT 1u   /* and three more */
#define POS_ROLE_BLOCK 5u /* the one block of a member in a slot */
#define POS_ROLE_LOT 6u   /* of the random value */
#define POS_CHAIN_TAG "VTC/pos/chain/1"

#define POS_PROTO_BFT 0u
#define POS_PROTO_BLOCK 8u
#define POS_PROTO_WANT 9u
#define POS_PROTO_TIP 10u

#define POS_EV_TWO_BLOCKS 16u /* 1 to 4 are the ordering core's */

#define POS_VRF_MAX 256u
#define POS_CORE_LEN 48u
#define POS_LOT_LEN 41u
#define POS_PAYLOAD_MAX (8u + POS_VRF_MAX)
#define POS_WORD_MAX (2u + POS_CORE_LEN + 1u + CS_SIG_MAX)
#define POS_RECORD_MAX (9u + 32u + POS_WORD_MAX)

/* "My block of this slot is that one", signed. */
struct pos_word {
    uint32_t proposer;
    uint64_t slot, height;
    uint8_t id[32];
    struct cs_sig sig;
};

/* A block by height and id: TIP; WANT, height the highest of no interest. */
struct pos_spot {
    uint64_t height;
    uint8_t id[32];
};

/* The engine's bytes in a header. */
struct pos_payload {
    uint64_t slot;
    struct vt_view vrf; /* borrows */
};

/* put_ and get_ mirror each other. get_ returns 1 only when all bytes were
 * read and all fields are in range. */
void pos_put_core(struct cs_wr *wr, const struct pos_word *word);
void pos_put_word(struct cs_wr *wr, const struct pos_word *word);
int pos_get_word(struct vt_view bytes, struct pos_word *out);
void pos_put_spot(struct cs_wr *wr, const struct pos_spot *spot);
int pos_get_spot(struct vt_view bytes, struct pos_spot *out);
void pos_put_payload(struct cs_wr *wr, const struct pos_payload *p);
int pos_get_payload(struct vt_view bytes, struct pos_payload *out);
/* A block this member holds, as kept in a slot of the host. */
void pos_put_record(struct cs_wr *wr, uint64_t epoch,
                    const struct pos_word *word);
int pos_get_record(struct vt_view bytes, uint64_t epoch, struct pos_word *out);
/* What the random function is asked about a slot. */
void pos_put_lot(struct cs_wr *wr, const uint8_t beacon[32], uint64_t slot);

#endif
