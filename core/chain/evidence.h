/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.h - who was caught lying: what the engines of a chain proved, judged
 * here by the engine's own check, kept in the log and listed for people.
 *
 * One record per epoch, member and kind: the first. What comes after it is
 * counted only, so that a liar can neither fill the disk nor push another one's
 * record out. Private to core/chain. One thread.
 */
#ifndef VT_CHAIN_EVIDENCE_H
#define VT_CHAIN_EVIDENCE_H

#include "chain/epoch.h"
#include "chain/journal.h"

#define VT_EVIDENCE_MAX 256u /* records; the oldest goes */
/* Bytes of one of the two items, and of both: they fit a transaction. */
#define VT_EVIDENCE_ITEM_MAX VT_CS_FLAW_MAX
#define VT_EVIDENCE_BOTH_MAX (VT_TX_MAX - 512u)

struct vt_evidence_record {
    uint64_t epoch, count;
    uint32_t member, kind;
    int64_t seen_ms;
    int is_convicting;
    uint8_t *items; /* a, then b */
    size_t a_len, b_len;
    /* towards the ledger, offence.c */
    uint64_t said;  /* height at which a transaction said it last; 0: never */
    int is_settled; /* it is there, or will never be */
};

struct vt_evidence_book {
    struct vt_evidence_record *records; /* oldest first */
    size_t count;
};

/* Asks the engine of its epoch whether evidence convicts, and whom. Returns
 * VT_OK; VT_E_NOTFOUND when there was no such epoch; else what the engine could
 * not do. Thread: any, while no epoch begins. */
vt_status vt_evidence_judge(const struct vt_chain *chain,
                            const struct vt_tx_evidence *evidence, int *is_good,
                            uint32_t *member, struct vt_err *err);
/* What a record says, borrowed from it. */
void vt_evidence_of(const struct vt_evidence_record *record,
                    struct vt_tx_evidence *out);
/* Read what the log has and judge it again; records of epochs this node does
 * not know are left out. Returns VT_OK, VT_E_NOMEM, VT_E_CORRUPT, VT_E_IO. */
vt_status vt_evidence_open(struct vt_chain *chain, struct vt_err *err);
void vt_evidence_fini(struct vt_evidence_book *book);
/* Judge what the engine of the current epoch says, and remember it when it is
 * news. Returns 1 when the engine's own check convicts the member it named. */
int vt_evidence_add(struct vt_chain *chain, const struct vt_eff_evidence *e,
                    int *out_is_new);

#endif
