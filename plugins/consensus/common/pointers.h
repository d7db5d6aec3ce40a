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

/* As vt_consensus.check_proof; tag is that of the chain digest. */
static inline vt_status cs_check_pointed(const struct vt_host *host,
                                         const struct vt_cs_epoch *epoch,
                                         const char *tag, uint32_t role_base,
                                         uint64_t height, const uint8_t id[32],
                                         struct vt_view proof,
                                         uint32_t *verdict, struct vt_err *err)
{
    struct cs_hasher hasher = {.host = host, .tag = tag};
    struct cs_pointed pointed;
    uint8_t value[32];

    hasher.crypto = cs_crypto(host);
    if (hasher.crypto == NULL) {
        return cs_fail(err, VT_E_UNSUPPORTED, "vt.crypto/1 is not granted");
    }
    *verdict = VT_BAD;
    if (height < epoch->start_height || height > UINT64_MAX - BFT_PATH_MAX ||
        !cs_get_pointed(proof, &pointed) ||
        (height == epoch->start_height &&
         memcmp(pointed.below, epoch->parent, 32) != 0)) {
        return VT_OK;
    }
    cs_pointed_value(&hasher, &pointed, id, value);
    return bft_check_proof(host, epoch, role_base, height + pointed.above,
                           value, pointed.bft, verdict, err);
}

#endif
