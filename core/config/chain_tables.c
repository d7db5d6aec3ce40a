/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_tables.c - the option tables of a chain's INI.
 */
#include "config/chain_tables.h"

#include <vt/plugin.h>

#define SAME VT_KF_CONSENSUS /* equal on all nodes */

static const struct vt_key chain_keys[] = {
    {"name", VT_T_STRING, VT_KF_REQUIRED | SAME, NULL, "1..32",
     "Name of the chain: small letters, digits, hyphens.", "0.1"},
    {"parent", VT_T_STRING, SAME, "", "0..32",
     "Chain this one belongs to; empty for a main chain.", "0.1"},
    {"channel", VT_T_STRING, 0, "", "0..64",
     "Channel its data is published on; empty means the chain's name.", "0.1"},
    {"consensus", VT_T_STRING, VT_KF_REQUIRED, NULL, "1..32",
     "Plugin that decides the order of blocks.", "0.1"},
    {"storage", VT_T_STRING, 0, "leveldb", "1..32",
     "Plugin that keeps the state.", "0.1"},
    {"log_storage", VT_T_STRING, 0, "segment", "1..32",
     "Plugin that keeps the chain's log, the durable record.", "0.1"},
    {"signatures", VT_T_STRING, SAME, "schnorr", "1..160",
     "Signature schemes transactions may use; the first one also signs votes.",
     "0.1"},
    {"engines", VT_T_STRING, SAME, "", "0..160",
     "Virtual machines for contracts.", "0.1"},
    {"settlements", VT_T_STRING, SAME, "", "0..160",
     "Adapters to other ledgers.", "0.1"},
    {"genesis_time", VT_T_UINT, VT_KF_REQUIRED | SAME, NULL, "0..4102444800000",
     "Start of the chain, Unix time in milliseconds.", "0.1"},
    {"block_interval", VT_T_DURATION_NS, SAME, "250ms", "10ms..1h",
     "Unit in which gas emission is counted; blocks come as soon as there is "
     "work.",
     "0.1"},
    {"block_max", VT_T_BYTES, SAME, "2MiB", "16KiB..32MiB", "Largest block.",
     "0.1"},
    {"tx_max", VT_T_BYTES, SAME, "64KiB", "512..64KiB", "Largest transaction.",
     "0.1"},
    {"mempool_bytes", VT_T_BYTES, 0, "64MiB", "64KiB..4GiB",
     "Waiting transactions, all together.", "0.1"},
    {"mempool_count", VT_T_UINT, 0, "100000", "16..10000000",
     "Waiting transactions, number.", "0.1"},
    {"mempool_per_sender", VT_T_UINT, 0, "4096", "1..1000000",
     "Waiting transactions of one sender.", "0.1"},
    {"fee_min", VT_T_UINT, SAME, "0", NULL,
     "Smallest fee for each signature, in smallest units of the gas asset.",
     "0.1"},
    {"time_drift", VT_T_DURATION_NS, SAME, "5s", "10ms..10m",
     "How far a block's time may lie ahead of a node's clock.", "0.1"},
    {"log_check", VT_T_BYTES, 0, "256MiB", NULL,
     "How much of the log's newest part is read and checked at start; 0 is all "
     "of it.",
     "0.1"},
    {"approvals", VT_T_UINT, SAME, "0", "0..64",
     "Governors that must agree to end an epoch: to another engine, other "
     "members or parameters. 0 is more than half of them.",
     "0.1"},
    {"switch_freeze", VT_T_UINT, SAME, "80", "16..100000",
     "Heights before an epoch's end where it is settled whether the next one "
     "comes; at least twice the engine's window and 16.",
     "0.1"},
    {"anchor_every", VT_T_UINT, SAME, "0", "0..1000000",
     "Members name every so many-th block on the parent chain, which fixes it; "
     "0 is none.",
     "0.1"},
    {"anchor_depth", VT_T_UINT, SAME, "6", "0..1000",
     "Blocks on top of one before it is named on the parent chain.", "0.1"},
};

static const struct vt_key economy_keys[] = {
    {"token", VT_T_STRING, SAME, "BVC", "1..16", "Name of the chain's token.",
     "0.1"},
    {"token_decimals", VT_T_UINT, SAME, "8", "0..18",
     "Decimal places of the token.", "0.1"},
    {"token_supply", VT_T_STRING, SAME, "1000000000", "1..40",
     "All tokens there will ever be, given out in [genesis].", "0.1"},
    {"burn_rate", VT_T_UINT, SAME, "100", "0..10000000",
     "Part of each token transfer that is burnt, in tenths of a millionth: 100 "
     "is 0.001 %.",
     "0.1"},
    {"burn_max", VT_T_STRING, SAME, "100", "1..40",
     "Most tokens one transfer burns.", "0.1"},
    {"gas", VT_T_STRING, SAME, "BVG", "1..16", "Name of the gas asset.", "0.1"},
    {"gas_decimals", VT_T_UINT, SAME, "8", "0..18",
     "Decimal places of the gas asset.", "0.1"},
    {"gas_supply", VT_T_STRING, SAME, "1000000000", "1..40",
     "Gas minted over the whole emission.", "0.1"},
    {"emission_years", VT_T_UINT, SAME, "25", "1..1000",
     "Years of 365.25 days until all gas is minted.", "0.1"},
};

static const struct vt_key election_keys[] = {
    {"every", VT_T_UINT, SAME, "0", "0..100000000",
     "Heights between elections of the chain's members; 0 elects nobody.",
     "0.1"},
    {"seats", VT_T_UINT, SAME, "21", "1..400",
     "Members there are to be; the engine sets limits too.", "0.1"},
    {"weights", VT_T_ENUM, SAME, "equal", "equal|stake",
     "Whether members' votes in the engine count the same or by the stake "
     "behind them, in whole tokens.",
     "0.1"},
    {"candidate_stake", VT_T_STRING, SAME, "1000", "1..40",
     "Tokens of its own a candidate must have staked.", "0.1"},
    {"unbond", VT_T_UINT, SAME, "100000", "1..100000000",
     "Heights until withdrawn stake is free; at least three times `every`.",
     "0.1"},
    {"presence", VT_T_UINT, SAME, "0", "0..90",
     "Per cent of its share of an epoch's blocks a member must have made to be "
     "elected again; 0 asks for nothing. For engines where all take turns.",
     "0.1"},
    {"slash", VT_T_UINT, SAME, "50", "0..1000",
     "Thousandths of a member's own stake that are burnt for each offence that "
     "is proven.",
     "0.1"},
    {"jail", VT_T_UINT, SAME, "10", "0..1000000",
     "Epochs an offender cannot be elected after the one of the proof.", "0.1"},
};

static const struct vt_key ledger_keys[] = {
    {"storage", VT_T_STRING, 0, "", "0..32",
     "Plugin that keeps this ledger; empty means the chain's storage.", "0.1"},
};

static const struct {
    const char *name;
    struct vt_tab table;
} sections[] = {
    {"chain", VT_TAB(chain_keys)},
    {"economy", VT_TAB(economy_keys)},
    {"election", VT_TAB(election_keys)},
    {"ledger.asset", VT_TAB(ledger_keys)},
    {"ledger.contract", VT_TAB(ledger_keys)},
    {"ledger.application", VT_TAB(ledger_keys)},
    {"ledger.log", VT_TAB(ledger_keys)},
};

const char *vt_chain_config_table(uint32_t index, struct vt_tab *out_table)
{
    if (index >= sizeof sections / sizeof sections[0]) {
        return NULL;
    }
    *out_table = sections[index].table;
    return sections[index].name;
}
