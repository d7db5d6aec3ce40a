/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_tables.h - positions in the option tables of a chain's INI. Private to
 * core/config; the order is that of chain_tables.c.
 */
#ifndef VT_CONFIG_CHAIN_TABLES_H
#define VT_CONFIG_CHAIN_TABLES_H

#include "config/chain_config.h"

enum {
    CHAIN_NAME,
    CHAIN_PARENT,
    CHAIN_CHANNEL,
    CHAIN_CONSENSUS,
    CHAIN_STORAGE,
    CHAIN_LOG_STORAGE,
    CHAIN_SIGNATURES,
    CHAIN_ENGINES,
    CHAIN_SETTLEMENTS,
    CHAIN_GENESIS_TIME,
    CHAIN_BLOCK_INTERVAL,
    CHAIN_BLOCK_MAX,
    CHAIN_TX_MAX,
    CHAIN_MEMPOOL_BYTES,
    CHAIN_MEMPOOL_COUNT,
    CHAIN_MEMPOOL_PER_SENDER,
    CHAIN_FEE_MIN,
    CHAIN_TIME_DRIFT,
    CHAIN_LOG_CHECK,
    CHAIN_APPROVALS,
    CHAIN_SWITCH_FREEZE
};

enum {
    ECONOMY_TOKEN,
    ECONOMY_TOKEN_DECIMALS,
    ECONOMY_TOKEN_SUPPLY,
    ECONOMY_BURN_RATE,
    ECONOMY_BURN_MAX,
    ECONOMY_GAS,
    ECONOMY_GAS_DECIMALS,
    ECONOMY_GAS_SUPPLY,
    ECONOMY_EMISSION_YEARS
};

#define CHAIN_SECTIONS 6u /* chain, economy, four ledgers */

#endif
