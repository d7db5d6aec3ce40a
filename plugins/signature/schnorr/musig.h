/* SPDX-License-Identifier: Apache-2.0
 *
 * musig.h - one signature of all signers: MuSig2 of BIP327, without tweaks.
 *
 * Keys are the BIP's: 33 bytes, compressed. The functions of struct
 * vt_signature, at the end, speak of BIP340's 32 bytes instead, which mean the
 * point with an even y.
 */
#ifndef VT_SCHNORR_MUSIG_H
#define VT_SCHNORR_MUSIG_H

#include <vt/signature.h>

#include "scalar.h"

#define MUSIG_MAX 64u        /* signers */
#define MUSIG_NONCE_LEN 66u  /* two points */
#define MUSIG_SECRET_LEN 97u /* two numbers, the key they are for */
#define MUSIG_PART_LEN 32u

/* A group's keys and what follows from them. */
struct musig_keys {
    uint8_t pk[MUSIG_MAX][POINT_LEN];
    uint32_t count;
    uint8_t list[32];          /* hash of all keys */
    uint8_t second[POINT_LEN]; /* the first that differs from pk[0], or zeros */
    struct point sum;          /* the aggregated key */
    uint8_t x[32];             /* its bytes in BIP340 */
};

/* Both nonces of one signer, or of all; one may be infinity in the latter. */
struct musig_nonce {
    struct point half[2];
};

/* One message under one group's key with one aggregated nonce. */
struct musig_session {
    const struct musig_keys *keys;
    uint8_t b[32], e[32];
    uint8_t r[32]; /* x of the final nonce */
    int r_is_odd;
};

/* In lexicographic order of the bytes, in place. */
void musig_sort(uint8_t (*pk)[POINT_LEN], uint32_t count);

/* pk and count are set; fills the rest. Returns VT_OK, VT_E_LIMIT,
 * VT_E_INVALID with the index of the key that is none, or UINT32_MAX. */
vt_status musig_aggregate_keys(struct musig_keys *keys, uint32_t *blame);

/* What a nonce depends on; views with ptr NULL are absent. */
struct musig_draw {
    const uint8_t *random; /* 32 bytes */
    const uint8_t *pk;     /* 33 bytes */
    struct vt_view sk, group, msg, extra;
};

/* Returns VT_OK, VT_E_NOMEM, VT_E_INVALID when a nonce is zero. */
vt_status musig_draw_nonce(const struct musig_draw *draw,
                           uint8_t secret[MUSIG_SECRET_LEN],
                           uint8_t nonce[MUSIG_NONCE_LEN]);

/* nonces of struct vt_view. Returns VT_OK, VT_E_LIMIT, VT_E_INVALID with the
 * index of the one that is malformed. */
vt_status musig_aggregate_nonces(struct vt_tab nonces,
                                 uint8_t out[MUSIG_NONCE_LEN], uint32_t *blame);

/* Returns VT_OK, VT_E_INVALID for a malformed nonce. keys stays borrowed. */
vt_status musig_open(struct musig_session *s, const struct musig_keys *keys,
                     struct vt_view nonce, struct vt_view msg);

/* secret is wiped, whatever is returned: VT_OK, VT_E_NOMEM, VT_E_INVALID. */
vt_status musig_sign(const struct musig_session *s,
                     uint8_t secret[MUSIG_SECRET_LEN], const uint8_t sk[32],
                     uint8_t part[MUSIG_PART_LEN]);

/* Returns 1 when part is that of the signer with this index and nonce. */
int musig_check(const struct musig_session *s, uint32_t index,
                struct vt_view nonce, struct vt_view part);

/* parts of struct vt_view. Returns VT_OK, VT_E_INVALID with the index. */
vt_status musig_finish(const struct musig_session *s, struct vt_tab parts,
                       uint8_t sig[64], uint32_t *blame);

/* The functions of struct vt_signature. */
vt_status musig_group_key(struct vt_tab keys, uint8_t *pk, uint32_t *blame);
vt_status musig_group_nonce(const uint8_t *sk, const uint8_t random[32],
                            const struct vt_sig_item *what, uint8_t *secret,
                            uint8_t *nonce);
vt_status musig_group_nonces(struct vt_tab nonces, uint8_t *out,
                             uint32_t *blame);
vt_status musig_group_sign(const uint8_t *sk, uint8_t *secret,
                           const struct vt_sig_group *group, uint8_t *part);
vt_status musig_group_check(const struct vt_sig_group *group, uint32_t index,
                            struct vt_view nonce, struct vt_view part,
                            uint32_t *verdict);
vt_status musig_group_finish(const struct vt_sig_group *group,
                             struct vt_tab parts, uint8_t *sig,
                             uint32_t *blame);

#endif
