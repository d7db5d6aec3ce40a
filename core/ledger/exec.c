/* SPDX-License-Identifier: Apache-2.0
 *
 * exec.c - one block on one parent version: nonces and fees, effects,
 * receipts, emission, one update of the tree.
 */
#include "ledger/exec.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "wire/listed.h"

#include <string.h>

#define ENTRIES_MAX (4u * VT_BLOCK_TXS_MAX + 8u)
#define ARENA_MAX (UINT64_C(1) << 30)

vt_status vt_exec_new(const struct vt_rules *rules, struct vt_state *parent,
                      const struct vt_exec_block *block, struct vt_exec **out)
{
    struct vt_exec *x = vt_alloc(sizeof *x);

    *out = NULL;
    if (x == NULL) {
        return VT_E_NOMEM;
    }
    x->rules = rules;
    x->parent = vt_state_ref(parent);
    x->block = *block;
    vt_arena_init(&x->arena, ARENA_MAX);
    x->accounts = vt_map_new(VT_ADDRESS_LEN, ENTRIES_MAX, block->chain_id.b);
    x->balances = vt_map_new(32, ENTRIES_MAX, block->chain_id.b);
    x->assets = vt_map_new(32, ENTRIES_MAX, block->chain_id.b);
    x->stakes = vt_map_new(VT_ADDRESS_LEN, ENTRIES_MAX, block->chain_id.b);
    x->nominees = vt_map_new(VT_ADDRESS_LEN, ENTRIES_MAX, block->chain_id.b);
    x->log = vt_map_new(32, ENTRIES_MAX, block->chain_id.b);
    if (x->accounts == NULL || x->balances == NULL || x->assets == NULL ||
        x->stakes == NULL || x->nominees == NULL || x->log == NULL) {
        vt_exec_free(x);
        return VT_E_NOMEM;
    }
    *out = x;
    return VT_OK;
}

/* A member that is ready for the next epoch may own nothing. */
static int is_awaited(const struct vt_switch *sw,
                      const struct vt_electorate *now, const struct vt_tx *tx)
{
    struct vt_hash digest;

    return vt_tx_ready_decode(tx->payload, &digest) == VT_OK &&
           vt_switch_awaits(sw, now, &tx->sender, &digest);
}

static int is_member(const struct vt_electorate *now,
                     const struct vt_address *sender)
{
    return vt_address_find(now->members, now->count, sender) != UINT32_MAX;
}

struct vt_amount vt_tx_fee_min(const struct vt_rules *rules,
                               const struct vt_tx *tx)
{
    struct vt_amount sum = rules->fee_min;

    /* sixteen times the largest minimum a chain can have fits */
    (void)!vt_amount_mul_u64(rules->fee_min, vt_tx_sig_count(tx), &sum);
    return sum;
}

static uint32_t admit(const struct vt_rules *rules,
                      const struct vt_account *account,
                      const struct vt_hash *chain_id, uint64_t height,
                      const struct vt_tx *tx, int is_free)
{
    if (!vt_hash_eq(&tx->chain_id, chain_id)) {
        return VT_TX_WRONG_CHAIN;
    }
    if (tx->scheme == 0) {
        return VT_TX_BAD_SCHEME;
    }
    if (tx->nonce < account->nonce) {
        return VT_TX_REPLAY;
    }
    if (tx->valid_until != 0 && tx->valid_until < height) {
        return VT_TX_EXPIRED;
    }
    if (!is_free && vt_amount_cmp(tx->fee, vt_tx_fee_min(rules, tx)) < 0) {
        return VT_TX_FEE_TOO_LOW;
    }
    if (vt_amount_cmp(account->gas, tx->fee) < 0) {
        return VT_TX_NO_FEE_FUNDS;
    }
    return VT_TX_DONE;
}

uint32_t vt_ledger_admit(const struct vt_rules *rules,
                         const struct vt_electorate *now,
                         const struct vt_state *state,
                         const struct vt_hash *chain_id, uint64_t next_height,
                         const struct vt_tx *tx)
{
    struct vt_account account;
    struct vt_switch sw;
    int free_of_fee = 0;
    uint32_t code;

    if (vt_account_get(state, &tx->sender, &account) != VT_OK) {
        return VT_TX_NO_FUNDS;
    }
    if (tx->kind == VT_TX_READY) {
        /* a member's may come before the block that asks for it */
        free_of_fee =
            is_member(now, &tx->sender) ||
            is_awaited(vt_switch_get(state, &sw) == VT_OK ? &sw : NULL, now,
                       tx);
    } else if (tx->kind == VT_TX_EVIDENCE && is_member(now, &tx->sender)) {
        free_of_fee = vt_offence_admit(now, state, tx) == VT_TX_DONE;
    }
    code = admit(rules, &account, chain_id, next_height, tx, free_of_fee);
    return code == VT_TX_DONE && tx->kind == VT_TX_SWITCH
               ? vt_switch_admit(rules, now, state, next_height, tx)
               : code;
}

static struct vt_receipt *new_receipt(struct vt_exec *x)
{
    if (x->receipt_count == x->receipt_cap) {
        size_t cap = x->receipt_cap == 0 ? 64 : x->receipt_cap * 2;
        struct vt_receipt *more =
            vt_realloc(x->receipts, cap * sizeof *x->receipts);

        if (more == NULL) {
            return NULL;
        }
        x->receipts = more;
        x->receipt_cap = cap;
    }
    return &x->receipts[x->receipt_count];
}

/* Nobody pays for what the chain needs to be told. */
static vt_status is_free(struct vt_exec *x, const struct vt_tx *tx, int *out)
{
    uint32_t code = VT_TX_BAD_EVIDENCE;
    vt_status status = VT_OK;

    *out = 0;
    if (tx->kind == VT_TX_READY) {
        *out = is_awaited(vt_exec_switch(x), &x->block.now, tx);
    } else if (tx->kind == VT_TX_EVIDENCE &&
               is_member(&x->block.now, &tx->sender)) {
        status = vt_exec_judge(x, tx, &code);
        *out = code == VT_TX_DONE;
    }
    return status;
}

vt_status vt_exec_tx(struct vt_exec *x, const struct vt_tx *tx, uint32_t *code)
{
    struct cached_account *sender = vt_exec_account(x, &tx->sender);
    struct vt_receipt *receipt = new_receipt(x);
    struct vt_amount fees = {0, 0};
    int free_of_fee = 0;
    vt_status status;

    if (sender == NULL || receipt == NULL) {
        return VT_E_NOMEM;
    }
    status = is_free(x, tx, &free_of_fee);
    if (status != VT_OK) {
        return status;
    }
    *code = admit(x->rules, &sender->a, &x->block.chain_id, x->block.height, tx,
                  free_of_fee);
    if (*code == VT_TX_DONE && tx->nonce > sender->a.nonce) {
        *code = VT_TX_NONCE_GAP;
    }
    if (*code == VT_TX_DONE && !vt_amount_add(x->fees, tx->fee, &fees)) {
        *code = VT_TX_FEE_TOO_LOW; /* cannot be: the gas supply is bounded */
    }
    if (*code != VT_TX_DONE) {
        return VT_OK;
    }
    /* The fee and the nonce are used whatever the effect says. */
    (void)!vt_amount_sub(sender->a.gas, tx->fee, &sender->a.gas);
    sender->a.nonce++;
    sender->dirty = 1;
    x->fees = fees;
    memset(receipt, 0, sizeof *receipt);
    receipt->tx = tx->id;
    receipt->fee = tx->fee;
    status = vt_exec_effect(x, tx, code, &receipt->burned);
    receipt->code = *code;
    x->receipt_count++;
    return status;
}

static vt_status pay_proposer(struct vt_exec *x)
{
    struct vt_amount gain = vt_economy_emission(
        x->rules, x->block.parent_time_ms, x->block.time_ms);
    struct cached_account *proposer;

    if (!vt_amount_add(gain, x->fees, &gain)) {
        return VT_E_INTERNAL;
    }
    if (vt_amount_is_zero(gain)) {
        return VT_OK;
    }
    proposer = vt_exec_account(x, &x->block.proposer);
    if (proposer == NULL) {
        return VT_E_NOMEM;
    }
    if (!vt_amount_add(proposer->a.gas, gain, &proposer->a.gas)) {
        return VT_E_INTERNAL;
    }
    proposer->dirty = 1;
    return VT_OK;
}

static vt_status receipts_root(const struct vt_exec *x, struct vt_hash *out)
{
    struct vt_hash *leaves =
        vt_alloc_array(x->receipt_count + 1, sizeof *leaves);
    vt_status status;

    if (leaves == NULL) {
        return VT_E_NOMEM;
    }
    for (size_t i = 0; i < x->receipt_count; i++) {
        vt_receipt_leaf(&x->receipts[i], &leaves[i]);
    }
    status = vt_merkle_root(leaves, x->receipt_count, out);
    vt_free(leaves);
    return status;
}

static vt_status make_state(struct vt_exec *x, struct vt_state **out)
{
    struct vt_state *assets = NULL;
    vt_status status = vt_state_update(x->parent, VT_LEDGER_ASSET, x->changes,
                                       x->change_count, &assets);

    if (status != VT_OK || x->log_change_count == 0) {
        *out = assets;
        return status;
    }
    status = vt_state_update(assets, VT_LEDGER_LOG, x->log_changes,
                             x->log_change_count, out);
    vt_state_unref(assets);
    return status;
}

vt_status vt_exec_finish(struct vt_exec *x, struct vt_state **out,
                         const struct vt_receipt **receipts, size_t *count,
                         struct vt_hash *root)
{
    vt_status status = pay_proposer(x);

    *out = NULL;
    if (status == VT_OK) {
        status = vt_exec_election_end(x);
    }
    if (status == VT_OK) {
        status = vt_exec_switch_end(x);
    }
    if (status == VT_OK) {
        status = vt_exec_collect(x);
    }
    if (status == VT_OK) {
        status = vt_exec_collect_log(x);
    }
    if (status == VT_OK) {
        status = receipts_root(x, root);
    }
    if (status == VT_OK) {
        status = make_state(x, out);
    }
    *receipts = x->receipts;
    *count = x->receipt_count;
    return status;
}

void vt_exec_changes(const struct vt_exec *x, enum vt_ledger_kind ledger,
                     const struct vt_state_change **changes, size_t *count)
{
    *changes = NULL;
    *count = 0;
    if (ledger == VT_LEDGER_ASSET) {
        *changes = x->changes;
        *count = x->change_count;
    } else if (ledger == VT_LEDGER_LOG) {
        *changes = x->log_changes;
        *count = x->log_change_count;
    }
}

void vt_exec_free(struct vt_exec *x)
{
    if (x == NULL) {
        return;
    }
    vt_map_free(x->accounts);
    vt_map_free(x->balances);
    vt_map_free(x->assets);
    vt_map_free(x->stakes);
    vt_map_free(x->nominees);
    vt_map_free(x->log);
    vt_arena_fini(&x->arena);
    vt_free(x->receipts);
    vt_free(x->changes);
    vt_free(x->log_changes);
    vt_state_unref(x->parent);
    vt_free(x);
}
