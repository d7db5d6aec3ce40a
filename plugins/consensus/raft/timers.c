/* SPDX-License-Identifier: Apache-2.0
 *
 * timers.c - how long to wait for a leader, and when to say things again.
 */
#include "inside.h"

/* One to two timeouts: members rarely start in the same moment twice. */
uint64_t raft_draw_timeout(struct vt_cs *cs)
{
    uint8_t count[8];
    uint8_t hash[32];
    struct vt_view parts[2] = {{cs->seed, 32}, {count, 8}};
    struct cs_wr wr;
    struct cs_rd rd;

    cs_wr_init(&wr, count, sizeof count);
    cs_put_u64(&wr, cs->draws++);
    memset(hash, 0, sizeof hash);
    (void)cs->crypto->hash(cs->host, "VTC/raft/draw/1", parts, 2, hash);
    cs_rd_init(&rd, cs_view(hash, sizeof hash));
    return cs->opt.election_ns + cs_get_u64(&rd) % cs->opt.election_ns;
}

static void retry_wants(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < RAFT_SLOTS; i++) {
        const struct raft_want *w = &cs->wants[i];

        if (w->index != 0 && cs_block_find(&cs->blocks, w->name.id) == NULL) {
            (void)cs_block_want(&cs->blocks, w->name.id, w->index, 0);
        }
    }
}

static void on_tick(struct vt_cs *cs)
{
    uint64_t retry_ns = RAFT_RETRY * cs->opt.ping_ns;

    if (cs->role == RAFT_LEADER) {
        raft_ping(cs);
        raft_check_transfer(cs);
    } else if (cs->role != RAFT_FOLLOWER) {
        raft_ask_again(cs);
    }
    if (cs->tick_committed == cs->chain.committed) {
        raft_sync(cs, cs->heard_commit);
    }
    cs->tick_committed = cs->chain.committed;
    cs_pace_retry(&cs->box, &cs->ask_build, retry_ns);
    cs_blocks_retry(&cs->blocks, retry_ns);
    retry_wants(cs);
    raft_retry_signs(cs, retry_ns);
    raft_retry_jobs(cs, retry_ns);
    raft_retry_read(cs);
}

void raft_timers_update(struct vt_cs *cs)
{
    cs_timer_want(&cs->timers[RAFT_TIMER_TICK],
                  cs->box.now_ns + cs->opt.ping_ns);
    for (uint32_t id = RAFT_TIMER_ELECTION; id < RAFT_TIMERS; id++) {
        cs_timer_arm(&cs->box, &cs->timers[id], id);
    }
}

void raft_on_timer(struct vt_cs *cs, uint64_t id)
{
    if (id < RAFT_TIMER_ELECTION || id >= RAFT_TIMERS ||
        !cs_timer_fired(&cs->box, &cs->timers[id])) {
        return;
    }
    if (id == RAFT_TIMER_ELECTION) {
        raft_on_election_timer(cs);
    } else if (id == RAFT_TIMER_TICK) {
        on_tick(cs);
    } /* BATCH: proposing is tried after every event */
}
