/* SPDX-License-Identifier: Apache-2.0
 *
 * short.h - one vote of several members with an aggregate in place of their
 * signatures: half the bytes, about twice the time to check. So certificates
 * list their signatures wherever they move and are stored for the engine, and
 * only what goes into a header or to a stranger is made short.
 */
#ifndef VT_CONSENSUS_COMMON_SHORT_H
#define VT_CONSENSUS_COMMON_SHORT_H

#include <vt/consensus.h>
#include <vt/plugin.h>
#include <vt/signature.h>

#include "common/quorum.h"

#include <stdlib.h>

#define CS_AGGREGATE_MAX (256u * (CS_MEMBERS_MAX + 1u)) /* bytes */
#define CS_SHORT_FORM 2u /* first byte of a short proof; of a listed one: 1 */

/* What is signed, and where. */
struct cs_vote {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto; /* NULL: not asked for yet */
    const struct vt_cs_epoch *epoch;
    uint32_t role;
    struct vt_view core;
};

/* The same hash the host signs and verifies. */
static inline vt_status cs_vote_hash(const struct cs_vote *v, uint8_t out[32])
{
    uint8_t role[4];
    struct vt_view parts[4];
    struct cs_wr wr;

    cs_wr_init(&wr, role, sizeof role);
    cs_put_u32(&wr, v->role);
    parts[0] = cs_view(v->epoch->chain_id, 32);
    parts[1] = cs_view(v->epoch->digest, 32);
    parts[2] = cs_view(role, 4);
    parts[3] = v->core;
    return v->crypto->hash(v->host, VT_VOTE_TAG, parts, 4, out);
}

/* One vote of all signers; sigs may be NULL. */
struct cs_ballot {
    struct vt_sig_item items[CS_MEMBERS_MAX];
    struct vt_tab tab;
    uint8_t hash[32];
};

static inline vt_status cs_ballot_init(struct cs_ballot *b, struct cs_vote *v,
                                       uint64_t signers,
                                       const struct vt_view *sigs)
{
    v->crypto =
        v->host->service(v->host, VT_SVC_CRYPTO,
                         VT_UPTO(struct vt_svc_crypto, verify_aggregate));
    if (v->crypto == NULL) {
        return VT_E_UNSUPPORTED;
    }
    b->tab = (struct vt_tab){b->items, 0, sizeof b->items[0]};
    for (uint32_t m = 0; m < v->epoch->members.count; m++) {
        if (cs_has(signers, m)) {
            struct vt_sig_item *item = &b->items[b->tab.count];

            item->pk = VT_AT(struct vt_member, v->epoch->members, m)->pk;
            item->msg = b->hash;
            item->sig = sigs == NULL ? cs_view(NULL, 0) : sigs[b->tab.count];
            b->tab.count++;
        }
    }
    return cs_vote_hash(v, b->hash);
}

/* A scheme that does not aggregate has made none: BAD. */
static inline vt_status cs_check_aggregate(struct cs_vote *v, uint64_t signers,
                                           struct vt_view aggregate,
                                           uint32_t *verdict)
{
    struct cs_ballot b;
    vt_status status = cs_ballot_init(&b, v, signers, NULL);

    *verdict = VT_BAD;
    if (status != VT_OK) {
        return status;
    }
    status = v->crypto->verify_aggregate(v->host, v->epoch->scheme, b.tab,
                                         aggregate, verdict);
    return status == VT_E_UNSUPPORTED ? VT_OK : status;
}

/* A proof in its short form: head is the listed one up to its signatures, which
 * sigs are, in member order. Returns VT_E_UNSUPPORTED when the scheme does not
 * aggregate. */
static inline vt_status cs_put_short(struct cs_vote *v, uint64_t signers,
                                     const struct vt_view *sigs,
                                     struct vt_view head, struct vt_sink *out)
{
    const uint8_t form = CS_SHORT_FORM;
    struct cs_ballot b;
    uint8_t *bytes;
    uint32_t len = 0;
    vt_status status = cs_ballot_init(&b, v, signers, sigs);

    if (status != VT_OK) {
        return status;
    }
    bytes = malloc(CS_AGGREGATE_MAX);
    if (bytes == NULL) {
        return VT_E_NOMEM;
    }
    status = v->crypto->aggregate(v->host, v->epoch->scheme, b.tab, bytes,
                                  CS_AGGREGATE_MAX, &len);
    if (status == VT_OK) {
        status = out->write(out, &form, 1);
    }
    if (status == VT_OK) {
        status = out->write(out, head.ptr + 1, head.len - 1);
    }
    if (status == VT_OK) {
        status = out->write(out, bytes, len);
    }
    free(bytes);
    return status;
}

#endif
