/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.h - the cheap stand-ins tests use: a hash, a signature scheme whose
 * private key is the public one, an epoch of n members.
 */
#ifndef VT_CONSENSUS_COMMON_BFT_TESTS_FAKE_H
#define VT_CONSENSUS_COMMON_BFT_TESTS_FAKE_H

#include "common/bft/messages.h"

#define FAKE_ROLE 16u /* role_base of all tests */

struct fake {
    struct vt_cs_epoch epoch;
    struct vt_member members[CS_MEMBERS_MAX];
    uint8_t keys[CS_MEMBERS_MAX][32];
    struct bft_set set;
};

/* weights NULL: one each. */
void fake_init(struct fake *fake, uint32_t n, const uint64_t *weights);
const struct vt_host *fake_host(void);
const struct vt_svc_crypto *fake_crypto(void);
void fake_sign(const struct fake *fake, uint32_t member, uint32_t role,
               struct vt_view msg, struct bft_sig *out);
uint32_t fake_verify(const struct fake *fake,
                     const struct vt_verify_item *item);
/* Signed by that member. */
void fake_proposal(const struct fake *fake, uint32_t member,
                   struct bft_proposal *m);
void fake_vote(const struct fake *fake, uint32_t member,
               struct bft_vote_msg *m);
/* A certificate signed by these members; block NULL for NULLIFY. */
void fake_cert(const struct fake *fake, uint32_t kind, uint64_t view,
               const struct bft_block *block, uint64_t signers,
               struct bft_cert *out);

#endif
