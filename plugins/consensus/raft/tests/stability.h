/* SPDX-License-Identifier: Apache-2.0
 *
 * stability.h - S18: networks in which not everybody hears everybody. Each
 * story says whether the committee had one stable leader within four election
 * timeouts and decided what was offered; a rule left out must make one of them
 * say no.
 */
#ifndef RAFT_TESTS_STABILITY_H
#define RAFT_TESTS_STABILITY_H

#include "support/scene.h"

extern const struct vt_plugin raft_LTX_vt_plugin_v1;

#define STABILITY_ELECTION_US UINT64_C(40000)

static inline struct box_options raft_usual(uint32_t members)
{
    return scene_quick(&raft_LTX_vt_plugin_v1,
                       "window=8 election_timeout=40ms ping=5ms "
                       "batch_delay=1ms settle=0ms",
                       members);
}

/* For box_options.say: notes who was elected last, and how often one was. */
void story_watch(void *ctx, const char *line);
extern uint32_t story_leader, story_elected;

/* Three in a row, the leader at one end: the other end does not hear it
 * (Cloudflare 2020; OmniPaxos "chained"). */
int stable_chained(void);
/* Of five only one member hears a majority; the old leader still reaches that
 * one (Howard & Abraham; OmniPaxos "quorum loss"). */
int stable_quorum_loss(void);
/* And its log is behind (OmniPaxos "constrained election"). */
int stable_constrained(void);
/* A member that was cut off for long comes back. */
int stable_return(void);

#endif
