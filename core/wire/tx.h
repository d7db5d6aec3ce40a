/* SPDX-License-Identifier: Apache-2.0
 *
 * tx.h - transactions: bytes, id, signing hash. See README.md byte by byte.
 */
#ifndef VT_WIRE_TX_H
#define VT_WIRE_TX_H

#include "base/amount.h"
#include "base/buf.h"
#include "base/hash.h"

#include <string.h>

#define VT_TX_MAX 65536u /* bytes; a chain may set less */
#define VT_TX_VERSION 1u
#define VT_TX_PK_MAX 64u
#define VT_TX_SIG_MAX 256u
#define VT_MEMO_MAX 256u
#define VT_SYMBOL_MAX 16u
#define VT_ADDRESS_LEN 21u
#define VT_ASSET_NAME_MAX 32u

/* scheme code, then 20 bytes of H("VTC/address/1", scheme || public key). */
struct vt_address {
    uint8_t b[VT_ADDRESS_LEN];
};

enum vt_tx_kind {
    VT_TX_TRANSFER = 1,
    VT_TX_ASSET_REGISTER = 2,
    VT_TX_ASSET_ISSUE = 3,
    VT_TX_SWITCH = 4,    /* proposes the chain's next epoch, or agrees to it */
    VT_TX_READY = 5,     /* a member of the next epoch is able to run it */
    VT_TX_STAKE = 6,     /* locks tokens, which then vote */
    VT_TX_UNSTAKE = 7,   /* begins to unlock them, takes what is unlocked */
    VT_TX_VOTE = 8,      /* whom the sender's stake counts for */
    VT_TX_CANDIDATE = 9, /* the sender stands for election, or no longer */
    VT_TX_ANCHOR = 10,   /* a block of another chain, to be fixed on this one */
    VT_TX_EVIDENCE = 11  /* a member broke its engine's rules */
};

/* Decoded transaction; views borrow from the encoded bytes. */
struct vt_tx {
    uint16_t version;
    struct vt_hash chain_id;
    uint8_t scheme; /* enum vt_scheme_code */
    struct vt_view pk;
    uint64_t nonce;       /* the sender's next, from 0 */
    uint64_t valid_until; /* last height it may be in; 0 = no limit */
    uint64_t gas_limit;
    struct vt_amount fee; /* in the gas asset, to the block's producer */
    uint16_t kind;
    struct vt_view payload; /* encoded by the kind, below */
    struct vt_view sig;
    /* derived while decoding */
    struct vt_hash id; /* of everything before the signature, and what the
                          signature signs */
    struct vt_address sender;
    struct vt_view raw; /* whole encoding */
};

/* Payloads. asset is an id: zero hash = the chain's token, hash with first
 * byte 1 and rest 0 = the gas asset, else H("VTC/asset/1", issuer || symbol).
 */
struct vt_tx_transfer {
    struct vt_address to;
    struct vt_hash asset;
    struct vt_amount amount;
    struct vt_view memo; /* <= 256 bytes */
};

struct vt_tx_asset_register {
    struct vt_view symbol; /* 1..16 of A-Z 0-9, first a letter */
    struct vt_view name;   /* 1..32 bytes of plain UTF-8: vt_utf8_is_plain */
    uint8_t decimals;      /* 0..18 */
    struct vt_amount supply_max; /* smallest units; zero = unlimited */
};

struct vt_tx_asset_issue {
    struct vt_hash asset;
    struct vt_address to;
    struct vt_amount amount;
};

/* The next epoch: what runs after the block at height `at`. */
#define VT_SWITCH_ENGINE_MAX 32u
#define VT_SWITCH_OPTIONS_MAX 16384u
#define VT_SWITCH_MEMBERS_MAX 400u
struct vt_tx_switch {
    uint64_t at; /* last height of the epoch that ends */
    /* Stem: 1..32 of a-z 0-9 _, a letter first. Empty, and then without
     * options: engine and options stay as they are. */
    struct vt_view engine;
    struct vt_view options; /* rows of the engine's section, UTF-8 */
    uint32_t member_count;  /* 0: the members stay as they are */
    struct vt_view members; /* member_count encoded ones, see below */
};
struct vt_switch_member {
    struct vt_view name; /* vt_member_name_is_good */
    struct vt_view pk;   /* 1..64 bytes, of the chain's first scheme */
    uint64_t weight;     /* above zero */
};

/* Two signed statements that cannot both be honest, as the engine of that
 * epoch made them; consensus.h check_evidence. */
struct vt_tx_evidence {
    uint64_t epoch;
    uint32_t kind; /* the engine's own number */
    struct vt_view a, b;
};

struct vt_tx_anchor {
    struct vt_hash chain; /* id of the other chain */
    uint64_t height;      /* above zero */
    struct vt_hash id;    /* of its block there */
    /* the block below it that is fixed already, as the sender knows; height 0
     * and zeros: none. Said too late it is void. */
    uint64_t prev_height;
    struct vt_hash prev_id;
};

extern const struct vt_hash vt_asset_token; /* all zero */
extern const struct vt_hash vt_asset_gas;   /* 01 00 00 ... */

/* Strict: one valid encoding, no trailing bytes, known version, lengths within
 * bounds. Kind and payload content are the ledger's business, except that the
 * three payload decoders below are as strict. Returns VT_OK, VT_E_CORRUPT with
 * the field in err. */
vt_status vt_tx_decode(struct vt_view bytes, struct vt_tx *out,
                       struct vt_err *err);
/* The same transaction over a copy of its bytes at `raw`. */
void vt_tx_rebase(const struct vt_tx *tx, const uint8_t *raw,
                  struct vt_tx *out);
/* Appends everything but the signature, then vt_tx_sign_finish() adds it. */
vt_status vt_tx_encode_unsigned(const struct vt_tx *tx, struct vt_buf *out);
/* The id, which is also the hash to sign, of the unsigned bytes. */
void vt_tx_sign_hash(struct vt_view unsigned_bytes, struct vt_hash *out);
vt_status vt_tx_append_sig(struct vt_buf *unsigned_bytes, struct vt_view sig);

vt_status vt_tx_transfer_encode(const struct vt_tx_transfer *p,
                                struct vt_buf *out);
vt_status vt_tx_transfer_decode(struct vt_view bytes,
                                struct vt_tx_transfer *out);
vt_status vt_tx_asset_register_encode(const struct vt_tx_asset_register *p,
                                      struct vt_buf *out);
vt_status vt_tx_asset_register_decode(struct vt_view bytes,
                                      struct vt_tx_asset_register *out);
vt_status vt_tx_asset_issue_encode(const struct vt_tx_asset_issue *p,
                                   struct vt_buf *out);
vt_status vt_tx_asset_issue_decode(struct vt_view bytes,
                                   struct vt_tx_asset_issue *out);
vt_status vt_tx_switch_encode(const struct vt_tx_switch *p, struct vt_buf *out);
vt_status vt_tx_switch_decode(struct vt_view bytes, struct vt_tx_switch *out);
vt_status vt_switch_member_encode(const struct vt_switch_member *m,
                                  struct vt_buf *out);
/* Member number i < member_count of a decoded switch. */
void vt_tx_switch_member(const struct vt_tx_switch *p, uint32_t i,
                         struct vt_switch_member *out);
/* What READY names and the engine of the old epoch is told. */
void vt_tx_switch_digest(struct vt_view payload, struct vt_hash *out);
vt_status vt_tx_ready_encode(const struct vt_hash *digest, struct vt_buf *out);
vt_status vt_tx_ready_decode(struct vt_view bytes, struct vt_hash *out);
/* 1..64 printable ASCII without blanks. */
#define VT_MEMBER_NAME_MAX 64u
int vt_member_name_is_good(struct vt_view name);

/* STAKE and UNSTAKE: smallest units of the chain's token. */
vt_status vt_tx_stake_encode(struct vt_amount amount, struct vt_buf *out);
vt_status vt_tx_stake_decode(struct vt_view bytes, struct vt_amount *out);
/* The black-hole address stands for nobody. */
vt_status vt_tx_vote_encode(const struct vt_address *candidate,
                            struct vt_buf *out);
vt_status vt_tx_vote_decode(struct vt_view bytes, struct vt_address *out);
/* The name of the candidate's node; empty: stands no longer. The key is the
 * one that signs the transaction. */
vt_status vt_tx_candidate_encode(struct vt_view name, struct vt_buf *out);
vt_status vt_tx_candidate_decode(struct vt_view bytes, struct vt_view *out);
vt_status vt_tx_evidence_encode(const struct vt_tx_evidence *p,
                                struct vt_buf *out);
vt_status vt_tx_evidence_decode(struct vt_view bytes,
                                struct vt_tx_evidence *out);

vt_status vt_tx_anchor_encode(const struct vt_tx_anchor *p, struct vt_buf *out);
vt_status vt_tx_anchor_decode(struct vt_view bytes, struct vt_tx_anchor *out);

static inline int vt_address_eq(const struct vt_address *a,
                                const struct vt_address *b)
{
    return memcmp(a->b, b->b, VT_ADDRESS_LEN) == 0;
}
/* Place of an address in a list, UINT32_MAX when it is not there. */
uint32_t vt_address_find(const struct vt_address *list, uint32_t count,
                         const struct vt_address *address);
void vt_address_from_key(uint8_t scheme, struct vt_view pk,
                         struct vt_address *out);
/* hrp "vt" on a main chain, "vs" on a subchain. out has 91 bytes. */
vt_status vt_address_format(const char *hrp, const struct vt_address *a,
                            char out[91]);
/* Accepts either prefix; err names the first thing wrong. */
vt_status vt_address_parse(const char *text, struct vt_address *out,
                           struct vt_err *err);
/* Where burnt amounts go: scheme 0, 20 zero bytes. No key has it. */
extern const struct vt_address vt_address_black_hole;

#endif
