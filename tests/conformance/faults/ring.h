/* SPDX-License-Identifier: Apache-2.0
 *
 * ring.h - what the files of the engine with faults share.
 */
#ifndef VT_TESTS_CONFORMANCE_FAULTS_RING_H
#define VT_TESTS_CONFORMANCE_FAULTS_RING_H

#include <vt/vt.h>

#include <string.h>

#define MEMBERS_MAX 16u
#define SIG_MAX 64u
#define VOTE_LEN 40u /* height, block */
#define ENTRY_LEN (4u + SIG_MAX)
#define ROLE 1u
#define SLOT 1u

struct vote {
    uint8_t sig[SIG_MAX];
    size_t len; /* 0: none yet */
    uint8_t id[32];
};

struct vt_cs {
    uint32_t self, n;
    uint64_t height;  /* being decided */
    uint64_t applied; /* the host has executed up to here */
    uint64_t token;
    uint64_t persisting, signing, building, validating, verifying;
    uint8_t parent[32];
    int has_id, is_valid, is_durable;
    uint8_t id[32]; /* what is voted for at height */
    struct vote votes[MEMBERS_MAX];
    struct vote doubtful; /* being verified */
    uint32_t doubtful_from;
    uint64_t pause_ns;
    struct vt_out *out;
    int is_full;
#ifdef FAULT_HOARD
    uint8_t **hoard;
    size_t hoard_count;
#endif
#ifdef FAULT_LEAK
    void *lost;
#endif
};

static inline void put_u64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

static inline uint64_t get_u64(const uint8_t *p)
{
    uint64_t v = 0;

    for (int i = 7; i >= 0; i--) {
        v = v << 8 | p[i];
    }
    return v;
}

static inline void vote_bytes(uint64_t height, const uint8_t id[32],
                              uint8_t out[VOTE_LEN])
{
    put_u64(out, height);
    memcpy(out + 8, id, 32);
}

/* ring_step.c: what happens at a height. */
void ring_begin(struct vt_cs *c, uint64_t height, const uint8_t parent[32]);
vt_status ring_step(struct vt_cs *c, const struct vt_ev *ev,
                    struct vt_out *out);
/* ring_proof.c: is it signed by a majority? */
vt_status ring_check_proof(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err);

#endif
