/* SPDX-License-Identifier: Apache-2.0
 *
 * ledger.h - what transactions do: accounts, assets, fees, emission, receipts.
 *
 * Pure and deterministic: rules come from the chain's configuration, state
 * from a version, time from the header. No clock, no file, no network.
 */
#ifndef VT_LEDGER_LEDGER_H
#define VT_LEDGER_LEDGER_H

#include "ledger/stake.h"
#include "ledger/switch.h"
#include "wire/block.h"

/* The rules of one chain; immutable, shared between threads. */
struct vt_rules;

/* Returns VT_E_INVALID with file:line for amounts and addresses that do not
 * parse, a genesis that does not add up to the supply, and the like. */
vt_status vt_rules_new(const struct vt_chain_config *config,
                       struct vt_rules **out, struct vt_err *err);
void vt_rules_free(struct vt_rules *rules);
/* Exchange what two of them say, for a simulated node that computes something
 * else from now on. Nothing may be executing with either. */
void vt_rules_swap(struct vt_rules *a, struct vt_rules *b);

/* State before the first block, from the [genesis] rows. */
vt_status vt_rules_genesis(const struct vt_rules *rules, struct vt_state **out,
                           struct vt_err *err);

struct vt_account {
    uint64_t nonce; /* of the next transaction */
    struct vt_amount token, gas;
};
/* Zero account when absent. Returns VT_OK, VT_E_CORRUPT. */
vt_status vt_account_get(const struct vt_state *state,
                         const struct vt_address *address,
                         struct vt_account *out);
/* Balance of any asset; native ones from the account. */
vt_status vt_balance_get(const struct vt_state *state,
                         const struct vt_address *address,
                         const struct vt_hash *asset, struct vt_amount *out);
struct vt_asset {
    struct vt_address issuer;
    char symbol[17];
    char name[33];
    uint8_t decimals;
    struct vt_amount supply, supply_max;
};
/* Native ones too (from rules). Returns VT_OK, VT_E_NOTFOUND. */
vt_status vt_asset_get(const struct vt_rules *rules,
                       const struct vt_state *state, const struct vt_hash *id,
                       struct vt_asset *out);
void vt_asset_id(const struct vt_address *issuer, struct vt_view symbol,
                 struct vt_hash *out);
/* Keys in the asset ledger's tree. */
void vt_account_key(const struct vt_address *address, struct vt_hash *out);
void vt_balance_key(const struct vt_address *address,
                    const struct vt_hash *asset, struct vt_hash *out);
void vt_asset_key(const struct vt_hash *id, struct vt_hash *out);
/* Values there, as a proof shows them. Return VT_OK, VT_E_CORRUPT. */
vt_status vt_account_decode(struct vt_view bytes, struct vt_account *out);
vt_status vt_balance_decode(struct vt_view bytes, struct vt_hash *asset,
                            struct vt_amount *amount);

/* Codes of receipts and refusals: stable, append only. X(name, value, text) */
#define VT_TX_CODES(X)                                                         \
    X(VT_TX_DONE, 0, "done")                                                   \
    X(VT_TX_BAD_ENCODING, 1, "encoding is not canonical")                      \
    X(VT_TX_WRONG_CHAIN, 2, "transaction is for another chain")                \
    X(VT_TX_BAD_SCHEME, 3, "signature scheme is not used on this chain")       \
    X(VT_TX_BAD_SIGNATURE, 4, "signature does not fit")                        \
    X(VT_TX_REPLAY, 5, "nonce was used already: this is a replay")             \
    X(VT_TX_NONCE_GAP, 6, "nonce is ahead of the account")                     \
    X(VT_TX_EXPIRED, 7, "valid-until height has passed")                       \
    X(VT_TX_FEE_TOO_LOW, 8, "fee is below the chain's minimum")                \
    X(VT_TX_NO_FEE_FUNDS, 9, "not enough gas asset for the fee")               \
    X(VT_TX_NO_FUNDS, 10, "not enough funds")                                  \
    X(VT_TX_OVERFLOW, 11, "amount would overflow")                             \
    X(VT_TX_NO_ASSET, 12, "asset does not exist")                              \
    X(VT_TX_ASSET_EXISTS, 13, "asset exists already")                          \
    X(VT_TX_NOT_ISSUER, 14, "only the issuer may issue this asset")            \
    X(VT_TX_SUPPLY_MAX, 15, "asset's supply limit would be passed")            \
    X(VT_TX_BAD_PAYLOAD, 16, "payload does not fit the kind")                  \
    X(VT_TX_UNKNOWN_KIND, 17, "transaction kind is not known")                 \
    X(VT_TX_BAD_AMOUNT, 18, "amount must be above zero")                       \
    X(VT_TX_POOL_FULL, 19, "mempool is full, raise the fee or try later")      \
    X(VT_TX_POOL_SENDER_FULL, 20, "too many waiting from this sender")         \
    X(VT_TX_POOL_KNOWN, 21, "transaction is known already")                    \
    X(VT_TX_POOL_UNDERPRICED, 22, "replacement needs a higher fee")            \
    X(VT_TX_TOO_LARGE, 23, "transaction is too large")                         \
    X(VT_TX_BLACK_HOLE, 24, "sender is the black-hole address")                \
    X(VT_TX_NOT_GOVERNOR, 25, "only a governor may end an epoch")              \
    X(VT_TX_SWITCH_HEIGHT, 26,                                                 \
      "switch height is too near or too far: leave "                           \
      "switch_freeze and 16 heights")                                          \
    X(VT_TX_SWITCH_BUSY, 27, "another switch is scheduled already")            \
    X(VT_TX_NOT_AWAITED, 28, "nobody waits for this node to be ready")         \
    X(VT_TX_NO_ELECTION, 29, "this chain elects nobody")                       \
    X(VT_TX_LOW_STAKE, 30, "own stake is below what a candidate must have")    \
    X(VT_TX_NOT_CANDIDATE, 31, "nobody stands for election at this address")   \
    X(VT_TX_OWN_VOTE, 32, "a candidate's stake counts for itself")             \
    X(VT_TX_NAME_TAKEN, 33, "another candidate or member has this name")       \
    X(VT_TX_CANDIDATES_FULL, 34, "there are too many candidates")              \
    X(VT_TX_LEAVING_FULL, 35, "too many withdrawals are under way")            \
    X(VT_TX_BAD_EVIDENCE, 36, "evidence convicts no member")                   \
    X(VT_TX_OLD_EVIDENCE, 37, "evidence is older than two epochs")             \
    X(VT_TX_KNOWN_EVIDENCE, 38, "this offence was punished already")           \
    X(VT_TX_ANCHOR_ORDER, 39, "sender anchored a height as high already")      \
    X(VT_TX_SWITCH_UNABLE, 40, "this node cannot run the next epoch")
#define VT_TX_CODE_ENUM_(name, value, text) name = value,
enum vt_tx_code { VT_TX_CODES(VT_TX_CODE_ENUM_) };
#undef VT_TX_CODE_ENUM_
const char *vt_tx_code_name(uint32_t code); /* "no_funds" */
const char *vt_tx_code_text(uint32_t code);

struct vt_receipt {
    struct vt_hash tx;
    uint32_t code;           /* VT_TX_DONE, or why the effect was refused */
    struct vt_amount fee;    /* charged, gas asset */
    struct vt_amount burned; /* token */
};
void vt_receipt_leaf(const struct vt_receipt *r, struct vt_hash *out);

/* The least a transaction pays: the chain's minimum for each signature. */
struct vt_amount vt_tx_fee_min(const struct vt_rules *rules,
                               const struct vt_tx *tx);
/* Checks that need only the account: chain id, scheme length, nonce not below
 * account, expiry, fee minimum, fee funds. now: the epoch of the next height.
 * Returns the code. */
uint32_t vt_ledger_admit(const struct vt_rules *rules,
                         const struct vt_electorate *now,
                         const struct vt_state *state,
                         const struct vt_hash *chain_id, uint64_t next_height,
                         const struct vt_tx *tx);

/* One block being executed on a parent version. */
struct vt_exec;
struct vt_exec_block {
    struct vt_hash chain_id;
    uint64_t height;
    int64_t time_ms, parent_time_ms;
    struct vt_address proposer;
    struct vt_electorate now;
    uint8_t random[32]; /* what the header draws, if it does */
    uint32_t has_random;
};
vt_status vt_exec_new(const struct vt_rules *rules, struct vt_state *parent,
                      const struct vt_exec_block *block, struct vt_exec **out);
/* Returns VT_OK with *code: VT_TX_DONE or a receipt code >= VT_TX_NO_FUNDS:
 * it belongs in the block and is in the receipts. Codes 1..9 (cannot be in a
 * block): nothing changed, no receipt; a block holding such a transaction is
 * invalid. Negative: this node's trouble. */
vt_status vt_exec_tx(struct vt_exec *exec, const struct vt_tx *tx,
                     uint32_t *code);
/* Emission and fees to the proposer, new version, receipts. Arrays are valid
 * until vt_exec_free. */
vt_status vt_exec_finish(struct vt_exec *exec, struct vt_state **out,
                         const struct vt_receipt **receipts, size_t *count,
                         struct vt_hash *receipts_root);
/* What this block changed in a ledger, for the write-behind stores. */
void vt_exec_changes(const struct vt_exec *exec, enum vt_ledger_kind ledger,
                     const struct vt_state_change **changes, size_t *count);
void vt_exec_free(struct vt_exec *exec);

/* economy.c: exposed for tests and status. */
/* Burn of one token transfer. */
struct vt_amount vt_economy_burn(const struct vt_rules *rules,
                                 struct vt_amount amount);
/* Gas minted by a block at time_ms after a parent at parent_time_ms: the
 * emission curve over 25 years of intervals, difference of two points, so it
 * sums exactly and never exceeds the supply. */
struct vt_amount vt_economy_emission(const struct vt_rules *rules,
                                     int64_t parent_time_ms, int64_t time_ms);
/* Names and decimals of the native assets. */
const char *vt_rules_asset_name(const struct vt_rules *rules, int gas);
uint32_t vt_rules_asset_decimals(const struct vt_rules *rules, int gas);
/* Sum of all balances of an asset, by walking: for tests and audits. */
vt_status vt_ledger_total(const struct vt_state *state,
                          const struct vt_hash *asset, struct vt_amount *out);

#endif
