/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_config.h - one chain's INI: sections chain, economy, election,
 * validators, governors, genesis, ledger.<name>, <kind>.<stem>.
 *
 * The sections of plugins are kept as rows until the plugin is loaded and its
 * own table known; vt_chain_config_options() then types them. A row of a
 * section nobody asked for is an error found by vt_chain_config_finish().
 */
#ifndef VT_CONFIG_CHAIN_CONFIG_H
#define VT_CONFIG_CHAIN_CONFIG_H

#include "base/amount.h"
#include "config/option.h"

#define VT_MEMBERS_MAX 400u
#define VT_GENESIS_MAX 4096u
#define VT_SCHEMES_MAX 8u

enum vt_ledger_kind {
    VT_LEDGER_ASSET = 0,
    VT_LEDGER_CONTRACT = 1,
    VT_LEDGER_APPLICATION = 2,
    VT_LEDGER_LOG = 3,
    VT_LEDGER_COUNT = 4
};

/* [validators] name = <public key hex>[, weight] */
struct vt_validator_entry {
    char *name;
    uint8_t pk[64];
    uint32_t pk_len;
    uint64_t weight;
};

/* [genesis] <address> = <amount> <asset> */
struct vt_genesis_entry {
    char *address; /* Bech32m text, checked by the ledger */
    char *amount;  /* decimal text */
    char *asset;   /* "BVC" */
    char *where;   /* file:line */
};

/* [governors] name = <address> */
#define VT_GOVERNORS_MAX 64u
struct vt_governor_entry {
    char *name, *address; /* Bech32m text, checked by the ledger */
    char *where;          /* file:line */
};

/* A row of a plugin's section, kept until the plugin's table is known. */
struct vt_config_row {
    struct vt_config_row *next;
    char *section, *key, *value, *where;
    int taken;
};

/* Heights between an election and the freeze, in which the elected say that
 * they are ready. */
#define VT_ELECTION_LEAD 64u

/* [election]: how members are chosen; tables and README.md have the meaning */
struct vt_election_config {
    uint64_t every; /* 0: nobody is elected */
    uint64_t unbond, presence_percent, slash_permille, jail_epochs;
    char *candidate_stake; /* decimal text */
    uint32_t seats;
    int by_stake;
};

struct vt_chain_config {
    char *path, *dir;
    /* [chain] */
    char *name;                    /* ^[a-z][a-z0-9-]{0,31}$ */
    char *parent;                  /* "" for the main chain */
    char *channel;                 /* default: name */
    char *consensus;               /* stem */
    char *storage;                 /* stem of the state stores' default */
    char *log_storage;             /* stem of the chain's log, "segment" */
    char *schemes[VT_SCHEMES_MAX]; /* stems, the first also signs votes */
    uint32_t scheme_count;
    int64_t genesis_time_ms;
    uint64_t block_interval_ns; /* emission slot and heartbeat unit */
    uint64_t block_max_bytes;
    uint64_t tx_max_bytes;
    uint64_t mempool_max_bytes, mempool_max_count, mempool_per_sender;
    uint64_t fee_min;         /* smallest units of the gas asset */
    uint64_t time_drift_ns;   /* how far a header may lie in the future */
    uint64_t log_check_bytes; /* read and checked at start, 0 = all */
    uint64_t switch_freeze;   /* heights before an epoch's end */
    uint64_t approvals;       /* of governors, 0 = more than half */
    uint64_t anchor_every;    /* heights named on the parent, 0 = none */
    uint64_t anchor_depth;    /* blocks on top of one before it is named */
    /* [economy] */
    char *token_name;        /* "BVC" */
    uint32_t token_decimals; /* 8 */
    char *token_supply;      /* decimal text, whole supply in genesis */
    uint64_t burn_ppm_x10;   /* tenths of a millionth: 100 = 0.001 % */
    char *burn_max;          /* decimal text, "100" */
    char *gas_name;          /* "BVG" */
    uint32_t gas_decimals;   /* 8 */
    char *gas_supply;        /* "1000000000" */
    uint64_t emission_years; /* 25 */
    /* [election] */
    struct vt_election_config election;
    /* [validators], [genesis] */
    struct vt_validator_entry *validators;
    size_t validator_count;
    struct vt_genesis_entry *genesis;
    size_t genesis_count;
    struct vt_governor_entry *governors; /* VT_GOVERNORS_MAX places */
    size_t governor_count;
    /* [ledger.<kind>] storage = stem, "" = chain's default */
    char *ledger_storage[VT_LEDGER_COUNT];
    struct vt_options *chain_options;   /* typed rows of [chain] */
    struct vt_options *economy_options; /* typed rows of [economy] */
    struct vt_options *election_options;
    struct vt_config_row *rows;
};

vt_status vt_chain_config_load(const char *path, struct vt_chain_config **out,
                               struct vt_err *err);
/* The same from memory; name stands for the path. */
vt_status vt_chain_config_load_text(const char *name, const char *text,
                                    size_t len, struct vt_chain_config **out,
                                    struct vt_err *err);
void vt_chain_config_free(struct vt_chain_config *config);

/* Type the rows of section "<kind>.<stem>" with the plugin's own table.
 * Returns VT_OK and *out (caller frees). */
vt_status vt_chain_config_options(struct vt_chain_config *config,
                                  const char *section, struct vt_tab table,
                                  struct vt_options **out, struct vt_err *err);
/* After all plugins took theirs: left-over sections are errors. */
vt_status vt_chain_config_finish(const struct vt_chain_config *config,
                                 struct vt_err *err);

/*
 * Canonical text of all that must be equal on all nodes: chain and economy
 * keys flagged consensus, validators and governors in order, genesis rows,
 * plugin ids and protocol versions, plugin keys flagged consensus. `extra` is
 * what the caller knows of the loaded plugins
 * ("plugin.consensus=org.vtchain.pbft protocol 1\n" lines and
 * vt_options_consensus() output), already sorted. The hash of the text is the
 * chain's parameters hash.
 */
vt_status vt_chain_config_canonical(const struct vt_chain_config *config,
                                    struct vt_view extra, struct vt_buf *out);

const char *vt_chain_config_table(uint32_t index, struct vt_tab *out_table);

/* First difference of two canonical texts as "key: ours X, chain Y"; empty
 * when equal. */
void vt_chain_config_diff(struct vt_view ours, struct vt_view theirs, char *out,
                          size_t len);

#endif
