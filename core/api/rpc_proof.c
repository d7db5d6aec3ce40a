/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_proof.c - tx.proof and chain.borders: headers, seals and paths from
 * which a stranger who knows the genesis parameters sees where a transaction
 * is (chain/follow.h).
 */
#include "api/show.h"

#include "base/alloc.h"

#define PATH_MAX_LEN 64u
#define BORDERS_MAX 64u
#define BORDERS_BYTES (2u << 20) /* answered at once, the first one apart */

/* ---- tx.proof ------------------------------------------------------------ */

struct path {
    struct vt_hash hash[PATH_MAX_LEN];
    size_t count;
};

/* A block with what makes it final. */
struct sealed {
    struct vt_block *block; /* NULL: not there yet */
    struct vt_buf seal;
};

struct proof_hop {
    struct vt_hop hop;
    struct vt_hash id;
    vt_status status;
    struct vt_tx_status where;
    /* its block, or the block or batch that brought it to where.stage; the
     * block that shows its effects */
    struct sealed in, above;
    struct path receipt;
};

static struct proof_hop *proof_of(struct vt_hop *hop)
{
    return VT_CONTAINER(hop, struct proof_hop, hop);
}

static vt_status read_sealed(struct vt_chain *chain, uint64_t height,
                             struct sealed *out)
{
    struct vt_buf seal = VT_BUF_INIT(VT_SEAL_MAX);
    vt_status status = vt_chain_block(chain, height, &out->block, &seal);

    if (status == VT_OK) {
        status =
            vt_chain_short_seal(chain, &out->block->header, &out->block->id,
                                vt_buf_view(&seal), &out->seal);
    }
    vt_buf_fini(&seal);
    return status;
}

/* The header above has the root of all receipts of the block. */
static vt_status find_receipt_path(struct vt_chain *chain, struct proof_hop *p)
{
    uint32_t count = p->in.block->header.tx_count;
    struct vt_hash *leaves = vt_alloc_array(count, sizeof *leaves);
    vt_status status = leaves == NULL ? VT_E_NOMEM : VT_OK;

    for (uint32_t i = 0; i < count && status == VT_OK; i++) {
        struct vt_tx_status one;

        status = vt_chain_tx(chain, &p->in.block->txs[i].id, &one);
        if (status == VT_OK && one.where != VT_TX_FINAL) {
            status = VT_E_CORRUPT;
        }
        if (status == VT_OK) {
            vt_receipt_leaf(&one.receipt, &leaves[i]);
        }
    }
    if (status == VT_OK) {
        status = vt_merkle_path(leaves, count, p->where.index, p->receipt.hash,
                                &p->receipt.count);
    }
    vt_free(leaves);
    return status;
}

static vt_status gather(struct vt_chain *chain, struct proof_hop *p)
{
    vt_status status = vt_chain_tx(chain, &p->id, &p->where);

    if (status == VT_OK && p->where.where == VT_TX_WAITING &&
        p->where.stage > 0) {
        status = vt_chain_tx_stage(chain, &p->id, &p->where.stage,
                                   &p->where.index, &p->in.block, &p->in.seal);
        return status;
    }
    if (status != VT_OK || p->where.where != VT_TX_FINAL) {
        return status;
    }
    status = read_sealed(chain, p->where.height, &p->in);
    if (status == VT_OK && p->where.index >= p->in.block->header.tx_count) {
        return VT_E_CORRUPT;
    }
    if (status == VT_OK) {
        status = read_sealed(chain, p->where.height + 1, &p->above);
    }
    if (status == VT_OK) {
        return find_receipt_path(chain, p);
    }
    return status == VT_E_NOTFOUND ? VT_OK : status;
}

static int ask_proof(struct vt_hop *hop)
{
    struct proof_hop *p = proof_of(hop);

    p->status = gather(hop->chain->chain, p);
    return 1;
}

static void put_path(struct vt_json_maker *m, const struct path *path)
{
    vt_json_open_array(m, "path");
    for (size_t i = 0; i < path->count; i++) {
        vt_json_put_hash(m, NULL, &path->hash[i]);
    }
    vt_json_close(m);
}

static void put_sealed(struct vt_json_maker *m, const struct sealed *s)
{
    vt_json_put_hex(m, "header", s->block->raw_header);
    vt_json_put_hex(m, "seal", vt_buf_view(&s->seal));
}

static struct vt_placed placed_of(const struct proof_hop *p)
{
    struct vt_placed placed = {p->in.block, vt_buf_view(&p->in.seal),
                               p->where.index};

    return placed;
}

static void put_where(struct vt_json_maker *m, const struct proof_hop *p)
{
    const struct vt_receipt *r = &p->where.receipt;

    struct vt_placed placed = placed_of(p);

    vt_show_placed(m, p->where.where == VT_TX_FINAL ? "block" : "early",
                   &placed);
    if (p->above.block == NULL) {
        return;
    }
    vt_json_open_object(m, "executed");
    put_sealed(m, &p->above);
    vt_json_put_u64(m, "code", r->code);
    vt_json_put_amount(m, "fee_units", r->fee, 0);
    vt_json_put_amount(m, "burned_units", r->burned, 0);
    put_path(m, &p->receipt);
    vt_json_close(m);
}

static enum vt_api_stage stage_of(const struct proof_hop *p)
{
    if (p->where.where != VT_TX_FINAL) {
        return (enum vt_api_stage)p->where.stage;
    }
    return p->above.block == NULL ? VT_API_FINAL : VT_API_EXECUTED;
}

static void tell_proof(struct vt_hop *hop)
{
    struct proof_hop *p = proof_of(hop);
    struct vt_call *call = hop->call;
    struct vt_placed placed;
    struct vt_json_maker m;

    if (p->status != VT_OK) {
        vt_call_fail(call, VT_RPC_INTERNAL,
                     "the proof cannot be made (status %d); see the node's log",
                     (int)p->status);
        return;
    }
    if (p->in.block == NULL) {
        vt_call_fail(call, VT_RPC_NOT_FOUND, "%s",
                     p->where.where == VT_TX_WAITING
                         ? "the transaction waits: there is no proof of it yet"
                         : "there is no such transaction on this chain");
        return;
    }
    placed = placed_of(p);
    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_show_proof_head(&m, (int)stage_of(p), &placed);
    vt_show_u64(&m, "height", p->where.height);
    vt_show_u64(&m, "epoch",
                p->above.block == NULL ? p->in.block->header.epoch
                                       : p->above.block->header.epoch);
    put_where(&m, p);
    vt_json_close(&m);
    vt_call_end(call, &m);
}

static void free_proof(struct vt_hop *hop)
{
    struct proof_hop *p = proof_of(hop);

    hop->chain->block_reads--;
    vt_block_unref(p->in.block);
    vt_block_unref(p->above.block);
    vt_buf_fini(&p->in.seal);
    vt_buf_fini(&p->above.seal);
    vt_free(p);
}

void vt_rpc_tx_proof(struct vt_call *call, struct vt_args *args)
{
    struct proof_hop *p = args->chain->block_reads < VT_API_BLOCK_READS_MAX
                              ? vt_alloc(sizeof *p)
                              : NULL;

    if (p == NULL) {
        vt_call_fail(call, VT_RPC_BUSY, "too many blocks are being read");
        return;
    }
    args->chain->block_reads++;
    p->id = args->id;
    vt_buf_init(&p->in.seal, VT_SEAL_MAX);
    vt_buf_init(&p->above.seal, VT_SEAL_MAX);
    p->hop.ask = ask_proof;
    p->hop.tell = tell_proof;
    p->hop.free = free_proof;
    vt_call_send(call, &p->hop, args->chain, VT_API_CALL_MS);
}

/* ---- chain.borders ------------------------------------------------------- */

struct border {
    uint64_t epoch;                /* that begins */
    struct vt_block *last, *first; /* below and above the border */
};

struct borders_hop {
    struct vt_hop hop;
    uint64_t first, most;
    struct border list[BORDERS_MAX];
    size_t count;
    vt_status status;
};

static struct borders_hop *borders_of(struct vt_hop *hop)
{
    return VT_CONTAINER(hop, struct borders_hop, hop);
}

static int ask_borders(struct vt_hop *hop)
{
    struct borders_hop *b = borders_of(hop);
    struct vt_chain *chain = hop->chain->chain;
    struct vt_epoch_info info;
    size_t bytes = 0;

    while (b->count < b->most && bytes < BORDERS_BYTES && b->status == VT_OK &&
           vt_chain_epoch(chain, b->first + b->count, &info) == VT_OK) {
        struct border *at = &b->list[b->count];

        at->epoch = info.epoch;
        b->status = vt_chain_block(chain, info.start_height, &at->first, NULL);
        if (b->status == VT_E_NOTFOUND) {
            b->status = VT_OK; /* it begins, but has no block yet */
            break;
        }
        if (b->status == VT_OK) {
            b->count++;
            b->status =
                vt_chain_block(chain, info.start_height - 1, &at->last, NULL);
            bytes += at->first->header.handoff.len;
        }
    }
    return 1;
}

static void tell_borders(struct vt_hop *hop)
{
    struct borders_hop *b = borders_of(hop);
    struct vt_json_maker m;

    if (b->status != VT_OK) {
        vt_call_fail(hop->call, VT_RPC_INTERNAL,
                     "the blocks at an epoch's ends cannot be read (status "
                     "%d); see the node's log",
                     (int)b->status);
        return;
    }
    vt_call_begin(hop->call, &m);
    vt_json_open_array(&m, "result");
    for (size_t i = 0; i < b->count; i++) {
        vt_json_open_object(&m, NULL);
        vt_show_u64(&m, "epoch", b->list[i].epoch);
        vt_json_put_hex(&m, "last", b->list[i].last->raw_header);
        vt_json_put_hex(&m, "handoff", b->list[i].first->header.handoff);
        vt_json_close(&m);
    }
    vt_json_close(&m);
    vt_call_end(hop->call, &m);
}

static void free_borders(struct vt_hop *hop)
{
    struct borders_hop *b = borders_of(hop);

    hop->chain->block_reads--;
    for (size_t i = 0; i < BORDERS_MAX; i++) {
        vt_block_unref(b->list[i].last);
        vt_block_unref(b->list[i].first);
    }
    vt_free(b);
}

void vt_rpc_chain_borders(struct vt_call *call, struct vt_args *args)
{
    struct borders_hop *b = args->chain->block_reads < VT_API_BLOCK_READS_MAX
                                ? vt_alloc(sizeof *b)
                                : NULL;

    if (b == NULL) {
        vt_call_fail(call, VT_RPC_BUSY, "too many blocks are being read");
        return;
    }
    args->chain->block_reads++;
    b->first = args->first > 0 ? args->first : 1;
    b->most = args->has_count && args->count < BORDERS_MAX ? args->count
                                                           : BORDERS_MAX;
    b->hop.ask = ask_borders;
    b->hop.tell = tell_borders;
    b->hop.free = free_borders;
    vt_call_send(call, &b->hop, args->chain, VT_API_CALL_MS);
}
