/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.h - kinds of evidence and its bytes: two signed items that no
 * honest member signs both. Private to the plugin.
 */
#ifndef PBFT_EVIDENCE_H
#define PBFT_EVIDENCE_H

#include "messages.h"

enum pbft_evidence {
    PBFT_EV_PREPREPARE = 1, /* two proposals for one (view, seq) */
    PBFT_EV_PREPARE = 2,    /* two PREPAREs for one (view, seq) */
    PBFT_EV_COMMIT = 3,     /* two COMMITs for one (view, seq) */
    PBFT_EV_CHECKPOINT = 4, /* two CHECKPOINTs for one seq */
    PBFT_EV_VIEWCHANGE = 5, /* two VIEWCHANGEs for one view */
    PBFT_EV_NEWVIEW = 6,    /* two NEWVIEWs for one view */
    PBFT_EV_LATE = 7,  /* PREPARE above what its VIEWCHANGE said was voted */
    PBFT_EV_HIDDEN = 8 /* COMMIT above what its VIEWCHANGE said was prepared */
};

/* role u8, member u8, core, signature. Each returns the length. */
size_t pbft_item_of_proposal(uint32_t member, const struct pbft_proposal *m,
                             uint8_t out[PBFT_ITEM_MAX]);
size_t pbft_item_of_vote(uint32_t role, uint32_t member,
                         const struct pbft_vote_msg *m,
                         uint8_t out[PBFT_ITEM_MAX]);
size_t pbft_item_of_viewchange(const struct pbft_vc_core *core,
                               uint8_t out[PBFT_ITEM_MAX]);
size_t pbft_item_of_newview(uint32_t member, uint64_t view,
                            const uint8_t digest[32], const struct cs_sig *sig,
                            uint8_t out[PBFT_ITEM_MAX]);

/* One item taken apart. */
struct pbft_item {
    uint32_t role, member;
    struct pbft_vc_core vc; /* VIEWCHANGE */
    struct cs_qc vote;      /* all others: view, seq, id, extra */
    struct vt_view core;    /* inside the item */
    struct cs_sig sig;
};

int pbft_get_item(struct vt_view bytes, struct pbft_item *out);
/* Do two items, if their signatures are good, convict their signer? */
int pbft_is_conflict(uint32_t kind, const struct pbft_item *a,
                     const struct pbft_item *b);

#endif
