/* SPDX-License-Identifier: Apache-2.0
 *
 * proof.c - fuzz targets behind a hash, which no fuzzer guesses: what holds
 * under the right root must be true, and said in one way.
 */
#include "base/bytes.h"
#include "base/rng.h"
#include "fuzz/targets.h"
#include "ledger/state.h"
#include "wire/block.h"

#include <string.h>

#define ENTRIES 40u
#define TXS_MAX 64u

static void check_paths(const struct vt_block *block)
{
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct vt_hash path[64];
        struct vt_hash leaf;
        size_t count;

        vt_block_tx_leaf(&block->txs[i], &leaf);
        vt_fuzz_must(vt_block_tx_path(block, i, path, &count) == VT_OK &&
                         vt_merkle_check(&leaf, i, block->header.tx_count, path,
                                         count, &block->header.body_root),
                     "a path proves its transaction");
    }
}

/* A list of u32 length and bytes is the body of a block that is made of it,
 * root and all. */
void vt_fuzz_block_body(const struct vt_fuzz_target *self, struct vt_view bytes)
{
    struct vt_header header = {.version = VT_HEADER_VERSION};
    struct vt_view raw[TXS_MAX];
    struct vt_block *made;
    struct vt_block *again;
    struct vt_rd rd;
    uint32_t count = 0;

    (void)self;
    vt_rd_init(&rd, bytes);
    while (count < TXS_MAX && rd.left > 0 && !rd.failed) {
        raw[count++] = vt_rd_var(&rd, bytes.len);
    }
    if (rd.failed || vt_block_make(&header, raw, count, &made, NULL) != VT_OK) {
        return;
    }
    vt_fuzz_must(vt_block_decode(made->raw, &again, NULL) == VT_OK &&
                     vt_hash_eq(&again->id, &made->id) &&
                     again->header.tx_count == count,
                 "a block that was made is accepted");
    check_paths(again);
    vt_block_unref(again);
    vt_block_unref(made);
}

/* The same few entries in every process. */
static struct vt_state *fixed_state(void)
{
    static struct vt_state *state;
    struct vt_state_change changes[ENTRIES];
    struct vt_state *empty;
    struct vt_rng rng;

    if (state != NULL) {
        return state;
    }
    empty = vt_state_new();
    vt_rng_init(&rng, 1);
    for (size_t i = 0; i < ENTRIES; i++) {
        vt_rng_fill(&rng, changes[i].key.b, 32);
        if (i % 2 == 1) { /* parts from its neighbour at a deep bit */
            changes[i].key = changes[i - 1].key;
            changes[i].key.b[i % 32] ^= 1;
        }
        changes[i].value = vt_view_of(changes[i].key.b, 1 + i % 32);
    }
    vt_fuzz_must(empty != NULL &&
                     vt_state_update(empty, VT_LEDGER_ASSET, changes, ENTRIES,
                                     &state) == VT_OK,
                 "the state is there");
    vt_state_unref(empty);
    return state;
}

/* 1 byte ledger, 32 bytes key, the proof. */
void vt_fuzz_state_proof(const struct vt_fuzz_target *self,
                         struct vt_view bytes)
{
    struct vt_buf ours = VT_BUF_INIT(VT_PROOF_MAX);
    struct vt_state *state = fixed_state();
    enum vt_ledger_kind ledger;
    struct vt_hash root;
    struct vt_hash key;
    struct vt_view value = {NULL, 0};
    struct vt_view stored = {NULL, 0};
    int present = 0;
    int is_there;

    (void)self;
    if (bytes.len < 33) {
        return;
    }
    ledger = (enum vt_ledger_kind)(bytes.ptr[0] % VT_LEDGER_COUNT);
    memcpy(key.b, bytes.ptr + 1, 32);
    vt_state_root(state, &root);
    if (vt_state_check_proof(&root, ledger, &key,
                             vt_view_of(bytes.ptr + 33, bytes.len - 33),
                             &present, &value) == VT_OK) {
        is_there = vt_state_get(state, ledger, &key, &stored) == VT_OK;
        vt_fuzz_must(present == is_there, "a proof tells no lie");
        vt_fuzz_must(!present || vt_view_eq(value, stored),
                     "a proof shows what is stored");
        vt_fuzz_must(vt_state_prove(state, ledger, &key, &ours) == VT_OK &&
                         vt_view_eq(vt_buf_view(&ours),
                                    vt_view_of(bytes.ptr + 33, bytes.len - 33)),
                     "a proof has one encoding");
    }
    vt_buf_fini(&ours);
}
