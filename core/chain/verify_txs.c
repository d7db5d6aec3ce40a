/* SPDX-License-Identifier: Apache-2.0
 *
 * verify_txs.c - signatures of many transactions, grouped by scheme so that
 * each plugin gets one batch.
 */
#include "base/alloc.h"
#include "chain/inside.h"

#include <string.h>

struct group {
    struct vt_sig_item *items;
    uint32_t *index; /* items[k] is txs[index[k]] */
    uint8_t *verdicts;
    uint32_t count;
};

static void gather(struct group *g, const struct vt_signature *scheme,
                   const struct vt_tx *const *txs, size_t count)
{
    g->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct vt_tx *tx = txs[i];

        if (tx->scheme != scheme->code || tx->pk.len != scheme->pk_len) {
            continue;
        }
        g->items[g->count].pk = tx->pk;
        g->items[g->count].msg = tx->id.b;
        g->items[g->count].sig = tx->sig;
        g->index[g->count] = (uint32_t)i;
        g->count++;
    }
}

static vt_status verify_scheme(struct group *g,
                               const struct vt_signature *scheme,
                               const struct vt_tx *const *txs, size_t count,
                               uint8_t *verdicts)
{
    struct vt_tab tab = {g->items, 0, (uint32_t)sizeof g->items[0]};
    vt_status status;

    gather(g, scheme, txs, count);
    tab.count = g->count;
    if (g->count == 0) {
        return VT_OK;
    }
    status = scheme->verify_many(tab, g->verdicts);
    for (uint32_t k = 0; k < g->count && status == VT_OK; k++) {
        verdicts[g->index[k]] = g->verdicts[k];
    }
    return status;
}

vt_status vt_txs_verify(const struct vt_schemes *schemes,
                        const struct vt_tx *const *txs, size_t count,
                        uint8_t *verdicts)
{
    struct group g = {.items = vt_alloc_array(count, sizeof *g.items),
                      .index = vt_alloc_array(count, sizeof *g.index),
                      .verdicts = vt_alloc_array(count, 1)};
    vt_status status = VT_OK;

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
