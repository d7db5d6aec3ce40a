/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - inside of struct vt_rules. Private to core/ledger.
 */
#ifndef VT_LEDGER_RULES_H
#define VT_LEDGER_RULES_H

#include "ledger/ledger.h"

struct genesis_row {
    struct vt_address address;
    struct vt_amount token, gas;
};

/* [election]; stake.h says what it is about. */
struct election_rules {
    uint64_t every, unbond, presence_percent, slash_permille, jail_epochs;
    uint32_t seats;
    int by_stake;
    struct vt_amount candidate_stake;
    uint64_t whole_token; /* smallest units in one */
};

struct vt_rules {
    char token_name[VT_SYMBOL_MAX + 1], gas_name[VT_SYMBOL_MAX + 1];
    uint32_t token_decimals, gas_decimals;
    struct vt_amount token_supply, gas_supply;
    struct vt_amount burn_max;
    uint64_t burn_rate;          /* tenths of a millionth */
    struct vt_amount gas_minted; /* what the emission hands out */
    int64_t genesis_time_ms;
    uint64_t interval_ns; /* one emission slot */
    uint64_t slots;       /* of the whole emission */
    struct vt_amount fee_min;
    struct genesis_row *genesis;
    size_t genesis_count;
    struct vt_address *governors; /* none: the epoch's members */
    uint32_t governor_count;
    uint32_t approvals; /* 0: more than half of the governors */
    uint64_t freeze;    /* heights before the end where a switch is settled */
    struct election_rules election;
};

#endif
