/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_tx.c - tx.get: where a transaction is.
 */
#include "api/show.h"

#include "base/alloc.h"

struct get_hop {
    struct vt_hop hop;
    struct vt_hash id;
    vt_status status;
    struct vt_tx_status where;
    struct vt_block *block; /* when final */
};

static struct get_hop *get_of(struct vt_hop *hop)
{
    return VT_CONTAINER(hop, struct get_hop, hop);
}

static int ask_get(struct vt_hop *hop)
{
    struct get_hop *g = get_of(hop);
    struct vt_chain *chain = hop->chain->chain;

    g->status = vt_chain_tx(chain, &g->id, &g->where);
    if (g->status == VT_OK && g->where.where == VT_TX_FINAL) {
        g->status = vt_chain_block(chain, g->where.height, &g->block, NULL);
    }
    return 1;
}

static void put_final(struct vt_json_maker *m, struct get_hop *g)
{
    struct vt_api_chain *chain = g->hop.chain;
    struct vt_snap snap;

    vt_show_u64(m, "height", g->where.height);
    vt_json_put_u64(m, "index", g->where.index);
    vt_show_receipt(m, chain, &g->where.receipt);
    if (g->where.index < g->block->header.tx_count) {
        vt_api_snap(chain, &snap);
        vt_show_tx(m, "tx", chain, snap.state, &g->block->txs[g->where.index]);
        vt_api_snap_fini(&snap);
    }
}

static void tell_get(struct vt_hop *hop)
{
    static const char *const words[] = {"unknown", "waiting", "final"};
    struct get_hop *g = get_of(hop);
    struct vt_call *call = hop->call;
    struct vt_json_maker m;

    if (g->status != VT_OK) {
        vt_call_fail(call, VT_RPC_INTERNAL,
                     "the transaction cannot be read (status %d); see the "
                     "node's log",
                     (int)g->status);
        return;
    }
    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_json_put_text(&m, "where", words[g->where.where]);
    if (g->where.where == VT_TX_FINAL) {
        put_final(&m, g);
    }
    if (g->where.where == VT_TX_WAITING) {
        vt_json_put_text(&m, "stage", vt_api_stage_names[g->where.stage]);
    }
    vt_json_close(&m);
    vt_call_end(call, &m);
}

static void free_get(struct vt_hop *hop)
{
    struct get_hop *g = get_of(hop);

    hop->chain->block_reads--;
    vt_block_unref(g->block);
    vt_free(g);
}

void vt_rpc_tx_get(struct vt_call *call, struct vt_args *args)
{
    struct get_hop *g = args->chain->block_reads < VT_API_BLOCK_READS_MAX
                            ? vt_alloc(sizeof *g)
                            : NULL;

    if (g == NULL) {
        vt_call_fail(call, VT_RPC_BUSY, "too many blocks are being read");
        return;
    }
    args->chain->block_reads++;
    g->id = args->id;
    g->hop.ask = ask_get;
    g->hop.tell = tell_get;
    g->hop.free = free_get;
    vt_call_send(call, &g->hop, args->chain, VT_API_CALL_MS);
}
