/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - for the pure checks of an engine: the members' signatures, as the
 * host makes them, verified with the public keys of an epoch. Any thread.
 */
#ifndef VT_CONSENSUS_COMMON_CHECK_H
#define VT_CONSENSUS_COMMON_CHECK_H

#include "common/cert.h"
#include "common/short.h"

#include <stdlib.h>

#define CS_CORE_MAX 80u /* what a commit vote signs */

static inline const struct vt_svc_crypto *cs_crypto(const struct vt_host *host)
{
    return host->service(host, VT_SVC_CRYPTO,
                         VT_UPTO(struct vt_svc_crypto, verify));
}

static inline vt_status cs_fail(struct vt_err *err, vt_status status,
                                const char *text)
{
    if (err != NULL) {
        size_t len = strlen(text);

        len = len < sizeof err->text ? len : sizeof err->text - 1;
        err->code = status;
        memcpy(err->text, text, len);
        err->text[len] = '\0';
    }
    return status;
}

/* One to 64 members of equal weight, and self is one of them or none. */
static inline vt_status cs_check_members(const struct vt_cs_start *start,
                                         struct vt_err *err)
{
    const struct vt_cs_epoch *epoch = start->epoch;
    uint32_t n = epoch->members.count;

    if (n == 0 || n > CS_MEMBERS_MAX) {
        return cs_fail(err, VT_E_INVALID,
                       "members: between 1 and 64 are needed");
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct vt_member *m = VT_AT(struct vt_member, epoch->members, i);

        if (m->weight != VT_AT(struct vt_member, epoch->members, 0)->weight) {
            return cs_fail(err, VT_E_INVALID,
                           "members: their weights differ; this engine gives "
                           "each member one vote, make all weights equal");
        }
    }
    if (start->self >= n && start->self != VT_PEER_NONE) {
        return cs_fail(err, VT_E_INVALID, "self is not among the members");
    }
    if (epoch->start_height == 0 ||
        start->final_height < epoch->start_height - 1) {
        return cs_fail(err, VT_E_INVALID,
                       "the final height lies below the epoch's parent");
    }
    return VT_OK;
}

struct cs_checker {
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    const struct vt_cs_epoch *epoch;
};

static inline vt_status cs_checker_open(struct cs_checker *out,
                                        const struct vt_host *host,
                                        const struct vt_cs_epoch *epoch,
                                        struct vt_err *err)
{
    out->host = host;
    out->epoch = epoch;
    out->crypto = cs_crypto(host);
    if (out->crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (epoch->members.count == 0 || epoch->members.count > CS_MEMBERS_MAX) {
        return cs_fail(err, VT_E_INVALID,
                       "members: 1 to 64 can run this engine");
    }
    return VT_OK;
}

static inline vt_status cs_check_signature(const struct cs_checker *c,
                                           const struct vt_verify_item *item,
                                           uint32_t *verdict,
                                           struct vt_err *err)
{
    const struct vt_member *m =
        VT_AT(struct vt_member, c->epoch->members, item->member);
    uint8_t hash[32];
    struct cs_vote vote = {c->host, c->crypto, c->epoch, item->role, item->msg};
    vt_status status = cs_vote_hash(&vote, hash);

    if (status == VT_OK) {
        status = c->crypto->verify(c->host, c->epoch->scheme, m->pk,
                                   cs_view(hash, 32), item->sig, verdict);
    }
    return status == VT_OK ? VT_OK
                           : cs_fail(err, status,
                                     "a signature cannot be checked: is the "
                                     "members' scheme loaded?");
}

/* All signers of a certificate signed core. */
static inline vt_status cs_check_qc(const struct cs_checker *c,
                                    const struct cs_qc *qc, struct vt_view core,
                                    uint32_t *verdict, struct vt_err *err)
{
    uint32_t next = 0;

    for (uint32_t m = 0; m < c->epoch->members.count; m++) {
        struct vt_verify_item item = {
            .member = m, .role = qc->role, .msg = core};
        vt_status status;

        if (!cs_has(qc->signers, m)) {
            continue;
        }
        item.sig = cs_view(qc->sig[next].bytes, qc->sig[next].len);
        next++;
        status = cs_check_signature(c, &item, verdict, err);
        if (status != VT_OK || *verdict != VT_GOOD) {
            return status;
        }
    }
    *verdict = VT_GOOD;
    return VT_OK;
}

/* How an engine proves finality. */
struct cs_proof_rule {
    uint32_t (*quorum)(uint32_t n);
    uint32_t role;   /* of a commit vote */
    const char *tag; /* of the chain digest */
};

/* check_proof() of an engine whose certificates sign cs_put_core(). */
static inline vt_status cs_check_proof(const struct cs_checker *c,
                                       const struct cs_proof_rule *rule,
                                       uint64_t height, const uint8_t id[32],
                                       struct vt_view bytes, uint32_t *verdict,
                                       struct vt_err *err)
{
    struct cs_hasher hasher = {c->host, c->crypto, rule->tag};
    uint32_t n = c->epoch->members.count;
    struct cs_committee who = {n, rule->quorum(n)};
    struct cs_proof *proof = malloc(sizeof *proof);
    uint8_t core[CS_CORE_MAX];
    vt_status status = VT_OK;
    struct cs_wr wr;

    if (proof == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for a proof");
    }
    *verdict = VT_BAD;
    if (height >= c->epoch->start_height &&
        cs_get_proof(bytes, who, height, id, proof)) {
        proof->qc.role = rule->role;
        cs_fold(&hasher, proof);
        cs_wr_init(&wr, core, sizeof core);
        cs_put_core(&wr, &proof->qc);
        status = cs_check_qc(c, &proof->qc, cs_wr_view(&wr), verdict, err);
    }
    free(proof);
    return status;
}

/* Opens a proof in one of its forms; *rest is what stands for signatures. */
static inline int cs_open_proof(const struct cs_checker *c,
                                const struct cs_proof_rule *rule,
                                uint64_t height, const uint8_t id[32],
                                struct vt_view bytes, uint32_t form,
                                struct cs_proof *proof, struct vt_view *rest)
{
    struct cs_hasher hasher = {c->host, c->crypto, rule->tag};
    uint32_t n = c->epoch->members.count;
    struct cs_committee who = {n, rule->quorum(n)};

    if (height < c->epoch->start_height ||
        !cs_get_proof_head(bytes, who, height, id, form, proof, rest)) {
        return 0;
    }
    proof->qc.role = rule->role;
    cs_fold(&hasher, proof);
    return 1;
}

/* check_short() of such an engine. */
static inline vt_status cs_check_short(const struct cs_checker *c,
                                       const struct cs_proof_rule *rule,
                                       uint64_t height, const uint8_t id[32],
                                       struct vt_view bytes, uint32_t *verdict,
                                       struct vt_err *err)
{
    struct cs_proof *proof = malloc(sizeof *proof);
    uint8_t core[CS_CORE_MAX];
    struct cs_vote vote = {c->host, NULL, c->epoch, rule->role, {NULL, 0}};
    struct vt_view rest;
    struct cs_wr wr;
    vt_status status = VT_OK;

    if (proof == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for a proof");
    }
    *verdict = VT_BAD;
    if (cs_open_proof(c, rule, height, id, bytes, CS_SHORT_FORM, proof,
                      &rest)) {
        cs_wr_init(&wr, core, sizeof core);
        cs_put_core(&wr, &proof->qc);
        vote.core = cs_wr_view(&wr);
        status = cs_check_aggregate(&vote, proof->qc.signers, rest, verdict);
    }
    free(proof);
    return status == VT_OK
               ? VT_OK
               : cs_fail(err, status, "an aggregate cannot be checked");
}

static inline vt_status cs_shorten_opened(const struct cs_checker *c,
                                          const struct cs_proof *proof,
                                          struct vt_view bytes,
                                          struct vt_view rest,
                                          struct vt_sink *out)
{
    struct vt_view sigs[CS_MEMBERS_MAX];
    uint8_t core[CS_CORE_MAX];
    struct cs_vote vote = {c->host, NULL, c->epoch, proof->qc.role, {NULL, 0}};
    struct cs_rd rd;
    struct cs_wr wr;

    cs_rd_init(&rd, rest);
    for (uint32_t i = 0; i < cs_count(proof->qc.signers); i++) {
        sigs[i].len = cs_get_u8(&rd);
        sigs[i].ptr = cs_get(&rd, sigs[i].len);
    }
    if (!cs_rd_end(&rd)) {
        return VT_E_CORRUPT;
    }
    cs_wr_init(&wr, core, sizeof core);
    cs_put_core(&wr, &proof->qc);
    vote.core = cs_wr_view(&wr);
    return cs_put_short(&vote, proof->qc.signers, sigs,
                        cs_view(bytes.ptr, bytes.len - rest.len), out);
}

/* shorten_proof() of such an engine. */
static inline vt_status cs_shorten_proof(const struct cs_checker *c,
                                         const struct cs_proof_rule *rule,
                                         uint64_t height, const uint8_t id[32],
                                         struct vt_view bytes,
                                         struct vt_sink *out,
                                         struct vt_err *err)
{
    struct cs_proof *proof = malloc(sizeof *proof);
    struct vt_view rest;
    vt_status status = VT_E_CORRUPT;

    if (proof == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for a proof");
    }
    if (cs_open_proof(c, rule, height, id, bytes, CS_PROOF_LISTED, proof,
                      &rest)) {
        status = cs_shorten_opened(c, proof, bytes, rest, out);
    }
    free(proof);
    return status == VT_OK ? VT_OK
                           : cs_fail(err, status, "it cannot be shortened");
}

/* A VERIFY that was answered, and all signatures were good. */
static inline int cs_all_good(struct vt_view verdicts)
{
    for (size_t i = 0; i < verdicts.len; i++) {
        if (verdicts.ptr[i] != VT_GOOD) {
            return 0;
        }
    }
    return verdicts.len > 0;
}

/* Two signed items convict when both signatures are good. */
static inline vt_status cs_check_pair(const struct cs_checker *c,
                                      const struct vt_verify_item pair[2],
                                      uint32_t *verdict, struct vt_err *err)
{
    for (int i = 0; i < 2; i++) {
        uint32_t good = VT_BAD;
        vt_status status = cs_check_signature(c, &pair[i], &good, err);

        if (status != VT_OK || good != VT_GOOD) {
            return status;
        }
    }
    *verdict = VT_GOOD;
    return VT_OK;
}

#endif
