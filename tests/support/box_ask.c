/* SPDX-License-Identifier: Apache-2.0
 *
 * box_ask.c - what tests ask a box.
 */
#include "support/box_inside.h"

uint64_t box_now(const struct box *box)
{
    return box->now_ns / BOX_US;
}

const char *box_violation(const struct box *box)
{
    return box->violation[0] == '\0' ? NULL : box->violation;
}

int box_is_honest(const struct box *box, uint32_t node)
{
    return box->nodes[node].is_honest;
}

int box_is_up(const struct box *box, uint32_t node)
{
    return box->nodes[node].is_up;
}

int box_has_halted(const struct box *box, uint32_t node)
{
    return box->nodes[node].is_halted;
}

uint32_t box_node_count(const struct box *box)
{
    return box->node_count;
}

uint64_t box_events(const struct box *box)
{
    return box->events;
}

int box_all_final(const struct box *box)
{
    for (uint32_t i = 0; i < box->node_count; i++) {
        const struct box_node *node = &box->nodes[i];

        if (node->is_honest && node->is_up &&
            ((box->offered.w[0] & ~node->final_txs.w[0]) != 0 ||
             (box->offered.w[1] & ~node->final_txs.w[1]) != 0)) {
            return 0;
        }
    }
    return 1;
}

int box_all_sealed(const struct box *box)
{
    for (uint32_t i = 0; i < box->node_count; i++) {
        const struct box_node *node = &box->nodes[i];

        if (node->is_honest && node->is_up && node->member != VT_PEER_NONE &&
            !node->has_sealed) {
            return 0;
        }
    }
    return 1;
}

uint64_t box_final_height(const struct box *box, uint32_t node)
{
    return box->epoch.start_height - 1 + box->nodes[node].disk.final_count;
}

uint64_t box_least_final(const struct box *box)
{
    uint64_t least = UINT64_MAX;

    for (uint32_t i = 0; i < box->node_count; i++) {
        if (box->nodes[i].is_honest && box->nodes[i].is_up &&
            box_final_height(box, i) < least) {
            least = box_final_height(box, i);
        }
    }
    return least;
}

uint64_t box_trace_hash(struct box *box)
{
    for (uint32_t i = 0; i < box->node_count; i++) {
        uint8_t digest[32];

        if (box->nodes[i].cs != NULL) {
            box_digest(box, i, digest);
            box_mix(box, digest, 32);
        }
    }
    return box->trace;
}

uint64_t box_traced(const struct box *box, const char *label)
{
    for (uint32_t i = 0; i < box->label_count; i++) {
        if (strcmp(box->labels[i].text, label) == 0) {
            return box->labels[i].count;
        }
    }
    return 0;
}

const char *box_label(const struct box *box, uint32_t index, uint64_t *count)
{
    if (index >= box->label_count) {
        return NULL;
    }
    *count = box->labels[index].count;
    return box->labels[index].text;
}

uint32_t box_evidence(const struct box *box, uint32_t member)
{
    return box->evidence[member];
}

void box_peaks(const struct box *box, struct box_peaks *out)
{
    *out = box->peaks;
}

struct vt_view box_proof(const struct box *box, uint32_t node, uint64_t height,
                         uint8_t id[32])
{
    const struct box_disk *disk = &box->nodes[node].disk;
    uint64_t at = height - box->epoch.start_height;

    if (at >= disk->final_count) {
        return vt_view_of(NULL, 0);
    }
    memcpy(id, box->blocks[disk->final[at].block].id, 32);
    return vt_view_of(disk->final[at].proof, disk->final[at].len);
}

struct vt_view box_handoff(const struct box *box, uint32_t node)
{
    return vt_view_of(box->nodes[node].handoff, box->nodes[node].handoff_len);
}

const struct vt_cs_epoch *box_epoch(const struct box *box)
{
    return &box->epoch;
}

const struct vt_host *box_host(const struct box *box)
{
    return &box->host;
}

const struct vt_consensus *box_table(const struct box *box)
{
    return box->table;
}

static struct box_txs one_tx(uint32_t tx)
{
    struct box_txs txs = {{0, 0}};

    if (tx < BOX_TXS_MAX) {
        txs.w[tx / 64] |= UINT64_C(1) << (tx % 64);
    }
    return txs;
}

uint32_t box_make_block(struct box *box, uint32_t parent, uint32_t proposer,
                        uint32_t tx, int is_bad)
{
    return box_block_new(box, parent, proposer, one_tx(tx), is_bad,
                         vt_view_of(NULL, 0));
}

uint32_t box_make_block_with(struct box *box, uint32_t parent, uint32_t tx,
                             struct vt_view payload)
{
    return box_block_new(box, parent, 0, one_tx(tx), 0, payload);
}

uint32_t box_make_block_at(struct box *box, uint32_t parent, uint32_t tx,
                           struct vt_view payload, uint32_t proposer,
                           int64_t time_ms)
{
    uint32_t block;

    box->make_time_ms = time_ms;
    block = box_block_new(box, parent, proposer, one_tx(tx), 0, payload);
    box->make_time_ms = 0;
    return block;
}

uint32_t box_head(const struct box *box, uint32_t node)
{
    return box->nodes[node].head - 1u; /* 0 becomes BOX_NONE */
}

void box_block_id(const struct box *box, uint32_t block, uint8_t out[32])
{
    memcpy(out, box->blocks[block].id, 32);
}

struct vt_view box_block_payload(const struct box *box, uint32_t block)
{
    return vt_view_of(box->blocks[block].payload,
                      box->blocks[block].payload_len);
}

uint64_t box_block_height(const struct box *box, uint32_t block)
{
    return box->blocks[block].height;
}

void box_digest(const struct box *box, uint32_t node, uint8_t out[32])
{
    if (box->nodes[node].cs == NULL ||
        box->table->digest(box->nodes[node].cs, out) != VT_OK) {
        memset(out, 0, 32);
    }
}

uint32_t box_parent(const struct box *box, uint32_t block)
{
    return box->blocks[block].parent_index;
}

const struct vt_svc_crypto *box_crypto(const struct box *box)
{
    return box->host.service(&box->host, VT_SVC_CRYPTO, 0);
}
