/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.h - the audit level: what a cut says of batches that are ordered and
 * not executed yet, and how it follows from the cut below. All of it stands in
 * the header, so the gate is decided from the chain alone. Pure, any thread.
 * Private to the plugin.
 */
#ifndef UNIVERSAL_AUDIT_H
#define UNIVERSAL_AUDIT_H

#include "messages.h"

#define UNI_PEND_MAX 256u  /* batches under audit */
#define UNI_GROUPS_MAX 32u /* cuts that ordered them */
#define UNI_WIDER 8u       /* cuts until four times as many are asked */
#define UNI_ALL 24u        /* until everybody is */
#define UNI_EXPIRES 96u    /* until the batch is given up */
#define UNI_AUDIT_LEN                                                          \
    (35u + UNI_GROUPS_MAX * 56u + CS_MEMBERS_MAX * 4u + UNI_PEND_MAX * 47u)

enum uni_fate { UNI_OPEN_FATE = 0, UNI_APPROVED = 1, UNI_VOID = 2 };

/* The batches of one cut: their auditors are drawn once enough different
 * members had a random value above it. */
struct uni_group {
    uint64_t height;
    uint64_t makers; /* of cuts above */
    uint64_t drawn;  /* height at which they were enough; 0: not yet */
    uint8_t seed[32];
};

struct uni_pend {
    uint32_t lane, seq, group;
    uint32_t fate; /* enum uni_fate */
    uint64_t approved;
    uint8_t id[32];
};

struct uni_audit {
    uint8_t rho[32]; /* all random values so far */
    uint32_t groups, pends;
    uint32_t done[CS_MEMBERS_MAX]; /* how far the lanes are executed */
    struct uni_group group[UNI_GROUPS_MAX];
    struct uni_pend pend[UNI_PEND_MAX]; /* of each lane lowest first */
};

/* What turns the state below into the one of a cut. */
struct uni_audit_step {
    const struct cs_hasher *hasher;
    const struct uni_seats *seats;
    uint32_t auditors; /* the option */
    uint64_t height;
    uint32_t maker;
    const uint8_t *value;        /* what the maker drew */
    const struct uni_tip *tips;  /* after it */
    const struct uni_pend *more; /* ordered by it, of each lane lowest first */
    uint32_t more_count;
    /* words and flaws it brings: approved and fate VOID of these entries, found
     * by lane and number; the rest is not looked at */
    const struct uni_pend *news;
    uint32_t news_count;
};

/* Before the first cut of an epoch. */
void uni_audit_init(struct uni_audit *out, const uint8_t beacon[32]);
/* Returns 1; 0 when there can be no such cut. */
int uni_audit_next(const struct uni_audit_step *step,
                   const struct uni_audit *below, struct uni_audit *out);
/* A cut above the end of the epoch: nothing happens. */
void uni_audit_stay(const struct uni_audit *below, struct uni_audit *out);
const struct uni_pend *uni_audit_find(const struct uni_audit *a, uint32_t lane,
                                      uint32_t seq);
/* 0: those drawn first; 1: more of them; 2: everybody. */
uint32_t uni_audit_level(const struct uni_group *group, uint64_t height);
/* Members whose word counts for an entry at this height; *need of them. 0: not
 * drawn yet. */
uint64_t uni_auditors(const struct uni_audit_step *step,
                      const struct uni_audit *a, const struct uni_pend *pend,
                      uint32_t *need);
/* Ids the cut executes, in the order of C4; returns their count. */
size_t uni_audit_joined(const struct uni_audit *a, uint32_t n, uint64_t height,
                        uint8_t *ids);

void uni_put_audit(struct cs_wr *wr, const struct uni_audit *a, uint32_t n);
/* One at the reader's place. Returns 1 when all of it is in range. */
int uni_read_audit(struct cs_rd *rd, struct uni_audit *out, uint32_t n);
/* Compares what is encoded. */
int uni_audit_eq(const struct uni_audit *a, const struct uni_audit *b,
                 uint32_t n);

#endif
