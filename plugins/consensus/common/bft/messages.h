/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.h - what members tell each other, as structs and as bytes. Private
 * to the core. Decoders return 0 for bytes that have another meaning or none.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_MESSAGES_H
#define VT_CONSENSUS_COMMON_BFT_MESSAGES_H

#include "common/bft.h"

#define BFT_CORE_MAX 48u
#define BFT_ITEM_MAX (2u + BFT_CORE_MAX + 1u + BFT_SIG_MAX)

struct bft_sig {
    uint32_t len; /* 0: none */
    uint8_t bytes[BFT_SIG_MAX];
};

struct bft_proposal {
    struct bft_block block;
    uint64_t parent_view; /* where the parent was notarized; 0: the root */
    struct bft_sig sig;
};

/* NULLIFY names no block: link is zero. */
struct bft_vote_msg {
    uint32_t kind; /* enum bft_kind */
    uint64_t view;
    uint8_t link[32];
    struct bft_sig sig;
};

struct bft_cert {
    uint32_t kind; /* 0: none */
    uint64_t view, signers;
    struct bft_block block; /* zero for NULLIFY */
    struct bft_sig *sig;    /* one per signer, in member order */
};

struct bft_req {
    uint64_t low, high; /* views, both included */
};

/* Members, weights and what is hashed: all a decoder and a checker need. */
struct bft_set {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    uint32_t n, role_base;
    uint64_t quorum;
    uint64_t weight[CS_MEMBERS_MAX];
};

/* 0 when the members cannot run the core. */
int bft_set_init(struct bft_set *set, const struct vt_cs_epoch *epoch);
uint64_t bft_set_weight(const struct bft_set *set, uint64_t signers);

/* block->link from its other fields. */
void bft_link(const struct bft_set *set, struct bft_block *block);
void bft_root(const struct bft_set *set, uint64_t height,
              const uint8_t value[32], struct bft_block *out);

/* What is signed. */
void bft_core_proposal(struct cs_wr *wr, const struct bft_proposal *m);
void bft_core_vote(struct cs_wr *wr, uint64_t view, const uint8_t link[32]);

void bft_put_sig(struct cs_wr *wr, const struct bft_sig *sig);
void bft_get_sig(struct cs_rd *rd, struct bft_sig *sig);
void bft_put_proposal(struct cs_wr *wr, const struct bft_proposal *m);
int bft_get_proposal(const struct bft_set *set, struct vt_view msg,
                     struct bft_proposal *out);
void bft_put_vote(struct cs_wr *wr, const struct bft_vote_msg *m);
int bft_get_vote(struct vt_view msg, struct bft_vote_msg *out);
void bft_put_cert(struct cs_wr *wr, const struct bft_cert *cert, uint32_t n);
/* out->sig has room for n. */
int bft_get_cert(const struct bft_set *set, struct vt_view msg,
                 struct bft_cert *out);
void bft_copy_cert(struct bft_cert *to, const struct bft_cert *from);
void bft_put_req(struct cs_wr *wr, const struct bft_req *m);
int bft_get_req(struct vt_view msg, struct bft_req *out);

/* That path[0] is final: path leads from it to the block of fin. */
void bft_put_proof(struct cs_wr *wr, const struct bft_block *const *path,
                   uint32_t count, const struct bft_cert *fin, uint32_t n);
/* Does it lead from (height, value) to the block of *fin? */
int bft_get_proof(const struct bft_set *set, uint64_t height,
                  const uint8_t value[32], struct vt_view proof,
                  struct bft_cert *fin);
/* The same in one of its forms but without signatures: fin->sig is not looked
 * at, *rest is what stands for them. */
#define BFT_PROOF_LISTED 1u
int bft_get_proof_head(const struct bft_set *set, uint64_t height,
                       const uint8_t value[32], struct vt_view proof,
                       uint32_t form, struct bft_cert *fin,
                       struct vt_view *rest);

/* Evidence: kind u8, member u8, core, sig. */
struct bft_item {
    uint32_t kind, member;
    uint64_t view;
    struct vt_view core; /* inside the item */
    struct bft_sig sig;
};

size_t bft_item_of_proposal(uint32_t member, const struct bft_proposal *m,
                            uint8_t out[BFT_ITEM_MAX]);
size_t bft_item_of_vote(uint32_t member, const struct bft_vote_msg *m,
                        uint8_t out[BFT_ITEM_MAX]);
int bft_get_item(struct vt_view bytes, struct bft_item *out);
/* Do two items, if their signatures are good, convict their signer? */
int bft_is_conflict(uint32_t kind, const struct bft_item *a,
                    const struct bft_item *b);

#endif
