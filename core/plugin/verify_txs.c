/* SPDX-License-Identifier: Apache-2.0
 *
 * verify_txs.c - signatures of many transactions, grouped by scheme so that
 * each plugin gets one batch. One of k of n keys brings k signatures.
 */
#include "plugin/host.h"

#include "base/alloc.h"
#include "wire/listed.h"

#include <string.h>

struct group {
    struct vt_sig_item *items;
    uint32_t *index; /* items[k] is of txs[index[k]] */
    uint8_t *verdicts;
    uint32_t count;
};

static void add(struct group *g, uint32_t index, const struct vt_tx *tx,
                struct vt_view pk, struct vt_view sig)
{
    g->items[g->count].pk = pk;
    g->items[g->count].msg = tx->id.b;
    g->items[g->count].sig = sig;
    g->index[g->count] = index;
    g->count++;
}

/* Returns 0, with nothing added, when this scheme does not decide, or no
 * signature can. */
static int add_listed(struct group *g, const struct vt_signature *scheme,
                      uint32_t index, const struct vt_tx *tx)
{
    struct vt_listed who;
    struct vt_listed_sigs sigs;

    if (!vt_listed_decode(tx->pk, &who) || who.scheme != scheme->code ||
        who.key[0].len != scheme->pk_len ||
        !vt_listed_sigs_decode(&who, tx->sig, &sigs)) {
        return 0;
    }
    for (uint32_t i = 0; i < who.count; i++) {
        if (sigs.sig[i].len > 0) {
            add(g, index, tx, who.key[i], sigs.sig[i]);
        }
    }
    return 1;
}

/* All that this scheme decides are GOOD until one of their signatures is not.
 */
static void gather(struct group *g, const struct vt_signature *scheme,
                   const struct vt_tx *const *txs, size_t count,
                   uint8_t *verdicts)
{
    g->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct vt_tx *tx = txs[i];

        if (tx->scheme == VT_SCHEME_LISTED) {
            if (add_listed(g, scheme, (uint32_t)i, tx)) {
                verdicts[i] = VT_GOOD;
            }
        } else if (tx->scheme == scheme->code && tx->pk.len == scheme->pk_len) {
            add(g, (uint32_t)i, tx, tx->pk, tx->sig);
            verdicts[i] = VT_GOOD;
        }
    }
}

static vt_status verify_scheme(struct group *g,
                               const struct vt_signature *scheme,
                               const struct vt_tx *const *txs, size_t count,
                               uint8_t *verdicts)
{
    struct vt_tab tab = {g->items, 0, (uint32_t)sizeof g->items[0]};
    vt_status status;

    gather(g, scheme, txs, count, verdicts);
    tab.count = g->count;
    if (g->count == 0) {
        return VT_OK;
    }
    status = scheme->verify_many(tab, g->verdicts);
    for (uint32_t k = 0; k < g->count; k++) {
        if (status != VT_OK || g->verdicts[k] != VT_GOOD) {
            verdicts[g->index[k]] = VT_BAD;
        }
    }
    return status;
}

vt_status vt_txs_verify(const struct vt_schemes *schemes,
                        const struct vt_tx *const *txs, size_t count,
                        uint8_t *verdicts)
{
    struct group g = {.count = 0};
    vt_status status = VT_OK;
    size_t room = 0;

    for (size_t i = 0; i < count; i++) {
        room += vt_tx_sig_count(txs[i]);
    }
    g.items = vt_alloc_array(room, sizeof *g.items);
    g.index = vt_alloc_array(room, sizeof *g.index);
    g.verdicts = vt_alloc_array(room, 1);
    memset(verdicts, VT_BAD, count);
    if (g.items == NULL || g.index == NULL || g.verdicts == NULL) {
        status = VT_E_NOMEM;
    }
    for (uint32_t s = 0; s < schemes->count && status == VT_OK; s++) {
        status = verify_scheme(&g, schemes->scheme[s], txs, count, verdicts);
    }
    vt_free(g.items);
    vt_free(g.index);
    vt_free(g.verdicts);
    return status;
}
