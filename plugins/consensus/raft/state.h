/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - everything one instance knows. Private to the plugin.
 *
 * Index and height are the same thing. The log is the chain: its ids and
 * digests are in `chain`, from the committed height C to chain.tail; what else
 * belongs to an entry is in `log`.
 */
#ifndef RAFT_STATE_H
#define RAFT_STATE_H

#include <vt/consensus.h>
#include <vt/plugin.h>

#include "common/blocks.h"
#include "common/chain.h"
#include "common/pace.h"
#include "messages.h"

#define RAFT_WINDOW_MAX 256u
#define RAFT_SLOTS 512u /* entries above what the host has, at most */
#define RAFT_TAIL_BYTES (UINT64_C(64) << 20) /* R9 */
#define RAFT_BLOCKS_MAX 1024u
#define RAFT_RUN_MAX 64u /* entries in one repair */
#define RAFT_RETRY 3u    /* pings before the host is asked again */
#define RAFT_MISSING 2u  /* refusals before a body counts as lost */
#define RAFT_BAD_MAX 16u /* bad signatures of a member, then no more */
#define RAFT_GAUGES 5u
#define RAFT_NOBODY 0xffffffffu

/* Positions in the option table, raft.c. */
enum raft_key {
    RAFT_KEY_WINDOW,
    RAFT_KEY_ELECTION,
    RAFT_KEY_PING,
    RAFT_KEY_BATCH_BYTES,
    RAFT_KEY_BATCH_DELAY,
    RAFT_KEY_HEARTBEAT,
    RAFT_KEY_SETTLE,
    RAFT_KEY_COUNT
};

struct raft_options {
    uint64_t window, election_ns, ping_ns;
};

enum raft_timer_id {
    RAFT_TIMER_ELECTION = 1, /* R1: no leader, or no majority */
    RAFT_TIMER_TICK = 2,     /* pings and repeated requests */
    RAFT_TIMER_BATCH = 3,    /* propose what gathered meanwhile */
    RAFT_TIMERS = 4
};

enum raft_role {
    RAFT_FOLLOWER = 0,
    RAFT_ASKER = 1, /* would a majority vote? */
    RAFT_CANDIDATE = 2,
    RAFT_LEADER = 3
};

/* What belongs to an entry besides its place in the chain. */
struct raft_entry {
    uint64_t index; /* 0: free */
    uint64_t term;
    uint64_t size_bytes;
    uint64_t sent_ns;     /* leader: when it was told to all */
    uint32_t is_restored; /* from before a restart; its body may be missing */
    uint32_t refusals;    /* of FETCH for that body */
    struct cs_sig sig;    /* own acknowledgement */
    struct cs_ask ask;
};

/* An entry the leader (or a voter, R2) named and that is not appended yet. */
struct raft_want {
    uint64_t index; /* 0: free */
    struct raft_name name;
};

enum raft_vote_state { RAFT_NO_VOTE = 0, RAFT_FRESH, RAFT_CHECKING, RAFT_GOOD };

/* Leader: a member's acknowledgement of the own entry at that index. */
struct raft_vote {
    uint64_t index;
    uint32_t state; /* enum raft_vote_state */
    struct cs_sig sig;
};

/* Signatures under verification; one of a kind at a time. */
struct raft_job {
    struct cs_ask ask;
    uint64_t index, who;
};

struct raft_peer {
    uint32_t answer; /* to ASK: 0 none, 1 yes, 2 no */
    uint64_t heard_ns, round;
    uint64_t match; /* agrees up to there, as it says */
    uint64_t committed;
    uint64_t repaired_ns, probe; /* last repair: when, from where */
    uint64_t cert_ns;            /* last certificate sent to it alone */
    uint64_t read;       /* its number of the read that waits; 0: none */
    uint64_t read_round; /* answered when a majority answered this */
    uint32_t bad;        /* signatures that did not fit */
    uint32_t is_convicted;
};

struct vt_cs {
    /* fixed at create */
    const struct vt_host *host;
    const struct vt_svc_crypto *crypto;
    const struct vt_svc_log *logger;
    struct raft_options opt;
    uint32_t n, q, self; /* self == VT_PEER_NONE: learner */
    uint32_t opener;     /* may ask for votes at once in a new epoch */
    uint64_t epoch;
    uint8_t seed[32];
    uint32_t gauge[RAFT_GAUGES];
    int64_t gauge_told[RAFT_GAUGES];

    /* now */
    struct cs_outbox box;
    uint32_t is_started, is_halted;
    uint64_t draws; /* of the random numbers, so far */

    /* durable, P1 */
    uint64_t term;
    uint32_t voted; /* RAFT_NOBODY: nobody in this term */

    /* the log */
    struct cs_chain chain;
    struct raft_entry *log;  /* ring of CS_CHAIN_RING */
    uint64_t committed_term; /* of the entry at C, or a lower bound */
    struct raft_want *wants; /* ring of RAFT_SLOTS */
    uint64_t match;          /* agrees with whom we follow up to there */
    uint64_t acked;          /* signed for up to there in this term */
    uint32_t is_copying;     /* wants are a voter's, R2 */
    uint64_t copy_index;     /* last of them */
    uint64_t tail_bytes;     /* of the entries above C */
    uint64_t sync_ns;        /* last SYNC */
    uint64_t heard_commit;   /* highest committed height heard of */
    uint64_t tick_committed;
    struct cs_qc fin; /* verified certificate above C; seq 0: none */
    struct cs_qc cert_fresh, cert_next; /* being verified; waits for that */

    /* leading and following */
    uint32_t role;           /* enum raft_role */
    uint32_t leader;         /* RAFT_NOBODY: unknown */
    uint32_t is_transferred; /* GO: the leader wants this member */
    uint64_t leader_ns, leader_round;
    uint64_t refused_term; /* R10: its leader is not followed; 0: none */
    uint64_t elections;
    struct raft_peer *peers;
    struct raft_vote *votes; /* RAFT_SLOTS times n */
    uint64_t round;          /* pings sent in this term */
    uint64_t first;          /* leader: index of its first own entry */
    struct raft_job acks, certs, evidence;
    uint8_t pair[2][RAFT_ITEM_MAX]; /* conflict under verification */
    uint32_t pair_len[2];
    uint32_t target; /* transfer under way to this member; RAFT_NOBODY */
    uint64_t target_ns;

    /* reading, R7 */
    uint64_t read;       /* own number of the read under way; 0: none */
    uint64_t read_index; /* last answer */
    uint64_t reads;

    /* proposing */
    struct cs_pace pace;
    struct cs_ask ask_build;
    uint64_t build_index, build_term;

    struct cs_blocks blocks;
    struct cs_timer timers[RAFT_TIMERS];

    /* scratch of one step */
    struct raft_append append;
    struct raft_answer answer;
    uint8_t *buffer; /* one message, slot or proof */
    struct vt_verify_item items[CS_MEMBERS_MAX];
    uint8_t cores[2][RAFT_CORE_LEN];
};

static inline struct cs_committee raft_committee(uint32_t n)
{
    struct cs_committee c = {n, raft_rule_quorum(n)};
    return c;
}

static inline int raft_is_member(const struct vt_cs *cs)
{
    return cs->self < cs->n;
}

/* The entry at an index above C, or of one just decided; NULL when unknown. */
static inline struct raft_entry *raft_entry(const struct vt_cs *cs,
                                            uint64_t index)
{
    struct raft_entry *e = &cs->log[index % CS_CHAIN_RING];

    return index != 0 && e->index == index ? e : NULL;
}

static inline struct raft_vote *raft_vote(const struct vt_cs *cs,
                                          uint64_t index, uint32_t member)
{
    return &cs->votes[index % RAFT_SLOTS * cs->n + member];
}

/* Term of an entry in the log; at C perhaps less, below C unknown: 0. */
static inline uint64_t raft_term_at(const struct vt_cs *cs, uint64_t index)
{
    const struct raft_entry *e = raft_entry(cs, index);

    if (e != NULL) {
        return e->term;
    }
    return index == cs->chain.committed ? cs->committed_term : 0;
}

static inline uint64_t raft_last_term(const struct vt_cs *cs)
{
    return raft_term_at(cs, cs->chain.tail);
}

#endif
