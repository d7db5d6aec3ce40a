/* SPDX-License-Identifier: Apache-2.0
 *
 * table.c - every broken rule with the faults under which it shows.
 */
#include "mutants.h"

#define DPOS                                                                   \
    .engine = "dpos", .nodes = 4,                                              \
    .options = "slot = 50ms\nrun = 1\ntimeout = 60ms\nretransmit = 20ms\n"
#define POS                                                                    \
    .engine = "pos", .nodes = 4,                                               \
    .options = "slot = 100ms\npointer_timeout = 200ms\n"                       \
               "retransmit = 100ms\nsettle = 100ms\n"
#define POW                                                                    \
    .engine = "pow", .nodes = 4,                                               \
    .options = "interval = 200ms\nhalflife = 10s\nfirst = 800\nlimit = 100\n"  \
               "depth = 16\n"
#define PBFT .engine = "pbft", .nodes = 4
#define UNIVERSAL                                                              \
    .engine = "universal", .nodes = 4,                                         \
    .options = "timeout = 100ms\nretransmit = 30ms\nwitness_wait = 40ms\n"     \
               "lane_wait = 300ms\n"
#define RAFT .engine = "raft", .nodes = 3

/* Slow links and short patience: views and terms end in the middle of things.
 */
#define HASTY                                                                  \
    .options = "window = 16\nview_timeout = 100ms\n", .txs = 80, .crashes = 6, \
    .faults = "0 delay exponential by 30ms\n0 loss by 100"
#define HASTY_RAFT                                                             \
    .options = "election_timeout = 100ms\nping = 20ms\n", .txs = 80,           \
    .crashes = 8, .faults = "0 delay exponential by 30ms\n0 loss by 100"

const struct mutant mutants[] = {
    {"pbft-quorum", "quorum of 2f", PBFT, .profile = "twins", .is_quick = 1},
    {"pbft-order", "P4, P10 view before height", PBFT, .profile = "storm"},
    {"pbft-prepared", "P4 certificate durable before COMMIT", PBFT, HASTY,
     .profile = "disk", .is_quick = 1},
    {"pbft-votes guard", "D1, D4 votes durable, and the host's guard", PBFT,
     .profile = "disk", .is_quick = 1},
    {"pbft-body", "D2 body durable before PREPARE", PBFT, .profile = "disk"},
    {"pbft-view", "D3, P9, P10 view durable", PBFT, .profile = "disk"},
    {"pbft-accuse", "two words are evidence", PBFT,
     .file = "s37_two_faced_pbft.ini", .is_quick = 1},

    {"raft-quorum", "majority", RAFT, .profile = "usual", .is_quick = 1},
    {"raft-log", "R2 a candidate's log is as good", RAFT, .profile = "usual"},
    {"raft-vote guard", "P1 vote durable, and the host's guard", RAFT,
     .profile = "disk", .is_quick = 1},
    {"raft-entry", "P2 entry durable before its ack", RAFT, HASTY_RAFT,
     .profile = "usual", .is_quick = 1},
    {"raft-leave", "R10 a leader with a bad block is left", RAFT,
     .file = "s36_one_raft.ini", .is_quick = 1},

    {"bft-quorum", "quorum of half the weight", DPOS, .profile = "twins",
     .is_quick = 1},
    {"bft-nullify", "R4 a view is given up", DPOS, .profile = "usual"},
    {"bft-after", "R5 no FINALIZE after NULLIFY", DPOS, .profile = "twins",
     .is_quick = 1},
    {"bft-proposal guard", "D1 proposal durable, and the host's guard", DPOS,
     .profile = "disk"},
    {"bft-certs", "D3 certificates durable", DPOS, .profile = "disk"},
    {"bft-votes guard", "D4 votes durable, and the host's guard", DPOS,
     .profile = "disk"},
    {"bft-accuse", "E1 to E4 two words are evidence", DPOS,
     .file = "s37_two_faced_dpos.ini", .is_quick = 1},
    {"dpos-follow", "P4 the head stands on the notarized pointer", DPOS,
     .profile = "twins", .is_quick = 1},

    {"bft-quorum", "quorum of half the weight", POS, .profile = "twins"},
    {"bft-after", "R5 no FINALIZE after NULLIFY", POS, .profile = "twins",
     .is_quick = 1},
    {"bft-accuse", "E1 to E4 two words are evidence", POS,
     .file = "s37_two_faced_pos.ini", .is_quick = 1},
    {"pos-keep", "D1, D2 blocks durable", POS, .profile = "disk",
     .is_quick = 1},
    {"pos-follow", "F2 the head stands on the notarized pointer", POS,
     .profile = "twins", .faults = "0 delay exponential by 60ms"},

    {"pow-work", "F1 most work wins", POW, .profile = "usual", .seeds = 40,
     .is_quick = 1},
    {"pow-reorg", "F4 a head may go back", POW, .profile = "network",
     .seeds = 40},
    {"pow-luck", "F2 a coin decides between equals", POW,
     .file = "s28_selfish_last.ini"},
    {"pow-contested", "F6 nothing is final beside a refused chain", POW,
     .file = "s36_half_pow.ini", .is_quick = 1},

    {"uni-parent", "W3 who witnesses a batch witnessed its parent", UNIVERSAL,
     .profile = "calm", .faults = "0 blind node2", .txs = 80, .is_quick = 1},
    {"uni-validate", "W4 only checked batches are witnessed", UNIVERSAL,
     .profile = "calm", .faults = "0 blind node2", .txs = 80, .is_quick = 1},
    {"uni-batch guard", "W5 batch and word durable, and the host's guard",
     UNIVERSAL, .profile = "disk"},
    {"uni-quorum", "W6 2m/3 + 1 words", .engine = "universal",
     .file = "s22_blind_quorum.ini", .is_quick = 1},
    {"uni-certs", "C2 only certified batches are cut", UNIVERSAL,
     .profile = "calm", .faults = "0 blind node2", .txs = 80, .is_quick = 1},
    {"uni-gate", "A3 executed is what auditors approved", .engine = "universal",
     .file = "s22_audited.ini", .is_quick = 1},
    {"uni-look", "A2 an auditor approves what it checked",
     .engine = "universal", .file = "s22_audited.ini", .is_quick = 1},
    {"uni-turns", "S1 members lead one after the other",
     .engine = "universal", .file = "i19_fair_universal.ini", .is_quick = 1},
    {"uni-draw", "C2 the random value of a cut is its leader's", UNIVERSAL,
     .profile = "calm", .faults = "0 guess node2", .txs = 80, .is_quick = 1},

    {"guard pbft-votes", "no two messages at one position", PBFT,
     .profile = "disk"},
    {"wait", "effects wait for the disk (R36)", PBFT, .profile = "disk",
     .is_quick = 1},
    {"seal", "the engine hears where its epoch ends", RAFT, .profile = "calm",
     .switches = "pbft"},
    {"state", "a block on another state is refused", PBFT,
     .file = "s36_one_pbft.ini", .is_quick = 1},
    {"ready", "two thirds of the next members are ready", PBFT,
     .file = "s33_not_ready.ini", .is_quick = 1},
};

const uint32_t mutant_count = sizeof mutants / sizeof mutants[0];
