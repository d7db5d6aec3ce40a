/* SPDX-License-Identifier: Apache-2.0
 *
 * offence.c - evidence that an engine found, until the ledger has it; and who
 * tells the ledger whether evidence convicts: the engine of its epoch.
 */
#include "chain/offence.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <string.h>

#define GOOD_FOR 40u  /* heights one transaction may wait */
#define OLD_EPOCHS 2u /* the ledger takes no older evidence */

struct pending {
    struct vt_list link;
    uint64_t epoch;
    uint64_t said; /* height at which it was last said; 0: never */
    struct vt_buf payload;
};

/* ---- the judge ----------------------------------------------------------- */

static vt_status judge(void *ctx, const struct vt_tx_evidence *evidence,
                       int *is_good, uint32_t *member,
                       struct vt_address *offender)
{
    const struct vt_chain *chain = ctx;
    const struct vt_consensus *table;
    const struct vt_epoch *e;
    struct vt_err err = VT_ERR_INIT;
    uint32_t verdict = VT_BAD;
    vt_status status;

    *is_good = 0;
    if (evidence->epoch >= chain->epoch_count) {
        return VT_E_NOTFOUND;
    }
    e = chain->epochs[evidence->epoch];
    table = e->parts->consensus;
    if (table->check_evidence == NULL) {
        return VT_OK;
    }
    status =
        table->check_evidence(e->parts->host, &e->cs, evidence->kind,
                              evidence->a, evidence->b, member, &verdict, &err);
    if (status != VT_OK) {
        vt_log("chain", VT_LOG_WARN, "%s: evidence cannot be checked: %s",
               chain->args.config->name, err.text);
        return status;
    }
    if (verdict == VT_GOOD && *member < e->cs.members.count) {
        *is_good = 1;
        *offender = e->addresses[*member];
    }
    return VT_OK;
}

void vt_offences_init(struct vt_offences *o, struct vt_chain *chain)
{
    vt_list_init(&o->pending);
    o->judge.ctx = chain;
    o->judge.judge = judge;
}

/* ---- what this node found ------------------------------------------------ */

static void drop(struct vt_offences *o, struct pending *p)
{
    vt_list_remove(&p->link);
    vt_buf_fini(&p->payload);
    vt_free(p);
    o->count--;
}

void vt_offences_free(struct vt_offences *o)
{
    if (o->judge.judge == NULL) {
        return; /* never begun */
    }
    VT_LIST_FOR_SAFE (item, next, &o->pending) {
        drop(o, VT_CONTAINER(item, struct pending, link));
    }
}

void vt_offences_note(struct vt_chain *chain, const struct vt_eff_evidence *e)
{
    struct vt_offences *o = &chain->offences;
    struct vt_tx_evidence evidence = {
        .epoch = chain->epoch->cs.epoch, .kind = e->kind, .a = e->a, .b = e->b};
    struct pending *p;

    if (o->count == VT_OFFENCES_MAX || chain->epoch->self == VT_PEER_NONE) {
        return; /* a member will tell */
    }
    p = vt_alloc(sizeof *p);
    if (p == NULL) {
        return;
    }
    vt_buf_init(&p->payload, VT_TX_MAX);
    p->epoch = evidence.epoch;
    vt_list_append(&o->pending, &p->link);
    o->count++;
    if (vt_tx_evidence_encode(&evidence, &p->payload) != VT_OK) {
        vt_log("chain", VT_LOG_WARN,
               "%s: evidence is too large for a transaction",
               chain->args.config->name);
        drop(o, p);
        return;
    }
    vt_offences_follow(chain);
}

/* Somebody was first, or it is too late. */
static int is_settled(const struct vt_chain *chain, const struct pending *p)
{
    struct vt_tx tx = {.kind = VT_TX_EVIDENCE,
                       .payload = vt_buf_view(&p->payload)};

    return chain->epoch->cs.epoch > p->epoch + OLD_EPOCHS ||
           vt_offence_admit(&chain->epoch->electorate, chain->tip.state, &tx) !=
               VT_TX_DONE;
}

void vt_offences_follow(struct vt_chain *chain)
{
    struct vt_offences *o = &chain->offences;

    if (!vt_chain_works(chain) || chain->args.signer == NULL) {
        return;
    }
    VT_LIST_FOR_SAFE (item, next, &o->pending) {
        struct pending *p = VT_CONTAINER(item, struct pending, link);

        if (p->said != 0 && chain->tip.height < p->said + GOOD_FOR) {
            continue;
        }
        if (is_settled(chain, p)) {
            drop(o, p);
        } else if (vt_chain_say(chain, VT_TX_EVIDENCE, vt_buf_view(&p->payload),
                                chain->tip.height + GOOD_FOR)) {
            p->said = chain->tip.height + 1;
        }
    }
}
