/* SPDX-License-Identifier: Apache-2.0
 *
 * votes.c - signatures of members: what is signed, and checking them. A few
 * are checked at once, because handing them to another thread costs more than
 * the check; many go to the pool.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "chain/inside.h"

#include <string.h>

#define INLINE_MAX 4u
#define VRF_ROOM 256u

static void hash_of(const char *tag, const struct vt_cs_epoch *epoch,
                    uint32_t role, struct vt_view msg, struct vt_hash *out)
{
    uint8_t role_bytes[4];
    struct vt_view parts[4];

    vt_put_u32(role_bytes, role);
    parts[0] = vt_view_of(epoch->chain_id, 32);
    parts[1] = vt_view_of(epoch->digest, 32);
    parts[2] = vt_view_of(role_bytes, sizeof role_bytes);
    parts[3] = msg;
    vt_hash_tagged(tag, parts, 4, out);
}

void vt_vote_hash(const struct vt_cs_epoch *epoch, uint32_t role,
                  struct vt_view msg, struct vt_hash *out)
{
    hash_of(VT_VOTE_TAG, epoch, role, msg, out);
}

/* One value per key and question: the guard has nothing to guard here. */
void vt_engine_prove(struct vt_engine *engine, const struct vt_eff_prove *prove)
{
    const struct vt_signer *signer = engine->chain->args.signer;
    uint8_t proof[VRF_ROOM];
    uint8_t value[32];
    struct vt_hash alpha;
    vt_status status = VT_E_DENIED;
    size_t len = 0;

    if (signer != NULL && engine->self != VT_PEER_NONE) {
        status = VT_E_UNSUPPORTED;
        if (vt_scheme_has_vrf(signer->scheme) &&
            signer->scheme->vrf_len <= sizeof proof) {
            hash_of(VT_VRF_TAG, &engine->epoch, prove->role, prove->msg,
                    &alpha);
            status = signer->scheme->vrf_prove(
                signer->sk, vt_view_of(alpha.b, 32), proof, value);
            len = status == VT_OK ? signer->scheme->vrf_len : 0;
        }
    }
    vt_engine_done(engine, VT_EV_PROVED, prove->h.token, status,
                   vt_view_of(proof, len));
}

struct votes {
    struct vt_job job;
    struct vt_chain *chain;
    uint64_t token;
    uint32_t count;
    struct vt_sig_item *items; /* point into hashes, sigs, members */
    struct vt_hash *hashes;
    uint8_t *sigs;
    uint8_t *verdicts;
    uint8_t *known; /* items[i] names a member */
    vt_status status;
};

static void votes_free(struct votes *v)
{
    vt_free(v->items);
    vt_free(v->hashes);
    vt_free(v->sigs);
    vt_free(v->verdicts);
    vt_free(v->known);
    vt_free(v);
}

static void votes_run(struct vt_job *job)
{
    struct votes *v = VT_CONTAINER(job, struct votes, job);
    struct vt_tab tab = {v->items, v->count, (uint32_t)sizeof v->items[0]};

    v->status =
        v->chain->args.schemes->scheme[0]->verify_many(tab, v->verdicts);
    for (uint32_t i = 0; i < v->count; i++) {
        if (!v->known[i]) {
            v->verdicts[i] = VT_BAD;
        }
    }
}

static void votes_answer(struct votes *v)
{
    vt_engine_done(&v->chain->engine, VT_EV_VERIFIED, v->token, v->status,
                   vt_view_of(v->verdicts, v->status == VT_OK ? v->count : 0));
    votes_free(v);
}

static void votes_done(struct vt_job *job)
{
    struct votes *v = VT_CONTAINER(job, struct votes, job);
    struct vt_chain *chain = v->chain;

    vt_chain_job_done(chain);
    votes_answer(v);
    vt_chain_leave(chain);
}

static struct votes *votes_new(struct vt_chain *chain,
                               const struct vt_eff_verify *verify)
{
    struct votes *v = vt_alloc(sizeof *v);
    size_t sig_bytes = 1;

    if (v == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < verify->items.count; i++) {
        sig_bytes += VT_AT(struct vt_verify_item, verify->items, i)->sig.len;
    }
    v->chain = chain;
    v->token = verify->h.token;
    v->count = verify->items.count;
    v->items = vt_alloc_array(v->count, sizeof *v->items);
    v->hashes = vt_alloc_array(v->count, sizeof *v->hashes);
    v->verdicts = vt_alloc_array(v->count, 1);
    v->known = vt_alloc_array(v->count, 1);
    v->sigs = vt_alloc(sig_bytes);
    if (v->items == NULL || v->hashes == NULL || v->verdicts == NULL ||
        v->known == NULL || v->sigs == NULL) {
        votes_free(v);
        return NULL;
    }
    return v;
}

void vt_engine_verify(struct vt_engine *engine,
                      const struct vt_eff_verify *verify)
{
    struct votes *v = votes_new(engine->chain, verify);
    uint8_t *sig = v == NULL ? NULL : v->sigs;

    if (v == NULL) {
        vt_engine_done(engine, VT_EV_VERIFIED, verify->h.token, VT_E_NOMEM,
                       vt_view_of(NULL, 0));
        return;
    }
    for (uint32_t i = 0; i < v->count; i++) {
        const struct vt_verify_item *item =
            VT_AT(struct vt_verify_item, verify->items, i);

        vt_vote_hash(&engine->epoch, item->role, item->msg, &v->hashes[i]);
        if (item->sig.len > 0) {
            memcpy(sig, item->sig.ptr, item->sig.len);
        }
        v->items[i].msg = v->hashes[i].b;
        v->items[i].sig = vt_view_of(sig, item->sig.len);
        v->known[i] = item->member < engine->epoch.members.count;
        v->items[i].pk = engine->members[v->known[i] ? item->member : 0].pk;
        sig += item->sig.len;
    }
    v->job.fn = votes_run;
    v->job.done = votes_done;
    v->job.stage = VT_STAGE_CONSENSUS;
    if (v->count <= INLINE_MAX ||
        vt_chain_run(engine->chain, VT_LANE_POOL, &v->job) != VT_OK) {
        votes_run(&v->job);
        votes_answer(v);
    }
}
