/* SPDX-License-Identifier: Apache-2.0
 *
 * offence.c - evidence that an engine found, until the ledger has it; and who
 * tells the ledger whether evidence convicts: the engine of its epoch.
 */
#include "chain/offence.h"

#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <string.h>

#define GOOD_FOR 40u  /* heights one transaction may wait */
#define OLD_EPOCHS 2u /* the ledger takes no older evidence */

/* ---- the judge ----------------------------------------------------------- */

static vt_status judge(void *ctx, const struct vt_tx_evidence *evidence,
                       int *is_good, uint32_t *member,
                       struct vt_address *offender)
{
    const struct vt_chain *chain = ctx;
    struct vt_err err = VT_ERR_INIT;
    vt_status status =
        vt_evidence_judge(chain, evidence, is_good, member, &err);

    if (status != VT_OK && status != VT_E_NOTFOUND) {
        vt_log("chain", VT_LOG_WARN, "%s: evidence cannot be checked: %s",
               chain->args.config->name, err.text);
    }
    if (*is_good) {
        *offender = chain->epochs[evidence->epoch]->addresses[*member];
    }
    return status;
}

void vt_offences_init(struct vt_offences *o, struct vt_chain *chain)
{
    o->judge.ctx = chain;
    o->judge.judge = judge;
}

/* ---- what this node found ------------------------------------------------ */

static void follow(struct vt_chain *chain, struct vt_evidence_record *r)
{
    struct vt_tx_evidence evidence;
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx = {.kind = VT_TX_EVIDENCE};

    vt_evidence_of(r, &evidence);
    r->is_settled = r->epoch + OLD_EPOCHS < chain->epoch->cs.epoch ||
                    vt_tx_evidence_encode(&evidence, &payload) != VT_OK;
    tx.payload = vt_buf_view(&payload);
    if (!r->is_settled) {
        r->is_settled = vt_offence_admit(&chain->epoch->electorate,
                                         chain->tip.state, &tx) != VT_TX_DONE;
    }
    if (!r->is_settled && vt_chain_say(chain, VT_TX_EVIDENCE, tx.payload,
                                       chain->tip.height + GOOD_FOR)) {
        r->said = chain->tip.height + 1;
    }
    vt_buf_fini(&payload);
}

void vt_offences_follow(struct vt_chain *chain)
{
    if (!vt_chain_works(chain) || chain->args.signer == NULL ||
        chain->epoch->self == VT_PEER_NONE) {
        return; /* a member will tell */
    }
    for (size_t i = 0; i < chain->evidence.count; i++) {
        struct vt_evidence_record *r = &chain->evidence.records[i];

        if (r->is_convicting && !r->is_settled &&
            (r->said == 0 || chain->tip.height >= r->said + GOOD_FOR)) {
            follow(chain, r);
        }
    }
}
