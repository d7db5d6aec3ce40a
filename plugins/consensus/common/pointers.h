/* SPDX-License-Identifier: Apache-2.0
 *
 * pointers.h - for chains whose finality is a chain of pointers ordered by
 * bft.h: a pointer's value is the chain digest of the block it names, the
 * digest of all ids from the epoch's parent to there. So one final pointer
 * makes all blocks below final, and the proof for one of them is the pointer's
 * proof and the ids in between.
 */
#ifndef VT_CONSENSUS_COMMON_POINTERS_H
#define VT_CONSENSUS_COMMON_POINTERS_H

#include "common/bft.h"
#include "common/check.h"

#define CS_POINTER_LISTED 1u

/* Makes a height final. Views borrow from the bytes it was read from. */
struct cs_pointed {
    uint8_t below[32];   /* chain digest of the height below */
    uint32_t above;      /* ids above this height up to the pointer's */
    struct vt_view path; /* they */
    struct vt_view bft;  /* proof of the pointer */
};

static inline void cs_put_pointed(struct cs_wr *wr, const struct cs_pointed *p)
{
    cs_put_u8(wr, CS_POINTER_LISTED);
    cs_put(wr, p->below, 32);
    cs_put_u16(wr, p->above);
    cs_put(wr, p->path.ptr, p->path.len);
    cs_put(wr, p->bft.ptr, p->bft.len);
}

/* Returns 1 when the form is right. */
static inline int cs_get_pointed(struct vt_view bytes, struct cs_pointed *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    rd.is_bad = cs_get_u8(&rd) != CS_POINTER_LISTED;
    cs_get_bytes(&rd, out->below, 32);
    out->above = cs_get_u16(&rd);
    if (rd.is_bad || out->above >= BFT_PATH_MAX) {
        return 0;
    }
    out->path = cs_view(cs_get(&rd, (size_t)out->above * 32), 0);
    out->path.len = (size_t)out->above * 32;
    out->bft = cs_view(rd.ptr, rd.left);
    return !rd.is_bad && rd.left > 0;
}

/* The value of the pointer when id follows below. */
static inline void cs_pointed_value(const struct cs_hasher *hasher,
                                    const struct cs_pointed *p,
                                    const uint8_t id[32], uint8_t out[32])
{
    uint8_t link[32];

    cs_link_next(hasher, p->below, id, out);
    for (uint32_t i = 0; i < p->above; i++) {
        memcpy(link, out, 32);
        cs_link_next(hasher, link, p->path.ptr + (size_t)i * 32, out);
    }
}

/* The pointer's proof and what it must make final; tag is that of the chain
 * digest. VT_E_CORRUPT: there is none. */
static inline vt_status cs_open_pointed(struct bft_claim *claim,
                                        const char *tag, const uint8_t id[32],
                                        struct vt_view proof,
                                        struct vt_err *err)
{
    struct cs_hasher hasher = {.host = claim->host, .tag = tag};
    struct cs_pointed pointed;

    hasher.crypto = cs_crypto(claim->host);
    if (hasher.crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    if (claim->height < claim->epoch->start_height ||
        claim->height > UINT64_MAX - BFT_PATH_MAX ||
        !cs_get_pointed(proof, &pointed) ||
        (claim->height == claim->epoch->start_height &&
         memcmp(pointed.below, claim->epoch->parent, 32) != 0)) {
        return cs_fail(err, VT_E_CORRUPT, "this is no proof of that");
    }
    cs_pointed_value(&hasher, &pointed, id, claim->value);
    claim->height += pointed.above;
    claim->proof = pointed.bft;
    return VT_OK;
}

/* As vt_consensus.check_proof, shorten_proof and check_short; claim has host,
 * epoch, role_base and the height, proof is of id there. */
static inline vt_status cs_check_pointed(struct bft_claim *claim,
                                         const char *tag, const uint8_t id[32],
                                         struct vt_view proof,
                                         uint32_t *verdict, struct vt_err *err)
{
    vt_status status = cs_open_pointed(claim, tag, id, proof, err);

    *verdict = VT_BAD;
    if (status != VT_OK) {
        return status == VT_E_CORRUPT ? VT_OK : status;
    }
    return bft_check_proof(claim->host, claim->epoch, claim->role_base,
                           claim->height, claim->value, claim->proof, verdict,
                           err);
}

static inline vt_status cs_shorten_pointed(
    struct bft_claim *claim, const char *tag, const uint8_t id[32],
    struct vt_view proof, struct vt_sink *out, struct vt_err *err)
{
    vt_status status = cs_open_pointed(claim, tag, id, proof, err);

    if (status == VT_OK) {
        status = out->write(out, proof.ptr, proof.len - claim->proof.len);
    }
    return status == VT_OK ? bft_shorten(claim, out, err) : status;
}

static inline vt_status cs_check_short_pointed(
    struct bft_claim *claim, const char *tag, const uint8_t id[32],
    struct vt_view proof, uint32_t *verdict, struct vt_err *err)
{
    vt_status status = cs_open_pointed(claim, tag, id, proof, err);

    *verdict = VT_BAD;
    if (status != VT_OK) {
        return status == VT_E_CORRUPT ? VT_OK : status;
    }
    return bft_check_short(claim, verdict, err);
}

#endif
