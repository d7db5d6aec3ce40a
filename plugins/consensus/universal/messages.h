/* SPDX-License-Identifier: Apache-2.0
 *
 * messages.h - what travels between members, what headers carry, what is
 * signed; the bytes are in README.md. Decoding is strict: one encoding per
 * value, no byte left over. Private to the plugin.
 */
#ifndef UNIVERSAL_MESSAGES_H
#define UNIVERSAL_MESSAGES_H

#include "common/cert.h"
#include "seats.h"

#define UNI_ROLE_BFT 1u      /* and three more */
#define UNI_ROLE_WITNESS 16u /* plus the lane */
#define UNI_CORE_LEN 36u
#define UNI_LOT_LEN 8u
#define UNI_BATCH_PAYLOAD 4u
#define UNI_ROLE_DRAW 8u    /* of the random value in a cut */
#define UNI_ROLE_APPROVE 9u /* of an auditor, whatever the lane */
#define UNI_DRAW_MAX 255u   /* bytes of its proof */
#define UNI_CUT_PAYLOAD (2u + UNI_DRAW_MAX + CS_MEMBERS_MAX * 36u)
#define UNI_WORDS_MAX 512u /* approvals beside a cut */
#define UNI_WORD_MAX (38u + 1u + CS_SIG_MAX)
#define UNI_CERT_MAX (38u + 8u + CS_QUORUM_MAX * (1u + CS_SIG_MAX))
#define UNI_CUT_AUDIT 98304u  /* of the audit level, words included */
#define UNI_CUT_CERTS 262144u /* bytes of certificates beside a cut */
#define UNI_CUT_MAX                                                            \
    (94u + UNI_DRAW_MAX + CS_MEMBERS_MAX * 36u + UNI_CUT_AUDIT + UNI_CUT_CERTS)
#define UNI_SEQ_MAX 0x7fffffffu
#define UNI_RING 64u       /* batches of a lane above what is final */
#define UNI_EV_AUTHOR 5u   /* two batches with one number; 1 to 4: the core's */
#define UNI_EV_WITNESS 6u  /* the word of a witness under two of them */
#define UNI_EV_APPROVER 8u /* an auditor's word for such a batch */
#define UNI_EV_FLAW 7u     /* a word for a batch with an invalid transaction */

enum uni_proto {
    UNI_PROTO_BATCH = 1,
    UNI_PROTO_WITNESS = 2,
    UNI_PROTO_CERT = 3,
    UNI_PROTO_CUT = 4,
    UNI_PROTO_ASK = 5,
    UNI_PROTO_APPROVE = 6,
    UNI_PROTO_FLAW = 7,
    UNI_PROTO_BFT = 16
};

/* A leader's proof of the random value that is its own at a height. */
struct uni_draw {
    uint8_t len; /* 0: the members' scheme has no random function */
    uint8_t bytes[UNI_DRAW_MAX];
};

/* How far a lane has come. */
struct uni_tip {
    uint32_t seq; /* 0: nothing yet, id is zero */
    uint8_t id[32];
};

/* A member's word for batch seq of a lane; its author speaks the same way. */
struct uni_word {
    uint32_t lane, seq;
    uint32_t level; /* BATCH: whose word is asked for */
    uint8_t id[32];
    struct cs_sig sig;
};

/* The word of a quorum. */
struct uni_cert {
    uint32_t lane, seq, level;
    uint8_t id[32];
    uint64_t signers;
    struct cs_sig sig[CS_QUORUM_MAX]; /* in member order */
};

/* What everybody joins the same block from. */
struct uni_cut_msg {
    uint8_t id[32], parent[32];
    uint64_t height;
    int64_t time_ms;
    uint32_t proposer;
    struct uni_tip tips[CS_MEMBERS_MAX];
    struct uni_draw draw;
    struct vt_view audit; /* its state; empty without the audit level */
    struct vt_view words; /* evidence items, each u8 length first */
    struct vt_view certs; /* one after the other, may be empty */
};

enum uni_wanted { UNI_WANT_CUT = 1, UNI_WANT_CERT = 2 };

struct uni_ask {
    uint32_t what; /* enum uni_wanted */
    uint32_t lane, seq;
    uint8_t id[32];
};

/* put_ and get_ mirror each other. get_ returns 1 only when all bytes were
 * read and all fields are in range. */
void uni_put_core(struct cs_wr *wr, uint32_t seq, const uint8_t id[32]);
void uni_put_word(struct cs_wr *wr, const struct uni_word *m);
int uni_get_word(const struct uni_seats *seats, struct vt_view bytes,
                 struct uni_word *out);
void uni_put_cert(struct cs_wr *wr, const struct uni_seats *seats,
                  const struct uni_cert *m);
/* One certificate at the reader's place; more may follow. */
int uni_read_cert(const struct uni_seats *seats, struct cs_rd *rd,
                  struct uni_cert *out);
void uni_put_tips(struct cs_wr *wr, const struct uni_tip *tips, uint32_t n);
void uni_put_cut(struct cs_wr *wr, const struct uni_cut_msg *m, uint32_t n);
int uni_get_cut(struct vt_view bytes, uint32_t n, struct uni_cut_msg *out);
void uni_put_ask(struct cs_wr *wr, const struct uni_ask *m);
int uni_get_ask(struct vt_view bytes, uint32_t n, struct uni_ask *out);
/* Engine's bytes in the header of a block: how far the lanes are after it, and
 * what its maker draws. */
void uni_put_cut_payload(struct cs_wr *wr, const struct uni_tip *tips,
                         uint32_t n, const struct uni_draw *draw);
/* Without the audit level nothing may follow; with it, *rest does. */
int uni_get_cut_payload(struct vt_view bytes, uint32_t n,
                        struct uni_tip tips[CS_MEMBERS_MAX],
                        struct uni_draw *draw, struct vt_view *rest);
/* What the random function is asked about a height. */
void uni_put_lot(struct cs_wr *wr, uint64_t height);
/* And of a batch: its shard. */
void uni_put_batch_payload(struct cs_wr *wr, uint32_t lane, uint32_t shard);
int uni_get_batch_payload(struct vt_view bytes, uint32_t *lane,
                          uint32_t *shard);
/* Evidence: member, lane, number, id, signature. */
void uni_put_item(struct cs_wr *wr, uint32_t member, const struct uni_word *m);
int uni_get_item(struct vt_view bytes, uint32_t n, uint32_t *member,
                 struct uni_word *out);

#endif
