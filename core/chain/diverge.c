/* SPDX-License-Identifier: Apache-2.0
 *
 * diverge.c - a block whose header has another state than this node computed:
 * here or there an executor is wrong. Such a block gets no vote; who stands
 * alone with its state halts when the others decide, and where too many differ
 * nothing is decided. In both cases people must hear of it.
 */
#include "base/bytes.h"
#include "base/log.h"
#include "chain/inside.h"
#include "chain/rules.h"

#include <inttypes.h>
#include <stdio.h>

#define TELL_AGAIN 64u /* heights: one liar must not fill the log */

/* ---- telling ------------------------------------------------------------- */

static int note(struct vt_divergence *d, const struct vt_electorate *now,
                uint64_t height, uint32_t member)
{
    uint8_t bit = (uint8_t)(1u << member % 8u);

    if (height != d->height) {
        memset(d->members, 0, sizeof d->members);
        d->height = height;
        d->weight = 0;
    }
    if ((d->members[member / 8u] & bit) != 0) {
        return 0;
    }
    d->members[member / 8u] |= bit;
    d->weight += now->weights[member];
    return 1;
}

static uint64_t all_weight(const struct vt_electorate *now)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < now->count; i++) {
        sum += now->weights[i];
    }
    return sum;
}

static void raise_alarm(struct vt_chain *chain, const struct vt_candidate *c,
                        const char *why)
{
    struct vt_divergence *d = &chain->divergence;
    const struct vt_electorate *now = &chain->epoch->electorate;
    const struct vt_header *h = &c->block->header;
    uint32_t member = h->proposer_index; /* checked before */
    char text[420];
    struct vt_chain_event event = {
        .type = VT_CHAIN_ALARM, .chain = chain, .text = text, .member = member};

    if (!note(d, now, h->height, member) ||
        (d->weight == now->weights[member] && d->told_height != 0 &&
         h->height < d->told_height + TELL_AGAIN)) {
        return; /* one alone was told of lately */
    }
    d->told_height = h->height;
    (void)snprintf(text, sizeof text,
                   "member %s and this node do not agree on the state: block "
                   "%" PRIu64 " is refused, %s. At this height members with "
                   "%" PRIu64 " of %" PRIu64
                   " of the weight differ from this node: one side runs wrong "
                   "code or has a damaged state",
                   now->names[member], h->height, why, d->weight,
                   all_weight(now));
    vt_log("chain", VT_LOG_ERROR, "%s: %s", chain->args.config->name, text);
    chain->args.world->ops->publish(chain->args.world, &event);
}

/* ---- comparing ----------------------------------------------------------- */

static int same_hash(const struct vt_header *h, const struct vt_hash *ours,
                     const struct vt_hash *theirs, const char *what,
                     char why[VT_WHY_MAX])
{
    if (vt_hash_eq(ours, theirs)) {
        return 1;
    }
    (void)snprintf(why, VT_WHY_MAX,
                   "its %s after block %" PRIu64 " differs from ours", what,
                   h->exec_height);
    return 0;
}

static int fits(const struct vt_header *h, const struct vt_parent *parent,
                char why[VT_WHY_MAX])
{
    static const char *const ledgers[VT_LEDGER_COUNT] = {
        "asset ledger's root", "contract ledger's root",
        "application ledger's root", "log ledger's root"};
    struct vt_hash root;

    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_state_ledger_root(parent->state, (enum vt_ledger_kind)i, &root);
        if (!same_hash(h, &root, &h->ledger_root[i], ledgers[i], why)) {
            return 0;
        }
    }
    vt_state_root(parent->state, &root);
    return same_hash(h, &root, &h->state_root, "state root", why) &&
           same_hash(h, &parent->receipts_root, &h->receipts_root,
                     "receipts root", why);
}

int vt_state_fits(struct vt_chain *chain, const struct vt_candidate *c,
                  const struct vt_parent *parent, char why[VT_WHY_MAX])
{
    if (!vt_chain_rule_compares() || fits(&c->block->header, parent, why)) {
        return 1;
    }
    raise_alarm(chain, c, why);
    return 0;
}
