/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.h - what travels between producers, what a header carries, what is
 * signed; the bytes are in README.md. Decoding is strict: one encoding per
 * value, no byte left over. Private to the plugin.
 */
#ifndef DPOS_MESSAGES_H
#define DPOS_MESSAGES_H

#include "common/cert.h"

#define DPOS_ROLE_BLOCK 1u /* the owner of a slot, under its one block */
#define DPOS_ROLE_BFT 2u   /* and three more */
#define DPOS_CHAIN_TAG "VTC/dpos/chain/1"
#define DPOS_CORE_LEN 48u
#define DPOS_PAYLOAD_MAX (15u + CS_SIG_MAX)
#define DPOS_ITEM_MAX (2u + DPOS_CORE_LEN + CS_SIG_MAX)
#define DPOS_PROTO_BLOCK 1u
#define DPOS_PROTO_BFT 16u
#define DPOS_EV_DOUBLE 16u /* DP1; 1 to 4 are the ordering core's */
#define DPOS_PATH_MAX 256u /* ids in a proof */
#define DPOS_SLOT_MAX (UINT64_MAX / 2u)

/* "The block of my slot is this one." */
struct dpos_word {
    uint64_t slot, height;
    uint8_t id[32];
    struct cs_sig sig;
};

/* The engine's bytes in a header. */
struct dpos_payload {
    uint64_t slot;
    uint32_t slot_ms, run; /* as the chain's options have it */
    struct cs_sig below;   /* the word of the parent's owner; len 0 at first */
};

/* Makes a height final: ids up to the one a final pointer names. */
struct dpos_proof {
    uint8_t link[32];    /* chain digest of the height below */
    uint32_t count;      /* ids from this height to the pointer's, >= 1 */
    struct vt_view path; /* all but the first */
    struct vt_view bft;  /* the pointer's proof */
};

/* put_ and get_ mirror each other. get_ returns 1 only when all bytes were
 * read and all fields are in range. */
void dpos_put_core(struct cs_wr *wr, const struct dpos_word *word);
void dpos_put_word(struct cs_wr *wr, const struct dpos_word *word);
int dpos_get_word(struct vt_view msg, struct dpos_word *out);
void dpos_put_payload(struct cs_wr *wr, const struct dpos_payload *p);
int dpos_get_payload(struct vt_view bytes, struct dpos_payload *out);
/* Evidence: member, core, signature. */
void dpos_put_item(struct cs_wr *wr, uint32_t member,
                   const struct dpos_word *word);
int dpos_get_item(struct vt_view bytes, uint32_t *member,
                  struct dpos_word *out);
void dpos_put_proof(struct cs_wr *wr, const struct dpos_proof *p);
/* Views stay inside of bytes. */
int dpos_get_proof(struct vt_view bytes, struct dpos_proof *out);
/* The digest at the end of a proof for id. */
void dpos_fold(const struct cs_hasher *h, const struct dpos_proof *p,
               const uint8_t id[32], uint8_t out[32]);

#endif
