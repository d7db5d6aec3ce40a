/* SPDX-License-Identifier: Apache-2.0
 *
 * propose.c - R3, R9: when a leader builds the next block.
 *
 * The first block of a term is empty. With it everything older becomes final;
 * above the seal it is a tail, which never does itself.
 */
#include "inside.h"

static int may_build(const struct vt_cs *cs)
{
    const struct cs_chain *c = &cs->chain;

    return cs->role == RAFT_LEADER && cs->ask_build.state == CS_NOT_ASKED &&
           cs->target == RAFT_NOBODY && c->has_link &&
           c->tail - c->applied < RAFT_SLOTS &&
           (cs->chain.seal == 0 || c->committed < cs->chain.seal);
}

static void build(struct vt_cs *cs, uint64_t max_bytes, int allow_empty)
{
    struct vt_eff_build e = {.height = cs->chain.tail + 1,
                             .max_bytes = max_bytes,
                             .view = cs->term,
                             .allow_empty = allow_empty != 0};
    uint8_t payload[8];
    struct cs_wr wr;

    cs_wr_init(&wr, payload, sizeof payload);
    cs_put_u64(&wr, cs->term);
    e.payload = cs_wr_view(&wr);
    cs->build_index = e.height;
    cs->build_term = cs->term;
    cs_emit_build(&cs->box, &cs->ask_build, &e, cs_tail_id(&cs->chain));
    raft_trace(cs, "R9 build", e.height);
}

void raft_propose(struct vt_cs *cs)
{
    enum cs_pace_choice choice;

    if (!may_build(cs)) {
        return;
    }
    if (cs->chain.tail < cs->first) {
        build(cs, 1, 1); /* R3: no room for transactions */
        return;
    }
    if ((cs->chain.seal != 0 && cs->chain.tail >= cs->chain.seal) ||
        cs->chain.tail - cs->chain.committed >= cs->opt.window ||
        cs->tail_bytes >= RAFT_TAIL_BYTES) {
        return;
    }
    choice = cs_pace_choose(&cs->pace, cs->box.now_ns,
                            cs->chain.tail > cs->chain.committed,
                            &cs->timers[RAFT_TIMER_BATCH]);
    if (choice != CS_PACE_WAIT) {
        build(cs, cs->pace.batch_bytes, choice == CS_PACE_EMPTY);
    }
}

/* What was built still stands on the tail of a term this member leads. */
static int is_current(const struct vt_cs *cs, const struct vt_ev_block *ev)
{
    return cs->role == RAFT_LEADER && cs->build_term == cs->term &&
           raft_payload_term(ev->payload) == cs->term &&
           ev->height == cs->chain.tail + 1 && ev->height == cs->build_index &&
           memcmp(ev->parent, cs_tail_id(&cs->chain), 32) == 0;
}

static void take_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct cs_block *block = is_current(cs, ev)
                                 ? cs_block_add(&cs->blocks, ev->id, ev->height)
                                 : NULL;

    if (block == NULL) {
        cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, ev->id);
        return;
    }
    cs_block_built(block, ev);
    raft_append_entry(cs, cs->term, block);
    cs->pace.proposed_ns = cs->box.now_ns;
    raft_send_entry(cs, ev->height);
    raft_ask_ack(cs, raft_entry(cs, ev->height));
}

void raft_on_built(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    int is_ours =
        cs->ask_build.state == CS_ASKED && cs->ask_build.token == ev->token;

    if (is_ours) {
        cs->ask_build.state = CS_NOT_ASKED;
    }
    if (ev->status != VT_OK) {
        if (is_ours) {
            cs_pace_refused(&cs->box, &cs->ask_build);
        }
    } else if (is_ours) {
        take_built(cs, ev);
    } else {
        cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, ev->id);
    }
}
